import math
import random
import time
from itertools import combinations

import pytest

from secours.model.sites.membership import Coordinates
from secours.render.province.places import Cell, SitePlaces, placed, rows_for

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


def test_a_lattice_stays_as_it_is() -> None:
    places = placed(lattice(8), 8, 8)

    assert places.cells == {
        f"{row:02}-{column:02}": Cell(row, column)
        for row in range(8)
        for column in range(8)
    }


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
    began = time.perf_counter()
    in_grid(towns, 45, 1.2)

    assert time.perf_counter() - began < 0.2
