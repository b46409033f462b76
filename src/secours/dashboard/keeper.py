"""Keep an engine running beside the dashboard, as a process of its own.

It is started only where no engine watches from this data folder, started again when it
dies, and ended with us if we started it. It has a session of its own: killed, we leave
it probing, and the lock tells our next start that it is there.
"""

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import streamlit as st

from secours import places
from secours.dashboard import access
from secours.dashboard.source import config_path
from secours.engine import lock

log = logging.getLogger(__name__)

LOOK_AGAIN_S = 2.0  # at the lock of another engine
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 15.0
GROWN_UP_S = 30.0  # one that lived so long is started again at once
GRACE_S = 5.0


@asynccontextmanager
async def engine_beside(_app: object = None) -> AsyncIterator[None]:
    """Keep an engine for as long as the server lives, unless `up` does.

    Raises:
        Refused: the server must not listen where it does.

    """
    access.check(
        access.settings(os.environ), str(st.get_option("server.address") or "")
    )
    if os.environ.get("SECOURS_SUPERVISED") == "1":
        yield
        return
    keeping = asyncio.create_task(keep(engine_command(), is_running))
    try:
        yield
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping


def engine_command() -> list[str]:
    """Return how the engine is started."""
    return [sys.executable, "-m", "secours", "run", "--config", str(config_path())]


def is_running() -> bool:
    """Tell whether an engine watches from our data folder."""
    try:
        return lock.is_held(places.data_dir(), places.runtime_dir())
    except places.NoPlace:
        return lock.is_held(places.data_dir())


async def keep(command: Sequence[str], is_running: Callable[[], bool]) -> None:
    """Start the engine whenever none runs, until cancelled; then end ours."""
    loop = asyncio.get_running_loop()
    pause_s = FIRST_PAUSE_S
    while True:
        if is_running():
            await asyncio.sleep(LOOK_AGAIN_S)
            continue
        started_s = loop.time()
        code = await _live(command)
        if loop.time() - started_s >= GROWN_UP_S:
            pause_s = FIRST_PAUSE_S
        log.warning("the engine ended with %s: again in %g s", code, pause_s)
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


async def _live(command: Sequence[str]) -> int:
    """Run the engine to its end, its own or ours."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=sys.stderr.fileno(),
        env=places.child_environment(),
        start_new_session=True,
    )
    try:
        return await process.wait()
    except asyncio.CancelledError:
        await _end(process)
        raise


async def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), GRACE_S)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
