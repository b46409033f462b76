"""From probes to the states of paths, components and channels at one moment."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from secours.core import declared, dependencies, diagnose, observed
from secours.core import health as probe_health
from secours.core.health import Health
from secours.core.observed import Cut
from secours.model import (
    Channel,
    Component,
    Config,
    Facts,
    Instant,
    Link,
    Reason,
    Standing,
    State,
    Verdict,
)

if TYPE_CHECKING:
    from secours.core.memory import Memory

LAST_MINUTES_S = 900.0  # before its autonomy ends a channel ranks as degraded


def fine(standing: Standing) -> bool:
    """Tell whether a channel is available and nobody set it aside."""
    return standing.state is State.AVAILABLE and not standing.aside


def measured(standing: Standing) -> bool:
    """Tell whether anything was ever known of it."""
    return standing.reason not in (Reason.NOT_MEASURED, Reason.NOT_PROBED)


def paths(config: Config, probes: Mapping[str, Health], at: Instant) -> dict[str, Link]:
    """Decide each path: down only when all its references fail."""
    links = {}
    for path in config.paths.values():
        verdicts = {
            probe_health.standing(probes.get(probe.id, Health()), at.steady_s)[0]
            for probe in path.references
            if probe.required  # the others a captive portal could answer
        }
        if verdicts == {Verdict.FAILED}:
            links[path.name] = Link.DOWN
        elif verdicts & {Verdict.OK, Verdict.DEGRADED}:
            links[path.name] = Link.OK
        else:
            links[path.name] = Link.UNKNOWN
    return links


class Decision(NamedTuple):
    """What is decided of everything at one moment."""

    components: dict[str, Standing]
    channels: dict[str, Standing]
    suspects: tuple[tuple[str, ...], ...]
    contradictions: frozenset[tuple[str, str]]  # a component, and a channel


def decide(
    config: Config, memory: "Memory", links: Mapping[str, Link], at: Instant
) -> Decision:
    """Decide every component and channel, and what probably failed."""
    owners: dict[str, Channel | Component] = dict(config.components)
    owners |= {dependencies.node(c.name): c for c in config.channels.values()}
    cut = _cut(config, memory.probes, links)
    own = {
        name: declared.standing(
            observed.standing(owner.probes, memory.probes, cut, at),
            owner,
            name,
            memory,
            at,
        )
        for name, owner in owners.items()
    }
    before: dict[str, Standing] = dict(memory.components)
    before |= {dependencies.node(k): v for k, v in memory.channels.items()}
    times = _fall_times(config, own, before, at)
    nodes = dependencies.of(config)
    spent = nodes.spent(times, at.steady_s)
    found = diagnose.suspects(
        config, diagnose.observe(config, _findings(config, memory, at), links, spent)
    )
    asides = declared.asides(config, owners, memory.words, at)
    settled = {}
    for name, owner in owners.items():
        standing = _fallen(own[name], times[name], nodes.cause(name, times), at)
        if all(probe.hint for probe in owner.probes):
            takes = diagnose.takes(config, found, name, spent)
            standing = _suspected(standing, name, takes)
        if name in asides:
            aside, by = asides[name]
            standing = replace(standing, aside=aside, declared_by=by)
        settled[name] = _since(before.get(name), standing, at)
    return Decision(
        components={name: settled[name] for name in config.components},
        channels={name: settled[dependencies.node(name)] for name in config.channels},
        suspects=found,
        contradictions=_contradictions(config, settled),
    )


def _contradictions(
    config: Config, settled: Mapping[str, Standing]
) -> frozenset[tuple[str, str]]:
    """Return each component that is down with a channel that works without it."""
    found: set[tuple[str, str]] = set()
    for component in config.components:
        part = settled[component]
        if part.state is State.DOWN and not part.presumed:
            taken = dependencies.of(config).taken_by(component)[0]
            found |= {
                (component, name)
                for name in config.channels
                if dependencies.node(name) in taken
                and _works_since(settled[dependencies.node(name)], part.since)
            }
    return frozenset(found)


def _works_since(standing: Standing, since: Instant | None) -> bool:
    proof = standing.evidence_at
    return since is not None and proof is not None and proof.since(since) > 0


def _cut(
    config: Config, probes: Mapping[str, Health], links: Mapping[str, Link]
) -> dict[str, Cut]:
    """Return when each path that is down went down: when its last reference failed."""
    found = {}
    for name, link in links.items():
        if link is Link.DOWN:
            references = config.paths[name].references
            known = [probes.get(probe.id, Health()) for probe in references]
            found[name] = Cut(
                max(h.since.steady_s for h in known if h.since is not None),
                max((h.proof.at.steady_s for h in known if h.proof), default=-inf),
            )
    return found


def _findings(
    config: Config, memory: "Memory", at: Instant
) -> Iterator[diagnose.Finding]:
    """Yield each probe of a channel or component with what holds of it now."""
    for probe in config.probes():
        if not probe.id.startswith("paths/") and not probe.hint:
            health = memory.probes.get(probe.id, Health())
            yield probe, *probe_health.standing(health, at.steady_s)


def _suspected(standing: Standing, name: str, takes: diagnose.Takes) -> Standing:
    """Presume down what nobody can probe where every likeliest suspect takes it."""
    if standing.state is State.DOWN or takes.suspect is None:
        return standing
    if not takes.by_all:
        return replace(standing, at_risk=takes.suspect)
    return replace(
        standing,
        state=State.DOWN,
        reason=Reason.SUSPECT if takes.suspect == name else Reason.NEEDS,
        facts={"component": takes.suspect},
        presumed=takes.suspect,
    )


def _fall_times(
    config: Config,
    own: Mapping[str, Standing],
    before: Mapping[str, Standing],
    at: Instant,
) -> dict[str, float]:
    """Return when each node fell or will fall with the components that are down."""
    roots = {}
    for name in config.components:
        if own[name].state is State.DOWN:
            was = before.get(name)
            still = was is not None and was.state is State.DOWN and was.since
            roots[name] = still.steady_s if still else at.steady_s
    alive = {
        name: proof.steady_s
        for name, standing in own.items()
        if (proof := declared.alive_since(standing)) is not None
    }
    return dependencies.of(config).fall_times(roots, alive)


def _fallen(
    standing: Standing, falls_s: float, cause: str | None, at: Instant
) -> Standing:
    """Let a node fall with what it needs, or say until when it lives on."""
    if falls_s == inf or standing.state is State.DOWN:
        return standing
    facts: Facts = {"component": cause or ""}
    if falls_s <= at.steady_s:
        return replace(
            standing,
            state=State.DOWN,
            reason=Reason.NEEDS,
            facts=facts,
            presumed=cause,
        )
    left_s = falls_s - at.steady_s
    ends = Instant(at.utc + timedelta(seconds=left_s), falls_s)
    standing = replace(standing, until=ends)
    if left_s <= LAST_MINUTES_S and standing.state is State.AVAILABLE:
        return replace(
            standing, state=State.DEGRADED, reason=Reason.ENDING, facts=facts
        )
    return standing


def _since(before: Standing | None, standing: Standing, at: Instant) -> Standing:
    """Keep the time since when the state is what it is."""
    same = before is not None and before.state is standing.state
    return replace(standing, since=before.since if before and same else at)
