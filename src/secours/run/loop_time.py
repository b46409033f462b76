"""Time for tests: it stands still while their event loop is blocked.

Delays of this busy process never count against a peer: tests begin one after the
other, and the stopwatch of each runs from its first connection.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from secours.model.observed import Outcome
from secours.model.runs import Timer, timer

PULSE_S = 0.05  # between two pulses of a loop with tests
LATE_S = 0.1  # a later pulse shows that the loop was busy
PROMPT_S = 0.002  # an idle loop's turn takes less
QUIET_S = 0.02  # a test waits so long for such a turn, then begins
ALL_BEGIN_S = 0.5  # until all waiting tests have begun


class Pulse:
    """Detector of a blocked event loop, while tests run in it."""

    def __init__(self) -> None:
        self.users = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._turn_s = self._let_s = 0.0  # of the latest turn, and the latest beginning
        self._lost_s = 0.0
        self._due_s = 0.0
        self._next: asyncio.TimerHandle | None = None

    def lost_s(self) -> float:
        """Return how many seconds the loop was away until now."""
        late_s = time.monotonic() - self._due_s
        return self._lost_s + (late_s if late_s > LATE_S else 0.0)

    def time(self) -> float:
        """Return a time in seconds that stands still while the loop is away."""
        return time.monotonic() - self.lost_s()

    def beat(self) -> None:
        """Count what was lost, and feel again soon."""
        loop = asyncio.get_running_loop()
        if self._next is not None:
            self._lost_s = self.lost_s()
        self._due_s = time.monotonic() + PULSE_S
        self._next = loop.call_later(PULSE_S, self.beat)

    def stop(self) -> None:
        """Stop pulsing."""
        if self._next is not None:
            self._next.cancel()
            self._next = None

    async def quiet(self) -> None:
        """Wait for an idle loop: a test begun now would delay others' answers."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            self._turn_s = self._let_s = time.monotonic()
            loop.call_soon(self._let_begin)
        begins: asyncio.Future[None] = loop.create_future()
        self._waiting.append(begins)
        await begins

    def _let_begin(self) -> None:
        """Start one after a prompt turn, else those that waited long enough.

        The more wait, the shorter: so all begin even if the loop is never idle.
        """
        before_s, self._turn_s = self._turn_s, time.monotonic()
        if self._turn_s - before_s < PROMPT_S:
            self._let_s = self._turn_s
            self._let_one()
        while self._waiting and self._turn_s >= self._let_s + self._patience_s:
            self._let_s += self._patience_s
            self._let_one()
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._let_begin)

    @property
    def _patience_s(self) -> float:
        return min(QUIET_S, ALL_BEGIN_S / len(self._waiting))

    def _let_one(self) -> None:
        begins = self._waiting.popleft()
        if not begins.done():  # cancelled
            begins.set_result(None)


_PULSES: WeakKeyDictionary[asyncio.AbstractEventLoop, Pulse] = WeakKeyDictionary()


@contextmanager
def felt() -> Iterator[Pulse]:
    """Run the pulse of this loop during the block, one for all tests in it."""
    pulse = _PULSES.setdefault(asyncio.get_running_loop(), Pulse())
    if not pulse.users:
        pulse.beat()
    pulse.users += 1
    try:
        yield pulse
    finally:
        pulse.users -= 1
        if not pulse.users:
            pulse.stop()


class Stopwatch(Timer):
    """Stopwatch of one run, from its first connection, in seconds."""

    def __init__(self, pulse: Pulse) -> None:
        self._pulse = pulse
        self._start_s = pulse.time()
        self._end_s: float | None = None
        self._connected = False

    @property
    def took_s(self) -> float:
        """Return the time taken, until now while it runs."""
        end_s = self._pulse.time() if self._end_s is None else self._end_s
        return max(0.0, end_s - self._start_s)

    def connects(self) -> None:
        """Restart at the first connection."""
        if not self._connected:
            self._connected, self._start_s = True, self._pulse.time()

    def answered(self) -> None:
        """Stop at the first answer declared the last."""
        if self._end_s is None:
            self._end_s = self._pulse.time()

    async def time(self, running: Awaitable[Outcome]) -> Outcome:
        """Time a run to its end."""
        timer.set(self)
        try:
            return await running
        finally:
            self.answered()
