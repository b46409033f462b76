"""How wide the names of sites are on their tiles, and which are cut there.

A few long names neither make all tiles shapes nor leave no room for what the tiles say:
they are cut, and whole where a tile is pointed at. Names that would read alike when cut
stay whole.
"""

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from secours.render.wall import text_width

ORDINARY = 24  # letters: who has no more is never cut
SURE = 0.93  # of a width: what has room in it has room in a browser too
LEAST_CUT = (10.0, 7.0)  # how wide cut names are at least, in one row and in two

NameWidths = tuple[float, float]
"""How wide the widest name is at a type size of 1: in one row, in two."""


def widths(names: Sequence[str]) -> Iterator[NameWidths]:
    """Yield how wide names are whole and, where some are long, with those cut."""
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
    """Return a width in which names can be told from each other, else none at all."""
    read = {fitted(name, 1.0, wide, rows) for name in long}
    return wide if len(read.difference(names)) == len(long) else math.inf


def rows_of(name: str, size: float, wide: float) -> int:
    """Return how many rows a name takes, which may break at a hyphen."""
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
