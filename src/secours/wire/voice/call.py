"""A call that we place: its states, and the reason of its end.

Source: RFC 3261 section 21, RFC 3326 section 2 (Reason), RFC 3398 section 7.2.4 (codes
of an exchange); ITU-T Q.850 section 2.2.7 (causes of the telephone network); ITU-T
V.250 section 6.3.1 (results of a modem).
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import TypeVar

from msgspec import Struct

from secours.model.observed import Evidence, Facts, Outcome, Reason, failed, unknown
from secours.model.runs import Stop
from secours.model.secret import SecretMissing
from secours.outside_text import plain
from secours.wire.sip.login import CHALLENGED

T = TypeVar("T")

HANG_UP_S = 8.0  # for the network to confirm that a call is over


class CallState(StrEnum):
    """State of a call that we place."""

    RINGING = "ringing"  # so the network says
    ANSWERED = "answered"
    ENDED = "ended"


class CallEvent(Struct, frozen=True):
    """A new state of a call; `why` it was ended by the network."""

    state: CallState
    why: Outcome | None = None


class Call:
    """A call that is being placed. Who waits for `next` learns what becomes of it."""

    def __init__(self) -> None:
        """Start without an event; `placed` gives it somebody who places it."""
        self.unwanted = asyncio.Event()
        self.taken = False  # whether the exchange or the modem has begun to call
        self._events: asyncio.Queue[CallEvent | Exception] = asyncio.Queue()
        self.over = asyncio.Event()  # nothing more becomes of it

    async def next(self) -> CallEvent:
        """Wait for the next event.

        Raises:
            Stop: our own end cannot call: no device, no network, a refused login.
            OSError: the exchange refuses or cannot be reached.
            EOFError: it hung up on us.

        """
        event = await self._events.get()
        if isinstance(event, Exception):
            raise event
        return event

    async def hang_up(self) -> None:
        """End the call, and wait until the network confirms it, or for 8 s."""
        self.unwanted.set()
        await self.until(self.over, HANG_UP_S)

    def tell(self, state: CallState, why: Outcome | None = None) -> None:
        """Report an event."""
        self._events.put_nowait(CallEvent(state, why))

    async def unless_unwanted(self, waiting: Awaitable[T]) -> T | None:
        """Wait for something; return None once the call is to end first."""
        task = asyncio.ensure_future(waiting)
        unwanted = asyncio.ensure_future(self.unwanted.wait())
        try:
            await asyncio.wait({task, unwanted}, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            for each in (task, unwanted):
                each.cancel()
            await asyncio.wait({task, unwanted})  # it may read what comes next

    @staticmethod
    async def until(event: asyncio.Event, limit_s: float) -> bool:
        """Wait for an event for so long; tell whether it came."""
        try:
            async with asyncio.timeout(limit_s):
                return await event.wait()
        except TimeoutError:
            return False

    async def follow(self, placing: Callable[["Call"], Awaitable[None]]) -> None:
        """Let somebody place it, and pass on what goes wrong."""
        try:
            await placing(self)
        except Exception as error:
            self._events.put_nowait(error)  # who waits for `next` raises it
            if not isinstance(error, (Stop, OSError, EOFError, SecretMissing)):
                raise
        finally:
            self.over.set()


@asynccontextmanager
async def placed(placing: Callable[[Call], Awaitable[None]]) -> AsyncIterator[Call]:
    """Place a call, and hang up at the end of the block at the latest."""
    call = Call()
    task = asyncio.create_task(call.follow(placing))
    try:
        yield call
    finally:
        try:
            await call.hang_up()
        finally:
            task.cancel()
        if task.done():
            task.result()


# ------------------------------------------------------------------ why it ended

BUSY, REJECTED, DEFERRED = Reason.BUSY, Reason.REJECTED, Reason.DEFERRED
UNREACHABLE, TIMEOUT, STATUS = Reason.UNREACHABLE, Reason.TIMEOUT, Reason.STATUS
ELSEWHERE = Reason.RANG_ELSEWHERE
CAUSES: dict[int, tuple[Reason, str, str]] = {  # Q.850: its words, and our problem
    1: (UNREACHABLE, "unassigned number", "unknown-subscriber"),
    3: (UNREACHABLE, "no route to destination", ""),
    8: (REJECTED, "operator determined barring", "barred"),
    17: (BUSY, "user busy", ""),
    18: (UNREACHABLE, "no user responding", "recipient-out-of-service"),
    20: (UNREACHABLE, "subscriber absent", "recipient-out-of-service"),
    21: (REJECTED, "call rejected", ""),
    22: (UNREACHABLE, "number changed", "unknown-subscriber"),
    27: (UNREACHABLE, "destination out of order", "recipient-out-of-service"),
    28: (UNREACHABLE, "invalid number format", "bad-address"),
    29: (REJECTED, "facility rejected", "service-refused"),
    34: (DEFERRED, "no circuit", "congestion"),
    38: (STATUS, "network out of order", "network-out-of-order"),
    41: (DEFERRED, "temporary failure", "temporary-failure"),
    42: (DEFERRED, "congestion", "congestion"),
    44: (DEFERRED, "circuit/channel not available", "congestion"),
    47: (DEFERRED, "resources unavailable", "congestion"),
    50: (REJECTED, "facility not subscribed", "service-refused"),
    55: (REJECTED, "incoming calls barred", "barred"),
    57: (REJECTED, "bearer capability not authorized", "service-refused"),
    102: (TIMEOUT, "recovery on timer", ""),
}
BY_CODE = {
    **dict.fromkeys((486, 600), BUSY),
    **dict.fromkeys((403, 603, 607, 608), REJECTED),
    **dict.fromkeys((404, 410, 480, 484, 604), UNREACHABLE),
    **dict.fromkeys((408, 504), TIMEOUT),
    **dict.fromkeys((300, 301, 302, 305, 380), ELSEWHERE),
    503: DEFERRED,
}
NOT_ACCEPTABLE = (415, 488, 606)  # what our offer of speech is to them
CAUSE = re.compile(r"\bQ\.850\s*;[^,]*\bcause\s*=\s*(\d{1,3})\b", re.IGNORECASE)
SAID = re.compile(r"\b(\d{1,3})\b")


def of_exchange(code: int, phrase: str, reasons: Iterable[str] = ()) -> Outcome:
    """Return why an exchange ended a call; `reasons` are its Reason headers.

    A cause of the telephone network behind it says more than the code; a password
    that it refuses, or an offer of ours, is no fault of the network.
    """
    facts: Facts = {"code": code, "phrase": phrase}
    if code in CHALLENGED:
        return unknown(Reason.AUTH, code=code, said=phrase)
    if code in NOT_ACCEPTABLE:
        return unknown(Reason.BROKEN, said=phrase or str(code))
    for cause in CAUSE.findall(", ".join(reasons)):
        if int(cause) in CAUSES:
            return of_cause(int(cause))
    reason = BY_CODE.get(code, STATUS)
    if reason is STATUS:
        return failed(STATUS, Evidence.SERVED, **facts)
    problem = {"problem": "congestion"} if reason is DEFERRED else {}
    return failed(reason, Evidence.SERVED, code=code, said=phrase, **problem)


def of_cause(cause: int) -> Outcome:
    """Return why the telephone network ended a call, by a cause that is known."""
    reason, words, problem = CAUSES[cause]
    facts: dict[str, str | int] = {"code": cause}
    if problem:
        facts["problem"] = problem
    if reason is STATUS:
        facts["phrase"] = words
    return failed(reason, Evidence.SERVED, **facts)


def of_modem(result: str, report: str = "") -> Outcome:
    """Return why a modem ended a call, by its result and its +CEER report."""
    told = report.lower()
    for cause, (_, words, _) in CAUSES.items():
        if words in told:
            return of_cause(cause)
    numbers = [int(number) for number in SAID.findall(told)]
    if len(numbers) == 1 and numbers[0] in CAUSES:
        return of_cause(numbers[0])
    said = plain(" ".join(filter(None, (result, report))))
    match result.upper():
        case "BUSY":
            return failed(BUSY, Evidence.SERVED)
        case "NO ANSWER":
            return failed(TIMEOUT, Evidence.SERVED)
        case "NO CARRIER" | "":
            return failed(REJECTED, Evidence.SERVED, said=said)
    return failed(DEFERRED, Evidence.SERVED, said=said)
