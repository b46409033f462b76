"""Story of five minutes: events in the town, what to look at, and its stage."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from msgspec import Struct

from secours.demo.labels import LABELS, Words
from secours.demo.timetable import Breakable
from secours.demo.town import Town
from secours.model.requests import EngineRequest, MarkRequest, UnmarkRequest
from secours.model.statements import Declared

DISTRUSTED = "signal"  # read by the intruder

Tell = Callable[[EngineRequest], Awaitable[None]]


class TourStage(Breakable, Protocol):
    """Stage of a story: a town, and the people who make statements."""

    async def distrust(self, name: str) -> None:
        """Report that an intruder reads a channel."""

    async def trust(self, name: str) -> None:
        """Withdraw that."""


class TourStep(Struct, frozen=True, kw_only=True):
    """Event, what to look at, and the time for that."""

    name: str
    words: Words
    lasts_s: float
    acts: Sequence[tuple[str, str]]  # what is done to what

    async def play(self, stage: TourStage) -> None:
        """Do it on a stage."""
        do = {
            "break": stage.break_,
            "heal": stage.heal,
            "distrust": stage.distrust,
            "trust": stage.trust,
        }
        for action, name in self.acts:
            await do[action](name)


def _step(name: str, lasts_s: float, *acts: tuple[str, str]) -> TourStep:
    words = LABELS[f"tour.{name}"]
    return TourStep(name=name, words=words, lasts_s=lasts_s, acts=acts)


STEPS: Sequence[TourStep] = (
    _step("calm", 25.0, ("heal", "all")),
    _step("provider", 40.0, ("break", "meta")),
    _step("mains", 75.0, ("heal", "meta"), ("break", "mains")),
    _step("intruder", 45.0, ("heal", "mains"), ("distrust", DISTRUSTED)),
    _step("line", 50.0, ("trust", DISTRUSTED), ("break", "line")),
    _step("back", 40.0, ("heal", "line")),
)
END = LABELS["tour.end"]


class Tour:
    """Player of the steps, each for its time or until `next`."""

    def __init__(self, steps: Sequence[TourStep] = STEPS) -> None:
        """Set the steps; `play` begins."""
        self._steps = steps
        self._paused = False
        self._skipped = False
        self._stirred = asyncio.Event()

    async def play(
        self, stage: TourStage, tell: Callable[[int, TourStep], None]
    ) -> None:
        """Play it to its end; then withdraw its distrust."""
        try:
            for number, step in enumerate(self._steps, 1):
                await step.play(stage)
                tell(number, step)
                await self._last(step.lasts_s)
        finally:
            await stage.trust(DISTRUSTED)

    def next(self) -> None:
        """Go to the next step now."""
        self._skipped = True
        self._stirred.set()

    def pause(self, *, paused: bool = True) -> None:
        """Pause at this step until `next`, or resume the clock."""
        self._paused = paused
        self._stirred.set()

    async def _last(self, seconds: float) -> None:
        """Wait until a step ends."""
        loop = asyncio.get_running_loop()
        ends_s = loop.time() + seconds
        while not self._skipped:
            left_s = None if self._paused else max(ends_s - loop.time(), 0.0)
            try:
                async with asyncio.timeout(left_s):
                    await self._stirred.wait()
            except TimeoutError:
                return
            self._stirred.clear()
        self._skipped = False
        self._stirred.clear()


class EngineStage:
    """Stage that acts on a town, and sends statements to its engine."""

    def __init__(self, town: Town, tell: Tell, language: str) -> None:
        """Speak in a language, by `tell`."""
        self._town = town
        self._tell = tell
        self._by = LABELS["intruder.by"][language]
        self._why = LABELS["intruder.why"][language]
        self._distrusted: set[str] = set()

    async def break_(self, name: str) -> None:
        """Break something."""
        await self._town.break_(name)

    async def heal(self, name: str) -> None:
        """Heal something, or `all`."""
        await self._town.heal(name)

    async def distrust(self, name: str) -> None:
        """Report that an intruder reads a channel."""
        self._distrusted.add(name)
        word = MarkRequest(
            subject=name, says=Declared.DISTRUSTED, by=self._by, why=self._why
        )
        await self._tell(word)

    async def trust(self, name: str) -> None:
        """Withdraw that, if given."""
        if name in self._distrusted:
            self._distrusted.discard(name)
            await self._tell(UnmarkRequest(subject=name, by=self._by))
