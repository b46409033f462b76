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
    # Without blocking: it may have become a FIFO.
    return open(path, "rb", opener=lambda p, flags: os.open(p, flags | os.O_NONBLOCK))
