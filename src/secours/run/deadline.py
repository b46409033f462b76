"""Deadlines of probes, which hold whatever these do.

A task that does not end is abandoned. Time in which the event loop was blocked is not
counted.
"""

import asyncio
import logging
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any, TypeVar

from secours.model.observed import Outcome, Reason, failed, unknown
from secours.model.sections.channel import Probe
from secours.run.failures import interpret
from secours.run.loop_time import LATE_S, Pulse

log = logging.getLogger(__package__)  # one name for the room

LET_GO_S = 0.3  # for a probe to close its connections after its deadline

T = TypeVar("T")


async def held(running: Awaitable[T]) -> T | Exception:
    """Return what a run raises: an abandoned one has no caller to raise it to.

    At the end of the event loop asyncio would log its trace as a defect.
    """
    try:
        return await running
    except Exception as error:  # noqa: BLE001 -- `settled` interprets it
        return error


async def settled(
    probe: Probe,
    task: "asyncio.Future[T | Exception]",
    waiting: Awaitable[float | None],
) -> T | Outcome:
    """Wait, and return the result of the task, or the outcome of its end or lateness.

    `waiting` returns how many seconds were too few, None if it ended in time.
    """
    try:
        overdue_s = await waiting
        if overdue_s is not None:
            task.cancel()
            await asyncio.wait({task}, timeout=LET_GO_S)
    except asyncio.CancelledError:
        task.cancel()
        task.add_done_callback(_forget)
        raise
    in_time = overdue_s is None
    late = failed(Reason.TIMEOUT, timeout_s=overdue_s or probe.timeout_s)
    if not task.done():
        log.warning("probe %s does not let go at its deadline", probe.id)
        task.add_done_callback(_forget)
        return late
    if task.cancelled():
        return unknown(Reason.BROKEN, problem="interrupted") if in_time else late
    found = task.result()
    if isinstance(found, Exception):  # only here they are handled
        return interpret(probe, found)
    return found


async def overdue(
    timeout_s: float, pulse: Pulse, *waited: "asyncio.Future[Any]"
) -> float | None:
    """Wait until a future is done, for `timeout_s` seconds of an unblocked loop.

    Returns `timeout_s` where none was done in time, else None.
    """
    end_s, left_s, lost_s = pulse.time() + timeout_s, timeout_s, pulse.lost_s()
    while True:
        done, _ = await asyncio.wait(
            waited, timeout=left_s, return_when=asyncio.FIRST_COMPLETED
        )
        was_lost_s, lost_s = lost_s, pulse.lost_s()
        left_s = end_s - pulse.time()
        if done or lost_s == was_lost_s or left_s < -LATE_S:
            return None if done else timeout_s
        # What came while the loop was blocked is read before the deadline.
        left_s = max(left_s, LATE_S)


def _forget(task: "asyncio.Future[T | Exception]") -> None:
    """Fetch what a probe left behind raised, or asyncio would complain."""
    with suppress(BaseException):
        task.exception()
