"""What befalls eight real servers and the ways to them, drawn once and for all."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from random import Random

from engine.eight import CHANNELS, GROUPS, LINES, PATHS, TIMEOUT_S, VIA, Eight
from servers.namespace import CUTS

SEED = 10
OFF, SILENT, SLOW, FLAPPING, CUT = "off", "silent", "slow", "flapping", "cut"
EIGHT = (OFF, OFF, SILENT, SILENT, SLOW, FLAPPING, CUT, CUT)  # of so many faults
TOGETHER = (1, 2, 3, 3)  # how many servers break at once
# While one flaps.
SILENT_S, AWAKE_S = (TIMEOUT_S / 6, TIMEOUT_S * 4 / 3), (TIMEOUT_S / 3, TIMEOUT_S)
OUTAGE_TESTS = 4  # lost in a row: fewer are a path that loses packets


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What befalls one server, or one path."""

    kind: str
    where: str
    how: str = ""  # a path is cut
    slow_s: float = 0.0
    flaps_s: tuple[tuple[float, float], ...] = ()  # how long silent, then awake


Round = tuple[Fault, ...]  # that befall together


def drawn(number: int) -> list[Round]:
    """Return so many faults, the same each time.

    A path is cut alone; servers break together, each in another group.
    """
    random = Random(SEED)
    paths, ways = _dealt(random, PATHS), _dealt(random, tuple(CUTS))
    servers = {names: _dealt(random, names) for names in GROUPS}
    rounds: list[Round] = []
    hit: list[Fault] = []
    groups: list[tuple[str, ...]] = []
    for kind in islice(_dealt(random, EIGHT), number):
        if kind == CUT:
            rounds.append((Fault(kind=CUT, where=next(paths), how=next(ways)),))
            continue
        if not groups:
            rounds.append(tuple(hit))
            hit, groups = [], random.sample(GROUPS, random.choice(TOGETHER))
        hit.append(_of_server(random, kind, next(servers[groups.pop()])))
    return [each for each in (*rounds, tuple(hit)) if each]


def _of_server(random: Random, kind: str, name: str) -> Fault:
    flaps_s = [(random.uniform(*SILENT_S), random.uniform(*AWAKE_S)) for _ in range(3)]
    slow_s = random.uniform(4.0, 6.0) * TIMEOUT_S
    return Fault(kind=kind, where=name, slow_s=slow_s, flaps_s=tuple(flaps_s))


def _dealt(random: Random, cards: tuple[str, ...]) -> Iterator[str]:
    """Deal the cards, and when all are dealt shuffle them again."""
    while True:
        yield from random.sample(cards, len(cards))


def unseen(faults: Round) -> set[str]:
    """Return the channels that nobody can see now."""
    cut = {fault.where for fault in faults if fault.kind == CUT}
    return {name for name in CHANNELS if cut.issuperset(VIA[name])}


def dead(faults: Round) -> set[str]:
    """Return the channels that do not work."""
    return {f.where for f in faults if f.kind in (OFF, SILENT, SLOW)}


def restless(faults: Round) -> set[str]:
    """Return the channels of which nothing certain can be said."""
    return {fault.where for fault in faults if fault.kind == FLAPPING}


def answer(line: str, faults: Round) -> str:
    """Return what a line is to be told to use, while these last.

    Where all is seen by a way that is cut, it keeps what it has.
    """
    names = LINES[line]
    gone = unseen(faults) | dead(faults)
    return next((name for name in names if name not in gone), names[0])


async def begin(eight: Eight, fault: Fault) -> None:
    """Let it happen; one that flaps has done so when this returns."""
    match fault.kind:
        case "off":
            await eight.servers[fault.where].switch_off()
        case "silent":
            eight.servers[fault.where].silence()
        case "slow":
            eight.network.slow(fault.where, fault.slow_s)
        case "cut":
            eight.network.cut(fault.where, fault.how)
        case "flapping":
            for silent_s, awake_s in fault.flaps_s:
                eight.servers[fault.where].silence()
                await asyncio.sleep(silent_s)
                eight.servers[fault.where].wake()
                await asyncio.sleep(awake_s)


async def end(eight: Eight, fault: Fault) -> None:
    """Undo it."""
    match fault.kind:
        case "off":
            await eight.servers[fault.where].switch_on()
        case "silent":
            eight.servers[fault.where].wake()
        case "slow":
            eight.network.hurry(fault.where)
        case "cut":
            eight.network.mend(fault.where, fault.how)
