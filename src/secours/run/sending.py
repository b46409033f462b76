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
    heard: Callable[[Stage], None],
    *,
    receipt_s: float,
    secrets: Collection[str] = (),
    others: frozenset[str] = frozenset(),
) -> Outcome | None:
    """Report each stage as it is reached; return the failure, None for none.

    It is to be taken within the timeout of the probe whose settings it uses, and then
    its receipt awaited for `receipt_s`; `secrets` are in addition to those of the
    settings, `others` are those of the whole plan.
    """
    with felt() as pulse:
        given = set[str]()
        granted.set(given)
        taken = asyncio.get_running_loop().create_future()
        task = asyncio.ensure_future(held(_carried(sending, heard, taken)))
        waiting = _awaited(task, taken, (probe.timeout_s, receipt_s), pulse)
        outcome = await settled(probe, task, waiting)
    if outcome is None and not taken.done():
        outcome = unknown(Reason.BROKEN, problem="no-outcome")
    if outcome is None:
        return None
    given.update(secrets)
    return fit(without_secrets(outcome, probe.settings, given, others))


async def _carried(
    sending: AsyncIterator[Stage],
    heard: Callable[[Stage], None],
    taken: "asyncio.Future[None]",
) -> None:
    """Run all stages in one task: a deadline may span several of them."""
    try:
        async for stage in sending:
            heard(stage)
            if not taken.done():
                taken.set_result(None)
    finally:
        if isinstance(sending, AsyncGenerator):
            await sending.aclose()


async def _awaited(
    task: "asyncio.Future[Exception | None]",
    taken: "asyncio.Future[None]",
    within_s: tuple[float, float],
    pulse: Pulse,
) -> float | None:
    """Wait for its end; return the seconds in which it was not taken, or arrived."""
    overdue_s = await overdue(within_s[0], pulse, task, taken)
    if overdue_s is not None:
        return overdue_s
    return await overdue(within_s[1], pulse, task)
