"""Batches of results that arrive together.

A quiet engine takes a result in at once, with all others of the same turn of its loop.
After each decision the next results wait for a while, so that deciding takes a bounded
share of its time, however many come.
"""

import asyncio
import time
from collections.abc import Callable

from secours.core.events import Gathered, Measured

TIMES = 19  # the next wait is this many times the last duration
LONGEST_S = 0.25  # or the last duration, to leave half of the time to tests


class ResultBatch:
    """Results that wait to be taken in, and the timer for it."""

    def __init__(self, take_in: Callable[[Gathered], None]) -> None:
        self._take_in = take_in
        self._waiting: list[tuple[Measured, asyncio.Future[None]]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._again_s = 0.0  # loop time from which the next may be taken in

    async def add(self, measured: Measured) -> None:
        """Wait until a result is taken in; raise what a defect raises."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._waiting.append((measured, future))
        if self._timer is None:
            at_s = max(loop.time(), self._again_s)
            self._timer = loop.call_at(at_s, self.take_in)
        await future

    def take_in(self) -> None:
        """Take in the waiting results; those taken in already stay so."""
        if self._timer is None:
            return
        self._timer.cancel()
        self._timer = None
        waiting, self._waiting = self._waiting, []
        results, futures = zip(*waiting, strict=True)
        began_s = time.monotonic()
        defect: Exception | None = None
        try:
            self._take_in(Gathered(results=results))
        except Exception as error:  # noqa: BLE001 -- each run that waits is told
            defect = error
        for each in futures:
            if each.done():  # its run was cancelled
                continue
            if defect is None:
                each.set_result(None)
            else:
                each.set_exception(defect)
        ended_s = time.monotonic()
        took_s = ended_s - began_s
        self._again_s = ended_s + max(took_s, min(LONGEST_S, TIMES * took_s))
