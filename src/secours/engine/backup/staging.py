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
    """Make a folder in this one, as long as we need it, or raise OSError."""
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


def _clear(folder: Path) -> None:
    """Remove an unlocked folder, its lock file first, so that nobody can lock it."""
    with suppress(OSError):
        folder.rmdir()  # killed before it had a lock
    if folder.is_symlink():
        return
    lock = os.open(folder / LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        (folder / LOCK).unlink()
    finally:
        os.close(lock)
    shutil.rmtree(folder, ignore_errors=True)


def _made(folder: Path) -> tuple[Path, int]:
    """Make a folder and lock it; repeat where it was removed before the lock."""
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
    """Create and lock the lock file; return None where it was removed meanwhile."""
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
