"""By which channels each group of a line is reached, and what alone cuts it off.

Of the world as designed. A group that one channel reaches is cut off by that channel.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import inf

from msgspec import Struct

from secours.core.graph import dependencies
from secours.core.receivers import hearing
from secours.core.receivers.hearing import Ways
from secours.model.nodes import channel_node
from secours.model.observed import Seconds
from secours.model.plan import Config, Line
from secours.model.receivers.audiences import PeopleGroup

FallTimes = Mapping[str, float]
"""The time at which each node falls with a failure at 0 s, `inf` for never."""


class Later(Struct, frozen=True, kw_only=True):
    """A failure that leaves nothing once the batteries are empty, and when."""

    component: str
    after_s: Seconds


class GroupAudit(Struct, frozen=True, kw_only=True):
    """A group of a line: what it hears as designed, and what leaves it nothing."""

    group: str
    people: int | None
    hears: tuple[str, ...]
    misses: tuple[str, ...]  # channels of the line
    cut_off_by: tuple[Later, ...]  # each alone, the soonest first


def groups(config: Config, line: Line, channels: Sequence[str]) -> Iterator[GroupAudit]:
    """Examine the groups of a line, if its audience has any, by these channels."""
    every = hearing.groups(config, line)
    nodes = dependencies.cautious(config)
    roots = (*config.components, *map(channel_node, channels)) if every else ()
    falls = {name: nodes.fall_times({name: 0.0}) for name in roots}
    for group in every:
        found = {n: ways_of(config, line, n, group) for n in channels}
        heard = {name: ways for name, ways in found.items() if ways}
        cut_off_by = _cut_off_by(falls, heard) if heard else ()
        yield GroupAudit(
            group=group.name,
            people=group.people,
            hears=tuple(heard),
            misses=tuple(name for name in channels if name not in heard),
            cut_off_by=tuple(sorted(cut_off_by, key=lambda each: each.after_s)),
        )


def ways_of(config: Config, line: Line, channel: str, group: PeopleGroup) -> Ways:
    """Return by what a group hears a channel of a line, or would, were it in that."""
    return tuple(hearing.ways_to(config, line, config.channels[channel], group))


def _cut_off_by(
    falls: Mapping[str, FallTimes], heard: Mapping[str, Ways]
) -> Iterator[Later]:
    for name, times in falls.items():
        last_s = max(heard_until_s(n, ways, times) for n, ways in heard.items())
        if last_s < inf:
            yield Later(component=name, after_s=last_s)


def heard_until_s(channel: str, ways: Ways, times: FallTimes) -> float:
    """Return when a channel or the last device that it is heard by falls."""
    ends = (max((times.get(n, inf) for n in way), default=inf) for way in ways)
    return min(times[channel_node(channel)], max(ends, default=0.0))
