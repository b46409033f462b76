"""Devices by which each group of a line hears each channel, and how well.

A device at the workplace counts where people are woken only if somebody is there day
and night. A channel without declared devices is heard by all.
"""

from collections.abc import Container, Iterator, Mapping, Set

from msgspec import Struct

from secours.core.graph import devices
from secours.core.graph.derived import derived
from secours.languages import Text
from secours.model.plan import Config
from secours.model.receivers.audiences import PeopleGroup, group_key
from secours.model.receivers.reach import Hearing
from secours.model.sections.channel import Channel
from secours.model.sections.line import Line, Purpose

Ways = tuple[tuple[str, ...], ...]
"""The devices by which a group hears a channel, each as its nodes in the graph; each
person has one of them. A device without a node never fails."""

EVERYBODY: Ways = ((),)


class Hearer(Struct, frozen=True, kw_only=True):
    """A group of a line, and its devices for one channel."""

    group: PeopleGroup
    ways: Ways
    designed: Hearing  # while nothing has failed

    @property
    def nodes(self) -> frozenset[str]:
        """Return the nodes of all its devices."""
        return frozenset(node for way in self.ways for node in way)


Hearers = tuple[Hearer, ...]


def hearing(ways: Ways, fallen: Container[str]) -> Hearing:
    """Return how many of a group hear a channel while these nodes are down."""
    best = Hearing.NONE
    for way in ways:
        down = sum(node in fallen for node in way)
        if not down:
            return Hearing.WHOLE
        if down < len(way):
            best = Hearing.PART
    return best


def groups(config: Config, line: Line) -> tuple[PeopleGroup, ...]:
    """Return the groups of the audience of a line; none where none is declared."""
    audience = config.audiences.get(line.audience)
    return audience.groups if audience else ()


def is_declared(config: Config, line: Line) -> bool:
    """Tell whether the plan declares the groups of a line's audience."""
    return bool(groups(config, line))


@derived
def of(config: Config) -> Mapping[str, Mapping[str, Hearers]]:
    """Return the hearers of each channel of each line, by the names of both."""
    return {
        line.name: {
            name: tuple(_hearers(config, line, config.channels[name]))
            for name, _ in line.order
        }
        for line in config.plan
    }


@derived
def heard_by(config: Config, line: str) -> Mapping[str, frozenset[str]]:
    """Return, by channel, the nodes by which anybody of a line hears it."""
    return {
        name: frozenset().union(*(hearer.nodes for hearer in hearers))
        for name, hearers in of(config)[line].items()
    }


@derived
def designed(config: Config, line: str) -> Mapping[str, tuple[int, ...]]:
    """Return how well each group hears each channel while nothing has failed."""
    return {
        name: tuple(hearer.designed.rank for hearer in hearers)
        for name, hearers in of(config)[line].items()
    }


@derived
def unheard(config: Config, line: str) -> frozenset[str]:
    """Return the channels of a line that no group hears as designed."""
    return frozenset(
        name
        for name, hearers in of(config)[line].items()
        if all(hearer.designed is Hearing.NONE for hearer in hearers)
    )


def groups_on(config: Config, channel: str, nodes: Set[str]) -> set[str]:
    """Return the keys of the groups that hear a channel by any of these nodes."""
    return {
        group_key(line.audience, hearer.group.name)
        for line in config.plan
        for hearer in of(config)[line.name].get(channel, ())
        if not nodes.isdisjoint(hearer.nodes)
    }


def ways_of(config: Config, channel: Channel) -> Ways:
    """Return every service of a device that a channel is heard on."""
    return tuple(
        devices.nodes_of(config, name, service)
        for name, service in channel.heard_on or ()
        if name in config.devices and service in config.devices[name].services
    )


def _hearers(config: Config, line: Line, channel: Channel) -> Iterator[Hearer]:
    if not is_declared(config, line):
        anybody = PeopleGroup(name="", label=Text(), devices=())
        ways = ways_of(config, channel) or EVERYBODY
        yield Hearer(group=anybody, ways=ways, designed=Hearing.WHOLE)
        return
    for group in groups(config, line):
        ways = tuple(ways_to(config, line, channel, group))
        yield Hearer(group=group, ways=ways, designed=hearing(ways, frozenset()))


def ways_to(
    config: Config, line: Line, channel: Channel, group: PeopleGroup
) -> Iterator[tuple[str, ...]]:
    """Yield by what a group hears a channel of a line, or would, were it in that."""
    if channel.heard_on is None:
        yield from EVERYBODY
        return
    woken = line.purpose is Purpose.ALERT
    for name, service in group.hears_by(channel.heard_on, config.devices, woken=woken):
        yield devices.nodes_of(config, name, service)
