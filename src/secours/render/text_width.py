"""Estimates of text width and height, and cutting of what does not fit.

Lengths are in the wall's own unit, a hundredth of its height. Widths of letters were
measured in Source Sans bold, in thousandths of the type size.
"""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from secours.render.no_break import unbroken

LEADING = 1.2
REGULAR = 0.95  # width of regular type, beside bold


class Space(NamedTuple):
    """Room for text."""

    high: float
    wide: float

    def rows(self, size: float) -> int:
        """Return how many lines of this size fit, at least one."""
        return max(1, int(self.high / (size * LEADING)))


WIDTHS = {
    200: " \u00a0\u202f",
    300: "ijlI.,:;'\u2019·|!",
    350: "f()-/",
    400: "rt",
    450: "cszç",
    500: "evxyFJLYéèêë",
    600: "BCKPR",
    650: "DGHNU&ß",
    700: "OQ",
    750: "M",
    800: "wWœ",
    850: "m",
}
USUAL = 550
EMS = {letter: wide / 1000 for wide, letters in WIDTHS.items() for letter in letters}


# A wall measures the same texts again and again, in each size and each layout.
@lru_cache(maxsize=4096)
def _ems(text: str) -> float:
    return sum(EMS.get(letter, USUAL / 1000) for letter in text)


def width(text: str, size: float) -> float:
    """Return about how wide a text is in bold."""
    return _ems(text) * size


@lru_cache(maxsize=8192)
def rows(text: str, size: float, room: float) -> int:
    """Return the estimated lines of a text, broken between words."""
    count, used = 1, 0.0
    for word in filter(None, unbroken(text).split(" ")):
        wide = width(word, size)
        if used and used + wide > room:
            count, used = count + 1, 0.0
        count += math.ceil(wide / room) - 1  # a word longer than the line is broken
        used += wide + width(" ", size)
    return count


def narrowest(text: str, size: float, most_rows: int) -> float:
    """Return the least width of a text in one or two lines."""
    words = text.split(" ")
    breaks = range(1, len(words)) if most_rows > 1 else ()
    return min(
        [width(text, size)]
        + [
            max(width(" ".join(part), size) for part in (words[:at], words[at:]))
            for at in breaks
        ]
    )


def height(text: str, size: float, room: float) -> float:
    """Return about how high a paragraph is."""
    return rows(text, size, room) * size * LEADING


def shorten(text: str, size: float, room: float, most_rows: int) -> str:
    """Cut a text at a word so that it takes at most so many lines."""
    words = text.split(" ")
    if rows(" ".join(words), size, room) <= most_rows:
        return " ".join(words)
    while len(words) > 1 and rows(" ".join(words) + "…", size, room) > most_rows:
        words.pop()
    return " ".join(words) + "…"


def listed(
    phrases: Sequence[str],
    size: float,
    room: float,
    most_rows: int,
    counted: Callable[[int], str],
) -> str:
    """Join phrases, as many as fit; `counted` words the rest."""
    for kept in range(len(phrases), 0, -1):
        more = len(phrases) - kept
        text = ", ".join(phrases[:kept]) + (f" {counted(more)}" if more else "")
        if rows(text, size, room) <= most_rows:
            return text
    return shorten(", ".join(phrases), size, room, most_rows)
