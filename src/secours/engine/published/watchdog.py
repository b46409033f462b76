"""Watch over the stamps of an engine: without them it is frozen, even if it runs.

The process that keeps an engine alive ends a frozen one, and notes each restart beside
the snapshot, where every screen finds it without the engine.
"""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

import msgspec

from secours.engine import clock, lock, state_file
from secours.engine.published import snapshot_file

LOOK_EVERY_S = 1.0
SILENT_S = 15.0  # of the watcher's own running time
FIRST_S = 120.0  # before the first stamp, and before the first after a sleep
ASLEEP_S = 5.0  # a look that comes so late: the machine or the watcher was asleep
GRACE_S = 2.0  # what a frozen engine gets to end by itself

NAME = "restarts.json"
OFTEN = 3
OFTEN_WITHIN_S = 300.0

Signature = tuple[int, int] | None


class Watchdog:
    """Watch over the stamps of one engine, from its start on."""

    def __init__(self, folder: Path, now_s: float) -> None:
        """Watch the snapshot in `folder`; times are of the steady clock, seconds."""
        self._folder = folder
        self._stamp = self._look()
        self._looked_s = now_s
        self._silent_s, self._limit_s = 0.0, FIRST_S

    def is_frozen(self, now_s: float) -> bool:
        """Look once; tell whether no new stamp came for too long.

        Time between late looks does not count, and after a sleep the engine has as long
        for a stamp as it had for its first.
        """
        since_s, self._looked_s = now_s - self._looked_s, now_s
        before, self._stamp = self._stamp, self._look()
        if self._stamp is not None and self._stamp != before:
            self._silent_s, self._limit_s = 0.0, SILENT_S
        elif since_s >= ASLEEP_S:
            self._silent_s, self._limit_s = 0.0, FIRST_S
        else:
            self._silent_s += since_s
        return self._silent_s >= self._limit_s

    def _look(self) -> Signature:
        """Return the identity of the snapshot's file: each stamp makes a new one."""
        try:
            facts = os.stat(self._folder / snapshot_file.SNAPSHOT)
        except OSError:
            return None
        return facts.st_ino, facts.st_mtime_ns


def watch_of(folder: Path) -> Watchdog:
    """Return the watch over an engine about to start."""
    return Watchdog(folder, clock.now().steady_s)


async def until_frozen(watch: Watchdog) -> None:
    """Wait until the engine is frozen."""
    while not watch.is_frozen(clock.now().steady_s):  # noqa: ASYNC110 -- no event
        await asyncio.sleep(LOOK_EVERY_S)


async def end(pid: int, *folders: Path) -> None:
    """End the engine that holds the lock of a folder: SIGTERM, then SIGKILL."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE_S):
                while lock.visible_holder(*folders) == pid:  # noqa: ASYNC110 -- no event
                    await asyncio.sleep(LOOK_EVERY_S / 10)
                return


class Restarts(msgspec.Struct, frozen=True):
    """Times of the restarts of an engine, by the steady clock of one boot."""

    boot_id: str
    at_s: tuple[float, ...] = ()


def note_restart(folder: Path) -> None:
    """Note a restart of an engine that froze or died."""
    at_s = (*_latest(folder), clock.now().steady_s)
    with suppress(OSError):  # the engine itself says what is wrong with the folder
        written = Restarts(clock.boot_id(), at_s[-OFTEN:])
        state_file.replace(folder / NAME, msgspec.json.encode(written))


def is_restarted_often(folder: Path) -> bool:
    """Tell whether the engine was started again `OFTEN` times in 5 minutes."""
    return len(_latest(folder)) >= OFTEN


def _latest(folder: Path) -> tuple[float, ...]:
    """Return the moments noted in the last 5 minutes."""
    noted = state_file.read((folder / NAME).read_bytes, Restarts, damaged=repr)
    now_s = clock.now().steady_s
    if noted is None or noted.boot_id != clock.boot_id():
        return ()
    return tuple(s for s in noted.at_s if 0 <= now_s - s <= OFTEN_WITHIN_S)
