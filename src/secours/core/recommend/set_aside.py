"""Channels set aside although they work, and those that may need a failed part.

Distrust of a component, or its maintenance, sets aside every channel that needs it. A
channel of unknown needs is in doubt while anything is distrusted or down.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from math import inf

from msgspec.structs import replace

from secours.core.graph import dependencies
from secours.core.graph.dependencies import World
from secours.core.memory import Memory
from secours.core.probing import health as probe_health
from secours.core.probing.aggregate import by_way
from secours.core.probing.health import Health
from secours.core.statements import expiry
from secours.core.statements.steady_clock import steady
from secours.model.nodes import channel_node, path_node
from secours.model.observed import Instant, Reason, Verdict
from secours.model.plan import Config
from secours.model.sections.channel import Channel, Probe
from secours.model.snapshot import Standing, State
from secours.model.statements import Declared, Mark

Aside = tuple[Reason, str | None]
"""Reason, and who said it."""


def asides(
    config: Config,
    memory: Memory,
    down: World,
    at: Instant,
) -> dict[str, Aside]:
    """Return all nodes set aside, with everything that needs them.

    `down` is what has fallen. Both count together: a node with one way left over a
    distrusted node, and the other down, is distrusted too.
    """
    words = memory.words
    idle: dict[str, Aside] = {
        name: (Reason.MAINTENANCE, None)
        for name, owner in config.owners.items()
        if any(window.start <= at.utc < window.end for window in owner.maintenance)
    }
    for name, mark in words.marks.items():
        if mark.says is Declared.MAINTENANCE and name in config.owners:
            idle[name] = (Reason.MAINTENANCE, mark.by)
    distrusted: dict[str, Aside] = {
        name: (Reason.SET_ASIDE, mark.by)
        for name, mark in words.distrusts.items()
        if name in config.owners
    }
    nodes = dependencies.of(config)
    idle = nodes.spreads(idle, down.fallen, down.spent)
    gone = down.fallen | idle.keys()
    by_node = idle | nodes.spreads(distrusted, gone, down.spent)

    def lost(probe: Probe) -> bool:
        health = memory.probes.get(probe.id, Health())
        verdict, _ = probe_health.standing(health, at.steady_s)
        return verdict is Verdict.FAILED or path_node(probe.via or "") in down.fallen

    return by_node | _over_distrusted_ways(config, by_node, lost)


def maintained_until(
    config: Config, memory: Memory, channel: str, at: Instant
) -> datetime | None:
    """Return when nothing keeps a channel out of use any more, if that is said."""
    ends = {w.end for owner in config.owners.values() for w in owner.maintenance}
    ends |= {mark.until for mark in memory.words.marks.values() if mark.until}
    for end in sorted(end for end in ends if end > at.utc):
        then = Instant(end, steady(end, at))
        left = replace(memory, words=expiry.lapse(memory.words, then)[0])
        world = memory.worlds[0].world
        if channel_node(channel) not in asides(config, left, world, then):
            return end
    return None


@lru_cache(maxsize=16)
def held(config: Config, distrusted: frozenset[str]) -> Mapping[str, tuple[str, ...]]:
    """Return the channels that a distrust of these sets aside whatever works.

    Each comes with those of these that it may need.
    """
    nodes = dependencies.of(config)
    aside: Aside = (Reason.SET_ASIDE, None)
    roots = dict.fromkeys(distrusted & config.owners.keys(), aside)
    by_node = nodes.spreads(roots, frozenset(), frozenset())
    by_node |= _over_distrusted_ways(config, by_node, lambda _: False)
    return {
        node: tuple(sorted(_behind(config, channel) & distrusted))
        for channel in config.channels.values()
        if (node := channel_node(channel.name)) in by_node
    }


def needing(config: Config, component: str) -> tuple[str, ...]:
    """Return the channels that may need a component, directly or not."""
    channels = config.channels.items()
    return tuple(n for n, channel in channels if component in _behind(config, channel))


def spared(
    config: Config, component: str, channels: Iterable[str]
) -> tuple[list[str], list[str]]:
    """Return the channels that a battery spares for a while, and those another way."""
    empty = frozenset(config.owners)  # every battery
    nodes = dependencies.of(config)
    taken = nodes.spreads({component: True}, frozenset(), empty)
    names = [(name, channel_node(name) in taken) for name in channels]
    return [name for name, fed in names if fed], [n for n, fed in names if not fed]


def _behind(config: Config, channel: Channel) -> frozenset[str]:
    """Return all that a channel, or a way to it, may need."""
    nodes = dependencies.of(config)
    ways = {path_node(probe.via) for probe in channel.probes if probe.via}
    node = channel_node(channel.name)
    return nodes.behind(node).union(*map(nodes.behind, ways))


def threats(
    config: Config,
    memory: Memory,
    settled: Mapping[str, Standing],
    unproven: Mapping[str, Mark],
) -> dict[str, float]:
    """Return what a channel of unknown needs may depend on, and since when.

    No proof of its own counts against a distrust. A component said to be down may be so
    still, though the word has ended.
    """
    ended = {
        name: mark.began.steady_s
        for name, mark in unproven.items()
        if name == mark.subject and mark.says is Declared.DOWN
        if name in config.components
    }
    distrusted = dict.fromkeys(memory.words.distrusts, inf)
    down = {
        name: failed_at.steady_s
        for name in config.components
        if settled[name].state is State.DOWN
        and (failed_at := settled[name].failed_at) is not None  # not only suspected
    }
    return ended | down | distrusted


def _over_distrusted_ways(
    config: Config, asides: Mapping[str, Aside], lost: Callable[[Probe], bool]
) -> dict[str, Aside]:
    """Return the channels that only distrusted ways reach."""
    by_channel: dict[str, Aside] = {}
    if all(reason is not Reason.SET_ASIDE for reason, _ in asides.values()):
        return by_channel
    for channel in config.channels.values():
        for group in by_way(p for p in channel.probes if p.required and not p.hint):
            over = [asides.get(path_node(probe.via or "")) for probe in group]
            first = next((a for a in over if a and a[0] is Reason.SET_ASIDE), None)
            shut = (path_node(p.via or "") in asides or lost(p) for p in group)
            if first and len(group) > 1 and all(shut):
                by_channel[channel_node(channel.name)] = first
    return by_channel
