"""From probes to the states of paths, components and channels at one moment."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from math import inf
from typing import NamedTuple

from msgspec.structs import replace

from secours.core import batteries, overrides
from secours.core.batteries import Battery
from secours.core.diagnosis import observation, suspects
from secours.core.graph import cache, dependencies, set_aside
from secours.core.graph.dependencies import Dependencies, World
from secours.core.memory import Memory
from secours.core.overrides import Owner
from secours.core.probing import health as probe_health
from secours.core.probing.aggregate import Cut
from secours.core.probing.health import Health
from secours.core.statements import Words
from secours.model.observed import Facts, Instant, Reason, Verdict
from secours.model.plan import Channel, Component, Config
from secours.model.snapshot import Explained, Link, Standing, State

HURRIED_S = 1.0  # until a test that is due at once has begun
LAST_MINUTES_S = 900.0  # before its autonomy ends a channel ranks as degraded


def fine(standing: Standing) -> bool:
    """Tell whether a channel is available and nobody set it aside."""
    return standing.state is State.AVAILABLE and not standing.aside


def known(standing: Standing) -> bool:
    """Tell whether anything is known of it now."""
    unknown = (Reason.NOT_MEASURED, Reason.NOT_PROBED, Reason.STALE)
    return standing.reason not in unknown


def risks(
    before: Mapping[str, Instant], channels: Mapping[str, Standing], at: Instant
) -> dict[str, Instant]:
    """Return since when each channel that can be tested is at risk."""
    return {
        name: before.get(name, at)
        for name, standing in channels.items()
        if standing.at_risk and standing.proved_at
    }


def hurried_test_s(channel: Channel) -> float:
    """Return how long the test that is to clear a channel may take, in seconds."""
    tests = (probe for probe in channel.probes if not probe.hint)
    return max((probe.timeout_s for probe in tests), default=0.0) + HURRIED_S


def risk_tested(config: Config, memory: Memory, name: str, at: Instant) -> bool:
    """Tell whether a channel at risk waits for no test of its own any more."""
    since = memory.risks.get(name)
    return since is None or _tested(config, memory, name, since, at)


def _tested(
    config: Config, memory: Memory, name: str, since: Instant, at: Instant
) -> bool:
    """Tell whether the test of a channel at risk is over: it ended, or never came."""
    channel = config.channels[name]
    tests = (probe for probe in channel.probes if not probe.hint)
    ran = (memory.probes.get(probe.id, Health()).last for probe in tests)
    tested = any(last is not None and last.at.since(since) >= 0 for last in ran)
    return tested or at.since(since) > hurried_test_s(channel)


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
    explanations: tuple[Explained, ...]
    known_down: tuple[str, ...]  # components, by their probes or a person's word
    world: World  # what lies down now
    base: World  # what is known to, with all that fell with it
    contradictions: frozenset[tuple[str, str]]  # a component, and a channel
    batteries: dict[str, Battery]  # those that may not be full
    newest_failure_s: float  # of what is confirmed failed
    newest_symptom_s: float  # of what is explained: failed, or weak
    reprieved: frozenset[str]  # channels, until the tests of others are over
    next_fall_s: float  # steady time at which the next battery ends


def decide(
    config: Config, memory: Memory, links: Mapping[str, Link], at: Instant
) -> Decision:
    """Decide every component and channel, and what probably failed.

    1. What each says alone: its probes, then people's words of it.
    2. What is known down takes what needs it, each at its own time.
    3. What else failed is explained, and takes what nobody can measure, once the tests
       that may clear it are over.
    4. What is distrusted or in maintenance sets aside what needs it.
    5. What has unknown needs may depend on any of it.
    """
    known = _what_is_known(config, memory, links, at)
    seen = observation.observe(config, memory, links, known.base, at)
    explained = () if memory.awaited else suspects.explain(config, seen)
    blamed = () if seen.weak else explained
    newest_s = seen.began_s[-1] if blamed else 0.0
    settled, reprieved = _with_suspects(config, memory, known, blamed, newest_s, at)
    fallen = _fallen_paths(config, blamed, known.base, known.alive, newest_s)
    world = World(_lying_down(settled, links) | fallen, known.base.spent)
    settled = _set_aside(config, memory, settled, world, at)
    before: dict[str, Standing] = dict(memory.components)
    before |= {dependencies.node(k): v for k, v in memory.channels.items()}
    settled = {n: _since(before.get(n), s, at) for n, s in settled.items()}
    return Decision(
        components={name: settled[name] for name in config.components},
        channels={n: settled[dependencies.node(n)] for n in config.channels},
        explanations=explained,
        known_down=tuple(
            name for name in config.components if known.own[name].state is State.DOWN
        ),
        world=world,
        base=known.base,
        contradictions=_contradictions(config, memory, settled, known.alive),
        newest_failure_s=newest_s,
        newest_symptom_s=seen.began_s[-1] if explained else 0.0,
        reprieved=reprieved,
        next_fall_s=min(
            (t for t in known.times.values() if at.steady_s < t < inf), default=0.0
        ),
        batteries=batteries.used(config, memory.batteries, known.times, at),
    )


class _Known(NamedTuple):
    """What follows from the probes and from people's words, before any suspicion."""

    measured: dict[str, Standing]  # what the probes of each node say
    own: dict[str, Standing]  # with people's words of it
    alive: dict[str, float]  # when each last proved that it works, or people said so
    proved: dict[str, float]  # the same without marks
    times: dict[str, float]  # when each fell or will fall
    base: World


def _what_is_known(
    config: Config, memory: Memory, links: Mapping[str, Link], at: Instant
) -> _Known:
    owners: dict[str, Owner] = dict(config.components)
    owners |= {dependencies.node(c.name): c for c in config.channels.values()}
    cut = _cut(config, memory, links)
    measured, own = _own(config, memory, owners, cut, at)
    nodes = dependencies.of(config)
    said = overrides.still_said(owners, memory, cut)
    alive = _alive(config, owners, own, memory, said, at)
    unsaid = replace(said, marks={})
    proved = _alive(config, owners, own, memory, unsaid, at) if said.marks else alive
    lasts = batteries.lasts(config, memory.batteries)
    known_down = _known_down(config, own, at)
    times = nodes.fall_times(known_down, alive, lasts)
    if proved != alive:
        unmarked = nodes.fall_times(known_down, proved, lasts)
        freed = (n for n in own if unmarked[n] <= at.steady_s < times[n])
        own |= {n: overrides.by_mark_alone(own[n], n, memory.words) for n in freed}
    spent = nodes.spent(times, at.steady_s, lasts)
    base = World(frozenset(n for n, t in times.items() if t <= at.steady_s), spent)
    return _Known(measured, own, alive, proved, times, base)


def _with_suspects(
    config: Config,
    memory: Memory,
    known: _Known,
    blamed: tuple[Explained, ...],
    newest_s: float,
    at: Instant,
) -> tuple[dict[str, Standing], frozenset[str]]:
    """Let everything fall with what is known down, and with what is suspected.

    Return also the channels whose suspects would take something that answers, or which
    nobody can test while tests of others, which are under way, may clear them.
    """
    measured, own, alive, proved, times, base = known
    nodes = dependencies.of(config)
    settled = {n: _fallen(own[n], n, nodes, times, at) for n in own}
    taking = suspects.taking(config, blamed, base)
    testing = _testing(config, memory, settled, taking, base, at)
    reprieved: set[str] = set()
    for name, groups in taking.items():
        if name in settled:  # a path has no state of its own
            takes = suspects.takes(config, groups, name, base)
            takers = suspects.takers(config, groups, name, base)
            blind = _blind(measured[name], alive.get(name, -inf), newest_s)
            bare = _blind(measured[name], proved.get(name, -inf), newest_s)
            tested = [each for each in takers if each not in testing]
            if blind and len(tested) < len(takers) and not _was_down(memory, name):
                sure = suspects.takes(config, tested, name, base).presumed
                takes = takes._replace(presumed=sure)
            settled[name] = _suspected(settled[name], name, takes, blind=blind)
            waited_for = testing if measured[name].proved_at is None else frozenset()
            doubtful = (not each.presumes or each in waited_for for each in takers)
            if settled[name].at_risk and all(doubtful):
                reprieved.add(name)
            if takes.presumed and bare and not blind:
                marked = overrides.by_mark_alone(settled[name], name, memory.words)
                settled[name] = marked
    names = (n for n in config.channels if dependencies.node(n) in reprieved)
    return settled, frozenset(names)


def _testing(
    config: Config,
    memory: Memory,
    settled: Mapping[str, Standing],
    taking: Mapping[str, list[Explained]],
    base: World,
    at: Instant,
) -> frozenset[Explained]:
    """Return the groups of failures of which a hurried test may yet clear a suspect."""
    found: set[Explained] = set()
    for name in config.channels:
        node = dependencies.node(name)
        standing = settled[node]
        if node in taking and standing.proved_at and standing.state is not State.DOWN:
            since = memory.risks.get(name, at)
            if not _tested(config, memory, name, since, at):
                found.update(suspects.takers(config, taking[node], node, base))
    return frozenset(found)


def _was_down(memory: Memory, node: str) -> bool:
    name = node.removeprefix(dependencies.node(""))
    before = memory.components.get(node) if name == node else memory.channels.get(name)
    return before is not None and before.state is State.DOWN


def _own(
    config: Config,
    memory: Memory,
    owners: Mapping[str, Owner],
    cut: Mapping[str, Cut],
    at: Instant,
) -> tuple[dict[str, Standing], dict[str, Standing]]:
    """Return what the probes of each say, and what that is with people's words."""
    known = cache.of(config)
    measured = {
        name: known.standing(name, owner.probes, memory.probes, cut, at)
        for name, owner in owners.items()
    }
    return measured, {
        name: overrides.standing(measured[name], owner, name, memory, cut, at)
        for name, owner in owners.items()
    }


def _lying_down(
    settled: Mapping[str, Standing], links: Mapping[str, Link]
) -> frozenset[str]:
    down = {name for name, standing in settled.items() if standing.state is State.DOWN}
    down |= {dependencies.way(n) for n, link in links.items() if link is Link.DOWN}
    return frozenset(down)


def _fallen_paths(
    config: Config,
    blamed: Iterable[Explained],
    base: World,
    alive: Mapping[str, float],
    newest_s: float,
) -> frozenset[str]:
    """Return the paths that fell, or are presumed to have, with what they need."""

    def fell(path: str) -> bool:
        presumed = suspects.takes(config, blamed, path, base).presumed
        silent = alive.get(path, -inf) <= newest_s
        return path in base.fallen or (presumed and silent)

    return frozenset(filter(fell, map(dependencies.way, config.paths)))


def _set_aside(
    config: Config,
    memory: Memory,
    settled: Mapping[str, Standing],
    world: World,
    at: Instant,
) -> dict[str, Standing]:
    """Add what is not to be used, and what may depend on what failed."""
    asides = set_aside.asides(config, memory, world, at)
    threats = set_aside.threats(config, memory, settled)
    found = dict(settled)
    for name, (reason, by) in asides.items():
        if name in found:
            found[name] = replace(
                found[name], aside=reason, declared_by=by or found[name].declared_by
            )
    for channel in config.channels.values():
        if not channel.needs_known and threats:
            name = dependencies.node(channel.name)
            tested = overrides.tested_at(channel, memory.words, at)
            proofs = (found[name].proved_at, tested)
            proved_s = max((p.steady_s for p in proofs if p), default=-inf)
            may_need = (n for n, since_s in threats.items() if since_s >= proved_s)
            found[name] = replace(found[name], may_need=tuple(may_need))
    return found


def _alive(
    config: Config,
    owners: Mapping[str, Owner],
    own: Mapping[str, Standing],
    memory: Memory,
    said: Words,
    at: Instant,
) -> dict[str, float]:
    """Return when each node last proved that it works, or people said so."""
    found = {}
    for name, owner in owners.items():
        vouched = overrides.vouched_at(owner, name, said, at)
        proof = overrides.alive_at(own[name], vouched)
        if proof is not None:
            found[name] = proof.steady_s
    for probe in config.probes():  # a path works when something is reached over it
        health = memory.probes.get(probe.id, Health())
        verdict, _ = probe_health.standing(health, at.steady_s)
        if probe.via and health.proof and verdict in probe_health.GOOD:
            name, proof_s = dependencies.way(probe.via), health.proof.at.steady_s
            found[name] = max(found.get(name, proof_s), proof_s)
    return found


def _known_down(
    config: Config, own: Mapping[str, Standing], at: Instant
) -> dict[str, float]:
    """Return since when components are down by their own probes or a person's word."""
    return {
        name: (own[name].failed_at or at).steady_s
        for name in config.components
        if own[name].state is State.DOWN
    }


def _blind(measured: Standing, alive_s: float, newest_s: float) -> bool:
    """Tell whether nothing but a word that is older than a failure speaks for it."""
    return (
        measured.state is State.UNKNOWN
        and measured.proved_at is None
        and alive_s <= newest_s
    )


def _contradictions(
    config: Config,
    memory: Memory,
    settled: Mapping[str, Standing],
    alive: Mapping[str, float],
) -> frozenset[tuple[str, str]]:
    """Return each component that is down with a channel that works without it.

    One that has just passed a test of its own is on its way back, and accuses nobody.
    """
    found: set[tuple[str, str]] = set()
    for component, owner in config.components.items():
        part = settled[component]
        known_down = part.state is State.DOWN and not part.presumed
        if known_down and part.failed_at and not _recovering(part, owner, memory):
            taken = dependencies.of(config).taken_by(component)[0]
            found |= {
                (component, name)
                for name in config.channels
                if dependencies.node(name) in taken
                and alive.get(dependencies.node(name), -inf) > part.failed_at.steady_s
            }
    return frozenset(found)


def _recovering(part: Standing, owner: Component, memory: Memory) -> bool:
    """Tell whether its latest test passed, which is not yet enough."""
    tested = (memory.probes.get(p.id, Health()) for p in owner.probes if not p.hint)
    return part.declared_by is None and any(health.good for health in tested)


def _cut(config: Config, memory: Memory, links: Mapping[str, Link]) -> dict[str, Cut]:
    """Return when each path that is down went down: when its last reference failed."""
    found = {}
    for name, link in links.items():
        if link is Link.DOWN:
            references = config.paths[name].references
            known = [memory.probes.get(probe.id, Health()) for probe in references]
            found[name] = Cut(
                max((h.broke.steady_s for h in known if h.broke), default=-inf),
                memory.cut_after.get(name, -inf),
            )
    return found


def _suspected(
    standing: Standing, name: str, takes: suspects.Takes, *, blind: bool
) -> Standing:
    """Presume down what nobody can measure where every likeliest suspect takes it."""
    if standing.state is State.DOWN or takes.suspect is None:
        return standing
    if not takes.presumed or not blind:
        return replace(standing, at_risk=takes.suspect)
    return replace(
        standing,
        state=State.DOWN,
        reason=Reason.SUSPECT if takes.suspect == name else Reason.NEEDS,
        facts={"component": takes.suspect},
        presumed=takes.suspect,
    )


def _fallen(
    standing: Standing,
    name: str,
    nodes: Dependencies,
    times: Mapping[str, float],
    at: Instant,
) -> Standing:
    """Let a node fall with what it needs, or say until when it lives on."""
    falls_s = times[name]
    if falls_s == inf or standing.state is State.DOWN:
        return standing
    cause = nodes.cause(name, times)
    facts: Facts = {"component": cause or ""}
    if falls_s <= at.steady_s:
        return replace(
            standing,
            state=State.DOWN,
            reason=Reason.NEEDS,
            facts=facts,
            presumed=cause,
            failed_at=_moment(at, falls_s),
        )
    left_s = falls_s - at.steady_s
    ends = _moment(at, falls_s)
    standing = replace(standing, until=ends)
    works = standing.state is State.AVAILABLE or standing.reason is Reason.FLAPPING
    if left_s <= LAST_MINUTES_S and works:
        return replace(
            standing, state=State.DEGRADED, reason=Reason.ENDING, facts=facts
        )
    return standing


def _moment(at: Instant, steady_s: float) -> Instant:
    """Return another moment by its steady time, as the clocks stand now."""
    return Instant(at.utc + timedelta(seconds=steady_s - at.steady_s), steady_s)


def _since(before: Standing | None, standing: Standing, at: Instant) -> Standing:
    """Keep the time since when the state is what it is, or people say it is."""
    if standing.state is State.DOWN and standing.declared_by and standing.failed_at:
        return replace(standing, since=standing.failed_at)
    same = before is not None and before.state is standing.state
    return replace(standing, since=before.since if before and same else at)
