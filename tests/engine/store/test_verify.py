"""The log that a real engine keeps, told to the core again."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from plans import moment, result
from refusals import refusing

from secours import config
from secours.core.events import Gathered, Replanned, Said, Ticked
from secours.core.memory import EMPTY
from secours.core.sites.opinion import ordered
from secours.engine import reasoner, state_file
from secours.engine.control import requests
from secours.engine.process import run_engine
from secours.engine.published import snapshot_file
from secours.engine.reasoner import Reasoning
from secours.engine.store.database import schema
from secours.engine.store.database.write_queue import Place
from secours.engine.store.reader import HistoryReader
from secours.engine.store.store import Store
from secours.engine.store.verify import (
    Incomplete,
    ReplayResult,
    as_published,
    refold,
)
from secours.languages import Text
from secours.model.plan import Config
from secours.model.snapshot import Change, Explained, Opinion, Snapshot
from secours.model.statements import Declared, Mark, Withdrawn

GENEROUSLY_S = 60.0
LINE = "coordinate/management"
PLAN = """\
probing: {{interval: 200ms, watch_every: 100ms, retry_every: 30ms, timeout: 2s, failback_after: 300ms}}
components:
  "cloud:x": {{}}
channels:
  mail:
    how: Write
    purposes: [coordinate]
    depends_on: ["cloud:x"]
    probes: [{{type: tcp, host: 127.0.0.1, port: {mail}, expect: ok}}]
  chat:
    how: Write
    purposes: [coordinate]
    depends_on: ["cloud:x"]
    probes: [{{type: tcp, host: 127.0.0.1, port: {chat}, expect: ok}}]
  radio: {{how: "{how}", purposes: [coordinate]}}
plan:
  - {{purpose: coordinate, audience: management, primary: mail, alternate: chat, emergency: radio}}
"""  # noqa: E501 -- as people write it


async def _accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"ok\n")
    writer.close()


@dataclass
class Town:
    """Two real servers, and the engine that watches them."""

    folder: Path
    servers: dict[str, asyncio.Server] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    engine: "asyncio.Task[None] | None" = None

    async def open(self, name: str) -> None:
        port = self.ports.get(name, 0)
        self.servers[name] = await asyncio.start_server(_accept, "127.0.0.1", port)
        self.ports[name] = self.servers[name].sockets[0].getsockname()[1]

    async def shut(self, name: str) -> None:
        self.servers[name].close()
        await self.servers[name].wait_closed()

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Run the engine while the block lasts."""
        run = run_engine(
            self.folder / "probes.yaml",
            store_in=self.folder / "history",
            publish_in=self.folder,
            stop=self.stop,
        )
        self.engine = asyncio.create_task(run)
        try:
            yield
        finally:
            self.stop.set()
            await self.engine

    def write_plan(self, how: str) -> None:
        text = PLAN.format(how=how, **self.ports)
        (self.folder / "probes.yaml").write_text(text)

    async def until(self, true: Callable[[Snapshot], object]) -> Snapshot:
        async with asyncio.timeout(GENEROUSLY_S):
            while True:
                assert self.engine is None or not self.engine.done()
                if (self.folder / snapshot_file.SNAPSHOT).exists():
                    snapshot, _ = snapshot_file.read(self.folder)
                    if true(snapshot):
                        return snapshot
                await asyncio.sleep(0.02)

    async def until_used(self, name: str) -> Snapshot:
        return await self.until(lambda s: _used(s) == name)

    async def say(self, **request: Any) -> None:
        answer = await asyncio.to_thread(requests.ask, self.folder, request)
        assert answer.get("ok"), answer

    def refolded(self) -> tuple[ReplayResult, Snapshot]:
        snapshot, _ = snapshot_file.read(self.folder)
        with HistoryReader(self.folder / "history") as history:
            return refold(history, snapshot), snapshot

    def tamper(self, sql: str) -> int:
        with (
            closing(sqlite3.connect(self.folder / "history" / schema.NAME)) as database,
            database,
        ):
            return database.execute(sql).rowcount


def _used(snapshot: Snapshot) -> str | None:
    advice = snapshot.recommendations[0]
    return advice.use.channel if advice.use and not advice.measuring else None


@pytest.fixture(scope="module")
def lived_through(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a town through which a day of trouble has gone."""
    folder = tmp_path_factory.mktemp("town")
    asyncio.run(_live(Town(folder)))
    return folder


@pytest.fixture
def town(lived_through: Path, tmp_path: Path) -> Town:
    """Give a copy of it, to tamper with."""
    shutil.copytree(lived_through, tmp_path, dirs_exist_ok=True)
    return Town(tmp_path)


async def _live(town: Town) -> None:
    for name in ("mail", "chat"):
        await town.open(name)
    town.write_plan("Channel 1")
    async with town.watched():
        await _trouble(town)
    for server in town.servers.values():
        server.close()


async def _trouble(town: Town) -> None:
    by = {"by": "Ann"}
    await town.until_used("mail")
    await town.shut("mail")
    await town.until_used("chat")
    await town.say(do="pin", line=LINE, channel="radio", **by)
    await town.until_used("radio")
    await town.say(do="unpin", line=LINE, **by)
    await town.say(do="mark", subject="cloud:x", says="distrusted", why="read", **by)
    await town.until_used("radio")
    await town.say(do="unmark", subject="cloud:x", **by)
    await town.say(do="exercise", action="start", fails=["chat"], for_s=60, **by)
    await town.until(lambda s: s.rehearsal)
    town.write_plan("Channel 2")
    await town.until(lambda s: s.channel("radio").how.plain == "Channel 2")
    await town.say(do="test", channel="radio", worked=True, remark="fine", **by)
    await town.say(do="test", channel="radio", worked=False, **by)
    await town.say(do="untest", channel="radio", **by)
    await town.say(do="watch", action="take", **by)
    await town.say(do="watch", action="hand", to="Bob", **by)
    await town.say(do="mark", subject="cloud:x", says="maintenance", for_s=0.3, **by)
    await town.until(lambda s: not s.marks)  # it lapsed by itself
    await town.open("mail")
    await town.until_used("mail")


def _steps(changes: tuple[Change, ...]) -> list[tuple[str, str, str]]:
    return [(each.subject, each.name, each.after) for each in changes]


def test_the_log_told_again_gives_the_journal_and_the_newest_snapshot(
    town: Town,
) -> None:
    again, published = town.refolded()

    assert again.changes == again.journal
    assert again.snapshot == state_file.encoded(published)
    assert again.events == published.event - 1
    with HistoryReader(town.folder / "history") as history:
        assert list(again.journal) == list(reversed(history.transitions()))
    steps = _steps(again.changes)
    for expected in (
        ("line", LINE, "chat"),
        ("line", LINE, "radio"),
        ("mark", "cloud:x", ""),
        ("test", "radio", "withdrawn"),
        ("watch", "", "handed"),
        ("exercise", "channel:chat", "overtaken"),
        ("line", LINE, "mail"),
    ):
        assert expected in steps


def test_what_other_sites_say_is_not_of_the_log(town: Town) -> None:
    published, _ = snapshot_file.read(town.folder)
    either = Explained(channels=("chat",), suspects=(("cloud:x",), ("cloud:y",)))
    shot = replace(published, explanations=(either,), suspects=either.suspects)
    works = Opinion(component="cloud:x", works_at=("a", "b", "c"), heard=3)
    seen = ordered(shot, [works])

    assert seen.suspects == (("cloud:y",), ("cloud:x",))
    assert as_published(shot, seen) == seen


@pytest.mark.parametrize(
    "published", [{"uri_scheme": "sms"}, {"test_every_s": 3600.0}, {"uri_scheme": ""}]
)
def test_what_views_have_of_the_plan_is_not_of_the_log(
    town: Town, published: dict[str, Any]
) -> None:
    """An older version published less of it."""
    shot, _ = snapshot_file.read(town.folder)
    views = tuple(replace(view, **published) for view in shot.channels)
    seen = replace(shot, channels=views)

    assert as_published(shot, seen) == seen


def test_what_audiences_are_called_is_not_of_the_log(town: Town) -> None:
    """An older version published no labels."""
    older, _ = snapshot_file.read(town.folder)
    again = replace(older, site=replace(older.site, audiences={"staff": Text("Crews")}))

    assert as_published(again, older) == older


def test_a_log_that_was_changed_says_something_else(town: Town) -> None:
    assert town.tamper("UPDATE result SET verdict = 0, reason = NULL WHERE verdict = 2")

    again, published = town.refolded()

    assert again.changes != again.journal
    assert again.snapshot != state_file.encoded(published)


@pytest.mark.parametrize("kind", ["memory", "plan", "mark"])
def test_what_is_missing_in_the_log_is_said(town: Town, kind: str) -> None:
    assert town.tamper(f"DELETE FROM event WHERE kind = '{kind}'")

    with refusing(r"missing|no memory", Incomplete):
        town.refolded()


def test_missing_result_or_plan_is_said(town: Town) -> None:
    first = "SELECT min(number) FROM result"
    assert town.tamper(f"DELETE FROM result WHERE number = ({first})")  # a whole batch
    with refusing(r"event \d+ of", Incomplete):
        town.refolded()

    town.tamper("DELETE FROM plan")
    with refusing(r"the plan .* is missing", Incomplete):
        town.refolded()


@pytest.fixture
def batch(tmp_path: Path) -> Place:
    """Give the place of an event of three results in the history of a folder."""
    place = Place(1, 1, moment(1.2))
    with closing(Store(tmp_path)) as store:
        results = [result("b", "o", 1), result("a", "x", 1), result("c", "o", 1.2)]
        store.gathered(results, place)
        store.gathered([result("a", "x", 2)], Place(1, 2, moment(2)))
        store.event(Place(1, 3, moment(3)), "tick", b"")
    return place


def test_a_batch_is_one_event_of_the_log(tmp_path: Path, batch: Place) -> None:
    with HistoryReader(tmp_path) as history:
        first, second, third = history.events(1, 1, 3)

    assert first.gathered is not None
    assert first.gathered.at == batch.at
    told = [(m.result.probe, m.at) for m in first.gathered.in_order]
    assert told == [
        ("channels/a/tcp", moment(1)),
        ("channels/b/tcp", moment(1)),
        ("channels/c/tcp", moment(1.2)),
    ]
    assert second.gathered == Gathered(results=(result("a", "x", 2),))
    assert third.kind == "tick"
    assert third.gathered is None


@pytest.mark.usefixtures("batch")
def test_a_batch_of_which_a_result_is_missing_is_missing(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / schema.NAME)) as database, database:
        found = "number = 1 AND arrived_steady_ms = (SELECT max(arrived_steady_ms)"
        gone = f"DELETE FROM result WHERE {found} FROM result WHERE number = 1)"
        assert database.execute(gone).rowcount == 1

    with HistoryReader(tmp_path) as history:
        assert [each.number for each in history.events(1, 1, 3)] == [2, 3]


def test_time_before_an_edit_passed_by_the_plan_before_it(tmp_path: Path) -> None:
    """Between the words and the edit nothing was logged: nothing had changed."""
    down = Mark(subject="internet:fibre", says=Declared.DOWN, by="Ann", at=moment(10))
    withdrawn = Withdrawn(kind="mark", subject="internet:fibre", by="Ann")
    with closing(Store(tmp_path)) as store:
        core = Reasoning(_two_ways("10m"), EMPTY, store, lambda: moment(0))
        core.take_in(Replanned(at=moment(0)))
        core.take_in(Said(word=down, at=moment(10)))
        core.take_in(Said(word=withdrawn, at=moment(20)))
        for second in (621, 1000):
            core.take_in(Ticked(at=moment(second)))
        core.follow(_two_ways("1h"), moment(1000))
        core.take_in(Replanned(at=moment(1000)))
        published = core.shot(moment(1001), config_error=None, trouble=())

    backup = published.recommendations[0].backup
    assert backup is not None
    assert backup.independent
    with HistoryReader(tmp_path) as history:
        assert refold(history, published).snapshot == state_file.encoded(published)


def _two_ways(failback_after: str) -> Config:
    """Return a plan of a channel over two ways, and one over the second of them."""
    text = f"""\
probing: {{failback_after: {failback_after}}}
components: {{"internet:fibre": {{}}, "carrier:mobile": {{}}}}
channels:
  chat:
    how: Write
    purposes: [coordinate]
    depends_on: [{{any_of: ["internet:fibre", "carrier:mobile"]}}]
  call: {{how: Call, purposes: [coordinate], depends_on: ["carrier:mobile"]}}
plan:
  - {{purpose: coordinate, audience: management, primary: chat, alternate: call}}
"""
    return config.read(text.encode(), "plan.yaml")


async def test_what_was_before_a_kept_memory_may_be_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reasoner, "BASE_EVERY_S", 0.2)
    town = Town(tmp_path)
    await town.open("mail")
    await town.open("chat")
    town.write_plan("Channel 1")
    async with town.watched():
        await town.until_used("mail")
        await town.shut("mail")
        await town.until_used("chat")
        await town.until(lambda s: s.at.since(s.started) > 1)
    town.servers["chat"].close()
    whole, published = town.refolded()

    with HistoryReader(tmp_path / "history") as history:
        bases = history.bases(_life(published), published.event)
    second = bases[1]
    for table in ("event", "result"):
        town.tamper(f"DELETE FROM {table} WHERE number < {second}")
    again, _ = town.refolded()

    assert whole.events > again.events == published.event - second
    assert again.snapshot == whole.snapshot == state_file.encoded(published)
    assert again.changes == again.journal


def _life(published: Snapshot) -> int:
    return round(published.started.utc.timestamp() * 1000)
