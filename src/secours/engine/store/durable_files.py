"""Small files in the data folder that outlive a power loss and a damaged store.

Each is written whole beside the old one, synced, and put in its place. One thread
writes, in the order of arrival, for a standby and its engine: a slow disk delays no
probe, and nothing older comes last.

Source: rename(2), fsync(2): the folder must be synced, too.
"""

import fcntl
import logging
import os
import stat
from collections.abc import Container
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)

WRITER = ThreadPoolExecutor(1, "files")


class ChangedMeanwhile(Exception):
    """A file is not as it was read: somebody else wrote it."""


class Files:
    """Small files, accepted at once and without failing; written behind."""

    def __init__(self, folder: Path) -> None:
        self.refused = False  # the disk did not take the latest
        self._folder = folder

    def keep(self, name: str, text: bytes) -> Future[bool]:
        """Put a file in place; the result tells whether it is on disk."""
        return WRITER.submit(self._write, name, text)

    def _write(self, name: str, text: bytes) -> bool:
        try:
            write(self._folder / name, text)
        except OSError as error:
            if not self.refused:
                log.error("%s is not written: %s", name, error)
            self.refused = True
        else:
            self.refused = False
        return not self.refused


def write(path: Path, text: bytes) -> None:
    """Put a file in place whole, synced, for this user only, or raise OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        with open(os.open(fresh, flags, 0o600), "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    force(path.parent)


def write_over(path: Path, text: bytes, before: bytes | None) -> None:
    """Put a new version of a file of people in place whole, with mode, owner and ACL.

    `before` is its content as it was read, None where there was no file. A kill leaves
    the old or the new version.

    Raises:
        ChangedMeanwhile: it is another one now, or somebody is writing it so.
        OSError: it cannot be written, or not with the same owner.
    """
    path = Path(os.path.realpath(path))  # a link stays one
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _replace(path, text, before)
        os.fsync(folder)
    except BlockingIOError:
        raise ChangedMeanwhile from None
    finally:
        os.close(folder)


def _replace(path: Path, text: bytes, before: bytes | None) -> None:
    """Write a file beside this one, whose place it takes, while the folder is ours."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)  # of one who was killed
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    mode = 0o666 if before is None else 0o600
    try:
        with open(os.open(fresh, flags, mode), "wb") as file:
            if before is not None:
                _as_before(path, file.fileno())
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if (path.read_bytes() if path.exists() else None) != before:
            raise ChangedMeanwhile
        fresh.replace(path)
    finally:
        with suppress(OSError):  # nothing is left of it; the folder may be read-only
            fresh.unlink(missing_ok=True)


def _as_before(path: Path, fresh: int) -> None:
    """Give a new file the owner, the mode and the attributes of the one in place."""
    old = path.stat()
    os.fchown(fresh, old.st_uid, old.st_gid)
    os.fchmod(fresh, stat.S_IMODE(old.st_mode))
    with suppress(OSError):  # a disk that has none
        for name in os.listxattr(path):
            os.setxattr(fresh, name, os.getxattr(path, name))


def free(folder: Path, name: str, taken: Container[Path] = ()) -> Path:
    """Return a path in a folder, of this name or with a number, where nothing is."""
    paths = (folder / f"{name}{more}" for more in ("", *range(2, 1000)))
    return next(p for p in paths if p not in taken and not os.path.lexists(p))


def force(folder: Path) -> None:
    """Sync the names in a folder to the disk, or raise OSError."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
