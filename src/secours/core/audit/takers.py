"""Failures that take a channel of a line, all devices that hear it, or a whole group.

Of the world as designed. A channel whose needs nobody declared falls with everything;
one without declared receivers is judged by our side alone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import chain
from math import inf
from operator import attrgetter

from msgspec import Struct

from secours.core.graph import dependencies
from secours.core.graph.cut_sets import Cut, either, together
from secours.core.graph.dependencies import DESIGNED
from secours.core.graph.derived import derived
from secours.core.receivers import hearing
from secours.model.nodes import channel_node
from secours.model.observed import Seconds
from secours.model.plan import Config
from secours.model.receivers.audiences import PeopleGroup
from secours.model.sections.line import Line

HeardBy = Mapping[str, frozenset[str]]
"""The nodes by which anybody of a line hears each channel; none where it cannot fail
for them."""

NOT_DECLARED: HeardBy = {}


class Later(Struct, frozen=True, kw_only=True):
    """A failure that leaves nothing once the batteries are empty, and when."""

    component: str
    after_s: Seconds


def heard(
    config: Config, line: Line, channels: Iterable[str], group: PeopleGroup
) -> HeardBy:
    """Return the channels that a group hears in a line, or would, and by what."""
    pairs = (
        (name, [*hearing.ways_to(config, line, config.channels[name], group)])
        for name in channels
    )
    return {name: frozenset(chain.from_iterable(ways)) for name, ways in pairs if ways}


def heard_by(config: Config, line: Line) -> HeardBy:
    """Return the nodes by which a line hears its channels, where they are declared."""
    groups = hearing.groups(config, line)
    every = [heard(config, line, config.channels, group) for group in groups]
    return by_any(every, config.channels) if every else NOT_DECLARED


def by_any(groups: Sequence[HeardBy], channels: Iterable[str]) -> HeardBy:
    """Return the nodes by which any of these groups hears each channel."""
    return {
        name: frozenset().union(*(each.get(name, ()) for each in groups))
        for name in channels
    }


def alone(
    config: Config, name: str, by: HeardBy
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the components that each take a channel alone: at once, and later."""
    nodes = dependencies.cautious(config)
    return nodes.lost_with(channel_node(name), by.get(name, frozenset()), DESIGNED)


def cuts(config: Config, name: str, by: HeardBy) -> frozenset[Cut]:
    """Return the minimal sets of failures that take a channel at once."""
    nodes = dependencies.cautious(config)
    own = nodes.cuts(channel_node(name))
    ends = [
        frozenset(cut for cut in nodes.cuts(node) if node not in cut)
        for node in by.get(name, ())
    ]
    return either([own, reduce(together, ends)]) if ends else own


@derived
def falls(config: Config, *roots: str) -> Mapping[str, float]:
    """Return when each node falls after failures, without those that never do."""
    times = dependencies.cautious(config).fall_times(dict.fromkeys(roots, 0.0))
    return {name: after_s for name, after_s in times.items() if after_s < inf}


def falls_s(name: str, by: HeardBy, times: Mapping[str, float]) -> float:
    """Return when a channel falls, or the last by which it is heard."""
    own_s = times.get(channel_node(name), inf)
    ends_s = (times.get(node, inf) for node in by.get(name, ()))
    return min(own_s, max(ends_s, default=inf))


def ends_all(config: Config, by: HeardBy) -> Iterator[Later]:
    """Yield each failure that takes all these channels, and when the last falls."""
    every = [frozenset().union(*alone(config, name, by)) for name in by]
    common = frozenset.intersection(*every) if every else ()
    itself = [channel_node(name) for name in by if len(by) == 1]
    for root in (*dependencies.cautious(config).ordered(common), *itself):
        times = falls(config, root)
        last_s = max(falls_s(name, by, times) for name in by)
        yield Later(component=root, after_s=last_s)


class GroupAudit(Struct, frozen=True, kw_only=True):
    """A group of a line: what it hears as designed, and what leaves it nothing."""

    group: str
    people: int | None
    hears: tuple[str, ...]
    misses: tuple[str, ...]  # channels of the line
    cut_off_by: tuple[Later, ...]  # each alone, the soonest first


def groups(config: Config, line: Line, channels: Sequence[str]) -> Iterator[GroupAudit]:
    """Examine the groups of a line, if its audience has any, by these channels.

    A group that one channel reaches is cut off by that channel.
    """
    for group in hearing.groups(config, line):
        heard_by = heard(config, line, channels, group)
        ends = ends_all(config, heard_by)
        yield GroupAudit(
            group=group.name,
            people=group.people,
            hears=tuple(heard_by),
            misses=tuple(name for name in channels if name not in heard_by),
            cut_off_by=tuple(sorted(ends, key=attrgetter("after_s"))),
        )
