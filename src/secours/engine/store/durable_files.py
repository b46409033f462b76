"""Small files in the data folder that outlive a power loss and a damaged store.

Each is written whole beside the old one, synced, and put in its place. One thread
writes, in the order of arrival: a slow disk delays no probe.

Source: rename(2), fsync(2): the folder must be synced, too.
"""

import logging
import os
import stat
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

log = logging.getLogger(__name__)


class ChangedMeanwhile(Exception):
    """A file is not as it was read: somebody else wrote it."""


class Files:
    """Small files, accepted at once and without failing; written behind."""

    def __init__(self, folder: Path) -> None:
        self.refused = False  # the disk did not take the latest
        self._folder = folder
        self._thread = ThreadPoolExecutor(1, "files")

    def keep(self, name: str, text: bytes) -> Future[bool]:
        """Put a file in place; the result tells whether it is on disk."""
        return self._thread.submit(self._write, name, text)

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
    """Put a file in place whole, synced, readable by this user only.

    Raises:
        OSError: the disk does not take it.

    """
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
    """Put a new version of a file of people in place whole, with its mode and owner.

    `before` is its content as it was read, None where there was no file. A kill leaves
    the old or the new version.

    Raises:
        ChangedMeanwhile: it is another one now.
        OSError: it cannot be written, or not with the same owner.

    """
    path = Path(os.path.realpath(path))  # a link stays one
    old = path.stat() if before is not None else None
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        with open(os.open(fresh, flags, 0o666), "wb") as file:
            if old is not None:
                os.fchown(file.fileno(), old.st_uid, old.st_gid)
                os.fchmod(file.fileno(), stat.S_IMODE(old.st_mode))
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if (path.read_bytes() if path.exists() else None) != before:
            raise ChangedMeanwhile
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    force(path.parent)


def force(folder: Path) -> None:
    """Sync the names in a folder to the disk.

    Raises:
        OSError: the disk does not take them.

    """
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
