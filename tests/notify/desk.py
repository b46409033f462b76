"""Notices without an engine: a clock that is set, channels that do what a test says."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from concurrent.futures import Future
from contextlib import asynccontextmanager
from typing import Any

from msgspec.structs import replace
from plans import channel, fold, line, moment, plan, result, shot, tick

from secours.core.events import Event
from secours.core.step import step
from secours.engine.probing.serial_lines import SerialLine
from secours.languages import Text
from secours.model.notices import Dispatch, Notice, NoticeEntry, Stage
from secours.model.observed import Evidence, Instant, Outcome, Reason, failed
from secours.model.plan import Config
from secours.model.runs import Stop
from secours.model.sections.channel import Channel, Probe
from secours.model.sections.notify import Notify, Recipient, Target
from secours.model.sections.site import Site
from secours.notify.dispatcher import Notices
from secours.notify.outbox import Outbox
from secours.probes import ProbeType

GENEROUSLY_S = 60.0
BOOT = "boot"

Sender = Callable[[Notice], AsyncGenerator[Stage, None]]


async def takes(_: Notice) -> AsyncGenerator[Stage, None]:
    """Take it, and give no receipt."""
    yield Stage.ACCEPTED


async def delivers(_: Notice) -> AsyncGenerator[Stage, None]:
    """Take it, and give a receipt at once."""
    yield Stage.ACCEPTED
    yield Stage.ARRIVED


async def refuses(_: Notice) -> AsyncGenerator[Stage, None]:
    """Refuse it."""
    raise Stop(failed(Reason.REJECTED, said="not today"))
    yield Stage.ACCEPTED


async def keeps_silent(_: Notice) -> AsyncGenerator[Stage, None]:
    """Take it, and never say more."""
    yield Stage.ACCEPTED
    await asyncio.Event().wait()


async def hangs(_: Notice) -> AsyncGenerator[Stage, None]:
    """Do not even take it."""
    await asyncio.Event().wait()
    yield Stage.ACCEPTED


def recipient(name: str, *targets: str, **options: Any) -> Recipient:
    """Make a recipient."""
    return Recipient(name=name, label=Text(name.title()), targets=targets, **options)


def town(*recipients: Recipient, site: Site | None = None) -> Config:
    """Make a plan of three channels, each of which is a target of the same name."""
    parts = [channel(name, f"carrier:{name}") for name in ("teams", "sms", "radio")]
    config = plan(*parts, line("teams", "sms", "radio"))
    targets = {
        part.name: Target(name=part.name, through=part.name, carrier=_carrier(part))
        for part in parts
    }
    named = {each.name: each for each in recipients}
    notify = Notify(recipients=named, targets=targets)
    return replace(config, notify=notify, site=site or config.site)


async def _no_probe(_settings: object, _path: object) -> Outcome:
    raise AssertionError("nobody probes here")


def _carrier(part: Channel) -> Probe:
    """Return a probe whose settings say over which channel it sends."""
    return replace(part.probes[0], settings=part.name)


class Desk:
    """Who tells people, and what was done of it."""

    def __init__(self, config: Config, **senders: Sender) -> None:
        self.config = config
        self.senders: Mapping[str, Sender] = senders
        self.second = 0.0
        self.memory = fold(config)
        self.kept: list[Outbox] = []
        self.journal: list[tuple[str, NoticeEntry]] = []
        self.sent: list[tuple[str, Notice]] = []
        self.changed = asyncio.Event()
        self.lines: dict[str, SerialLine] = {}
        self.spent: dict[str, Outcome] = {}
        self.notices = Notices(Outbox(), BOOT, self)

    # what an engine offers

    def now(self) -> Instant:
        """Return the moment that the test has come to."""
        return moment(self.second)

    def keep(self, box: Outbox) -> "Future[bool]":
        """Keep it; it is on a disk at once."""
        self.kept.append(box)
        self.changed.set()
        written: Future[bool] = Future()
        written.set_result(True)
        return written

    def note(self, by: str, entry: NoticeEntry) -> None:
        """Keep a line of the journal."""
        self.journal.append((by, entry))

    async def spend(self, probe: Probe) -> Outcome | None:
        """Count it, and refuse it where a test says that the day's are spent."""
        return self.spent.get(probe.owner)

    @asynccontextmanager
    async def turn(
        self, probe: Probe, *, sends: bool = True
    ) -> AsyncIterator[asyncio.Event | None]:
        """Have those wait whose line somebody else speaks over."""
        line = self.lines.get(probe.owner)
        if line is None:
            yield None
        else:
            wanted = asyncio.Event()
            async with line.turn(wanted, sends=sends):
                yield wanted

    def find(self, _: str) -> ProbeType:
        """Return the one type of probe that there is."""
        return ProbeType(
            settings=object,
            probe=_no_probe,
            best=Evidence.SERVED,
            doc="",
            send=self._send,
            addressee=lambda _, to: to,
        )

    async def _send(
        self, settings: str, _: object, notice: Notice
    ) -> AsyncGenerator[Stage, None]:
        self.sent.append((settings, notice))
        self.changed.set()
        async for stage in self.senders[settings](notice):
            yield stage

    # what a test does

    async def kill(self) -> None:
        """Begin anew with what was kept last, as after a kill."""
        left = self.kept[-1]
        await self.notices.stop()
        self.notices = Notices(left, BOOT, self)

    def stamp(self, at: float, *events: Event) -> None:
        """Let something happen, and time pass until then."""
        self.second = at
        for event in (*events, tick(at)):
            self.memory = step(self.config, self.memory, event)
        self.notices.stamped(self.config, self.memory, shot(self.config, self.memory))

    def all_is_well(self, at: float = 1.0) -> None:
        """Let all three channels work."""
        self.stamp(at, *(result(name, "o", at) for name in self.config.channels))
        self.stamp(at + 5)

    def fails(self, name: str, at: float) -> None:
        """Let a channel be down for certain, and the notice of it be due."""
        self.stamp(at, result(name, "x", at), result(name, "x", at + 0.1))
        self.stamp(at + 3)

    def recovers(self, name: str, at: float) -> None:
        """Let a channel work again."""
        self.stamp(at, result(name, "o", at), result(name, "o", at + 0.1))

    def lasts(self, until: float) -> None:
        """Let all be as it was measured last, until then."""
        while self.second < until:
            at = min(until, self.second + 10)
            known = ((n, h.last) for n, h in self.memory.probes.items() if h.last)
            again = (result(n.split("/")[1], last.outcome, at) for n, last in known)
            self.stamp(at, *again)

    async def until(self, holds: Callable[[tuple[Dispatch, ...]], bool]) -> None:
        """Wait until this holds of the notices, the newest first."""
        async with asyncio.timeout(GENEROUSLY_S):
            while not holds(self.notices.latest()):
                self.changed.clear()
                await self.changed.wait()

    def over(self) -> list[str]:
        """Return over which channels something was sent, in this order."""
        return [name for name, _ in self.sent]

    def steps(self) -> list[str]:
        """Return what the journal says was done."""
        return [f"{e.step} {e.target}".strip() for _, e in self.journal]
