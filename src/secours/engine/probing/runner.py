"""Runs of hundreds of probes at once, none of which can stop another.

As many run at once as the plan needs when no peer answers; those on the same serial
line take turns. The wait for a turn is outside a probe's deadline and stopwatch.

A probe type may define `prepare(settings, notes, at, hurried=...)`, which is called
before each of its runs here and never in a `check`: it may enter a PIN, or raise Stop
where the money for today is spent, of which some is kept for a run that is `hurried`.
What it writes into `notes` is kept across restarts.
"""

import asyncio
import logging
import sys
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from statistics import median
from typing import Any, Protocol

from secours import probes
from secours.engine.probing.serial_lines import SerialLine, serial_lines
from secours.engine.store.probe_notes import ProbeNotes
from secours.model.observed import Instant, Outcome, Reason, Result, unknown
from secours.model.runs import Stop
from secours.model.sections.channel import Path, Probe
from secours.outside_text import plain
from secours.probes import Probing
from secours.run import run as run_probe
from secours.run.capacity import LEAST_AT_ONCE, at_once, make_room, shortest_kept_s
from secours.run.tidy import tidy

log = logging.getLogger(__name__)

LATEST = 100  # tests; fewer in all are no load
LONG_S, SHORT_S = 1.0, 0.5  # above the one it lags, below the other no longer

Waiting = deque[asyncio.Future[None]]


class Lag:
    """Lateness of the latest tests: whether this process keeps up with its own."""

    def __init__(self) -> None:
        self._waited_s: deque[float] = deque(maxlen=LATEST)
        self._long = False

    def note(self, waited_s: float) -> None:
        """Note how long a test waited."""
        self._waited_s.append(waited_s)
        if len(self._waited_s) == LATEST:
            limit_s = SHORT_S if self._long else LONG_S
            self._long = max(self._waited_s) > limit_s and (
                median(self._waited_s) > limit_s  # never above the longest
            )

    @property
    def by_s(self) -> float:
        """Return by how much tests begin too late; 0 where the engine keeps up."""
        return median(self._waited_s) if self._long else 0.0


class Preparation(Protocol):
    """Preparation of a probe type before each run."""

    def __call__(
        self, settings: Any, notes: dict[str, str], at: datetime, /, *, hurried: bool
    ) -> Awaitable[None]:
        """Prepare a run, or raise Stop with its outcome."""


class Runs:
    """Runs probes, each by the module of its type."""

    def __init__(
        self,
        now: Callable[[], Instant],
        least: int = LEAST_AT_ONCE,
        notes: ProbeNotes | None = None,
    ) -> None:
        self._now = now
        self._notes = notes or ProbeNotes()
        self._least = least
        self._places = Places(least)
        self._slow: set[str] = set()  # whose peers were silent for long, by Probe.id
        self._lines: dict[str, SerialLine] = {}
        self._types: dict[str, Probing] = {}
        self.lag = Lag()
        self.waiting: set[str] = set()  # for their serial lines, by Probe.id
        self._secrets = frozenset[str]()  # of the whole plan
        self.shortest_kept_s = 0.0  # no interval below is kept: too few open files

    def learn(
        self, chosen: Collection[Probe], secrets: frozenset[str] = frozenset()
    ) -> None:
        """Import the types of these probes, and make room for them.

        A type that fails at import makes its probes unknown. `secrets` are those of the
        whole plan, which no peer's words may show.
        """
        self._secrets = secrets
        self._types = {name: _probing(name) for name in {p.type for p in chosen}}
        self._slow &= {probe.id for probe in chosen}
        places = make_room(at_once(chosen, self._least))
        self._places.allow(places)
        self.shortest_kept_s = shortest_kept_s(chosen, places)

    async def run(
        self, probe: Probe, paths: Mapping[str, Path], *, hurried: bool = False
    ) -> Result:
        """Run a probe when it is its turn; `hurried` is no run of its schedule."""
        path = paths[probe.via] if probe.via else None
        self.waiting.add(probe.id)
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self.line(probe))
            finally:
                self.waiting.discard(probe.id)
            place = self._places.one(slow=probe.id in self._slow)
            await stack.enter_async_context(place)
            began_s = self._now().steady_s
            probing = _harmless(self._prepared(probe, hurried))
            result = await run_probe(probe, probing, path, self._now, self._secrets)
            self.lag.note(result.at.steady_s - began_s)
            slow = self._now().steady_s - began_s > probe.timeout_s / 2
        (self._slow.add if slow else self._slow.discard)(probe.id)
        return tidy(result)

    def _prepared(self, probe: Probe, hurried: bool) -> Probing:
        """Return the function of a probe, with its type's preparation."""
        probing = self._type(probe.type)

        async def prepared(settings: Any, path: Path | None) -> Outcome:
            await self._prepare(probe, hurried=hurried)
            return await probing(settings, path)

        return prepared

    async def _prepare(self, probe: Probe, *, hurried: bool = False) -> None:
        """Prepare a run by the probe's type, if that does so."""
        module = sys.modules.get(self._type(probe.type).__module__)
        prepare: Preparation | None = getattr(module, "prepare", None)
        if prepare is not None:
            with self._notes.of(probe.id) as notes:
                at = self._now().utc
                await prepare(probe.settings, notes, at, hurried=hurried)

    def _type(self, name: str) -> Probing:
        """Return the function of a type, also of one that the plan does not have."""
        return self._types.get(name) or _probing(name)

    async def spend(self, probe: Probe) -> Outcome | None:
        """Count a test against the limit of a day; return why none is left."""
        if hasattr(probe.settings, "max_per_day"):
            try:
                await self._prepare(probe)
            except Stop as stopped:
                return stopped.outcome
        return None

    @asynccontextmanager
    async def line(
        self, probe: Probe, *, sends: bool = False
    ) -> AsyncIterator[asyncio.Event | None]:
        """Hold the serial lines of a probe; yield None where there are none.

        The event is set once somebody who `sends` a notice waits for them.
        """
        claim = asyncio.Event()
        lines = serial_lines(probe.settings)
        async with AsyncExitStack() as stack:
            for name in lines:
                line = self._lines.setdefault(name, SerialLine())
                await stack.enter_async_context(line.turn(claim, sends=sends))
            yield claim if lines else None


def _probing(name: str) -> Probing:
    try:
        return probes.find(name).probe
    except (Exception, SystemExit) as error:
        log.exception("the probe type %s cannot be imported", name)
        return _broken(error)


def _broken(error: BaseException) -> Probing:
    if isinstance(error, ModuleNotFoundError) and error.name:
        facts = {"problem": "no-module", "what": error.name}
    elif isinstance(error, ImportError):
        facts = {"said": plain(str(error))}
    else:
        facts = {"what": type(error).__name__}

    async def probe(_settings: Any, _path: Path | None) -> Outcome:
        return unknown(Reason.BROKEN, **facts)

    return probe


def _harmless(probing: Probing) -> Probing:
    """Catch what would end the event loop, and an answer of a wrong type."""

    async def probe(settings: Any, path: Path | None) -> Outcome:
        try:
            outcome: object = await probing(settings, path)
        except (Exception, asyncio.CancelledError, GeneratorExit):
            raise  # `run` interprets it
        except BaseException as error:  # noqa: BLE001 -- SystemExit in a library
            return unknown(Reason.BROKEN, what=type(error).__name__)
        if isinstance(outcome, Outcome):
            return outcome
        return unknown(Reason.BROKEN, problem="no-outcome")

    return probe


class Places:
    """A number of places; tests known to hold one for long wait behind the others.

    In a blackout nearly every test holds its place until its deadline. The few that
    are still answered must not wait for all those.
    """

    def __init__(self, number: int) -> None:
        """Start with so many free places."""
        self._free = number
        self._number = number
        self._quick: Waiting = deque()
        self._slow: Waiting = deque()

    def allow(self, number: int) -> None:
        """Change the number of places; tests above it may end."""
        self._free += number - self._number
        self._number = number
        self._hand_on()

    @asynccontextmanager
    async def one(self, *, slow: bool) -> AsyncIterator[None]:
        """Hold a place while the block lasts."""
        await self._take(self._slow if slow else self._quick)
        try:
            yield
        finally:
            self._free += 1
            self._hand_on()

    async def _take(self, waiting: Waiting) -> None:
        if self._free > 0:  # then nobody waits
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it had its place already
                self._free += 1
                self._hand_on()
            raise

    def _hand_on(self) -> None:
        while self._free > 0 and (self._quick or self._slow):
            turn = (self._quick or self._slow).popleft()
            if not turn.cancelled():
                self._free -= 1
                turn.set_result(None)
