"""Parts of the page of the watch, fitted to one page of paper."""

import math
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from secours.outside_text import plain
from secours.render.badges import Tone
from secours.render.templates.links import PageLink

MOST_PRINTED = 12  # rows of a part on paper, and fewer where they would not fit
HIGH_MM = 330.0  # of both columns of a page, with room for a part that is not split
ROW_MM, ROW_LETTERS, TITLE_MM = 3.9, 44, 8.0
NAME_LETTERS, SAID_LETTERS = 200, 120  # on paper


class ShiftRow(Struct, frozen=True, kw_only=True):
    """Entry of a part: its subject, and its words."""

    name: str
    said: str = ""
    tone: Tone | None = None
    sign: str = ""  # meaning of the shape
    day: str = ""  # that begins with this row
    address: str = ""
    act: PageLink | None = None


class ShiftPart(Struct, frozen=True, kw_only=True):
    """Entries of one sort; `none` are the words for no entry."""

    title: str
    rows: tuple[ShiftRow, ...]
    none: str
    more: int = 0  # rows that are left out
    address: str = ""  # where all of them are
    ways: tuple[PageLink, ...] = ()  # to the same of another time


def fitting(parts: Sequence[ShiftPart]) -> list[ShiftPart]:
    """Drop rows of the longest parts until all fit on one page."""
    for most in range(MOST_PRINTED, 1, -1):
        shown = [_short(part, most) for part in parts]
        if sum(map(_high_mm, shown)) <= HIGH_MM:
            return shown
    return [_short(part, 1) for part in parts]


def _short(part: ShiftPart, most: int) -> ShiftPart:
    rows = tuple(
        replace(
            row, name=plain(row.name, NAME_LETTERS), said=plain(row.said, SAID_LETTERS)
        )
        for row in part.rows[:most]
    )
    more = part.more + len(part.rows) - len(rows)
    return replace(part, rows=rows, more=more, ways=())


def _high_mm(part: ShiftPart) -> float:
    """Return about how high a part is on paper."""
    letters = [len(f"{row.name} {row.said}") for row in part.rows] or [len(part.none)]
    rows = sum(math.ceil(count / ROW_LETTERS) * ROW_MM + 1.0 for count in letters)
    rows += sum(ROW_MM + 1.0 for row in part.rows if row.day)
    return TITLE_MM + rows + (ROW_MM if part.more else 0.0)
