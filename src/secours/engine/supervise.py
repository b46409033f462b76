"""Keep child processes alive: each is started again when it ends, until told to stop.

A child that lives and no longer stamps its snapshot is ended, and started again. The
pause before a new start grows while a child dies young, so that one that cannot live
does not burn the machine; one that lived long starts again at once.
"""

import asyncio
import ctypes
import logging
import os
import signal
import socket
import sys
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct, field

from secours import places
from secours.engine.published import watchdog

log = logging.getLogger(__name__)

SUPERVISED = {"SECOURS_SUPERVISED": "1"}  # the dashboard then starts no engine itself
HELD = "SECOURS_SOCKETS"  # the open files that the dashboard serves on, if passed

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 2.0
GROWN_UP_S = 30.0  # a child that lived this long starts with the first pause
GRACE_S = 5.0  # between the signal to end and SIGKILL
PR_SET_PDEATHSIG = 1  # prctl(2)
LIBC = ctypes.CDLL(None)

REFUSED = 3  # exit code of a child that refuses its plan


class Child(Struct, frozen=True, kw_only=True):
    """A process to keep alive."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)  # on top of ours
    passes: tuple[int, ...] = ()  # open files that it inherits
    stamps_in: Path | None = None  # where its snapshot is: without stamps it is frozen
    dies_with_us: bool = True  # False where we have threads, or it outlives us
    ended_by: signal.Signals = signal.SIGTERM
    longest_pause_s: float | None = None  # where it costs much to start


class End(NamedTuple):
    """End of a child: its exit code, and whether it had to be ended."""

    code: int
    frozen: bool = False


def engine(config: str, *flags: str, **env: str) -> Child:
    """Return the engine as a child; raise NoPlace without a snapshot folder."""
    argv = (sys.executable, "-m", "secours", "run", "--config", config, *flags)
    return Child(
        name="engine",
        argv=argv,
        env={**SUPERVISED, **env},
        stamps_in=places.runtime_dir(),
    )


def dashboard(
    listening: Iterable[socket.socket],
    address: str,
    port: int,
    *flags: str,
    **env: str,
) -> Child:
    """Return the dashboard's server as a child, on sockets that we hold."""
    descriptors = tuple(each.fileno() for each in listening)
    where = ("--address", address, "--port", str(port))
    argv = (sys.executable, "-m", "secours.dashboard", *where, *flags)
    env = {**SUPERVISED, HELD: ",".join(map(str, descriptors)), **env}
    return Child(name="dashboard", argv=argv, env=env, passes=descriptors)


@contextmanager
def stop_on_signals() -> Iterator[asyncio.Event]:
    """Give an event that SIGTERM, SIGINT and SIGHUP set instead of ending us."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    signals = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup ignores it
        signals.append(signal.SIGHUP)
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


async def keep_alive(children: Sequence[Child], stop: asyncio.Event) -> int:
    """Run all children until `stop` is set, then end them.

    Returns 0, or 3 as soon as one refuses to start, with its own words on stderr.
    """
    tasks = [asyncio.create_task(keep(child)) for child in children]
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({stopped, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(stopped, *tasks, return_exceptions=True)
    return max((task.result() for task in tasks if not task.cancelled()), default=0)


@asynccontextmanager
async def kept(keeping: Coroutine[None, None, object]) -> AsyncIterator[None]:
    """Run a `keep` while inside; its child is ended at the end."""
    task = asyncio.create_task(keeping)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def keep(
    child: Child, until_free: Callable[[], Awaitable[None]] | None = None
) -> int:
    """Start a child again and again until cancelled, then end it.

    `until_free` waits before each start while another process is in its place.
    Returns 3 where it refuses to start the first time.
    """
    loop = asyncio.get_running_loop()
    pause_s, first = FIRST_PAUSE_S, True
    while True:
        if until_free is not None:
            await until_free()
        started_s = loop.time()
        end = await _live(child)
        lived_s = loop.time() - started_s
        if first and end.code == REFUSED and lived_s < GROWN_UP_S:
            return REFUSED
        first = False
        if lived_s >= GROWN_UP_S:
            pause_s = FIRST_PAUSE_S
        if child.stamps_in is not None and end.code != REFUSED:
            watchdog.note_restart(child.stamps_in)
        log.warning("the %s %s: again in %g s", child.name, _how(end), pause_s)
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, child.longest_pause_s or LONGEST_PAUSE_S)


async def _live(child: Child) -> End:
    """Run a child to its end, ours or its own."""
    watch = watchdog.watch_of(child.stamps_in) if child.stamps_in else None
    with_us = partial(end_with, os.getpid(), child.ended_by)
    process = await asyncio.create_subprocess_exec(
        *child.argv,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=sys.stderr.fileno(),  # our own output is for what was asked
        env={**places.child_environment(), **child.env},
        pass_fds=child.passes,
        start_new_session=True,  # Ctrl-C goes to us, and we end the children
        preexec_fn=with_us if child.dies_with_us else None,
    )
    ended = asyncio.create_task(process.wait())
    frozen = asyncio.create_task(_until_frozen(watch))
    is_frozen = False
    try:
        await asyncio.wait({ended, frozen}, return_when=asyncio.FIRST_COMPLETED)
        is_frozen = not ended.done()
    finally:
        frozen.cancel()
        grace_s = watchdog.GRACE_S if is_frozen else GRACE_S
        await _end(process, ended, child.ended_by, grace_s)
    return End(process.returncode or 0, is_frozen)


async def _until_frozen(watch: watchdog.Watchdog | None) -> None:
    """Wait until a child that has stamped stops; one that never does is left."""
    if watch is None:
        await asyncio.Event().wait()
    else:
        await watchdog.until_frozen(watch)


def end_with(parent: int, number: signal.Signals) -> None:
    """Let the kernel end this process when its parent is killed, or end it now.

    The parent may be gone before the kernel is told, and then it says nothing.
    """
    LIBC.prctl(PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        os._exit(0)


async def _end(
    process: asyncio.subprocess.Process,
    ended: "asyncio.Task[int]",
    number: signal.Signals,
    grace_s: float,
) -> None:
    """Ask a child to end; if it does not, kill it with all it started."""
    if not ended.done():
        with suppress(ProcessLookupError):
            process.send_signal(number)
        await asyncio.wait({ended}, timeout=grace_s)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # also what an orphaned child left
    await ended


def _how(end: End) -> str:
    if end.frozen:
        return f"froze (no stamp for {watchdog.SILENT_S:g} s)"
    if end.code < 0:
        with suppress(ValueError):
            return f"died ({signal.Signals(-end.code).name})"
    return f"died (exit code {end.code})"
