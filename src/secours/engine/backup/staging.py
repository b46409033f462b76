"""Temporary folder, beside its place, in which a backup is made.

It holds a lock that ends with its process; the next backup there removes folders
without a holder. A folder without a lock of ours belongs to somebody else and stays; so
does every one where the file system has no locks.

Source: flock(2), with what it says of NFS.
"""

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = ".history.backup-"
LOCK = "backup.lock"


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """Make a folder in this one, for as long as this process needs it.

    Raises:
        OSError: the disk does not oblige.

    """
    clear(folder)
    place, lock = _made(folder)
    try:
        yield place
    finally:
        os.close(lock)
        shutil.rmtree(place, ignore_errors=True)


def clear(folder: Path) -> None:
    """Remove the folders that killed processes left."""
    for left in folder.glob(f"{PREFIX}*"):
        with suppress(OSError):  # it runs, or is none of ours
            _clear(left)


def _clear(left: Path) -> None:
    """Remove one if nobody holds it; its lock goes first, so that nobody can."""
    with suppress(OSError):
        left.rmdir()  # killed before it had a lock
    if left.is_symlink():
        return
    lock = os.open(left / LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        (left / LOCK).unlink()
    finally:
        os.close(lock)
    shutil.rmtree(left, ignore_errors=True)


def _made(folder: Path) -> tuple[Path, int]:
    """Make one, and lock it; anew where somebody removed it before the lock."""
    while True:
        place = Path(tempfile.mkdtemp(prefix=PREFIX, dir=folder))
        try:
            lock = _held(place / LOCK)
        except FileNotFoundError:
            continue
        except OSError:
            shutil.rmtree(place, ignore_errors=True)
            raise
        if lock is not None:
            return place, lock


def _held(path: Path) -> int | None:
    """Lock the file made for it; None where it is gone again."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    except OSError as error:
        if error.errno not in (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP):
            os.close(lock)
            raise
    if path.exists():
        return lock
    os.close(lock)
    return None
