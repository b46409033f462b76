"""A folder in which a backup is made, beside its place, and which does not stay.

Who makes one has a lock in it, which ends with the process however that ends: who makes
the next one there clears away what nobody holds. What has no lock of ours in it is
somebody's, and stays; so does all where the file system has no locks.

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
    """Give a folder in this one, for as long as this process needs it.

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
    """Take away what those have left that were killed."""
    for left in folder.glob(f"{PREFIX}*"):
        with suppress(OSError):  # it runs, or is none of ours
            _clear(left)


def _clear(left: Path) -> None:
    """Take one away if nobody holds it; its lock goes first, so that nobody can."""
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
    """Make one, and hold it; anew where somebody cleared it before it was held."""
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
    """Hold a lock that is made for it; None where it is gone again."""
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
