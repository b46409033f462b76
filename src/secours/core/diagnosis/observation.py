"""Observation: nodes that each failed probe goes through, and successes since.

Input of the search for causes.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from math import inf
from typing import NamedTuple

from msgspec import Struct

from secours.core import overrides
from secours.core.graph.dependencies import DESIGNED, World
from secours.core.memory import Memory
from secours.core.probing import aggregate, path_states
from secours.core.probing import health as probe_health
from secours.core.probing.aggregate import Cut
from secours.core.probing.health import Health
from secours.model.nodes import channel_node, is_channel, is_path, owner_node, path_node
from secours.model.observed import Instant, Outcome, Reason, Verdict
from secours.model.plan import Config
from secours.model.sections.channel import Probe
from secours.model.snapshot import Link

WEAK = Verdict.DEGRADED

Seen = frozenset[str]
"""The nodes that one probe goes through: its owner, and its path if it has one."""


class Finding(NamedTuple):
    """A probe, its present verdict, the result behind it, and since when.

    That is the first failure of its episode, or its newest success.
    """

    probe: Probe
    verdict: Verdict
    why: Outcome
    at_s: float
    counts: bool = True  # not what failed behind a path that is down
    answered_s: float = -inf  # its latest test, where that found it to answer


class Failure(NamedTuple):
    """A failure, and how many began before it."""

    through: Seen
    order: int
    at_s: float = 0.0  # when it began
    weak: bool = False  # it answers, but is degraded


class Observation(Struct, frozen=True, kw_only=True):
    """Results of the probes at one moment, as sets of nodes they go through.

    Only the order in time matters: failures are numbered by their beginning. For each
    success, `working` stores how many failures began before it; `answering` also for
    answers that are degraded, or too few in a row.
    """

    failing: frozenset[Failure] = frozenset()
    working: frozenset[tuple[str, int]] = frozenset()
    answering: frozenset[tuple[str, int]] = frozenset()
    world: World = DESIGNED  # what is known down, with all that fell with it


def observe(
    config: Config,
    memory: Memory,
    links: Mapping[str, Link],
    world: World,
    at: Instant,
) -> Observation:
    """Return the observation without the probes behind a path that is down.

    Answers over it since then count, and so do failures before. What fell with a node
    known down (`world`) needs no explanation, nor does a missing device.
    """
    ways = _links(config, memory, links)
    cut = path_states.cuts(config, memory.probes, memory.cut_after, links)
    findings = [*_findings(config, memory, cut, at)]
    counted = [finding for finding in findings if finding.counts]
    failing_s = _oldest_s(
        (through, finding)
        for through, finding in _that(Verdict.FAILED, counted, ways)
        if finding.why.reason is not Reason.NO_DEVICE and not through & world.fallen
    )
    weak_s = _weak_s(counted, world)
    if not failing_s and not weak_s:
        return Observation(world=world)
    working_s = _newest_s(
        _that(Verdict.OK, counted, ways), _tried_s(config, memory, at)
    )
    answering_s = _newest_s(
        (
            (goes_through(each.probe), each._replace(at_s=each.answered_s))
            for each in findings
        ),
        {},
    )
    return _ordered_in_time(failing_s, weak_s, working_s, answering_s, world)


def _oldest_s(sights: Iterable[tuple[Seen, Finding]]) -> dict[Seen, float]:
    """Return the earliest time of each set of nodes gone through."""
    oldest_s: dict[Seen, float] = {}
    for through, finding in sights:
        oldest_s[through] = min(oldest_s.get(through, finding.at_s), finding.at_s)
    return oldest_s


def _newest_s(
    sights: Iterable[tuple[Seen, Finding]], known_s: Mapping[str, float]
) -> dict[str, float]:
    """Return the newest time of each node gone through."""
    newest_s = dict(known_s)
    for through, finding in sights:
        for name in through:
            newest_s[name] = max(newest_s.get(name, finding.at_s), finding.at_s)
    return newest_s


def _that(
    verdict: Verdict, found: Iterable[Finding], ways: Mapping[str, Finding]
) -> Iterator[tuple[Seen, Finding]]:
    """Yield the probes and paths with this verdict, and the nodes they go through."""
    for finding in found:
        if finding.verdict is verdict:
            yield goes_through(finding.probe), finding
    for path, finding in ways.items():
        if finding.verdict is verdict:
            yield frozenset({path_node(path)}), finding


def _ordered_in_time(
    failing_s: Mapping[Seen, float],
    weak_s: Mapping[Seen, float],
    working_s: Mapping[str, float],
    answering_s: Mapping[str, float],
    world: World,
) -> Observation:
    began_s = tuple(sorted({*failing_s.values(), *weak_s.values()}))
    order = {at_s: place for place, at_s in enumerate(began_s)}

    def outlived(times_s: Mapping[str, float]) -> frozenset[tuple[str, int]]:
        """Return each node with the number of failures before its time.

        A channel or path that fell since still speaks for its other needs.
        """
        newer = {
            (name, bisect_left(began_s, proved_s))
            for name, proved_s in times_s.items()
            if name not in world.fallen or is_channel(name) or is_path(name)
        }
        return frozenset((name, failures) for name, failures in newer if failures)

    return Observation(
        failing=frozenset(
            Failure(through, order[at_s], at_s, weak=known is weak_s)
            for known in (failing_s, weak_s)
            for through, at_s in known.items()
        ),
        working=outlived(working_s),
        answering=outlived(answering_s),
        world=world,
    )


def goes_through(probe: Probe) -> Seen:
    """Return the nodes that a probe without a path needs to pass."""
    owner = owner_node(probe.id)
    return frozenset({owner, path_node(probe.via)} if probe.via else {owner})


def _weak_s(findings: Iterable[Finding], world: World) -> dict[Seen, float]:
    """Return the degraded channels, and since when.

    Those through a node known down are left out: it explains them.
    """
    return _oldest_s(
        (goes_through(finding.probe), finding)
        for finding in findings
        if finding.verdict is WEAK
        and finding.probe.section == "channels"
        and not goes_through(finding.probe) & world.fallen
    )


def _findings(
    config: Config, memory: Memory, cuts: Mapping[str, Cut], at: Instant
) -> Iterator[Finding]:
    """Yield each probe of a channel or component with its present finding."""
    for probe in config.probes():
        if probe.section != "paths" and not probe.hint:
            health = memory.probes.get(probe.id, Health())
            verdict, why = probe_health.standing(health, at.steady_s)
            cut = cuts.get(probe.via or "")
            proof_at = health.proof.at if health.proof else None
            began = {Verdict.FAILED: health.broke, Verdict.OK: proof_at}
            since = began.get(verdict, health.since) or at
            answers = verdict in probe_health.GOOD or (
                verdict is Verdict.FAILED and health.good > 0
            )
            answered_s = proof_at.steady_s if proof_at and answers else -inf
            if cut is not None and answered_s <= cut.since_s:
                answered_s = -inf
            yield Finding(
                *(probe, verdict, why, since.steady_s),
                counts=aggregate.counts(probe, health, cut, at),
                answered_s=answered_s,
            )


def _links(
    config: Config, memory: Memory, links: Mapping[str, Link]
) -> dict[str, Finding]:
    """Return the judged paths as findings."""
    findings = {}
    for name, link in links.items():
        references = [
            (probe, memory.probes.get(probe.id, Health()))
            for probe in config.paths[name].references
        ]
        if link is Link.DOWN:
            broke = [h.broke.steady_s for _, h in references if h.broke is not None]
            verdict, at_s = Verdict.FAILED, max(broke, default=0.0)
        elif link is Link.OK:
            proofs = [h.proof.at.steady_s for _, h in references if h.proof is not None]
            verdict, at_s = Verdict.OK, max(proofs, default=0.0)
        else:
            continue
        why = Outcome(verdict=verdict)
        findings[name] = Finding(references[0][0], verdict, why, at_s)
    return findings


def _tried_s(config: Config, memory: Memory, at: Instant) -> dict[str, float]:
    """Return when people last found each channel to work."""
    return {
        channel_node(name): tested.steady_s
        for name, channel in config.channels.items()
        if (tested := overrides.tested_at(channel, memory.words, at)) is not None
    }
