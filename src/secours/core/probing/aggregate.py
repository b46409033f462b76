"""Standing of one channel or component from its own probes alone."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from secours.core.graph.derived import derived
from secours.core.probing import health as probe_health
from secours.core.probing.health import Health
from secours.model.observed import Instant, Outcome, Reason, Verdict, unknown
from secours.model.plan import Config
from secours.model.sections.channel import Probe
from secours.model.snapshot import Standing, State

STATES = {
    Verdict.OK: State.AVAILABLE,
    Verdict.DEGRADED: State.DEGRADED,
    Verdict.FAILED: State.DOWN,
    Verdict.UNKNOWN: State.UNKNOWN,
}
WORST_FIRST = (Verdict.FAILED, Verdict.UNKNOWN, Verdict.DEGRADED, Verdict.OK)
OWN_LINK = unknown(Reason.OWN_LINK)
EXCUSES = (Reason.OWN_LINK, Reason.FLAPPING)  # is it us, or only some loss?
SILENT = (Reason.NOT_MEASURED, Reason.STALE)  # nothing was learnt at all

Finding = tuple[Verdict, Outcome]
Asked = tuple[list[Health | None], list[bool], list["Cut | None"]]
"""Input of a standing: of each probe its health, whether that is too old to prove
anything, and when its path went down."""


class Cut(NamedTuple):
    """Fall of a path, and until when it was proven open, in steady time."""

    since_s: float
    open_until_s: float


def by_way(probes: Iterable[Probe]) -> list[list[Probe]]:
    """Group the probes that differ only in their path: ways of one test."""
    ways: dict[str, list[Probe]] = {}
    for probe in probes:
        ways.setdefault(probe.way_of or probe.id, []).append(probe)
    return [*ways.values()]


def measured(
    config: Config,
    node: str,
    probes: Mapping[str, Health],
    cut: Mapping[str, Cut],
    at: Instant,
) -> Standing:
    """Return the `standing` of an owner, the last one while its input is unchanged.

    Most results concern one owner; those of all others need not be computed again.
    """
    owned, answers = config.owners[node].probes, _answers(config)
    healths = [probes.get(probe.id) for probe in owned]
    old = [
        health is not None and at.steady_s > health.fresh_until_s for health in healths
    ]
    cuts = [cut.get(probe.via or "") for probe in owned] if cut else []
    asked, cached = (healths, old, cuts), answers.get(node)
    if cached is None or cached[0] != asked:
        cached = answers[node] = asked, standing(owned, probes, cut, at)
    return cached[1]


@derived
def _answers(_config: Config) -> dict[str, tuple[Asked, Standing]]:
    """Return the latest standing of each owner, with what it rests on."""
    return {}


def standing(
    owned: Sequence[Probe],
    probes: Mapping[str, Health],
    cut: Mapping[str, Cut],
    at: Instant,
) -> Standing:
    """Decide from the owner's probes alone; `cut` has the paths that are down."""
    owned = [probe for probe in owned if not probe.hint]
    if not owned:
        return Standing(state=State.UNKNOWN, reason=Reason.NOT_PROBED)
    required: list[Finding] = []
    optional: list[Finding] = []
    for group in by_way(owned):
        finding = _through(group, probes, cut, at)
        (required if group[0].required else optional).append(finding)
    verdict, why = _together(required, optional)
    fine = verdict is Verdict.OK
    decided = Standing(
        state=STATES[verdict],
        reason=Reason.NONE if fine else why.reason,
        facts={} if fine else why.facts,
        warnings=_warnings(required + optional),
    )
    return _broken(_proved(decided, owned, probes, at), owned, probes)


def _together(required: list[Finding], optional: list[Finding]) -> Finding:
    """Let the required probes decide; a failed optional one makes it degraded.

    Where all are optional, an untested one leaves it unknown: nothing else would prove
    that it works.
    """
    eased = [
        (Verdict.DEGRADED if verdict is Verdict.FAILED else verdict, why)
        for verdict, why in optional
    ]
    if not required:
        judged = [f for f in eased if f[1].reason is not Reason.OWN_LINK]
        return worst(judged or eased)
    bad = [finding for finding in eased if finding[0] is Verdict.DEGRADED]
    return worst([*required, *bad])


def _through(
    group: Sequence[Probe],
    probes: Mapping[str, Health],
    cut: Mapping[str, Cut],
    at: Instant,
) -> Finding:
    """Judge the ways of one probe, without those whose path is down.

    A failed way of an optional probe shows whatever the others are; of a required one
    the untested ways come first.
    """
    findings = [
        probe_health.standing(health, at.steady_s)
        for probe in group
        if counts(
            probe,
            health := probes.get(probe.id, Health()),
            cut.get(probe.via or ""),
            at,
        )
    ]
    if not findings:
        return Verdict.UNKNOWN, OWN_LINK
    verdicts = {verdict for verdict, _ in findings}
    works = [f for f in findings if f[0] in probe_health.GOOD]
    if Verdict.FAILED in verdicts and (works or not group[0].required):
        return Verdict.DEGRADED, worst(findings)[1]
    unfailed = [f for f in findings if f[0] is not Verdict.FAILED]
    return worst(works or unfailed or findings)


def counts(probe: Probe, health: Health, cut: Cut | None, at: Instant) -> bool:
    """Tell whether a result over a path holds although the path may be down.

    A peer in the house answers over a line that reaches nothing beyond it. A component
    that failed while the path was open stays failed: the mains fail first, our own line
    with them, and what lives on batteries must not seem safe then.
    """
    if cut is None:
        return True
    verdict, _ = probe_health.standing(health, at.steady_s)
    if verdict in probe_health.GOOD:
        return health.proof is not None and health.proof.at.steady_s > cut.since_s
    return (
        probe.section == "components"
        and verdict is Verdict.FAILED
        and health.broke is not None
        and health.broke.steady_s < cut.open_until_s
    )


def worst(findings: Sequence[Finding]) -> Finding:
    """Return the worst finding; an excusing reason only where there is no other.

    A failed attempt to test says more than none.
    """

    def badness(finding: Finding) -> tuple[int, bool, bool]:
        verdict, why = finding
        silent = why.reason in SILENT
        return WORST_FIRST.index(verdict), why.reason in EXCUSES, silent

    return min(findings, key=badness)


def _warnings(found: Sequence[Finding]) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys(w for _, why in found for w in why.warnings))


def _proved(
    standing: Standing,
    owned: Sequence[Probe],
    probes: Mapping[str, Health],
    at: Instant,
) -> Standing:
    """Add the best evidence of fresh successes, and its age."""
    known = [probes.get(probe.id, Health()) for probe in owned]
    proofs = [
        (proof.outcome.evidence, proof.at)
        for health in known
        if (proof := probe_health.fresh_proof(health, at.steady_s))
    ]
    if not proofs:
        return standing
    best, best_at = max(proofs, key=lambda proof: (proof[0].rank, proof[1].steady_s))
    newest_at = max((at for _, at in proofs), key=lambda at: at.steady_s)
    return replace(standing, evidence=best, evidence_at=best_at, proved_at=newest_at)


def _broken(
    standing: Standing, owned: Sequence[Probe], probes: Mapping[str, Health]
) -> Standing:
    """Add when it failed: the first failure of the present episode."""
    known = [probes.get(probe.id, Health()) for probe in owned]
    began = [health.broke for health in known if health.broke is not None]
    if standing.state is not State.DOWN or not began:
        return standing
    return replace(standing, failed_at=min(began, key=lambda at: at.steady_s))
