"""What is not to be used although it works, and what may depend on what failed?

A distrusted component sets aside every channel that needs it; so does maintenance. A
channel whose needs nobody knows is in doubt while anything is distrusted or down.
"""

from collections.abc import Mapping
from math import inf

from secours.core.graph import dependencies
from secours.core.graph.dependencies import World
from secours.core.memory import Memory
from secours.core.probing import health as probe_health
from secours.core.probing.health import Health
from secours.model.nodes import channel_node, path_node
from secours.model.observed import Instant, Reason, Verdict
from secours.model.plan import Config, Probe
from secours.model.snapshot import Standing, State
from secours.model.statements import Declared, Mark

Aside = tuple[Reason, str | None]
"""Why, and on whose word."""


def asides(
    config: Config,
    memory: Memory,
    down: World,
    at: Instant,
) -> dict[str, Aside]:
    """Return what is set aside, by node, with everything that needs it.

    `down` is what has fallen. All is closed over together: what has one way left over
    something distrusted, and the other is down, is distrusted too.
    """
    said = memory.words
    idle: dict[str, Aside] = {
        name: (Reason.MAINTENANCE, None)
        for name, owner in config.owners.items()
        if any(window.start <= at.utc < window.end for window in owner.maintenance)
    }
    for name, mark in said.marks.items():
        if mark.says is Declared.MAINTENANCE and name in config.owners:
            idle[name] = (Reason.MAINTENANCE, mark.by)
    distrusted: dict[str, Aside] = {
        name: (Reason.SET_ASIDE, mark.by)
        for name, mark in said.distrusts.items()
        if name in config.owners
    }
    nodes = dependencies.of(config)
    idle = nodes.spreads(idle, down.fallen, down.spent)
    gone = down.fallen | idle.keys()
    found = idle | nodes.spreads(distrusted, gone, down.spent)
    return found | _over_distrusted_ways(config, memory, down, found, at)


def threats(
    config: Config,
    memory: Memory,
    settled: Mapping[str, Standing],
    unproven: Mapping[str, Mark],
) -> dict[str, float]:
    """Return what a channel of unknown needs may depend on, and since when.

    Nothing that it proves speaks against a distrust. What was said to be down may be
    so still, though the word has ended.
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
    config: Config,
    memory: Memory,
    down: World,
    asides: Mapping[str, Aside],
    at: Instant,
) -> dict[str, Aside]:
    """Return the channels that nothing reaches but over what is distrusted."""

    def lost(probe: Probe) -> bool:
        health = memory.probes.get(probe.id, Health())
        verdict, _ = probe_health.standing(health, at.steady_s)
        way = path_node(probe.via or "")
        return verdict is Verdict.FAILED or way in down.fallen or way in asides

    found: dict[str, Aside] = {}
    if all(reason is not Reason.SET_ASIDE for reason, _ in asides.values()):
        return found
    for channel in config.channels.values():
        ways: dict[str, list[Probe]] = {}
        for probe in channel.probes:
            if probe.required and not probe.hint:
                ways.setdefault(probe.way_of or probe.id, []).append(probe)
        for group in ways.values():
            over = [asides.get(path_node(probe.via or "")) for probe in group]
            first = next((a for a in over if a and a[0] is Reason.SET_ASIDE), None)
            if first and len(group) > 1 and all(map(lost, group)):
                found[channel_node(channel.name)] = first
    return found
