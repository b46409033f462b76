"""Text for people on the standard streams, wrapped and coloured as the terminal.

Piped text is for a program, or for a pager that knows its width.
"""

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from typing import TextIO


def write(texts: Iterable[str], stream: TextIO | None = None) -> None:
    """Print lines; at a terminal they wrap between words."""
    into = stream or sys.stdout
    columns = width(into)
    for text in texts:
        for row in text.split("\n") if columns is None else _rows(text, columns):
            print(row, file=into)


def say(*texts: str) -> None:
    """Print sentences for people."""
    write(texts)


def warn(*texts: str) -> None:
    """Print warnings on standard error, as records where a daemon logs JSON."""
    from logging import getLogger  # which who has no warning needs not

    from secours import logs

    if logs.form() == logs.JSON:
        for text in texts:
            getLogger(__name__).warning(text)
        return
    write(texts, sys.stderr)
    sys.stderr.flush()


def width(stream: TextIO) -> int | None:
    """Return the columns of a terminal, None for other streams."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def coloured() -> bool:
    """Return whether standard output is a terminal with colours allowed.

    Source: no-color.org.
    """
    dumb, refused = os.environ.get("TERM") == "dumb", os.environ.get("NO_COLOR")
    return sys.stdout.isatty() and not dumb and not refused


def _rows(text: str, columns: int) -> Iterator[str]:
    from secours.render import terminal  # for eyes only

    for line in text.split("\n"):
        yield from terminal.wrapped(line, columns)
