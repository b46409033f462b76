"""Timetable of breaks and heals without people: times, actions and words. Pure."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from secours.demo.labels import LABELS, Words

Announce = Callable[[Words], None]
Sleep = Callable[[float], Awaitable[None]]


class Breakable(Protocol):
    """Target of a timetable: a town."""

    async def break_(self, name: str) -> None:
        """Break something."""

    async def heal(self, name: str) -> None:
        """Heal something, or `all`."""


class Act(Struct, frozen=True):
    """Event at a time after the start of the timetable."""

    at_s: float
    action: str  # "break" or "heal"
    name: str
    sentence: Words


class Timetable(Struct, frozen=True):
    """Acts in the order of their times, repeated every `loop_s`."""

    acts: Sequence[Act]
    loop_s: float


ACTS: Sequence[tuple[float, str, str]] = (
    (20.0, "break", "signal"),
    (55.0, "heal", "signal"),
    (90.0, "break", "meta"),
    (130.0, "heal", "meta"),
    (165.0, "break", "mains"),
    (235.0, "heal", "mains"),
    (270.0, "break", "storm"),
    (305.0, "heal", "storm"),
    (335.0, "break", "line"),
    (380.0, "heal", "all"),
)
TIMETABLE = Timetable(
    [Act(at_s, do, name, LABELS[f"{do}.{name}"]) for at_s, do, name in ACTS],
    loop_s=420.0,
)


async def follow(
    town: Breakable,
    timetable: Timetable,
    announce: Announce,
    *,
    sleep: Sleep = asyncio.sleep,
) -> None:
    """Follow the timetable in a loop, until cancelled."""
    while True:
        passed_s = 0.0
        for act in timetable.acts:
            await sleep(act.at_s - passed_s)
            passed_s = act.at_s
            await DO[act.action](town, act.name)
            announce(act.sentence)
        await sleep(timetable.loop_s - passed_s)


DO: Mapping[str, Callable[[Breakable, str], Awaitable[None]]] = {
    "break": lambda town, name: town.break_(name),
    "heal": lambda town, name: town.heal(name),
}
