"""Open the wall in the browser of a person who sits at this machine."""

import asyncio
import os
import sys
import webbrowser
from contextlib import suppress

LOOK_EVERY_S = 0.3
LOOKS = 200


async def show(wall: str, address: str, port: int) -> None:
    """Open the wall once its server listens; nothing happens without a desktop."""
    if not sys.stdout.isatty() or not _has_desktop():
        return
    for _ in range(LOOKS):
        if await _listens(address, port):
            await asyncio.to_thread(webbrowser.open, wall)
            return
        await asyncio.sleep(LOOK_EVERY_S)


def _has_desktop() -> bool:
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


async def _listens(address: str, port: int) -> bool:
    with suppress(OSError):
        _, writer = await asyncio.open_connection(address, port)
        writer.close()
        return True
    return False
