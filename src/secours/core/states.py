"""From probes and words to the states of components and channels at one moment."""

from collections.abc import Mapping
from math import inf
from typing import NamedTuple

from msgspec.structs import replace

from secours.core import batteries, overrides
from secours.core.batteries import Battery
from secours.core.diagnosis import observation, suspects
from secours.core.diagnosis.presumption import fallen_paths, presume
from secours.core.graph import dependencies, independence
from secours.core.graph.dependencies import Dependencies, Served, World
from secours.core.graph.independence import Possible
from secours.core.knowledge import Knowledge, gather
from secours.core.memory import Accusation, Memory
from secours.core.probing.health import Health
from secours.core.recommend import set_aside
from secours.core.statements.words_in_force import Words
from secours.model.nodes import channel_node, is_channel, kind_of, name_in, path_node
from secours.model.observed import Facts, Instant, Reason
from secours.model.plan import Config
from secours.model.sections.channel import Component
from secours.model.snapshot import USABLE, Explained, Link, Standing, State
from secours.model.statements import Mark


class Decision(NamedTuple):
    """Decision on everything at one moment."""

    components: dict[str, Standing]
    channels: dict[str, Standing]
    explanations: tuple[Explained, ...]
    blamed: tuple[Explained, ...]  # of these, what has failed and is not only degraded
    known_down: tuple[str, ...]  # components, by their probes or a person's word
    words: Words  # without ended marks on what was proved to work since
    world: World  # what lies down now
    base: World  # what is known to, with all of ours that falls with that
    contradictions: frozenset[tuple[str, str]]  # a component, and a channel
    batteries: dict[str, Battery]  # those that may not be full
    newest_symptom_s: float  # of what is explained: failed, or weak
    reprieved: frozenset[str]  # channels, until the tests of others are over
    accused: dict[str, Accusation]  # components, and devices of people
    next_fall_s: float  # steady time at which the next battery ends


def decide(
    config: Config, memory: Memory, links: Mapping[str, Link], at: Instant
) -> Decision:
    """Decide every component and channel, and what probably failed.

    1. Each node alone: its probes, then people's words on it.
    2. Nodes known down take those that need them, each at its own time.
    3. Other failures are explained, and take nodes that nobody can measure, once tests
       that may clear these are over.
    4. A node kept out of use by a word that ended is unknown until proved.
    5. Distrusts and maintenance set aside the nodes that need theirs.
    6. Nodes of unknown needs may need any of these.
    7. Unchanged standings keep their beginning.
    """
    knowledge = gather(config, memory, links, at)
    fallen = _fall(config, knowledge, at)
    seen = observation.observe(config, memory, links, knowledge.base, at)
    explained = () if memory.awaited else suspects.explain(config, seen)
    blamed = [each for each in explained if not each.weak]
    settled, reprieved, accused = presume(config, memory, knowledge, fallen, blamed, at)
    lost = fallen_paths(config, knowledge, blamed)
    world = World(_lying_down(settled, links) | lost, knowledge.base.spent)
    settled = {n: _left_unproven(s, n, knowledge.unproven) for n, s in settled.items()}
    settled = _set_aside(config, memory, settled, world, at)
    settled = _threatened(config, memory, settled, knowledge.unproven, at)
    settled = _dated(memory, settled, at)
    return Decision(
        components={name: settled[name] for name in config.components},
        channels={n: settled[channel_node(n)] for n in config.channels},
        explanations=tuple(each.published for each in explained),
        blamed=tuple(blamed),
        known_down=tuple(knowledge.down),
        words=knowledge.words,
        world=world,
        base=knowledge.base,
        contradictions=contradictions(
            config, memory, settled, knowledge.alive, knowledge.served
        ),
        newest_symptom_s=max((each.newest_s for each in explained), default=0.0),
        reprieved=reprieved,
        accused=accused,
        next_fall_s=_next_fall_s(config, knowledge, at),
        batteries=knowledge.batteries,
    )


def worlds(config: Config, decided: Decision) -> tuple[Possible, ...]:
    """Return the worlds that may be the true one, by this decision."""
    return independence.possible(config, decided.world, decided.base, decided.blamed)


def _next_fall_s(config: Config, knowledge: Knowledge, at: Instant) -> float:
    """Return when the next battery ends, or a node falls with it; 0 for never.

    A battery that ends unseen, as its node is down already, still takes its dependents.
    """
    lasts = batteries.lasts(config, knowledge.batteries, at)
    ends = dependencies.of(config).battery_ends(knowledge.times, lasts)
    later = (*knowledge.times.values(), *ends.values())
    return min((t for t in later if at.steady_s < t < inf), default=0.0)


def _fall(config: Config, knowledge: Knowledge, at: Instant) -> dict[str, Standing]:
    """Let nodes fall with those known down, or state until when they live on."""
    nodes = dependencies.of(config)
    return {
        name: _counted(
            _fallen(standing, name, nodes, knowledge.times, at),
            config.components.get(name),
            knowledge.batteries.get(name),
            at,
        )
        for name, standing in knowledge.own.items()
    }


def _lying_down(
    settled: Mapping[str, Standing], links: Mapping[str, Link]
) -> frozenset[str]:
    down = {name for name, standing in settled.items() if standing.state is State.DOWN}
    down |= {path_node(n) for n, link in links.items() if link is Link.DOWN}
    return frozenset(down)


def _set_aside(
    config: Config,
    memory: Memory,
    settled: Mapping[str, Standing],
    world: World,
    at: Instant,
) -> dict[str, Standing]:
    """Mark the nodes not to be used, and on whose word."""
    standings = dict(settled)
    for name, (reason, by) in set_aside.asides(config, memory, world, at).items():
        if was := settled.get(name):
            by = by or was.declared_by
            standings[name] = replace(was, aside=reason, declared_by=by)
    return standings


def _left_unproven(
    standing: Standing, name: str, unproven: Mapping[str, Mark]
) -> Standing:
    """Mark a node as unproven that only an ended word, and no test, frees."""
    mark = unproven.get(name)
    works = standing.state in USABLE
    if mark is None or not (works or standing.reason is Reason.NOT_PROBED):
        return standing
    needs: Facts = {} if mark.subject == name else {"component": mark.subject}
    facts: Facts = {"by": mark.by, **needs}
    return replace(standing, state=State.UNKNOWN, reason=Reason.LAPSED, facts=facts)


def _threatened(
    config: Config,
    memory: Memory,
    settled: Mapping[str, Standing],
    unproven: Mapping[str, Mark],
    at: Instant,
) -> dict[str, Standing]:
    """List the possible needs of channels of unknown needs that they did not outlive.

    A working one is at risk by them until a test; no test counts against a distrust.
    """
    standings = dict(settled)
    threats = set_aside.threats(config, memory, settled, unproven)
    for channel in config.channels.values():
        if not channel.needs_known and threats:
            name = channel_node(channel.name)
            tested = overrides.tested_at(channel, memory.words, at)
            proofs = (standings[name].proved_at, tested)
            proved_s = max((p.steady_s for p in proofs if p), default=-inf)
            may_need = [n for n, since_s in threats.items() if since_s >= proved_s]
            standings[name] = replace(standings[name], may_need=tuple(may_need))
            works = standings[name].state in USABLE
            if (
                may_need
                and works
                and memory.words.distrusts.keys().isdisjoint(may_need)
            ):
                risk = standings[name].at_risk or may_need[0]
                standings[name] = replace(standings[name], at_risk=risk)
    return standings


def _fallen(
    standing: Standing,
    name: str,
    nodes: Dependencies,
    times: Mapping[str, float],
    at: Instant,
) -> Standing:
    """Let a node fall with its need, or state until when it lives on."""
    falls_s = times[name]
    if falls_s == inf or standing.state is State.DOWN:
        return standing
    cause = nodes.cause(name, times)
    return batteries.living_on(standing, at.at_steady(falls_s), at, cause)


def _counted(
    standing: Standing, part: Component | None, battery: Battery | None, at: Instant
) -> Standing:
    """Note whether the end of a battery is measured, where a probe is to do so."""
    drains = battery is not None and battery.draining and standing.until is not None
    if not (drains and part and part.measured_by):
        return standing
    return replace(standing, measured=battery is not None and battery.is_measured(at))


def _dated(
    memory: Memory, settled: Mapping[str, Standing], at: Instant
) -> dict[str, Standing]:
    """Date each standing by its beginning."""
    before: dict[str, Standing] = dict(memory.components)
    before |= {channel_node(k): v for k, v in memory.channels.items()}
    return {n: _since(before.get(n), s, at) for n, s in settled.items()}


def _since(before: Standing | None, standing: Standing, at: Instant) -> Standing:
    """Keep the date of an unchanged state, or the one people gave, with its falls."""
    dated = standing.declared_by or standing.reason is Reason.NEEDS
    if standing.state is State.DOWN and dated and standing.failed_at:
        return replace(standing, since=standing.failed_at)
    same = before is not None and before.state is standing.state
    return replace(standing, since=before.since if before and same else at)


def contradictions(
    config: Config,
    memory: Memory,
    settled: Mapping[str, Standing],
    alive: Mapping[str, float],
    served: Served,
) -> frozenset[tuple[str, str]]:
    """Return each component that is down with a channel that works without it.

    A component that has just passed its own test is recovering and is left out.
    """
    pairs: set[tuple[str, str]] = set()
    for component, owner in config.components.items():
        part = settled[component]
        known_down = part.state is State.DOWN and not part.presumed
        if known_down and part.failed_at and not _recovering(part, owner, memory):
            kind = kind_of(component)
            nodes = dependencies.of(config).taken_by(component)
            pairs |= {
                (component, name_in(node))
                for node in nodes
                if is_channel(node)
                and min(alive.get(node, -inf), served.get((node, kind), inf))
                > part.failed_at.steady_s
            }
    return frozenset(pairs)


def _recovering(part: Standing, owner: Component, memory: Memory) -> bool:
    """Tell whether its latest test passed, which is not yet enough."""
    tested = (memory.probes.get(p.id, Health()) for p in owner.probes if not p.hint)
    return part.declared_by is None and any(health.good for health in tested)
