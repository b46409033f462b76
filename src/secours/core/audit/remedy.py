"""Channels of the plan that could join a line to mend a weakness of it."""

from collections.abc import Collection, Iterator

from msgspec.structs import replace

from secours.core.audit.receivers import Later, heard_until_s, ways_of
from secours.core.graph import dependencies
from secours.core.receivers import hearing
from secours.model.nodes import channel_node
from secours.model.plan import Channel, Config, Line
from secours.model.receivers.audiences import PeopleGroup


def spares(config: Config, line: Line, takes: Collection[str]) -> tuple[str, ...]:
    """Return the channels that the line lacks, could use, and that outlive these.

    None of `takes` alone takes such a channel, at once or later. Where the audience
    has groups, one of them hears it.
    """
    nodes = dependencies.cautious(config)
    groups = hearing.groups(config, line)

    def is_heard(name: str) -> bool:
        return not groups or any(ways_of(config, line, name, g) for g in groups)

    def outlives(name: str) -> bool:
        at_once, later = nodes.alone(channel_node(name))
        return not (at_once | later).intersection(takes)

    return tuple(
        channel.name
        for channel in fitting(config, line)
        if outlives(channel.name) and is_heard(channel.name)
    )


def fitting(config: Config, line: Line) -> Iterator[Channel]:
    """Yield the channels that a line lacks and could use, by what they are for."""
    has = {name for name, _ in line.order}
    for channel in config.channels.values():
        fits = line.purpose in channel.purposes and channel.needs_known
        traits = (channel.traits.get(trait) for trait in line.require)
        if channel.name not in has and fits and all(t == "yes" for t in traits):
            yield channel


def gains(
    config: Config, line: Line, group: PeopleGroup, failure: Later | None = None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what would reach a group, for longer than it is after a failure.

    That is channels that the line lacks, and devices by which the group would hear
    one that the line has, the one that lasts longest first.
    """
    takes = [failure.component] if failure else []
    beyond_s = failure.after_s if failure else 0.0
    times = dependencies.cautious(config).fall_times(dict.fromkeys(takes, 0.0))

    def until_s(name: str, group: PeopleGroup) -> float:
        return heard_until_s(name, ways_of(config, line, name, group), times)

    spare = (name for name in spares(config, line, takes) if until_s(name, group))
    deaf = [name for name, _ in line.order if until_s(name, group) <= beyond_s]
    lasts_s = {
        device: max(until_s(n, replace(group, devices=(device,))) for n in deaf)
        for device in config.devices
        if deaf and device not in group.devices
    }
    devices = sorted(lasts_s, key=lasts_s.__getitem__, reverse=True)
    return tuple(spare), tuple(d for d in devices if lasts_s[d] > beyond_s)
