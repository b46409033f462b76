"""Which channel to take if the one in use fails, and what do the two share?"""

from collections.abc import Sequence

from secours.core.graph import independence
from secours.core.graph.independence import NOT_DECLARED, HeardBy, Shared
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
    worlds = independence.among(config, memory.worlds)
    held = memory.lines.get(line.name)
    before = held.entangled if held and held.channel == used else {}
    for name in usable:
        if name != used and memory.channels[name].reason is not Reason.OWN_LINK:
            now = worlds.shared(used, name, _hearers(config, line, used, name))
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
    worlds = independence.among(config, memory.worlds)
    return {
        name: worlds.shared(used, name, _hearers(config, line, used, name))
        for name, _ in line.order
        if name != used
    }


def _hearers(config: Config, line: Line, one: str, other: str) -> HeardBy:
    """Return by what each of two channels is heard, where the groups are declared."""
    if not hearing.is_declared(config, line):
        return NOT_DECLARED
    return (
        hearing.nodes(config, line.name, one),
        hearing.nodes(config, line.name, other),
    )
