"""Keep an engine running beside the dashboard, as a process of its own.

It is started only where no engine watches from this data folder, started again when it
dies or no longer stamps its snapshot, and ended with us if we started it. It has a
session of its own: killed, we leave it probing, and the lock tells our next start that
it is there. Then we watch its stamps too, and end it when there are none.
"""

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import streamlit as st

from secours import places
from secours.dashboard.access import policy
from secours.dashboard.source import config_path
from secours.engine import clock, lock
from secours.engine.published import watchdog

log = logging.getLogger(__name__)

LOOK_AGAIN_S = 2.0  # at the lock of another engine
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 2.0
GROWN_UP_S = 30.0  # one that lived so long is started again at once
GRACE_S = 5.0
REFUSED = 3  # the exit code of an engine that does not take the plan: no defect of it


@asynccontextmanager
async def engine_beside(_app: object = None) -> AsyncIterator[None]:
    """Keep an engine for as long as the server lives, unless `up` does.

    Raises:
        Refused: the server must not listen where it does.

    """
    policy.check(
        policy.settings(os.environ), str(st.get_option("server.address") or "")
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
        try:
            folder = places.runtime_dir()
        except places.NoPlace as why:
            log.error("no engine can publish: %s", why)
            await asyncio.sleep(LONGEST_PAUSE_S)
            continue
        await _until_none_runs(is_running, folder)
        started_s = loop.time()
        code = await _live(command, folder)
        if loop.time() - started_s >= GROWN_UP_S:
            pause_s = FIRST_PAUSE_S
        if code != REFUSED:
            watchdog.note_restart(folder)
        how = "froze" if code is None else f"ended with {code}"
        log.warning("the engine %s: again in %g s", how, pause_s)
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


async def _until_none_runs(is_running: Callable[[], bool], folder: Path) -> None:
    """Wait while an engine runs that is not ours; end it once it is frozen."""
    folders = places.data_dir(), folder
    pid, watch = None, watchdog.watch_of(folder)
    while is_running():
        if (holder := lock.visible_holder(*folders)) != pid:
            pid, watch = holder, watchdog.watch_of(folder)
        if watch.is_frozen(clock.now().steady_s) and pid is not None:
            log.warning("the engine %s froze: it is ended", pid)
            await watchdog.end(pid, *folders)
            watchdog.note_restart(folder)
        await asyncio.sleep(LOOK_AGAIN_S)


async def _live(command: Sequence[str], folder: Path) -> int | None:
    """Run the engine to its end; return its exit code, None where it froze."""
    watch = watchdog.watch_of(folder)
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=sys.stderr.fileno(),
        env=places.child_environment(),
        start_new_session=True,
    )
    ended = asyncio.create_task(process.wait())
    frozen = asyncio.create_task(watchdog.until_frozen(watch))
    try:
        await asyncio.wait({ended, frozen}, return_when=asyncio.FIRST_COMPLETED)
        if ended.done():
            return ended.result()
        await _end(process, watchdog.GRACE_S)
        return None
    except asyncio.CancelledError:
        await _end(process, GRACE_S)
        raise
    finally:
        ended.cancel()
        frozen.cancel()


async def _end(process: asyncio.subprocess.Process, grace_s: float) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), grace_s)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
