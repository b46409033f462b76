"""Sending of one notice over one channel: its stages and failures.

As for a probe, exceptions are interpreted here, secrets redacted, and deadlines kept.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection

from secours.model.notices import Stage
from secours.model.observed import Outcome, Reason, unknown
from secours.model.runs import granted
from secours.model.sections.channel import Probe
from secours.run.deadline import held, overdue, settled
from secours.run.loop_time import Pulse, felt
from secours.run.tidy import fit, without_secrets


async def send(
    probe: Probe,
    sending: AsyncIterator[Stage],
    on_stage: Callable[[Stage], None],
    *,
    receipt_s: float,
    secrets: Collection[str] = (),
    others: frozenset[str] = frozenset(),
) -> Outcome | None:
    """Report each stage as it is reached; return the failure, None for none.

    The notice must be accepted within the timeout of the probe whose settings it uses;
    then its receipt is awaited for `receipt_s`; `secrets` are in addition to those of
    the settings, `others` are those of the whole plan.
    """
    with felt() as pulse:
        grants = set[str]()
        granted.set(grants)
        accepted = asyncio.get_running_loop().create_future()
        task = asyncio.ensure_future(held(_carried(sending, on_stage, accepted)))
        waiting = _awaited(task, accepted, (probe.timeout_s, receipt_s), pulse)
        outcome = await settled(probe, task, waiting)
    if outcome is None and not accepted.done():
        outcome = unknown(Reason.BROKEN, problem="no-outcome")
    if outcome is None:
        return None
    grants.update(secrets)
    return fit(without_secrets(outcome, probe.settings, grants, others))


async def _carried(
    sending: AsyncIterator[Stage],
    on_stage: Callable[[Stage], None],
    accepted: "asyncio.Future[None]",
) -> None:
    """Run all stages in one task: a deadline may span several of them."""
    try:
        async for stage in sending:
            on_stage(stage)
            if not accepted.done():
                accepted.set_result(None)
    finally:
        if isinstance(sending, AsyncGenerator):
            await sending.aclose()


async def _awaited(
    task: "asyncio.Future[Exception | None]",
    accepted: "asyncio.Future[None]",
    within_s: tuple[float, float],
    pulse: Pulse,
) -> float | None:
    """Wait for its end; return the time limit (s) that passed, None if none did."""
    overdue_s = await overdue(within_s[0], pulse, task, accepted)
    if overdue_s is not None:
        return overdue_s
    return await overdue(within_s[1], pulse, task)
