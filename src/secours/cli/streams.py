"""The three standard streams of a command: all there, and at the end all let go."""

import os
import sys
from typing import TextIO


def complete() -> None:
    """Put something in the place of each stream that is closed.

    The next file that is opened would be that stream, and what is meant for standard
    error would go to standard output. What is written to a standard output that was
    closed is refused, as the shell meant it.
    """
    while (free := os.open(os.devnull, os.O_RDONLY)) <= 2:
        pass
    os.close(free)
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def flush(stream: TextIO) -> OSError | None:
    """Write out what is held back; what cannot be written is dropped, and told."""
    try:
        stream.flush()
    except OSError as error:
        # Python flushes once more at its end: let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return error
    return None
