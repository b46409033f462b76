"""Lock of a folder, so that one engine at most runs; the kernel frees a dead one's.

Source: flock(2).
"""

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from secours import places
from secours.message import Refusal

NAME = "engine.lock"
TRIES = 10  # `is_held` holds the lock for a moment to find out
TRY_AGAIN_S = 0.03


class LockHeld(Refusal):
    """Another engine watches from this folder."""

    def __init__(self, folder: Path, pid: int | None) -> None:
        who = {"pid": str(pid)} if pid else {}
        super().__init__("commands.engine.held", folder=str(folder), **who)
        self.pid = pid


@contextmanager
def hold(*folders: Path) -> Iterator[None]:
    """Hold the lock of each folder; one whose disk refuses is left out, not all.

    Raises:
        LockHeld: another engine has one of them.
        NoPlace: somebody else owns one of them.
        OSError: no folder takes a lock at all.
    """
    refused: OSError | None = None
    with ExitStack() as stack:
        locks = 0
        for folder in folders:
            try:
                descriptor = _open(folder)
            except OSError as error:
                refused = error
                continue
            stack.callback(os.close, descriptor)
            _take(descriptor, folder)
            locks += 1
        if not locks:
            raise refused or FileNotFoundError(errno.ENOENT, "no folder to lock")
        yield


def is_held(*folders: Path) -> bool:
    """Tell whether an engine has the lock of any of these folders."""
    return any(_is_held(folder) for folder in folders)


def was_ever_held(*folders: Path) -> bool:
    """Tell whether an engine ever had the lock of any of these, or raise OSError."""
    return any(_is_there(folder / NAME) for folder in folders)


def holder(folder: Path) -> int | None:
    """Return the process that has the lock, None where nobody has."""
    return _written_pid(folder) if _is_held(folder) else None


def visible_holder(*folders: Path) -> int | None:
    """Return the process that has the lock of one of these folders.

    None where nobody has, and where the number that is written there is not of a
    process that we see with the file open: it may be one of another container.
    """
    pids = ((folder, holder(folder)) for folder in folders)
    return next((pid for folder, pid in pids if pid and _has_open(pid, folder)), None)


def _has_open(pid: int, folder: Path) -> bool:
    try:
        lock_stat = (folder / NAME).stat()
        opened = [entry.name for entry in os.scandir(f"/proc/{pid}/fd")]
    except OSError:
        return False
    for name in opened:
        with suppress(OSError):  # closed in the meantime
            if os.path.samestat(os.stat(f"/proc/{pid}/fd/{name}"), lock_stat):
                return True
    return False


def _is_there(file: Path) -> bool:
    with suppress(FileNotFoundError):
        file.stat()
        return True
    return False


def _is_held(folder: Path) -> bool:
    try:
        descriptor = os.open(folder / NAME, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _open(folder: Path) -> int:
    places.keep_private(folder)
    try:
        return os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:  # a disk that no longer takes writes still locks
        return os.open(folder / NAME, os.O_RDONLY | os.O_CLOEXEC)


def _take(descriptor: int, folder: Path) -> None:
    for _ in range(TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(TRY_AGAIN_S)
            continue
        with suppress(OSError):  # the number is for people, the lock is what counts
            os.truncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return
    raise LockHeld(folder, _written_pid(folder))


def _written_pid(folder: Path) -> int | None:
    try:
        return int((folder / NAME).read_text("ascii"))
    except (OSError, ValueError):
        return None
