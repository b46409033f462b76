"""One probe to one Result: deadline, stopwatch, exceptions and secrets.

A probe interprets answers; here exceptions are interpreted.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec.structs import replace

from secours.model.observed import (
    SAYS,
    UNANSWERED,
    WARNINGS,
    Evidence,
    Instant,
    Outcome,
    Reason,
    Result,
    Verdict,
)
from secours.model.runs import granted
from secours.model.sections.channel import Path, Probe
from secours.run.deadline import held, overdue, settled
from secours.run.loop_time import Stopwatch, felt
from secours.run.tidy import without_secrets


async def run(
    probe: Probe,
    probing: Callable[[Any, Path | None], Awaitable[Outcome]],
    path: Path | None,
    now: Callable[[], Instant],
    secrets: frozenset[str] = frozenset(),
) -> Result:
    """Run a probe and always return a Result; only cancellation passes through.

    `probing` is the function of its type, `now` the clock; `secrets` are those of the
    whole plan, see `tidy.told_apart`.
    """
    with felt() as pulse:
        await pulse.quiet()
        at = now()
        grants = set[str]()
        granted.set(grants)
        watch = Stopwatch(pulse)
        task = asyncio.ensure_future(held(watch.time(probing(probe.settings, path))))
        waiting = overdue(probe.timeout_s, pulse, task)
        outcome = await settled(probe, task, waiting)
    outcome = without_secrets(outcome, probe.settings, grants, secrets)
    outcome = _worded(probe, _timed(probe, outcome, watch.took_s))
    return Result(probe=probe.id, at=at, outcome=outcome)


def _timed(probe: Probe, outcome: Outcome, elapsed_s: float) -> Outcome:
    """Add the latency; a slow ok is degraded."""
    if outcome.verdict not in (Verdict.OK, Verdict.DEGRADED):
        return outcome
    latency_s = elapsed_s if outcome.latency_s is None else outcome.latency_s
    outcome = replace(outcome, latency_s=latency_s)
    only_warned = outcome.verdict is Verdict.OK or outcome.reason in WARNINGS
    if (
        probe.slow_after_s is not None
        and only_warned
        and latency_s > probe.slow_after_s
    ):
        facts = {"latency_s": latency_s, "slow_after_s": probe.slow_after_s}
        return replace(
            outcome, verdict=Verdict.DEGRADED, reason=Reason.SLOW, facts=facts
        )
    return outcome


def _worded(probe: Probe, outcome: Outcome) -> Outcome:
    """Add the plan's words to a failure, or to a reported degradation.

    They do not apply to silence, unless the probe only asks to reach the
    peer.
    """
    reported = outcome.verdict is Verdict.DEGRADED and outcome.reason is Reason.REPORTED
    if outcome.verdict is not Verdict.FAILED and not reported:
        return outcome
    if outcome.reason in UNANSWERED and probe.best is not Evidence.REACHED:
        return outcome
    said = {f"{SAYS}_{to}" if to else SAYS: words for to, words in probe.says}
    return replace(outcome, facts={**outcome.facts, **said}) if said else outcome
