"""The standard streams of a command: all open, and flushed at the end."""

import os
import sys
from typing import TextIO


def complete() -> None:
    """Replace each closed stream.

    Otherwise the next file opened would be that stream, and standard error might go to
    standard output. Writes to a closed standard output are refused, as the shell
    intends.
    """
    while (free := os.open(os.devnull, os.O_RDONLY)) <= 2:
        pass
    os.close(free)
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def flush(stream: TextIO) -> OSError | None:
    """Flush a stream; drop what cannot be written, and return the error."""
    try:
        stream.flush()
    except OSError as error:
        # Python flushes once more at its end: drop that.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return error
    return None
