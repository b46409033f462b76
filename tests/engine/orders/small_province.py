"""A province and its sites as far as orders go: a real hub, engines without probes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from servers.hub_server import OFFICE, given_to

from secours import config
from secours.core.events import Replanned, Said
from secours.core.memory import Memory
from secours.core.statements import words_in_force
from secours.core.step import step
from secours.engine import clock
from secours.engine.orders import handing_down
from secours.engine.orders.handing_down import HandingDown
from secours.engine.orders.intake import OrderIntake
from secours.engine.published.handed_down_file import HandedDownFile
from secours.engine.store.durable_files import Files
from secours.engine.store.store import Store
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.requests import (
    ExerciseRequest,
    MarkRequest,
    OrderRequest,
    UnmarkRequest,
)
from secours.model.secret import Secret
from secours.model.sections.site import Retention
from secours.model.sites.handed_down import Addressee, HandedDown, OrderProgress
from secours.model.sites.membership import Sites
from secours.model.sites.views import OrderAnswer, OrderKind
from secours.model.statements import (
    Declared,
    Exercise,
    Mark,
    OrderedWord,
    Withdrawn,
    Word,
)
from secours.sites.credentials import written
from secours.sites.hub.folder import HubFolder
from secours.sites.link import HubLink
from secours.sites.orders import words
from secours.sites.orders.inbox import OrderInbox

PROVINCE = "Province de Liège"
PLAN = """
site: {{name: Dison, language: en}}
sites: {{name: {name}, hub: "{hub}"{more}}}
channels:
  sms:
    how: {how}
    purposes: [alert]
    depends_on: [power:grid]
    probes: [{{type: plugin, command: [echo, fine]}}]
components:
  power:grid: {{label: Grid}}
plan:
  - {{purpose: alert, audience: people, primary: sms}}
"""
LIMIT_S = 60.0


def plan_text(
    name: str = "dison",
    hub: str = "tls://127.0.0.1:4222",
    how: str = "Write",
    more: str = "",
) -> str:
    return PLAN.format(name=name, hub=hub, how=how, more=more)


class SmallEngine:
    """Takes words in as an engine does, and keeps them when it is let."""

    def __init__(self, plan: Config) -> None:
        self.config = plan
        self.memory = step(plan, Memory(), Replanned(at=clock.now()))
        self.heard: asyncio.Queue[Word] = asyncio.Queue()
        self.keeps = True

    def hear(self, word: Word, at: Instant) -> None:
        self.memory = step(self.config, self.memory, Said(word=word, at=at))
        self.heard.put_nowait(word)

    async def stated(self, within_s: float) -> bool:
        return self.keeps

    def marks(self) -> list[tuple[str, Declared]]:
        said = words_in_force.all_marks(self.memory.words)
        return [(each.author, each.says) for each in said]


class SmallFiles(Files):
    """Files on a disk that is full when a test wants it."""

    is_full = False

    def keep(self, name: str, text: bytes) -> Future[bool]:
        if not self.is_full:
            return super().keep(name, text)
        refused = Future[bool]()
        refused.set_result(False)
        return refused


class SmallSite:
    """A site: its plan's file, what it said so far, and its link to the hub."""

    def __init__(self, folder: Path, hub: HubFolder, name: str, more: str = "") -> None:
        self.folder, self.hub, self.name = folder / name, hub, name
        self.folder.mkdir(exist_ok=True)
        self.file = self.folder / "probes.yaml"
        if not self.file.exists():
            self.file.write_text(self.plan(more=more))
        self.engine = SmallEngine(config.load(self.file))
        self.store = Store(self.folder, Retention(), now=clock.now)
        self.files = SmallFiles(self.folder)
        self.desk = OrderIntake(self.engine, self.store, self.files, clock.now)
        self.link = HubLink(clock.now, [OrderInbox(self.desk)])

    def plan(self, name: str = "", how: str = "Write", more: str = "") -> str:
        [url] = self.hub.roster().urls
        return plan_text(name or self.name, url, how, more)

    def fill(self, *, full: bool = True) -> None:
        """Let its disk take nothing, or all again."""
        self.engine.keeps, self.files.is_full = not full, full

    def come(self) -> None:
        """Let it connect to the hub."""
        self.link.follow(sites(self.hub, self.name))

    async def go(self) -> None:
        await self.link.stop()
        self.store.close()

    async def answer(self, count: int = 1) -> OrderAnswer:
        """Wait until it has answered so many orders, and return the newest answer."""
        await until(lambda: len(self.desk.answers) >= count)
        return self.desk.answers[-1]


class SmallOffice:
    """The province: what it has handed down, and its link to the hub."""

    def __init__(self, folder: Path, hub: HubFolder) -> None:
        self.folder, self.hub = folder / "office", hub
        self.folder.mkdir(exist_ok=True)
        self.now: Callable[[], Instant] = clock.now
        kept = handing_down.recall(self.folder)
        self.files = Files(self.folder)
        published = HandedDownFile(self.folder)
        self.handing = HandingDown(
            self.files, kept, lambda: self.now(), clock.boot_id(), published
        )
        self.link = HubLink(clock.now, [self.handing])

    def come(self) -> None:
        self.link.follow(sites(self.hub, OFFICE))

    async def go(self) -> None:
        await self.link.stop()

    async def say(
        self,
        word: OrderedWord,
        *to: str,
        life_s: float = 3600.0,
        but: Sequence[str] = (),
    ) -> int:
        kind, text = words.kind_of(word), words.written(word)
        asked = _asked(word)
        return await self.hand(kind, text, *to, s=life_s, asked=asked, but=but)

    async def hand(
        self,
        kind: OrderKind,
        text: str,
        *to: str,
        s: float = 3600.0,
        asked: OrderRequest,
        but: Sequence[str] = (),
    ) -> int:
        order, on_disk = await self.handing.hand(
            kind,
            text,
            kind.value,
            author=PROVINCE,
            by="Ann",
            until=self.now().utc + timedelta(seconds=s),
            sites=to,
            request=asked,
            but=but,
        )
        assert on_disk
        return order.number

    def to(self, site: str, number: int) -> Addressee:
        [found] = [each for each in self.order(number).to if each.site == site]
        return found

    def order(self, number: int) -> HandedDown:
        [found] = [each for each in self.handing.orders if each.number == number]
        return found

    async def progress(self, site: str, number: int, wanted: OrderProgress) -> None:
        await until(
            lambda: (
                (site, wanted) in [(t.site, t.progress) for t in self.order(number).to]
            )
        )


def _asked(word: OrderedWord) -> OrderRequest:
    """Return what is said of what, as a request has it."""
    match word:
        case Mark():
            return MarkRequest(subject=word.subject, says=word.says.value)
        case Exercise():
            return ExerciseRequest(action="start", fails=word.fails)
        case Withdrawn(kind="exercise"):
            return ExerciseRequest(action="stop")
    return UnmarkRequest(subject=word.subject, says=word.says and word.says.value)


def sites(hub: HubFolder, name: str) -> Sites:
    """Return what a plan says of the hub."""
    mine = Secret(written(given_to(hub, name)))
    return Sites(name=name, hub=hub.roster().urls, credentials=mine)


async def until(so: Callable[[], bool]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(LIMIT_S):
        while not so():  # noqa: ASYNC110 -- two processes and a hub
            await asyncio.sleep(0.02)


@asynccontextmanager
async def at_work(*rooms: SmallSite | SmallOffice) -> AsyncIterator[None]:
    """Let them be connected while the block lasts."""
    for room in rooms:
        room.come()
    try:
        yield
    finally:
        for room in rooms:
            await room.go()


def mark(
    says: Declared = Declared.DOWN, subject: str = "power:grid", for_s: float = 3600.0
) -> Mark:
    now = clock.now()
    until = now.utc + timedelta(seconds=for_s)
    return Mark(subject=subject, says=says, by="Ann", why="flood", at=now, until=until)


def withdrawn(says: Declared | None = None) -> Withdrawn:
    return Withdrawn(kind="mark", subject="power:grid", says=says, by="Ann")


def exercise() -> Exercise:
    now = clock.now()
    until = now.utc + timedelta(seconds=3600)
    return Exercise(fails=("sms",), by="Ann", at=now, until=until)
