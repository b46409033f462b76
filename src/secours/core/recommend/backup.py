"""Which channel to take if the one in use fails, and what do the two share?"""

from collections.abc import Sequence

from secours.core.graph import independence
from secours.core.graph.independence import Shared
from secours.core.memory import Memory
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
    found: dict[str, Shared] = {}
    held = memory.lines.get(line.name)
    before = held.entangled if held and held.channel == used else {}
    for name in usable:
        if name != used and memory.channels[name].reason is not Reason.OWN_LINK:
            now = _shared(config, memory, line, used, name)
            was = before.get(name)
            found[name] = independence.held(now, was, config.failback_after_s, at)
            if found[name].independent:
                break
    if not found:
        return None
    spare = next((n for n in found if found[n].independent), next(iter(found)))
    skipped = list(found)[: list(found).index(spare)]
    return Backup(
        channel=spare,
        tier=line.tier_of(spare),
        reach=reach.reception(config, memory, line, spare),
        independent=found[spare].independent,
        shares=found[spare].at_once,
        shares_later=found[spare].later,
        skipped={name: found[name].at_once for name in skipped},
        regained={
            name: counts
            for name in (*skipped, spare)
            if (counts := found[name].regained) is not None
        },
    )


def shared_with(
    config: Config, memory: Memory, line: Line, used: str
) -> dict[str, Shared]:
    """Return what each other channel of a line shares with the one in use, now."""
    return {
        name: _shared(config, memory, line, used, name)
        for name, _ in line.order
        if name != used
    }


def _shared(config: Config, memory: Memory, line: Line, one: str, other: str) -> Shared:
    """Return what takes two channels, or who hears them, where that is declared.

    One that nobody hears by design is independent of nothing.
    """
    worlds = independence.among(config, memory.worlds)
    if not hearing.is_declared(config, line):
        return worlds.shared(one, other)
    heard_by = (
        hearing.nodes(config, line.name, one),
        hearing.nodes(config, line.name, other),
    )
    found = worlds.shared(one, other, heard_by)
    if hearing.unheard(config, line.name).isdisjoint((one, other)):
        return found
    return found._replace(independent=False)
