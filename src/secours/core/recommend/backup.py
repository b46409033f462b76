"""Backup for the channel in use, and failures that the two share."""

from collections.abc import Callable, Sequence
from functools import cache, partial

from secours.core.graph import independence
from secours.core.graph.independence import Overlap
from secours.core.memory import Loss, Memory
from secours.core.receivers import hearing, reach
from secours.model.observed import Instant, Reason
from secours.model.plan import Config, Line
from secours.model.snapshot import Backup


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
    shared = _sharing(config, memory, line)
    held = memory.lines.get(line.name)
    before = held.entangled if held and held.channel == used else {}
    for name in usable:
        if name != used and memory.channels[name].reason is not Reason.OWN_LINK:
            now = shared(used, name)
            was = before.get(name)
            overlaps[name] = independence.held(now, was, config.failback_after_s, at)
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
) -> dict[str, Overlap]:
    """Return what each other channel of a line shares with the one in use, now."""
    shared = _sharing(config, memory, line)
    return {name: shared(used, name) for name, _ in line.order if name != used}


def _sharing(
    config: Config, memory: Memory, line: Line
) -> Callable[[str, str], Overlap]:
    """Return the function that compares two channels, or their hearers, if declared.

    A channel that nobody hears by design is independent of none.
    """
    worlds = independence.among(config, memory.worlds)
    if not hearing.is_declared(config, line):
        return worlds.shared
    deaf = hearing.unheard(config, line.name)
    hears_of = cache(partial(_hears, config, memory, line))

    def shared(one: str, other: str) -> Overlap:
        hears = hears_of(one), hears_of(other)
        found = worlds.shared(one, other, hears)
        if one in deaf or other in deaf:
            return found._replace(independent=False)
        return found

    return shared


def _hears(config: Config, memory: Memory, line: Line, name: str) -> frozenset[str]:
    """Return the devices that still hear a channel; all of them where none does.

    It is empty where people answered although all their devices are lost.
    """
    by = hearing.heard_by(config, line.name)[name]
    if by.isdisjoint(memory.losses.fell_s):
        return by
    left = by.difference(memory.losses.fell_s)
    unheard = not left and reach.of(memory, line, name).loss >= Loss.INFERRED
    return by if unheard else left
