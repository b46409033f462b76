"""Open what is a file: a FIFO would wait for ever, a device would never end."""

import os
import stat
from typing import BinaryIO


class NotPlain(OSError):
    """It is a FIFO, a socket or a device."""


def open_plain(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a file for reading; what else has that name is not even opened.

    Raises:
        NotPlain: it is no file.
        OSError: it cannot be read; of a folder IsADirectoryError.

    """
    mode = os.stat(path).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise NotPlain
    return open(path, "rb", opener=_without_waiting)


def _without_waiting(path: str, flags: int) -> int:
    """Open it, also where it has become a FIFO meanwhile."""
    return os.open(path, flags | os.O_NONBLOCK)
