"""Losses of people elsewhere: networks and devices, how sure each is, and since when.

Our own probes measure our side. For people elsewhere they count as sure only where two
measurements agree, or somebody says so; a battery that nobody measures, one modem of
ours and a suspicion are inference. A text or a call that arrived since speaks for its
network; no measurement of ours speaks for the mains of others.
"""

from collections.abc import Mapping
from math import inf

from secours.core import batteries, overrides
from secours.core.graph import dependencies, devices
from secours.core.graph.dependencies import POWER, Clause
from secours.core.graph.derived import derived
from secours.core.memory import NOTHING_LOST, Losses, Memory
from secours.core.probing import health as probe_health
from secours.core.probing import path_states
from secours.core.probing.aggregate import Cut, counts
from secours.core.probing.health import Health
from secours.model.nodes import (
    channel_node,
    is_channel,
    is_device,
    kind_of,
    plain_name,
)
from secours.model.observed import Evidence, Instant, Reason, Verdict
from secours.model.plan import Config
from secours.model.sections.channel import Probe
from secours.model.snapshot import Standing, State
from secours.model.statements import Declared

AGREEING = 2  # measurements, by different devices of ours, that make a loss sure


_Parts = tuple[dict[str, float], set[str]]
"""Components that are lost to people elsewhere, since when, and those surely lost."""


def losses(config: Config, memory: Memory, at: Instant) -> Losses:
    """Return the losses of people's devices, by the present standings."""
    lost, sure_parts = _parts(config, memory, at)
    if not lost and not memory.accused:
        return NOTHING_LOST
    nodes = dependencies.of(config)
    spent = memory.worlds[0].world.spent if memory.worlds else frozenset()
    fell_s: dict[str, float] = {}
    because: dict[str, tuple[str, ...]] = {}
    sure = set()
    for node in devices.of(config):
        fallen = [
            clause
            for clause in nodes.clauses(node)
            if lost.keys() >= set(clause.names)
            and (not clause.lasts_s or node in spent)
        ]
        if fallen:
            fell_s[node] = max(_fell_s(c, lost, memory, node) for c in fallen)
            because[node] = tuple(dict.fromkeys(n for c in fallen for n in c.names))
            if any(sure_parts.issuperset(c.names) for c in fallen if not c.lasts_s):
                sure.add(node)
    for node, accused in memory.accused.items():
        if is_device(node):
            fell_s[node] = max(accused.newest_s, fell_s.get(node, -inf))
            because.setdefault(node, accused.causes)
            if sure_parts.issuperset(accused.causes):
                sure.add(node)
    falls_s = _falls_s(memory, lost)
    ends_s = {
        node: end_s
        for node in devices.of(config)
        if (end_s := _ends_s(config, memory, node, lost, falls_s, at)) < inf
    }
    soon_s = (end_s for end_s in ends_s.values() if batteries.is_ending(end_s, at))
    return Losses(
        fell_s=fell_s,
        sure=frozenset(sure),
        because=because,
        ends_s=ends_s,
        soon_s=max(soon_s, default=0.0),
    )


def _falls_s(memory: Memory, lost: Mapping[str, float]) -> dict[str, float]:
    """Return when components fall if nothing happens but that batteries end.

    One that does not fall is left out.
    """
    falls_s = {}
    for name, standing in memory.components.items():
        if standing.state is not State.DOWN:
            if standing.until:
                falls_s[name] = standing.until.steady_s
        elif name in lost and name not in memory.accused:
            falls_s[name] = lost[name]
    return falls_s


def _ends_s(
    config: Config,
    memory: Memory,
    node: str,
    lost: Mapping[str, float],
    falls_s: Mapping[str, float],
    at: Instant,
) -> float:
    """Return when a device is lost if nothing happens but that batteries end.

    A lost one whose people answered since is lost again with its next need.
    """
    battery = memory.batteries.get(node)
    ends = [inf]
    for clause in dependencies.of(config).clauses(node):
        if not clause.lasts_s:
            ends.append(max(lost.get(n, falls_s.get(n, inf)) for n in clause.names))
        elif battery and battery.draining and lost.keys() >= set(clause.names):
            ends.append(battery.ends_s)
        else:
            fails_s = max(falls_s.get(name, inf) for name in clause.names)
            if fails_s < inf:
                lasts = batteries.lasts(config, memory.batteries, at)
                ends.append(fails_s + lasts(node, fails_s))
    return min(end_s for end_s in ends if end_s > at.steady_s)


def _fell_s(
    clause: Clause, lost: Mapping[str, float], memory: Memory, node: str
) -> float:
    """Return when the last alternative fell; on a battery, when that ended."""
    fell_s = max(lost[name] for name in clause.names)
    battery = memory.batteries.get(node)
    if not clause.lasts_s or battery is None or not battery.draining:
        return fell_s + clause.lasts_s
    return battery.ends_s


def _parts(config: Config, memory: Memory, at: Instant) -> _Parts:
    """Find what is lost, after all its needs.

    A node that fell with another stays lost only while that is lost to people, too.
    """
    fell_s: dict[str, float] = {}
    sure: set[str] = set()
    lost = {
        name
        for name, standing in memory.components.items()
        if standing.state is State.DOWN or standing.aside
    }
    if not lost:
        return fell_s, sure
    nodes = dependencies.of(config)
    spent = memory.worlds[0].world.spent if memory.worlds else frozenset()
    for name in filter(lost.__contains__, nodes.needs_first):
        standing = memory.components[name]
        clauses = nodes.clauses(name)
        fallen = [c for c in clauses if fell_s.keys() >= set(c.names)]
        declared = _is_told(config, memory, name, standing, at)
        by_itself = declared or (
            standing.state is State.DOWN and not _followed(memory, standing)
        )
        if not (by_itself or fallen):
            continue
        with_s = (
            _fell_s(clause, fell_s, memory, name)
            for clause in fallen
            if not clause.lasts_s or name in spent
        )
        again_s = max(with_s, default=-inf)  # a later fall wins
        if not standing.aside and _is_contradicted(config, memory, name, again_s, at):
            continue
        fell_s[name] = max(_since_s(config, memory, name, at), again_s)
        at_once = any(sure.issuperset(c.names) for c in fallen if not c.lasts_s)
        if declared or at_once or _is_measured(config, memory, name, at):
            sure.add(name)
    return fell_s, sure


def _since_s(config: Config, memory: Memory, name: str, at: Instant) -> float:
    """Return since when it is down, or set aside by a word or a window."""
    standing = memory.components[name]
    if not standing.aside:
        return _fallen_s(memory, name, at)
    words = (memory.words.marks.get(name), memory.words.distrusts.get(name))
    since = [w.began.steady_s for w in words if w and w.says is not Declared.UP]
    since += [
        at.steady_s - (at.utc - window.start).total_seconds()
        for window in config.components[name].maintenance
        if window.start <= at.utc < window.end
    ]
    if standing.state is State.DOWN:
        since.append(_fallen_s(memory, name, at))
    return max(since, default=-inf)


def _fallen_s(memory: Memory, name: str, at: Instant) -> float:
    """Return since when it is down, or the newest of the failures that accuse it."""
    standing, accused = memory.components[name], memory.accused.get(name)
    if accused is not None:
        return accused.newest_s
    return (standing.failed_at or standing.since or at).steady_s


def _followed(memory: Memory, standing: Standing) -> bool:
    """Tell whether it only fell with something else that is down.

    The cause may also be one of several suspects, none of them sure.
    """
    cause = memory.components.get(standing.presumed or "")
    fell = cause is not None and cause.state is State.DOWN
    return standing.reason is Reason.NEEDS and fell


def _is_told(
    config: Config, memory: Memory, name: str, standing: Standing, at: Instant
) -> bool:
    """Tell whether a person, or the plan, says not to count on it."""
    mark = memory.words.marks.get(name)
    windows = config.components[name].maintenance
    return (
        name in memory.words.distrusts
        or (mark is not None and mark.says in (Declared.DOWN, Declared.MAINTENANCE))
        or any(window.start <= at.utc < window.end for window in windows)
        or standing.reason is Reason.DECLARED
    )


def _is_measured(config: Config, memory: Memory, name: str, at: Instant) -> bool:
    """Tell whether two measurements of it, or of its dependents, agree that it failed.

    Two probes through one device of ours are one measurement. A failure explained by
    another known failure says nothing of this.
    """
    measurements: set[str] = set()
    nodes = dependencies.of(config)
    others = (n for n in memory.known_down if name not in nodes.behind(n))
    explained = nodes.falls(frozenset(others))
    cuts = path_states.cuts(config, memory.probes, memory.cut_after, memory.paths)
    for node, probes in _through(config, name):
        if node != name and node in explained:
            continue
        known = memory.channels if is_channel(node) else memory.components
        if known[plain_name(node)].state is State.DOWN:
            failed = (p for p in probes if _failed(memory, p, cuts, at))
            measurements |= {probe.device or probe.id for probe in failed}
        if len(measurements) >= AGREEING:
            return True
    return False


@derived
def _through(
    config: Config, component: str
) -> tuple[tuple[str, tuple[Probe, ...]], ...]:
    """Return the nodes that fail with a component, with their deciding probes."""
    nodes = dependencies.of(config)
    return tuple(
        (node, tuple(probe for probe in owner.probes if not probe.hint))
        for node, owner in config.owners.items()
        if owner.probes and component in nodes.single(node)
    )


def _failed(memory: Memory, probe: Probe, cuts: Mapping[str, Cut], at: Instant) -> bool:
    health = memory.probes.get(probe.id, Health())
    if not counts(probe, health, cuts.get(probe.via or ""), at):
        return False
    verdict, why = probe_health.standing(health, at.steady_s)
    return verdict is Verdict.FAILED and why.reason is not Reason.NO_DEVICE


def _is_contradicted(
    config: Config, memory: Memory, name: str, again_s: float, at: Instant
) -> bool:
    """Tell whether something arrived over it since it fell, again with a need, too."""
    if kind_of(name) == POWER:
        return False
    mark = memory.words.marks.get(name)
    said_s = mark.began.steady_s if mark else -inf
    spoke_s = max(_fallen_s(memory, name, at), said_s, again_s)
    return any(
        _arrived_after(config, memory, channel, spoke_s, at)
        for channel in _alone_over(config, name)
    )


@derived
def _alone_over(config: Config, component: str) -> tuple[str, ...]:
    """Return the channels that need a component, whatever else works."""
    nodes = dependencies.of(config)
    return tuple(
        name
        for name in config.channels
        if component in nodes.single(channel_node(name))
    )


def _arrived_after(
    config: Config, memory: Memory, name: str, spoke_s: float, at: Instant
) -> bool:
    """Tell whether something arrived at the far end later, or people used a channel."""
    channel = config.channels[name]
    tested = overrides.tested_at(channel, memory.words, at)
    if tested is not None and tested.steady_s > spoke_s:
        return True
    known = (memory.probes.get(probe.id) for probe in channel.probes if not probe.hint)
    return any(
        proof.outcome.evidence.rank >= Evidence.DELIVERED.rank
        for health in known
        if (proof := health and probe_health.fresh_proof(health, at.steady_s))
        and proof.at.steady_s > spoke_s
    )
