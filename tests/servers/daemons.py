"""Start a program of Debian's in the foreground, wait until it accepts, and stop it."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from servers.scripted import LOOPBACK

START_S = 60.0
STOP_S = 20.0  # some do not end of themselves now and then: Kamailio after 60 s


@asynccontextmanager
async def running(
    command: Sequence[str],
    *,
    port: int,
    log: Path,
    host: str = LOOPBACK,
    folder: Path | None = None,
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run it, in a folder, with all that it starts, while the block lasts."""
    with log.open("wb") as written:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=written,
            stderr=written,
            cwd=folder,
            start_new_session=True,
        )
    try:
        await _accepts(host, port, process, log)
        yield process
    finally:
        _signal(process, signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_S):
                await process.wait()
        except TimeoutError:
            _signal(process, signal.SIGKILL)
            await process.wait()


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """Signal it and what it started, if they are still there."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


async def _accepts(
    host: str, port: int, process: asyncio.subprocess.Process, log: Path
) -> None:
    async with asyncio.timeout(START_S):
        while not await listening(port, host):
            assert process.returncode is None, log
            await asyncio.sleep(0.02)


async def listening(port: int, host: str = LOOPBACK) -> bool:
    """Tell whether somebody accepts connections there."""
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.transport.abort()
    return True
