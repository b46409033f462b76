"""Time as tests have it: it stands still while their event loop does not come round.

What this process loses by being busy is never held against a peer: tests begin one
after the other, and the stopwatch of each runs from its first connection.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from secours.model.observed import Outcome
from secours.model.runs import Timer, timer

PULSE_S = 0.05  # how often a loop in which tests run is felt
LATE_S = 0.1  # a pulse that comes later than this shows a loop that was busy
PROMPT_S = 0.002  # a turn of a loop that has nothing else to do takes less
QUIET_S = 0.02  # how long a test waits for such a turn before it begins anyway
ALL_BEGIN_S = 0.5  # in which all have begun that wait for it together


class Pulse:
    """Feels whether an event loop comes round, while tests run in it."""

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
        """Feel no more."""
        if self._next is not None:
            self._next.cancel()
            self._next = None

    async def quiet(self) -> None:
        """Wait for the loop to have time: what begins now delays others' answers."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            self._turn_s = self._let_s = time.monotonic()
            loop.call_soon(self._let_begin)
        begins: asyncio.Future[None] = loop.create_future()
        self._waiting.append(begins)
        await begins

    def _let_begin(self) -> None:
        """Let one begin after a prompt turn, else those that waited long enough.

        The more wait, the less long: so all begin although the loop is never quiet.
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
    """Feel the pulse of this loop while the block lasts, one for all tests in it."""
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
    """Times one run, from the first connection that it opens, in seconds."""

    def __init__(self, pulse: Pulse) -> None:
        self._pulse = pulse
        self._start_s = pulse.time()
        self._end_s: float | None = None
        self._connected = False

    @property
    def took_s(self) -> float:
        """Return how long it took, until now where it goes on."""
        end_s = self._pulse.time() if self._end_s is None else self._end_s
        return max(0.0, end_s - self._start_s)

    def connects(self) -> None:
        """Start anew at the first connection."""
        if not self._connected:
            self._connected, self._start_s = True, self._pulse.time()

    def answered(self) -> None:
        """Stop at the first answer that is said to be the last."""
        if self._end_s is None:
            self._end_s = self._pulse.time()

    async def time(self, running: Awaitable[Outcome]) -> Outcome:
        """Time a run to its end."""
        timer.set(self)
        try:
            return await running
        finally:
            self.answered()
