"""Serve the plain page from a process beside the engine: it may not slow probing.

The engine opens the socket and keeps it, so that nothing is lost while the process is
started again. `web` is what runs in it.
"""

import asyncio
import logging
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from secours import places

log = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 15.0
GROWN_UP_S = 30.0  # one that lived so long is started again at once


def listen(address: str, port: int) -> socket.socket:
    """Open the socket for the plain page; port 0 is any that is free.

    Raises:
        OSError: it cannot be had.

    """
    family, *_, target = socket.getaddrinfo(
        address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    return socket.create_server(target[:2], family=family, backlog=256)


@asynccontextmanager
async def beside(listening: socket.socket | None, config: Path) -> AsyncIterator[None]:
    """Keep a process serving on this socket while inside, if there is one."""
    if listening is None:
        yield
        return
    keeping = asyncio.create_task(_keep(_command(listening, config), listening))
    try:
        yield
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping


async def _keep(command: list[str], listening: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    pause_s = FIRST_PAUSE_S
    while True:
        started_s = loop.time()
        code = await _live(command, listening)
        if loop.time() - started_s >= GROWN_UP_S:
            pause_s = FIRST_PAUSE_S
        log.warning("the plain page ended with %s: again in %g s", code, pause_s)
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


async def _live(command: list[str], listening: socket.socket) -> int:
    """Run the process to its end; it holds nothing, so ours needs no goodbye."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=sys.stderr.fileno(),
        env=places.child_environment(),
        pass_fds=(listening.fileno(),),
        start_new_session=True,
    )
    try:
        return await process.wait()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _command(listening: socket.socket, config: Path) -> list[str]:
    where = ["--fd", str(listening.fileno()), "--config", str(config)]
    return [sys.executable, "-m", "secours.web.app", *where]
