import math
import random
import time
from collections.abc import Iterator, Sequence
from itertools import combinations, permutations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from secours.model.sites.membership import Coordinates
from secours.render.province.places import (
    A_FEW,
    Cell,
    Grid,
    Point,
    SitePlaces,
    _projected,
    placed,
    rows_for,
)

Towns = dict[str, Coordinates | None]


def lattice(side: int, step: float = 0.1) -> Towns:
    return {
        f"{row:02}-{column:02}": (50 - step * row, 5 + step * column)
        for row in range(side)
        for column in range(side)
    }


def scattered(count: int, seed: int = 1) -> Towns:
    drawn = random.Random(seed)
    return {
        f"town {n}": (drawn.gauss(50, 0.2), drawn.gauss(5, 0.3)) for n in range(count)
    }


def in_grid(towns: Towns, columns: int, room: float = 1.0) -> SitePlaces:
    return placed(towns, rows_for(towns, columns, room), columns)


@pytest.mark.parametrize("room", [1.0, 1.3, 2.0])
@pytest.mark.parametrize("count", [1, 2, 3, 20, 100, 1000])
def test_each_site_has_a_cell_of_its_own(count: int, room: float) -> None:
    places = in_grid(scattered(count), 1 + int(math.sqrt(2 * count)), room)

    assert len(places.cells) == count
    assert len(set(places.cells.values())) == count
    assert all(
        0 <= row < places.rows and 0 <= column < places.columns
        for row, column in places.cells.values()
    )


@pytest.mark.parametrize("side", [4, 8], ids=["few", "many"])
def test_a_lattice_stays_as_it_is(side: int) -> None:
    places = placed(lattice(side), side, side)

    assert places.cells == {
        f"{row:02}-{column:02}": Cell(row, column)
        for row in range(side)
        for column in range(side)
    }


def test_none_of_four_stands_west_of_one_that_is_west_of_it() -> None:
    towns: Towns = {
        "Verviers": (50.59, 5.86),
        "Dison": (50.61, 5.85),
        "Huy": (50.52, 5.24),
        "Aywaille": (50.47, 5.68),
    }

    assert placed(towns, 3, 2, 3.0).cells == {
        "Huy": Cell(1, 0),
        "Dison": Cell(0, 1),
        "Verviers": Cell(1, 1),
        "Aywaille": Cell(2, 1),
    }


DEGREES = st.integers(-40, 40).map(lambda tenths: tenths / 10)


@st.composite
def maps(draw: st.DrawFn, most: int) -> tuple[Towns, SitePlaces]:
    """Draw sites, and where they stand in a grid in which they have room."""
    known = draw(st.lists(st.tuples(DEGREES, DEGREES), min_size=1, max_size=most))
    towns: Towns = {f"town {n}": (50 + a, 5 + b) for n, (a, b) in enumerate(known)}
    columns = draw(st.integers(1, 6))
    rows = math.ceil(len(towns) / columns) + draw(st.integers(0, 3))
    return towns, placed(towns, rows, columns, draw(st.floats(0.5, 4.0)))


def ordered_pairs(towns: Towns) -> Iterator[tuple[Coordinates, Coordinates, str, str]]:
    for (one, here), (other, there) in permutations(towns.items(), 2):
        assert here
        assert there
        yield here, there, one, other


@given(maps(A_FEW))
def test_columns_of_a_few_follow_longitude_and_in_each_north_is_up(
    drawn: tuple[Towns, SitePlaces],
) -> None:
    towns, places = drawn
    for here, there, one, other in ordered_pairs(towns):
        first, second = places.cells[one], places.cells[other]
        if here[1] < there[1]:
            assert first.column <= second.column
        if here[0] > there[0] and first.column == second.column:
            assert first.row < second.row


@given(maps(3 * A_FEW))
def test_who_is_north_and_west_of_another_never_stands_south_and_east_of_it(
    drawn: tuple[Towns, SitePlaces],
) -> None:
    towns, places = drawn
    for here, there, one, other in ordered_pairs(towns):
        if here[0] > there[0] and here[1] < there[1]:
            first, second = places.cells[one], places.cells[other]
            assert first.row < second.row or first.column < second.column


def far(points: Sequence[Point], cells: Sequence[Cell]) -> float:
    """Return the squares of the distances from where sites are, added up."""
    return sum(
        (point.across - cell.column - 0.5) ** 2 + (point.down - cell.row - 0.5) ** 2
        for point, cell in zip(points, cells, strict=True)
    )


def in_order(points: Sequence[Point], cells: Sequence[Cell]) -> bool:
    """Tell whether who is west is in no column more to the east, and north is up.

    Of two on one meridian the northern one counts as west.
    """
    return not any(
        (a.column > b.column and (p.across, p.down) < (q.across, q.down))
        or (a.column == b.column and a.row > b.row and p.down < q.down)
        for (p, a), (q, b) in permutations(zip(points, cells, strict=True), 2)
    )


@given(
    st.lists(st.tuples(DEGREES, DEGREES), min_size=1, max_size=4, unique=True),
    st.sampled_from([(2, 2), (3, 2), (2, 3), (4, 1), (1, 4)]),
)
@example([(0.0, 0.0), (0.0, 0.1), (0.1, 0.0), (0.1, -0.1)], (2, 2))
def test_a_few_stand_as_near_to_where_they_are_as_that_allows(
    known: list[tuple[float, float]], size: tuple[int, int]
) -> None:
    towns: Towns = {f"town {n}": (50 + a, 5 + b) for n, (a, b) in enumerate(known)}
    rows, columns = size
    points = _projected(towns, Grid(rows, columns), 2.0)
    every = [Cell(row, column) for row in range(rows) for column in range(columns)]
    found = placed(towns, rows, columns, 2.0).cells

    least = min(
        far(points, cells)
        for cells in permutations(every, len(points))
        if in_order(points, cells)
    )
    assert far(points, [found[p.name] for p in points]) == pytest.approx(least)


def test_north_is_up_and_east_is_right() -> None:
    towns: Towns = {
        "Arlon": (49.68, 5.81),
        "Liège": (50.63, 5.57),
        "Ostende": (51.23, 2.91),
    }
    places = placed(towns, 6, 6)

    liege, arlon, ostende = (places.cells[n] for n in ("Liège", "Arlon", "Ostende"))
    assert liege.row < arlon.row
    assert ostende.column < liege.column <= arlon.column


def test_neighbours_stay_neighbours() -> None:
    towns = scattered(400)
    places = in_grid(towns, 30, 1.3)

    def apart(one: str, other: str) -> float:
        return math.dist(places.cells[one], places.cells[other])

    def on_earth(one: str, other: str) -> float:
        (a, b), (c, d) = (towns[n] or (0.0, 0.0) for n in (one, other))
        return math.hypot(a - c, (b - d) * math.cos(math.radians(50)))

    names = [*towns]
    nearest = [
        apart(n, min((m for m in names if m != n), key=lambda m: on_earth(n, m)))
        for n in names
    ]
    usual = [apart(*pair) for pair in combinations(names, 2)]

    assert sorted(nearest)[len(nearest) // 2] <= 2
    assert sum(nearest) / len(nearest) < 0.25 * sum(usual) / len(usual)


def test_the_order_in_which_sites_are_named_changes_nothing() -> None:
    towns = scattered(100)
    shuffled = [*towns.items()]
    random.Random(2).shuffle(shuffled)

    assert in_grid(dict(shuffled), 12, 1.3) == in_grid(towns, 12, 1.3)


def test_sites_at_one_place_are_moved_apart() -> None:
    towns: Towns = dict.fromkeys(["c", "a", "b", "d"], (50.0, 5.0))
    places = placed(towns, 2, 2)

    assert places == placed(dict(sorted(towns.items())), 2, 2)
    assert len(set(places.cells.values())) == 4


def test_sites_without_coordinates_are_a_block_by_name_below_the_map() -> None:
    towns: Towns = {"zoo": None, "Mairie": (50.6, 5.5), "école": None, "abri": None}
    places = in_grid(towns, 2)

    assert (places.rows, places.block) == (3, 2)
    assert places.cells["Mairie"].row == 0
    assert [places.cells[name] for name in ("abri", "zoo", "école")] == [
        Cell(1, 0),
        Cell(1, 1),
        Cell(2, 0),
    ]


def test_a_province_may_lie_where_the_day_begins() -> None:
    towns: Towns = {"Suva": (-18.1, 178.4), "Taveuni": (-16.8, -179.9)}
    places = placed(towns, 2, 2)

    assert places.cells["Suva"].column < places.cells["Taveuni"].column


def test_a_thousand_sites_are_placed_in_no_time() -> None:
    towns = scattered(1000)
    began_s = time.process_time()
    in_grid(towns, 45, 1.2)

    assert time.process_time() - began_s < 1.0
