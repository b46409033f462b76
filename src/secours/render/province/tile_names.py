"""Widths of site names on their tiles, and cutting of long ones.

A few long names must not make all tiles shapes, nor take the room of their detail: they
are cut, and whole in the tooltip. Names that would read alike when cut stay
whole.
"""

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from secours.render import text_width

ORDINARY = 24  # letters: up to these never cut
SURE = 0.93  # of a width: fits in any browser
LEAST_CUT = (10.0, 7.0)  # least width of cut names, in one row and in two

NameWidths = tuple[float, float]
"""Width of the widest name at a type size of 1: in one row, in two."""


def widths(names: Sequence[str]) -> Iterator[NameWidths]:
    """Yield the widths of whole names and, if some are long, with those cut."""
    yield _widest(names)
    ordinary = [name for name in names if len(name) <= ORDINARY]
    if len(ordinary) == len(names):
        return
    long = [name for name in names if len(name) > ORDINARY]
    one, two = map(max, zip(_widest(ordinary), LEAST_CUT, strict=True))
    yield _if_apart(names, long, one, 1), _if_apart(names, long, two, 2)


def _widest(names: Sequence[str]) -> NameWidths:
    return (
        max((text_width.width(name, 1.0) for name in names), default=1.0),
        max((text_width.narrowest(_broken(n), 1.0, 2) for n in names), default=1.0),
    )


def _if_apart(
    names: Sequence[str], long: Sequence[str], wide: float, rows: int
) -> float:
    """Return a width in which the names can be told apart, else infinity."""
    read = {fitted(name, 1.0, wide, rows) for name in long}
    return wide if len(read.difference(names)) == len(long) else math.inf


def rows_of(name: str, size: float, wide: float) -> int:
    """Return the rows that a name takes; it may break at a hyphen."""
    return text_width.rows(_broken(name), size, wide)


def fitted(name: str, size: float, wide: float, most_rows: int) -> str:
    """Return a name as far as it has room."""
    if rows_of(name, size, wide) <= most_rows:
        return name

    def rows(letters: int) -> int:
        return rows_of(f"{name[:letters]}…", size, SURE * wide)

    letters = bisect_right(range(1, len(name)), most_rows, key=rows)
    return f"{name[: max(letters, 1)].rstrip()}…"


def _broken(name: str) -> str:
    return name.replace("-", "- ")
