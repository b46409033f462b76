"""Calls that come in: heard, and never answered nor refused.

Source: RFC 3325 section 9.1 (P-Asserted-Identity); 3GPP TS 27.007 sections 7.6 (+CLIP),
7.18 (+CLCC).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from msgspec import Struct

from secours.model.observed import Evidence, Reason, failed
from secours.model.runs import Stop

MOST_CALLS = 16  # at a time
NUMBER_S = 2.0  # within which a ringing call has its caller's number, if it has one
LEAVE_S = 3.0  # to register off


class HeardCall(Struct, frozen=True):
    """A call that rings here."""

    callers: tuple[str, ...]  # numbers or names; none where they are withheld
    at_s: float  # when it began to ring, by the loop's clock


class IncomingCalls:
    """Calls that ring at an end of ours, while somebody listens there."""

    def __init__(self) -> None:
        """Start without a call; `heard` gives it somebody who listens."""
        self.ready = asyncio.Event()  # a call would be heard from now on
        self.closing = asyncio.Event()
        self.doubted = False  # whether to look, at the end, if one could still come
        self.engaged = False  # whether a call is there, of whomever
        self._now_s = asyncio.get_running_loop().time
        self._calls: asyncio.Queue[HeardCall] = asyncio.Queue()
        self._since_s: dict[str, float] = {}
        self._told: set[str] = set()
        self._listening: asyncio.Task[None] | None = None

    async def next(self) -> HeardCall:
        """Wait for the next call.

        Raises:
            Stop: nobody can call here any more: the device is gone, or the exchange.
            OSError: the exchange cannot be reached.
            EOFError: it hung up.

        """
        getting = asyncio.ensure_future(self._calls.get())
        try:
            await self._unless_over(getting)
            return getting.result()
        finally:
            getting.cancel()

    async def check(self) -> None:
        """Stop listening, and raise as `next` does if no call could have come."""
        self.doubted = True
        self.closing.set()
        if self._listening is not None:
            await self._listening

    def tell(self, *callers: str) -> None:
        """Report a call that begins to ring."""
        if self._calls.qsize() < MOST_CALLS:
            self._calls.put_nowait(HeardCall(callers, self._now_s()))

    def see(self, ringing: Mapping[str, str]) -> None:
        """Report the calls that ring now, with their callers, each once."""
        now_s = self._now_s()
        self._since_s = {each: self._since_s.get(each, now_s) for each in ringing}
        self._told &= ringing.keys()
        for each, caller in ringing.items():
            since_s = self._since_s[each]
            if each not in self._told and (caller or now_s > since_s + NUMBER_S):
                self._told.add(each)
                callers = (caller,) if caller else ()
                self._calls.put_nowait(HeardCall(callers, since_s))

    async def listened(
        self, listening: Callable[["IncomingCalls"], Awaitable[None]]
    ) -> None:
        """Begin to listen, and return when a call would be heard; raises as `next`."""
        self._listening = asyncio.ensure_future(listening(self))
        ready = asyncio.ensure_future(self.ready.wait())
        try:
            await self._unless_over(ready)
        finally:
            ready.cancel()

    async def leave(self) -> None:
        """Stop listening, within 3 s."""
        self.closing.set()
        if self._listening is not None:
            await asyncio.wait({self._listening}, timeout=LEAVE_S)
            self._listening.cancel()

    async def _unless_over(self, waiting: asyncio.Future[Any]) -> None:
        assert self._listening
        both: set[asyncio.Future[Any]] = {waiting, self._listening}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            self._listening.result()
            raise Stop(failed(Reason.TIMEOUT, Evidence.SERVED))


@asynccontextmanager
async def heard(
    listening: Callable[[IncomingCalls], Awaitable[None]],
) -> AsyncIterator[IncomingCalls]:
    """Listen for calls until the block ends; raises at its begin as `next` does."""
    incoming = IncomingCalls()
    try:
        await incoming.listened(listening)
        yield incoming
    finally:
        await incoming.leave()
