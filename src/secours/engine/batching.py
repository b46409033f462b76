"""What arrives together is taken in together.

A quiet engine takes a result in at once, with those that the same turn of its loop
brought. One that has just decided anew lets the next results wait for a while, so that
deciding takes a bounded share of its time, however many come.
"""

import asyncio
from collections.abc import Callable

from secours.core.events import Gathered, Measured

TIMES = 3  # so many times as long as it took to take some in, the next wait
LONGEST_S = 0.25


class Gathering:
    """The results that wait to be taken in, and when they are."""

    def __init__(self, take_in: Callable[[Gathered], None]) -> None:
        self._take_in = take_in
        self._waiting: list[Measured] = []
        self._taken: asyncio.Future[None] | None = None
        self._again_s = 0.0  # of the loop, from when on the next may be taken in

    async def add(self, measured: Measured) -> None:
        """Wait until a result is taken in.

        Raises:
            Exception: it could not be, by a defect.

        """
        self._waiting.append(measured)
        if self._taken is None:
            loop = asyncio.get_running_loop()
            self._taken = loop.create_future()
            loop.call_at(max(loop.time(), self._again_s), self.take_in, self._taken)
        await asyncio.shield(self._taken)

    def take_in(self, taken: "asyncio.Future[None] | None" = None) -> None:
        """Take in what waits; what was taken in already stays so."""
        if self._taken is None or taken not in (None, self._taken):
            return
        taken, self._taken = self._taken, None
        results, self._waiting = tuple(self._waiting), []
        began_s = taken.get_loop().time()
        try:
            self._take_in(Gathered(results=results))
        except Exception as error:  # noqa: BLE001 -- each run that waits is told
            taken.set_exception(error)
        else:
            taken.set_result(None)
        ended_s = taken.get_loop().time()
        self._again_s = ended_s + min(LONGEST_S, TIMES * (ended_s - began_s))
