"""Text for people on the standard streams, as wide as a terminal and as coloured.

What is piped is for a program, or for a pager that knows how wide it is.
"""

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from typing import TextIO


def write(texts: Iterable[str], stream: TextIO | None = None) -> None:
    """Print lines; at a terminal they go on in the next row between words."""
    into = stream or sys.stdout
    columns = width(into)
    for text in texts:
        for row in text.split("\n") if columns is None else _rows(text, columns):
            print(row, file=into)


def say(*texts: str) -> None:
    """Print sentences for people."""
    write(texts)


def warn(*texts: str) -> None:
    """Print on standard error what people have to know besides."""
    write(texts, sys.stderr)
    sys.stderr.flush()


def width(stream: TextIO) -> int | None:
    """Return how many columns a terminal has, None where a stream goes elsewhere."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def coloured() -> bool:
    """Tell whether standard output is a terminal that shows colour, and may.

    Source: no-color.org.
    """
    dumb, refused = os.environ.get("TERM") == "dumb", os.environ.get("NO_COLOR")
    return sys.stdout.isatty() and not dumb and not refused


def _rows(text: str, columns: int) -> Iterator[str]:
    from secours.render import terminal  # for eyes only

    for line in text.split("\n"):
        yield from terminal.wrapped(line, columns)
