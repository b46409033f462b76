"""Keep an engine running beside the dashboard, as a process of its own.

It is started only where no engine runs on this data folder, restarted when it dies or
stops stamping its snapshot, and ended with us if we started it. It has a session of its
own: killed, we leave it probing, and our next start finds it by the lock. Then we watch
its stamps too, and end it when there are none.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import streamlit as st
from msgspec.structs import replace

from secours import places
from secours.dashboard.engine.source import config_path
from secours.engine import clock, lock, supervise
from secours.engine.published import screens_file, watchdog
from secours.engine.published.screens_file import ScreensAddress
from secours.engine.supervise import LONGEST_PAUSE_S, Child

log = logging.getLogger(__name__)

LOOK_AGAIN_S = 2.0  # at the lock of another engine


@asynccontextmanager
async def engine_beside(_app: object = None) -> AsyncIterator[None]:
    """Keep an engine for as long as the server lives, unless `up` does."""
    if os.environ.get("SECOURS_SUPERVISED") == "1":
        yield
        return
    with screens_file.announced(_our_address()):
        async with supervise.kept(keep(our_engine, is_running)):
            yield


def _our_address() -> ScreensAddress:
    """Return where Streamlit serves, as its own options say."""
    return ScreensAddress(
        address=str(st.get_option("server.address") or "127.0.0.1"),
        port=int(st.get_option("server.port")),
        base_path=str(st.get_option("server.baseUrlPath") or ""),
    )


def our_engine() -> Child:
    """Return the engine as a child that outlives us; raise NoPlace without a folder."""
    return replace(supervise.engine(str(config_path())), dies_with_us=False)


def is_running() -> bool:
    """Return whether an engine runs on our data folder."""
    try:
        return lock.is_held(places.data_dir(), places.runtime_dir())
    except places.NoPlace:
        return lock.is_held(places.data_dir())


async def keep(engine: Callable[[], Child], is_running: Callable[[], bool]) -> None:
    """Start the engine whenever none runs, until cancelled; then end ours."""
    while True:
        try:
            folder = places.runtime_dir()
            until_none_runs = partial(_until_none_runs, is_running, folder)
            await supervise.keep(engine(), until_none_runs)
        except places.NoPlace as why:
            log.error("no engine can publish: %s", why)
        await asyncio.sleep(LONGEST_PAUSE_S)


async def _until_none_runs(is_running: Callable[[], bool], folder: Path) -> None:
    """Wait while an engine runs that is not ours; end it if frozen."""
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
