"""One probe to one Result: deadline, stopwatch, where exceptions and secrets stop.

A probe interprets answers; here exceptions are interpreted. The deadline holds whatever
a probe does: one that does not let go is left behind. Time in which the event loop did
not come round is no part of it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from msgspec.structs import replace

from secours.model.observed import (
    WARNINGS,
    Instant,
    Outcome,
    Reason,
    Result,
    Verdict,
    failed,
    unknown,
)
from secours.model.plan import Path, Probe
from secours.model.runs import granted
from secours.run.failures import interpret
from secours.run.loop_time import LATE_S, Pulse, Stopwatch, felt

log = logging.getLogger(__name__)

LET_GO_S = 0.3  # what a probe gets after its deadline to close its connections


async def run(
    probe: Probe,
    probing: Callable[[Any, Path | None], Awaitable[Outcome]],
    path: Path | None,
    now: Callable[[], Instant],
) -> Result:
    """Run a probe and always return a Result; only cancellation passes through.

    `probing` is the function of its type, `now` the clock.
    """
    with felt() as pulse:
        await pulse.quiet()
        at = now()
        given = set[str]()
        granted.set(given)
        watch = Stopwatch(pulse)
        running = _held(watch.time(probing(probe.settings, path)))
        outcome = await _settle(probe, asyncio.ensure_future(running), pulse)
    outcome = _timed(probe, _redacted(probe, outcome, given), watch.took_s)
    return Result(probe=probe.id, at=at, outcome=outcome)


def _redacted(probe: Probe, outcome: Outcome, given: set[str]) -> Outcome:
    """Strike out what the peer repeats of the secrets that it was sent, or gave."""
    if not any(isinstance(fact, str) for fact in outcome.facts.values()):
        return outcome
    from secours.run.redactor import redacted, secrets_of  # loaded where it is needed

    return redacted(outcome, given.union(secrets_of(probe.settings)))


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


async def _held(running: Awaitable[Outcome]) -> Outcome | Exception:
    """Hold what a run raises: one that is left behind has nobody who would take it.

    Where the event loop ends with it, asyncio would show its trace as a defect.
    """
    try:
        return await running
    except Exception as error:  # noqa: BLE001 -- `_settle` interprets it
        return error


async def _settle(
    probe: Probe, task: "asyncio.Future[Outcome | Exception]", pulse: Pulse
) -> Outcome:
    late = failed(Reason.TIMEOUT, timeout_s=probe.timeout_s)
    try:
        in_time = await _in_time(task, probe.timeout_s, pulse)
        if not in_time:
            task.cancel()
            await asyncio.wait({task}, timeout=LET_GO_S)
    except asyncio.CancelledError:
        task.cancel()
        task.add_done_callback(_forget)
        raise
    if not task.done():
        log.warning("probe %s does not let go at its deadline", probe.id)
        task.add_done_callback(_forget)
        return late
    if task.cancelled():
        return unknown(Reason.BROKEN, problem="interrupted") if in_time else late
    outcome = task.result()
    if isinstance(outcome, Exception):  # the one place where they stop
        return interpret(probe, outcome)
    return outcome


async def _in_time(
    task: "asyncio.Future[Outcome | Exception]", timeout_s: float, pulse: Pulse
) -> bool:
    """Tell whether it ended within so many seconds in which this loop came round."""
    end_s, left_s, lost_s = pulse.time() + timeout_s, timeout_s, pulse.lost_s()
    while True:
        done, _ = await asyncio.wait({task}, timeout=left_s)
        was_lost_s, lost_s = lost_s, pulse.lost_s()
        left_s = end_s - pulse.time()
        if done or lost_s == was_lost_s or left_s < -LATE_S:
            return bool(done)
        # What came while the loop was away is read before the deadline holds.
        left_s = max(left_s, LATE_S)


def _forget(task: "asyncio.Future[Outcome | Exception]") -> None:
    """Fetch what a probe left behind raised, or asyncio would complain."""
    with suppress(BaseException):
        task.exception()
