"""Opens plain files only: a FIFO would block, a device would never end."""

import os
import stat
from typing import BinaryIO


class NotPlain(OSError):
    """A FIFO, a socket or a device."""


def open_plain(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a plain file for reading; anything else is not opened.

    Raises:
        NotPlain: not a plain file.
        OSError: unreadable; IsADirectoryError for a folder.

    """
    mode = os.stat(path).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise NotPlain
    return open(path, "rb", opener=_without_waiting)


def _without_waiting(path: str, flags: int) -> int:
    """Open without blocking, if it became a FIFO."""
    return os.open(path, flags | os.O_NONBLOCK)
