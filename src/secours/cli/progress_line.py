"""Progress on a terminal, on one line erased at the end.

Nothing where standard error is no terminal. One that can write no line anew (TERM=dumb)
gets plain lines, and only of what takes long.
"""

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Event, Thread
from typing import TextIO

CLEAR = "\r\x1b[K"  # ECMA-48 section 8.3.41, erase in line
PATIENCE_S = 2.0  # shorter tasks show nothing


class ProgressLine:
    """Line of a terminal, rewritten repeatedly."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown = stream.isatty()
        self._is_dumb = os.environ.get("TERM") == "dumb"
        self._wrote_s = time.monotonic()
        self._is_drawn = False

    def draw(self, words: str) -> None:
        """Rewrite it, or write a new line on a dumb terminal."""
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
        """Erase it."""
        if self._is_drawn:
            self._write(CLEAR)

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


@contextmanager
def seconds(
    stream: TextIO, words: Callable[[int], str], after_s: float = PATIENCE_S
) -> Iterator[None]:
    """Show, after some seconds, the task and its seconds, until it ends."""
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


def working(language: str, slug: str, **facts: str) -> AbstractContextManager[None]:
    """Show on standard error what is worked on, and for how many seconds."""
    from secours import texts  # few tasks take long

    return seconds(sys.stderr, lambda n: texts.say(language, slug, n=n, **facts))


@contextmanager
def percent(stream: TextIO, what: str) -> Iterator[Callable[[int, int], None]]:
    """Show the share done of something long, on one line that is gone at the end."""
    line, begins_s, drawn = ProgressLine(stream), time.monotonic() + PATIENCE_S, ""

    def show(done: int, of: int) -> None:
        nonlocal drawn
        words = f"{what}  {100 * done // max(of, 1)} %"
        if time.monotonic() >= begins_s and words != drawn:
            line.draw(words)
            drawn = words

    try:
        yield show
    finally:
        line.clear()


@contextmanager
def count(
    stream: TextIO, words: Callable[[int, int], str]
) -> Iterator[Callable[[int, int], None]]:
    """Show progress n/total on a line that stays; without a terminal only the last."""
    rewritten = stream.isatty() and os.environ.get("TERM") != "dumb"
    shown = ""

    def show(there: int, of: int) -> None:
        nonlocal shown
        fresh = words(there, of)
        if fresh != shown and (rewritten or there == of):
            shown = fresh
            stream.write((CLEAR if rewritten else "") + fresh)
            stream.flush()

    try:
        yield show
    finally:
        if shown:
            stream.write("\n")
            stream.flush()
