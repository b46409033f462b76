"""Time of the next stamp: soon where there is news, else when it costs little.

Most results only renew proofs. A large plan has so many that a snapshot for each
handful would cost more than all else the engine does.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from secours.model.observed import Instant

STAMP_EVERY_S = 2.0  # the contract asks for 5 s at most
LATE_S = 3.0  # the loop has no time for what keeps stamping
STAMP_GAP_S = 0.2  # changes that come together are shown together
NEWS_WAITS, LONGEST_GAP_S = 4, 1.0  # times as long as a stamp took
YOUNGER_WAITS = 200  # times as long, where nothing else is new


class StampTiming:
    """Changes since the latest stamp, and the cost of that one."""

    def __init__(self, now: Callable[[], Instant]) -> None:
        self._now = now
        self._changed = asyncio.Event()
        self._news = asyncio.Event()
        self._stamped_s = self._began_s = now().steady_s
        self._took_s = 0.0

    @property
    def is_overdue(self) -> bool:
        """Tell whether the latest stamp is so old that any task has to make one."""
        return self._now().steady_s - self._stamped_s >= LATE_S

    def show(self, *, news: bool = True) -> None:
        """Request a stamp; without `news` only proofs are newer."""
        self._changed.set()
        if news:
            self._news.set()

    def stamped(self, at: Instant) -> None:
        """Note that a stamp shows everything of this moment."""
        self._stamped_s = at.steady_s
        self._forget()

    async def until_due(self) -> None:
        """Wait until a stamp is due."""
        await self._until(self._changed, STAMP_EVERY_S)
        await self._until(self._news, min(STAMP_EVERY_S, YOUNGER_WAITS * self._took_s))
        self._forget()
        self._began_s = self._now().steady_s

    async def rest(self) -> None:
        """Pause after a stamp, so that stamps take a bounded share of the time."""
        self._took_s = self._now().steady_s - self._began_s
        await asyncio.sleep(
            max(STAMP_GAP_S, min(LONGEST_GAP_S, NEWS_WAITS * self._took_s))
        )

    async def _until(self, event: asyncio.Event, after_s: float) -> None:
        """Wait until an event is set, or the latest stamp is so old."""
        left_s = self._stamped_s + after_s - self._now().steady_s
        # Not wait_for, which in Python 3.11 may swallow the cancellation.
        with suppress(TimeoutError):
            async with asyncio.timeout(left_s):
                await event.wait()

    def _forget(self) -> None:
        self._changed.clear()
        self._news.clear()
