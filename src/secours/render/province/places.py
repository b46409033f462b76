"""Places of the sites: as on a map, spread so that each has a cell.

Only names, coordinates and the size of the grid decide, never a state: a site stays in
its place. Latitude and longitude are a plane in which a degree is as long to the
east as to the north (equirectangular, at the middle latitude).

Few sites stand in columns by longitude, in each by latitude, at the least distance from
their coordinates. For many, grid and sites are halved together, again and again. So a
site north and west of another never stands south and east of it.
"""

import math
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from msgspec import Struct

from secours.model.sites.membership import Coordinates

A_FEW = 40  # sites

Named = Mapping[str, Coordinates | None]


class Cell(NamedTuple):
    """Cell of a grid, from 0."""

    row: int
    column: int


class Point(NamedTuple):
    """Position of a site: columns to the right, rows down; its name breaks ties."""

    across: float
    down: float
    name: str


class Grid(NamedTuple):
    """Rows and columns, and the position of the first."""

    rows: int
    columns: int
    row: int = 0
    column: int = 0

    @property
    def cells(self) -> int:
        """Return the number of cells."""
        return self.rows * self.columns


class SitePlaces(Struct, frozen=True, kw_only=True):
    """The cell of each site, by name, and the size of the grid."""

    rows: int
    columns: int
    cells: Mapping[str, Cell]
    block: int = 0  # rows at the bottom, of sites without coordinates


def rows_for(sites: Named, columns: int, room: float) -> int:
    """Return the rows for so many columns; `room` times the cells of a map."""
    at = sum(place is not None for place in sites.values())
    return math.ceil(at * room / columns) + _block(sites, columns)


def placed(sites: Named, rows: int, columns: int, wide: float = 1.0) -> SitePlaces:
    """Put each site into a cell, which is `wide` times as wide as it is high."""
    block = _block(sites, columns)
    map_rows = rows - block
    points = _projected(sites, Grid(map_rows, columns), wide)
    cells: dict[str, Cell] = {}
    if len(points) <= A_FEW:
        cells |= _in_columns(tuple(points), Grid(map_rows, columns))
    else:
        _divide(points, Grid(map_rows, columns), cells)
    elsewhere = sorted(_without(sites), key=lambda name: (name.casefold(), name))
    for place, name in enumerate(elsewhere):
        row, column = divmod(place, columns)
        cells[name] = Cell(map_rows + row, column)
    return SitePlaces(rows=rows, columns=columns, cells=cells, block=block)


def _without(sites: Named) -> list[str]:
    return [name for name, at in sites.items() if at is None]


def _block(sites: Named, columns: int) -> int:
    return math.ceil(len(_without(sites)) / columns)


def _projected(sites: Named, grid: Grid, wide: float) -> list[Point]:
    """Project the sites on the grid, centred and as large as it allows."""
    located = {name: at for name, at in sites.items() if at is not None}
    if not located:
        return []
    norths = [north for north, _ in located.values()]
    squeeze = math.cos(math.radians((min(norths) + max(norths)) / 2))
    easts = _unbroken({name: east for name, (_, east) in located.items()})
    plane = [
        Point(easts[name] * squeeze / wide, -north, name)
        for name, (north, _) in located.items()
    ]
    left, top = min(each.across for each in plane), min(each.down for each in plane)
    across = max(each.across for each in plane) - left
    down = max(each.down for each in plane) - top
    scales = [grid.columns / across] if across else []
    scales += [grid.rows / down] if down else []
    scale = min(scales, default=1.0)
    beside = (grid.columns - across * scale) / 2
    above = (grid.rows - down * scale) / 2
    return [
        Point(
            (each.across - left) * scale + beside,
            (each.down - top) * scale + above,
            each.name,
        )
        for each in plane
    ]


def _unbroken(easts: Mapping[str, float]) -> Mapping[str, float]:
    """Return longitudes without a jump at the date line."""
    if max(easts.values()) - min(easts.values()) <= 180:
        return easts
    return {name: east + 360 if east < 0 else east for name, east in easts.items()}


class Near(NamedTuple):
    """Cells of some sites, and the distance from their positions."""

    far: float  # the squares of the distances, added up
    cells: Mapping[str, Cell]


@lru_cache(maxsize=64)  # a wall is drawn again and again
def _in_columns(points: tuple[Point, ...], grid: Grid) -> Mapping[str, Cell]:
    """Return the cell of each site, in columns ordered by longitude.

    Of two on one meridian the northern one counts as west.
    """
    ordered = sorted(points, key=_across)

    @cache
    def rows(first: int, last: int) -> tuple[float, Mapping[str, int]]:
        return _in_rows(ordered[first:last], grid.rows)

    def with_column(west: Near, first: int, last: int, column: int) -> Near:
        far, row_of = rows(first, last)
        aside = (point.across - column - 0.5 for point in ordered[first:last])
        cells = {name: Cell(row, column) for name, row in row_of.items()}
        return Near(
            west.far + far + sum(each * each for each in aside), {**west.cells, **cells}
        )

    nearest = {0: Near(0.0, {})}  # by the number of sites placed, from the west
    for column in range(grid.columns):
        next_nearest: dict[int, Near] = {}
        for first, west in nearest.items():
            for last in range(first, min(first + grid.rows, len(ordered)) + 1):
                near = with_column(west, first, last, column)
                if last not in next_nearest or near.far < next_nearest[last].far:
                    next_nearest[last] = near
        nearest = next_nearest
    return nearest[len(ordered)].cells


def _in_rows(points: Sequence[Point], rows: int) -> tuple[float, Mapping[str, int]]:
    """Return the row of each site of a column, north above, and the total distance."""
    ordered = sorted(points, key=_down)
    nearest: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]  # by the number placed
    nearest += [(math.inf, ())] * len(ordered)
    for row in range(rows):
        for count in range(len(ordered), 0, -1):
            far, above = nearest[count - 1]
            far += (ordered[count - 1].down - row - 0.5) ** 2
            if far < nearest[count][0]:
                nearest[count] = far, (*above, row)
    far, found = nearest[-1]
    names = (point.name for point in ordered)
    return far, dict(zip(names, found, strict=True))


def _divide(points: Sequence[Point], grid: Grid, cells: dict[str, Cell]) -> None:
    """Halve a grid and its sites, until a cell has at most one site."""
    if not points:
        return
    if grid.cells == 1:
        cells[points[0].name] = Cell(grid.row, grid.column)
        return
    if grid.columns >= grid.rows:
        half = grid.columns // 2
        parts = (
            grid._replace(columns=half),
            grid._replace(columns=grid.columns - half, column=grid.column + half),
        )
        cut, along = grid.column + half, _across
    else:
        half = grid.rows // 2
        parts = (
            grid._replace(rows=half),
            grid._replace(rows=grid.rows - half, row=grid.row + half),
        )
        cut, along = grid.row + half, _down
    first, second = parts
    ordered = sorted(points, key=along)
    before = sum(along(each)[0] < cut for each in ordered)
    before = min(max(before, len(ordered) - second.cells), first.cells)
    _divide(ordered[:before], first, cells)
    _divide(ordered[before:], second, cells)


def _across(point: Point) -> tuple[float, float, str]:
    return point.across, point.down, point.name


def _down(point: Point) -> tuple[float, float, str]:
    return point.down, point.across, point.name
