"""Lines of a probe, serial or not; those that share one take turns."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from secours.wire.option_checks import MODEMMANAGER

PORT_OPTIONS = ("port", "read_port")  # of Settings; a number is no serial line


def serial_lines(settings: Any) -> list[str]:
    """Return the lines of a probe, in an order for locking.

    They are its serial ports, and the `lines` that its settings name. All modems of
    ModemManager are one: `any` may be each.
    """
    by_bus = getattr(settings, "modemmanager", None) is not None
    ports = {getattr(settings, option, None) for option in PORT_OPTIONS}
    named = [*ports, *getattr(settings, "lines", ()), *[MODEMMANAGER] * by_bus]
    return sorted(
        {os.path.realpath(p) for p in named if isinstance(p, str) and "/" in p}
    )


class SerialLine:
    """A line for one speaker at a time; the others wait in their order."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._sends_waiting = 0
        self._claim: asyncio.Event | None = None  # of whoever has the line

    @asynccontextmanager
    async def turn(self, claim: asyncio.Event, *, sends: bool) -> AsyncIterator[None]:
        """Hold the line; `claim` is set once somebody who `sends` waits for it."""
        self._sends_waiting += sends
        if sends and self._claim is not None:
            self._claim.set()
        try:
            await self._lock.acquire()
        finally:
            self._sends_waiting -= sends
        self._claim = claim
        if self._sends_waiting:
            claim.set()
        try:
            yield
        finally:
            self._claim = None
            self._lock.release()
