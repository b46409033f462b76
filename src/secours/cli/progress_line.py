"""Say on a terminal what a command is at, on one line that is gone at the end.

Nothing where standard error is no terminal. One that can write no line anew (TERM=dumb)
gets plain lines, and only of what takes long.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TextIO

CLEAR = "\r\x1b[K"  # ECMA-48 section 8.3.41, erase in line
PATIENCE_S = 2.0  # what is over sooner needs no word


class ProgressLine:
    """One line of a terminal, written anew again and again."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown = stream.isatty()
        self._is_dumb = os.environ.get("TERM") == "dumb"
        self._wrote_s = time.monotonic()
        self._is_drawn = False

    def draw(self, words: str) -> None:
        """Write it anew, or below the last where there is nothing to write it over."""
        if not self._shown:
            return
        if not self._is_dumb:
            width = shutil.get_terminal_size().columns - 1
            self._write(CLEAR + words[:width])
            self._is_drawn = True
        elif time.monotonic() - self._wrote_s >= PATIENCE_S:
            self._wrote_s = time.monotonic()
            self._write(f"{words}\n")

    def clear(self) -> None:
        """Leave nothing of it behind."""
        if self._is_drawn:
            self._write(CLEAR)

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


@contextmanager
def seconds(
    stream: TextIO, words: Callable[[int], str], after_s: float = PATIENCE_S
) -> Iterator[None]:
    """Say from some seconds on what is being done and for how many, until it is."""
    if not stream.isatty():
        yield
        return
    line, over = ProgressLine(stream), Event()
    began_s = time.monotonic()

    def count() -> None:
        wait_s = after_s
        while not over.wait(wait_s):
            line.draw(words(int(time.monotonic() - began_s)))
            wait_s = 1.0

    counting = Thread(target=count, daemon=True)
    counting.start()
    try:
        yield
    finally:
        over.set()
        counting.join()
        line.clear()
