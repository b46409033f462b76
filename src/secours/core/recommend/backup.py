"""Backup for the channel in use, and failures that the two share."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from secours.core.graph import independence
from secours.core.graph.derived import derived
from secours.core.graph.independence import Overlap, Worlds
from secours.core.memory import Loss, Memory
from secours.core.receivers import hearing, reach
from secours.model.observed import Instant, Reason
from secours.model.plan import Config
from secours.model.sections.line import Line
from secours.model.snapshot import Backup

_Hearers = tuple[tuple[str, frozenset[str]], ...]
"""Each channel of a line, and the nodes of the devices by which people hear it."""


def backup(
    config: Config,
    memory: Memory,
    line: Line,
    used: str,
    usable: Sequence[str],
    at: Instant,
) -> Backup | None:
    """Return the first other channel that is independent, else the first other."""
    overlaps: dict[str, Overlap] = {}
    shared = shared_with(config, memory, line, used)
    held = memory.lines.get(line.name)
    before = held.entangled if held and held.channel == used else {}
    for name in usable:
        if name != used and memory.channels[name].reason is not Reason.OWN_LINK:
            overlaps[name] = independence.held(
                shared[name], before.get(name), config.failback_after_s, at
            )
            if overlaps[name].independent:
                break
    if not overlaps:
        return None
    spare = next((n for n in overlaps if overlaps[n].independent), next(iter(overlaps)))
    skipped = list(overlaps)[: list(overlaps).index(spare)]
    return Backup(
        channel=spare,
        tier=line.tier_of(spare),
        reach=reach.reception(config, memory, line, spare),
        independent=overlaps[spare].independent,
        shares=overlaps[spare].at_once,
        shares_later=overlaps[spare].later,
        skipped={name: overlaps[name].at_once for name in skipped},
        regained={
            name: counts
            for name in (*skipped, spare)
            if (counts := overlaps[name].regained) is not None
        },
    )


def shared_with(
    config: Config, memory: Memory, line: Line, used: str
) -> Mapping[str, Overlap]:
    """Return what each other channel of a line shares with the one in use, now."""
    worlds = independence.among(config, memory.worlds)
    hearers = _by_design(config)[line.name]
    if memory.losses.fell_s:
        reached = memory.reach.get(line.name, {}).items()
        unheard = frozenset(n for n, each in reached if each.loss >= Loss.INFERRED)
        hearers = _left(hearers, frozenset(memory.losses.fell_s), unheard)
    return _compared(worlds, used, hearers, hearing.unheard(config, line.name))


@lru_cache(maxsize=32)
def _compared(
    worlds: Worlds, used: str, hearers: _Hearers, deaf: frozenset[str]
) -> Mapping[str, Overlap]:
    """Compare one channel with each other; a deaf one is independent of none."""
    heard_by = dict(hearers)
    overlaps = {
        name: worlds.shared(used, name, (heard_by[used], by))
        for name, by in hearers
        if name != used
    }
    return {
        name: each._replace(independent=False) if deaf & {used, name} else each
        for name, each in overlaps.items()
    }


@derived
def _by_design(config: Config) -> Mapping[str, _Hearers]:
    """Return, by line, who hears each channel; nobody where no groups are declared."""
    return {
        line.name: tuple(hearing.heard_by(config, line.name).items())
        if hearing.is_declared(config, line)
        else tuple((name, frozenset()) for name, _ in line.order)
        for line in config.plan
    }


@lru_cache(maxsize=32)
def _left(hearers: _Hearers, lost: frozenset[str], unheard: frozenset[str]) -> _Hearers:
    """Return the devices that still hear each channel; all of them where none does.

    It is empty where people answered although all their devices are lost.
    """
    return tuple(
        (name, by if by <= lost and name in unheard else by - lost)
        for name, by in hearers
    )
