"""Places for tests under way at once, with a fair queue."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

Waiting = deque[asyncio.Future[None]]


class Places:
    """A number of places; tests known to hold one for long wait behind the others.

    In a blackout nearly every test holds its place until its deadline. The few that
    are still answered must not wait for all those.
    """

    def __init__(self, number: int) -> None:
        """Start with so many free places."""
        self._free = number
        self._number = number
        self._quick: Waiting = deque()
        self._slow: Waiting = deque()

    def allow(self, number: int) -> None:
        """Change the number of places; tests above it may end."""
        self._free += number - self._number
        self._number = number
        self._hand_on()

    @asynccontextmanager
    async def one(self, *, slow: bool) -> AsyncIterator[None]:
        """Hold a place while the block lasts."""
        await self._take(self._slow if slow else self._quick)
        try:
            yield
        finally:
            self._free += 1
            self._hand_on()

    async def _take(self, waiting: Waiting) -> None:
        if self._free > 0:  # then nobody waits
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it had its place already
                self._free += 1
                self._hand_on()
            raise

    def _hand_on(self) -> None:
        while self._free > 0 and (self._quick or self._slow):
            turn = (self._quick or self._slow).popleft()
            if not turn.cancelled():
                self._free -= 1
                turn.set_result(None)
