"""Layout of a province's wall, at sizes that its farthest reader can read.

Lengths are in the wall's unit, a hundredth of the height of a 16:9 screen. Names and
places of the sites and the screen decide, never a state: no tile moves because a site
fails. Where the names have no room, tiles become shapes, and the worst sites are named
beside the map. A few long names must not make all tiles shapes, nor take the room of
their detail: they are cut, and whole in the tooltip, unless they would read alike.
"""

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple

from msgspec import Struct

from secours.model.sections.site import Screen
from secours.render import text_width
from secours.render.province.places import Named, SitePlaces, placed, rows_for
from secours.render.text_width import LEADING
from secours.render.wall.layout import ACROSS, GAP, GUTTER, PADDING, TOP
from secours.render.wall.type_sizes import STATE_ARC, TEXT_ARC, needed

LEAST = 3.1  # nothing on a wall is smaller
SIZES = (9.6, 8.0, 6.4, 5.2, 4.3, 3.8, 3.4, LEAST)
SENTENCES = (9.6, 8.0, 7.2, 6.4, 5.6, 5.2, 4.3, 3.8, 3.4, LEAST)
BESIDE, BESIDE_MOST = 44.0, 96.0  # the width of the column beside the map
BESIDE_SIZE = 3.8  # its type, where near enough
SENTENCE_ROWS, SENTENCE_SIZE = 2, 6.4  # room kept for these
COMFORT = 5.2  # shorter sentences before smaller type
BANNER = 5.6
SPACE = 0.7  # between two tiles
EDGE, SIDE, WITHIN = 1.0, 1.0, 0.5  # of a tile: left; paddings beside, above and below
SHAPE = 1.25  # a shape and the space after it, as part of the type size
BLOCK = 1.6  # above sites without coordinates
ROOM = (1.35, 1.15, 1.0)  # cells for each site: more are more like a map
SHAPES_ROOM = (1.6, 1.4, 1.2, 1.05)
SHAPE_MOST = 6.0
MARGIN = 0.86  # of a cell that has a shape alone

ORDINARY = 24  # letters: up to these never cut
SURE = 0.93  # of a width: fits in any browser
LEAST_CUT = (10.0, 7.0)  # least width of cut names, in one row and in two

NameWidths = tuple[float, float]
"""Width of the widest name at a type size of 1: in one row, in two."""


class TileDetail(IntEnum):
    """Rows of a tile besides its name."""

    NAMED = 0  # none: its shape stands beside it
    BRIEF = 1  # its channel or, with troubles, its state
    FULL = 2  # both


class Widths(NamedTuple):
    """Widths at a type size of 1: of the widest name, and of states."""

    names: NameWidths
    states: float


class Map(Struct, frozen=True, kw_only=True):
    """Places of the tiles, and their detail."""

    places: SitePlaces
    size: float = 0.0  # of its type; 0 where tiles are shapes
    name_rows: int = 1
    detail: TileDetail = TileDetail.NAMED
    shape: float = 0.0  # where tiles are shapes: how large
    inside: float = 0.0  # the width for words on a tile

    @property
    def rows(self) -> int:
        """Return how many rows of words a tile has."""
        return self.name_rows + self.detail

    @property
    def is_named(self) -> bool:
        """Return whether tiles show names."""
        return self.size > 0


class Room(NamedTuple):
    """Room of the map, and of the column beside it."""

    high: float
    wide: float
    beside: float  # its width
    words: float  # its type size
    over: float = 0.0  # more height than the map counts on


def room(screen: Screen, banner_rows: int = 1) -> Room:
    """Return the room of the map; a row of banners is always reserved."""
    words = max(BESIDE_SIZE, needed(screen, TEXT_ARC))
    beside = min(BESIDE * words / BESIDE_SIZE, BESIDE_MOST)
    rows = max(banner_rows, 1)
    above = sentence_height(screen) + rows * (BANNER + GAP)
    high = 100 - PADDING - TOP - above - 2 * GAP
    over = 0.0 if banner_rows else BANNER + GAP
    return Room(high, ACROSS - GUTTER - beside, beside, words, over)


def sentence_height(screen: Screen) -> float:
    """Return the height reserved for the sentence on top."""
    size = max(SENTENCE_SIZE, needed(screen, TEXT_ARC))
    return SENTENCE_ROWS * size * LEADING


def sentence_fitted(sentences: Sequence[str], screen: Screen) -> tuple[str, float]:
    """Return the first sentence that fits, or the last cut, and its type size."""
    high, least = sentence_height(screen), max(LEAST, needed(screen, TEXT_ARC))
    for smallest in (max(COMFORT, least), least):
        for said in sentences:
            for size in (*(each for each in SENTENCES if each > smallest), smallest):
                if text_width.height(said, size, SURE * ACROSS) <= high + 0.01:
                    return said, size
    rows = int(high / (least * LEADING) + 0.01)
    return text_width.shorten(sentences[-1], least, SURE * ACROSS, rows), least


def mapped(
    sites: Named,
    names: Sequence[str],
    states: Sequence[str],
    screen: Screen,
    banner_rows: int,
) -> Map:
    """Place the tiles as detailed and large as fits; cut names only for detail."""
    usual = room(screen)
    widest = max((text_width.width(word, 1.0) for word in states), default=1.0)
    all_words = (Widths(names=each, states=widest) for each in widths(names))
    found = (next(_named(sites, each, screen, usual), None) for each in all_words)
    named = max(filter(None, found), key=lambda each: each.detail, default=None)
    if named is None:
        return _shapes(sites, screen, usual)
    left = room(screen, banner_rows).high
    high = _height(named.size, named.rows)
    if high * named.places.rows > left:
        return as_shapes(named.places, usual._replace(high=left))
    return named


def _named(sites: Named, words: Widths, screen: Screen, has: Room) -> Iterator[Map]:
    """Yield the maps with readable names, the best first."""
    least = max(LEAST, needed(screen, TEXT_ARC))
    for detail in reversed(TileDetail):
        for size in (*(each for each in SIZES if each > least), least):
            for space in ROOM:
                for name_rows in (1, 2):
                    found = _fitted(sites, words, has, detail, size, name_rows, space)
                    if found:
                        yield found


def _fitted(
    sites: Named,
    words: Widths,
    has: Room,
    detail: TileDetail,
    size: float,
    name_rows: int,
    space: float,
) -> Map | None:
    """Return the map at one size, None where it has no room."""
    name = words.names[name_rows - 1]
    inside = size * (max(name, SHAPE + words.states) if detail else SHAPE + name)
    columns = min(int(has.wide / (inside + _around())), len(sites))
    if columns < 1:
        return None
    rows, wide = rows_for(sites, columns, space), has.wide / columns
    block = BLOCK if None in sites.values() else 0.0
    if _height(size, name_rows + detail) * rows + block > has.high:
        return None
    return Map(
        places=placed(sites, rows, columns, wide * rows / has.high),
        size=size,
        name_rows=name_rows,
        detail=detail,
        inside=wide - _around(),
    )


def _around() -> float:
    return EDGE + 2 * SIDE + SPACE


def _height(size: float, rows: int) -> float:
    """Return the height of a tile with so many rows and the space below."""
    return rows * size * LEADING + 2 * WITHIN + SPACE


def _shapes(sites: Named, screen: Screen, has: Room) -> Map:
    """Place shapes: as much like a map as keeps them large enough to be seen."""
    least = screen.units_seen(STATE_ARC)
    for space in SHAPES_ROOM:
        columns = max(1, math.ceil(math.sqrt(len(sites) * space * has.wide / has.high)))
        rows, wide = max(1, rows_for(sites, columns, space)), has.wide / columns
        shapes = as_shapes(placed(sites, rows, columns, wide * rows / has.high), has)
        if shapes.shape >= least:
            break
    return shapes


def as_shapes(places: SitePlaces, has: Room) -> Map:
    """Return a map of these places on which tiles are shapes."""
    high = has.high - (BLOCK if places.block else 0.0)
    cell = min(has.wide / places.columns, high / places.rows)
    return Map(places=places, shape=min(SHAPE_MOST, MARGIN * cell))


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
