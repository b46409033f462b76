"""Failures that take a channel of a line, or all devices that hear it.

Of the world as designed. A channel whose needs nobody declared falls with everything;
one whose receivers nobody declared is as good as its own side.
"""

from collections.abc import Mapping
from functools import reduce
from itertools import chain
from math import inf

from secours.core.graph import dependencies
from secours.core.graph.cut_sets import Cut, either, together
from secours.core.graph.dependencies import DESIGNED
from secours.core.graph.derived import derived
from secours.core.receivers import hearing
from secours.model.nodes import channel_node
from secours.model.plan import Config, Line

HeardBy = Mapping[str, frozenset[str]]
"""The nodes by which anybody of a line hears each channel; none where it cannot fail
for them."""

NOT_DECLARED: HeardBy = {}


def heard_by(config: Config, line: Line) -> HeardBy:
    """Return by what a line hears its channels, or would, where that is declared."""
    groups = hearing.groups(config, line)
    if not groups:
        return NOT_DECLARED
    ways = {
        each.name: [hearing.ways_to(config, line, each, group) for group in groups]
        for each in config.channels.values()
    }
    return {
        name: frozenset(chain.from_iterable(chain.from_iterable(of_groups)))
        for name, of_groups in ways.items()
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
def falls(config: Config, root: str) -> Mapping[str, float]:
    """Return when each node falls after a failure, without those that never do."""
    times = dependencies.cautious(config).fall_times({root: 0.0})
    return {name: after_s for name, after_s in times.items() if after_s < inf}


def falls_s(name: str, by: HeardBy, times: Mapping[str, float]) -> float:
    """Return when a channel falls, or the last by which it is heard."""
    own_s = times.get(channel_node(name), inf)
    ends_s = (times.get(node, inf) for node in by.get(name, ()))
    return min(own_s, max(ends_s, default=inf))
