"""How long does something keep everything else on the loop from going on?"""

import asyncio
import time
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any

from secours.model.runs import Stop


async def longest_pause_s(doing: Awaitable[Any]) -> float:
    """Do it to its end, and return the longest time in which nothing else could run.

    It is the time that this thread computed without a turn of the loop: what other
    programs take of the machine is not its doing.
    """
    longest_s, over = 0.0, asyncio.Event()

    async def tick() -> None:
        nonlocal longest_s
        while not over.is_set():
            before_s = time.thread_time()
            await asyncio.sleep(0.002)
            longest_s = max(longest_s, time.thread_time() - before_s)

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0)
    with suppress(Stop):
        await doing
    over.set()
    await ticking
    return longest_s
