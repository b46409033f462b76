"""Opening of a page in the browser at this machine."""

import asyncio
import os
import sys
import webbrowser
from contextlib import suppress

LOOK_EVERY_S = 0.3
LOOKS = 200


async def show(url: str) -> None:
    """Open a page; nothing happens without a desktop."""
    has_desktop = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    if has_desktop and sys.stdout.isatty():
        await asyncio.to_thread(webbrowser.open, url)


async def listening(address: str, port: int) -> None:
    """Wait until a server listens there, within a limit."""
    for _ in range(LOOKS):
        if await _listens(address, port):
            return
        await asyncio.sleep(LOOK_EVERY_S)


async def _listens(address: str, port: int) -> bool:
    with suppress(OSError):
        _, writer = await asyncio.open_connection(address, port)
        writer.close()
        return True
    return False
