"""A call that we place: its states, and the reason of its end.

Source: RFC 3261 section 21, RFC 3326 section 2 (Reason), RFC 3398 section 7.2.4 (codes
of an exchange); ITU-T Q.850 section 2.2.7 (causes of the telephone network); ITU-T
V.250 section 6.3.1 (results of a modem).
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from typing import Any, Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from secours.model.observed import Evidence, Outcome, Reason, failed, unknown
from secours.model.runs import Stop
from secours.model.secret import SecretMissing
from secours.outside_text import plain
from secours.wire.sip.login import CHALLENGED
from secours.wire.sip.messages import SipResponse

T = TypeVar("T")
Event = TypeVar("Event")
Work = TypeVar("Work", bound="Ongoing[Any]")

STOP_S = 8.0  # for the network to confirm that a call is over, or to register off
POLL_S = 0.3


class CallState(StrEnum):
    """State of a call that we place."""

    RINGING = "ringing"  # as the network reports
    ANSWERED = "answered"
    ENDED = "ended"


class CallEvent(Struct, frozen=True):
    """A new state of a call; `why` it was ended by the network."""

    state: CallState
    why: Outcome | None = None


class Ongoing(Generic[Event]):
    """Background work that reports events until it is to stop."""

    def __init__(self) -> None:
        """Start without an event; `ongoing` gives it its work."""
        self.stopping = asyncio.Event()
        self.ready = asyncio.Event()  # set once it has begun, or is over
        self.over = asyncio.Event()
        self.error: Exception | None = None  # the error that ended it
        self._events: asyncio.Queue[Event | Exception] = asyncio.Queue()

    async def next(self) -> Event:
        """Wait for the next event.

        Raises:
            Stop: our own end is of no use: no device, no network, a refused login.
            OSError: the exchange refuses or cannot be reached.
            EOFError: it hung up on us.
        """
        event = await self._events.get()
        if isinstance(event, Exception):
            raise event
        return event

    def tell(self, event: Event) -> None:
        """Report an event."""
        self._events.put_nowait(event)

    async def stop(self) -> None:
        """End the work, and wait until it is over, or for 8 s."""
        self.stopping.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                await self.over.wait()

    async def pause(self) -> bool:
        """Wait until it is time to look again; return False once it is to stop."""
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_S):
                await self.stopping.wait()
        return not self.stopping.is_set()

    async def run(self, work: Awaitable[None]) -> None:
        """Do the work, and pass on what ends it."""
        try:
            await work
        except Exception as error:
            self.error = error
            self._events.put_nowait(error)
            if not isinstance(error, (Stop, OSError, EOFError, SecretMissing)):
                raise
        finally:
            self.ready.set()
            self.over.set()


class Call(Ongoing[CallEvent]):
    """A call that is being placed; `taken` once the network has begun to call."""

    taken = False

    def ends(self, why: Outcome) -> None:
        """Report that the network ended it."""
        self.tell(CallEvent(CallState.ENDED, why))

    async def unless_stopped(self, waiting: Awaitable[T]) -> T | None:
        """Wait for something; return None once the call is to end first."""
        task = asyncio.ensure_future(waiting)
        stopped = asyncio.ensure_future(self.stopping.wait())
        try:
            await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            task.cancel()
            stopped.cancel()
            await asyncio.wait({task, stopped})  # or it could read the next answer

    async def follow(
        self, look: Callable[[], Awaitable[CallState | Outcome | None]]
    ) -> bool:
        """Report each new state until the network ends it: True; or it is to stop."""
        last: CallState | None = None
        self.taken = True
        while not self.stopping.is_set():
            current = await look()
            if isinstance(current, Outcome):
                self.ends(current)
                return True
            if current and current != last:
                self.tell(CallEvent(current))
                last = current
            await self.pause()
        return False


@asynccontextmanager
async def ongoing(
    it: Work, doing: Callable[[Work], Awaitable[None]]
) -> AsyncIterator[Work]:
    """Let work go on, and stop it at the end of the block at the latest."""
    task = asyncio.create_task(it.run(doing(it)))
    try:
        yield it
    finally:
        try:
            await it.stop()
        finally:
            task.cancel()
        if task.done():
            task.result()


BUSY, REJECTED, DEFERRED = Reason.BUSY, Reason.REJECTED, Reason.DEFERRED
UNREACHABLE, TIMEOUT, STATUS = Reason.UNREACHABLE, Reason.TIMEOUT, Reason.STATUS
ELSEWHERE = Reason.RANG_ELSEWHERE
CAUSES: dict[int, tuple[Reason, str, str]] = {  # Q.850: its words, and our problem
    1: (UNREACHABLE, "unassigned number", "unknown-subscriber"),
    8: (REJECTED, "operator determined barring", "barred"),
    17: (BUSY, "user busy", ""),
    18: (UNREACHABLE, "no user responding", "recipient-out-of-service"),
    20: (UNREACHABLE, "subscriber absent", "recipient-out-of-service"),
    21: (REJECTED, "call rejected", ""),
    27: (UNREACHABLE, "destination out of order", "recipient-out-of-service"),
    34: (DEFERRED, "no circuit", "congestion"),
    38: (STATUS, "network out of order", "network-out-of-order"),
    41: (DEFERRED, "temporary failure", "temporary-failure"),
    42: (DEFERRED, "congestion", "congestion"),
    47: (DEFERRED, "resources unavailable", "congestion"),
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
BAD_LOGIN = re.compile(r"\bbad auth\b", re.IGNORECASE)  # beside a 403
CAUSE = re.compile(r"\s*Q\.850\s*;.*\bcause\s*=\s*(\d{1,3})\b", re.IGNORECASE)
SAID = re.compile(r"\b(\d{1,3})\b")


def of_exchange(answer: SipResponse) -> Outcome:
    """Return why an exchange ended a call.

    A cause of the telephone network behind it, in a Reason header, says more than the
    code; a password that it refuses, or an offer of ours, is no fault of the network.
    Asterisk's chan_sip says so with a 403 and words.
    """
    code, phrase = answer.code, answer.phrase
    if code in CHALLENGED or (code == 403 and BAD_LOGIN.search(phrase)):
        return unknown(Reason.AUTH, code=code, said=phrase)
    if code in NOT_ACCEPTABLE:
        return unknown(Reason.BROKEN, said=phrase or str(code))
    reason = BY_CODE.get(code, STATUS)
    reasons = ",".join(answer.headers.get("reason", ())).split(",")
    known = [int(found[1]) for each in reasons if (found := CAUSE.match(each))]
    if cause := next((each for each in known if each in CAUSES), None):
        outcome = of_cause(cause)
    elif reason is STATUS:
        outcome = failed(STATUS, Evidence.SERVED, code=code, phrase=phrase)
    else:
        problem = {"problem": "congestion"} if reason is DEFERRED else {}
        outcome = failed(reason, Evidence.SERVED, code=code, said=phrase, **problem)
    return replace(outcome, retry_after_s=answer.retry_after_s)


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
    text = report.lower()
    for cause, (_, words, _) in CAUSES.items():
        if words in text:
            return of_cause(cause)
    numbers = [int(number) for number in SAID.findall(text)]
    if len(numbers) == 1 and numbers[0] in CAUSES:
        return of_cause(numbers[0])
    reply = plain(" ".join(filter(None, (result, report))))
    match result.upper():
        case "BUSY":
            return failed(BUSY, Evidence.SERVED)
        case "NO ANSWER":
            return failed(TIMEOUT, Evidence.SERVED)
        case "NO CARRIER" | "":
            return failed(REJECTED, Evidence.SERVED, said=reply)
    return failed(DEFERRED, Evidence.SERVED, said=reply)
