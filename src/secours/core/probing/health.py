"""Verdict of one probe from its results: confirmation, recovery, staleness.

A verdict changes only after enough results in a row, so that one lost packet does not
move the plan; the first result decides, and so does the first after a silence too long
to prove anything. A test that could not be made counts for neither side.
"""

import re
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from secours.model.observed import (
    NEVER_HURRY,
    RUNTIME,
    WARNINGS,
    Instant,
    Outcome,
    Reason,
    Result,
    Verdict,
    degraded,
    failed,
    unknown,
)
from secours.model.sections.channel import Probe

NOT_MEASURED = unknown(Reason.NOT_MEASURED)
STALE = unknown(Reason.STALE)
STALE_INTERVALS = 3
FLAP_RESULTS = 21
LOSS_RESULTS = 60  # among which one lost test tells of a path that loses packets
LONGEST_LOSS = 3  # results in a row; more is an outage
PATIENCE = 2  # times the confirmations, where packets get lost
HEAVIEST, LIGHTEST = 1.2, 0.8  # weights of the newest and the oldest change
FLAPS_FROM, FLAPS_UNTIL = 0.30, 0.15
GOOD = (Verdict.OK, Verdict.DEGRADED)
JUST_AFTER_S = 1e-3  # a result is fresh up to and with its last moment


class Reading(Struct, frozen=True, kw_only=True):
    """Time that a battery lasts, as measured, and until when that is news."""

    left_s: float
    at: Instant
    fresh_until_s: float  # steady time

    @property
    def ends_s(self) -> float:
        """Return the steady time at which the battery is empty by it."""
        return self.at.steady_s + self.left_s


class Health(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Memory of one probe. Counts are of results in a row.

    Defaults are not written: an earlier version cannot read a null `recovered_s`.
    """

    verdict: Verdict = Verdict.UNKNOWN  # as confirmed by the latest results that count
    since: Instant | None = None
    why: Outcome | None = None  # the latest outcome that bears the verdict out
    last: Result | None = None  # the latest of all
    latest: Verdict = Verdict.UNKNOWN  # for which side that counts, unknown for none
    proof: Result | None = None  # the latest ok or degraded one
    counted: Instant | None = None  # when the latest that counts was measured
    fresh_until_s: float = 0.0  # steady time after which `why` proves nothing
    failed: int = 0
    weak: int = 0  # failed or degraded
    good: int = 0  # ok or degraded
    clean: int = 0  # ok
    good_s: tuple[float, ...] = ()  # steady times of the latest good ones in a row,
    # at most as many as a recovery takes
    recovered_s: float | None = None  # the first of the latest row that was as many
    failed_since: Instant | None = None  # the first of those failed in a row
    good_since: Instant | None = None  # the first of those ok or degraded in a row
    broke: Instant | None = None  # the first failure of a confirmed episode
    failed_last: Instant | None = None  # the newest failure
    failed_as: Outcome | None = None  # what it was
    unhurried: int = 0  # results whose reason forbids a quick retry
    recent: str = ""  # a letter for each of the latest that count, oldest first: ok,
    # degraded, failed, or lost, where no answer came
    flapping: bool = False
    resuming: bool = False  # after a cut of ours: one failure is not yet believed
    definition: str = ""  # digest of what was tested
    reading: Reading | None = None  # the newest, of a battery

    @property
    def unconfirmed(self) -> bool:
        """Tell whether the latest result calls for a worse verdict, unconfirmed."""
        if self.verdict is Verdict.OK:
            return self.weak > 0
        return self.verdict is not Verdict.FAILED and self.failed > 0

    @property
    def doubted(self) -> bool:
        """Tell whether not to send people there; one lost test is no reason.

        That is where tests get lost now and then.
        """
        return self.unconfirmed and not (self.lossy and self.failed == 1)

    @property
    def lossy(self) -> bool:
        """Tell whether single tests got lost lately, between others that did not.

        Only where no answer came: a refusal is no lost packet.
        """
        runs = re.findall(r"l+(?=[od])", self.recent)
        now = re.search(r"[fl]*$", self.recent)
        lost = now is None or "f" not in now.group()
        return lost and any(len(run) <= LONGEST_LOSS for run in runs)

    def failed_surely_by(self, steady_s: float) -> bool:
        """Tell whether a lasting failure was confirmed by this time."""
        known_since = self.since if self.verdict is Verdict.FAILED else None
        return known_since is not None and known_since.steady_s <= steady_s


def absorb(
    health: Health,
    probe: Probe,
    result: Result,
    *,
    hold: bool = False,
    excused: bool = False,
    arrived_s: float = 0.0,
) -> Health:
    """Add a result; `keep_fresh` says for how long it counts.

    With `hold`, while its path is in doubt, a failure is counted and not yet believed;
    with `excused`, it may be of a cut and says nothing. What was too old when the
    result arrived proves nothing: a failure never renews it.
    """
    health = _read(health, probe, result)
    unhurried = health.unhurried + 1 if result.outcome.reason in NEVER_HURRY else 0
    if excused:
        result = replace(result, outcome=unknown(Reason.OWN_LINK))
    verdict = weigh(probe, result.outcome)
    health = replace(health, last=result, latest=verdict, unhurried=unhurried)
    if verdict is Verdict.UNKNOWN:
        return health
    too_old = max(result.at.steady_s, arrived_s) > health.fresh_until_s
    if health.why is not None and too_old:
        health = _begin(health)
    counted = replace(health, counted=result.at)
    health = _count(counted, verdict, result.at, probe.recover)
    if verdict is Verdict.FAILED:
        health = replace(health, failed_as=result.outcome)
    lost = result.outcome.reason is Reason.TIMEOUT
    health = _watch_changes(health, verdict, lost=lost)
    target = _target(health, probe, verdict)
    if hold and target is Verdict.FAILED:
        target = health.verdict
    worsens = verdict is Verdict.FAILED and target is not health.verdict
    health = _turn(health, target, result.at)
    if verdict is target or worsens or health.why is None:
        health = replace(health, why=result.outcome)
    return replace(health, proof=result) if verdict in GOOD else health


def _read(health: Health, probe: Probe, result: Result) -> Health:
    """Keep what a result measured of a battery, whatever its verdict counts for."""
    left_s, known = result.outcome.facts.get(RUNTIME), health.reading
    late = known is not None and result.at.since(known.at) < 0
    if late or not isinstance(left_s, int | float):
        return health
    until_s = result.at.steady_s + stale_after_s(probe, probe.interval_s)
    reading = Reading(left_s=max(0.0, left_s), at=result.at, fresh_until_s=until_s)
    return replace(health, reading=reading)


def stale_after_s(probe: Probe, interval_s: float) -> float:
    """Return for how long a result counts that comes at this interval."""
    if probe.stale_after_s is not None:
        return probe.stale_after_s
    return STALE_INTERVALS * max(interval_s, probe.timeout_s)


def release(health: Health, probe: Probe) -> Health:
    """Believe the failures held back, as it is not the path.

    They count since the newest of them, as if never held back.
    """
    if not health.failed or health.last is None or health.failed_last is None:
        return health
    target = _target(health, probe, Verdict.FAILED)
    if target is health.verdict:
        return health
    return replace(
        _turn(health, target, health.failed_last),
        why=health.failed_as or health.last.outcome,
    )


def forget(health: Health, probe: Probe) -> Health:
    """Forget failures that were ours: the next success decides, a failure does not.

    The first test after a cut is the likeliest to be lost. After an answer since then,
    that success decides.
    """
    if health.last is None:
        return health
    if health.good and health.proof:
        return replace(
            absorb(_begin(health), probe, health.proof),
            last=health.last,
            latest=health.latest,
            unhurried=health.unhurried,
        )
    last = replace(health.last, outcome=unknown(Reason.OWN_LINK))
    return replace(_begin(health), last=last, latest=Verdict.UNKNOWN, resuming=True)


def _turn(health: Health, target: Verdict, at: Instant) -> Health:
    if target is health.verdict:
        return health
    broke = health.failed_since if target is Verdict.FAILED else None
    return replace(health, verdict=target, since=at, broke=broke)


def weigh(probe: Probe, outcome: Outcome) -> Verdict:
    """Return the side for which an outcome counts.

    A warning counts as ok. A device that is not there is a failure of the channel that
    is this device, and says nothing about the operator behind it; no way out of this
    machine is one of the path that the probe judges, and says nothing about a peer.
    """
    if outcome.verdict is Verdict.DEGRADED and outcome.reason in WARNINGS:
        return Verdict.OK
    if outcome.reason is Reason.NO_DEVICE and probe.section == "channels":
        return Verdict.FAILED
    if outcome.reason is Reason.NO_ROUTE and probe.section == "paths":
        return Verdict.FAILED
    return outcome.verdict


def standing(health: Health, at_s: float) -> tuple[Verdict, Outcome]:
    """Return the verdict at this steady time, and the outcome behind it."""
    last = health.last.outcome if health.last else NOT_MEASURED
    if health.why is None:
        return Verdict.UNKNOWN, last
    if at_s > health.fresh_until_s:
        return Verdict.UNKNOWN, last if last.verdict is Verdict.UNKNOWN else STALE
    if health.verdict is Verdict.UNKNOWN and last.reason is Reason.OWN_LINK:
        return Verdict.UNKNOWN, last
    if health.flapping and health.verdict is Verdict.OK:
        return Verdict.DEGRADED, degraded(Reason.FLAPPING, health.why.evidence)
    return health.verdict, _as_heard(health.why, last)


def fresh_proof(health: Health, at_s: float) -> Result | None:
    """Return its newest success, where that still counts at this steady time."""
    return health.proof if standing(health, at_s)[0] in GOOD else None


def _as_heard(why: Outcome, last: Outcome) -> Outcome:
    """Return the outcome behind a verdict; of a UPS gone silent without old minutes."""
    if why.reason is not Reason.ON_BATTERY or last.verdict is not Verdict.UNKNOWN:
        return why
    return failed(why.reason, why.evidence, problem="ups-silent")


@lru_cache(maxsize=4096)  # the same few results come again and again
def restlessness(recent: str) -> float:
    """Return the share of changes among results, the newer weighing more, 0 to 1.

    Source: Nagios Core 4 documentation, Detection and Handling of State Flapping.
    """
    pairs = zip(reversed(recent), reversed(recent[:-1]), strict=False)
    weights = [
        HEAVIEST - age * (HEAVIEST - LIGHTEST) / (FLAP_RESULTS - 2)
        for age, (newer, older) in enumerate(pairs)
        if newer != older
    ]
    return sum(weights) / (FLAP_RESULTS - 1)


def _begin(health: Health) -> Health:
    """Forget what is too old: the next result decides alone."""
    return replace(
        health,
        verdict=Verdict.UNKNOWN,
        since=None,
        why=None,
        failed=0,
        weak=0,
        good=0,
        clean=0,
        good_s=(),
        recovered_s=None,
        failed_since=None,
        good_since=None,
        broke=None,
        recent="",
        flapping=False,
        resuming=False,
    )


def _count(health: Health, verdict: Verdict, at: Instant, recover: int) -> Health:
    good_s = (*health.good_s, at.steady_s)[-recover:] if verdict in GOOD else ()
    return replace(
        health,
        failed=health.failed + 1 if verdict is Verdict.FAILED else 0,
        weak=health.weak + 1 if verdict is not Verdict.OK else 0,
        good=health.good + 1 if verdict in GOOD else 0,
        clean=health.clean + 1 if verdict is Verdict.OK else 0,
        good_s=good_s,
        recovered_s=good_s[0] if len(good_s) == recover else health.recovered_s,
        failed_since=(health.failed_since or at) if verdict is Verdict.FAILED else None,
        good_since=(health.good_since or at) if verdict in GOOD else None,
        resuming=health.resuming and verdict is Verdict.FAILED,
        failed_last=at if verdict is Verdict.FAILED else health.failed_last,
    )


def _watch_changes(health: Health, verdict: Verdict, *, lost: bool) -> Health:
    """Start flapping above one threshold, stop below another."""
    letter = "l" if verdict is Verdict.FAILED and lost else verdict[0]
    recent = (health.recent + letter)[-LOSS_RESULTS:]
    latest = recent[-FLAP_RESULTS:].replace("l", "f")
    threshold = FLAPS_UNTIL if health.flapping else FLAPS_FROM
    return replace(health, recent=recent, flapping=restlessness(latest) >= threshold)


def confirmations(health: Health, probe: Probe) -> int:
    """Return the failures in a row that confirm one: more on a lossy path."""
    patient = health.failed and health.lossy and probe.section != "paths"
    return probe.confirm * (PATIENCE if patient else 1)


def _target(health: Health, probe: Probe, verdict: Verdict) -> Verdict:
    """Return the verdict that the results in a row call for."""
    now = health.verdict
    confirm = confirmations(health, probe)
    if now is Verdict.UNKNOWN:
        return now if health.resuming and health.failed < confirm else verdict
    if health.failed >= confirm:
        return Verdict.FAILED
    if now is Verdict.OK:
        return Verdict.DEGRADED if health.weak >= confirm else now
    if health.clean >= probe.recover:
        return Verdict.OK
    if now is Verdict.FAILED and health.good >= probe.recover:
        return Verdict.DEGRADED
    return now
