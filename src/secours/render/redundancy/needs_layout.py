"""Layout of the picture of needs. Pure.

Channels stand at the left, their needs to the right, in columns: services, then
networks, then power and places. Within a column each stands near its neighbours, so
that few lines cross; a line across a column has a slot in it, shared by all lines to
the same need.

Source: Sugiyama, Tagawa, Toda, Methods for visual understanding of hierarchical system
structures, IEEE Transactions SMC 11 (2), 1981 (columns, barycentres).
"""

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from itertools import pairwise
from statistics import fmean

from msgspec import Struct

from secours.model.nodes import is_channel, kind_of

WIDE, HIGH = 184, 56  # of a box, in pixels
PASSING = 14  # height of the slot of a line
GAP, BETWEEN = 14, 48  # between boxes, and between columns
SWEEPS = 6

NETWORKS = frozenset({"internet", "carrier", "sat", "radio"})
PLACES = frozenset({"power", "site", "endpoint"})
CHANNELS_AT, SERVICES_AT, NETWORKS_AT, PLACES_AT = range(4)

Needs = Mapping[str, Sequence[str]]
"""Needs of each node, among the same nodes; without cycles."""

Spot = str | tuple[str, int]
"""A thing, or where the lines to it pass a column."""


class PlacedBox(Struct, frozen=True):
    """Node, and its upper left corner."""

    name: str
    x: int
    y: int


class Wire(Struct, frozen=True):
    """Line from a node to its need, as points from left to right."""

    needing: str
    needed: str
    points: tuple[tuple[int, int], ...]


class NeedsLayout(Struct, frozen=True):
    """Whole picture; `groups` has the begin of each kind of column."""

    boxes: tuple[PlacedBox, ...]
    wires: tuple[Wire, ...]
    groups: tuple[tuple[int, int], ...]  # (kind, x)
    width: int
    height: int


def group_of(name: str) -> int:
    """Return the kind of column of a node."""
    if is_channel(name):
        return CHANNELS_AT
    kind = kind_of(name)
    if kind in PLACES:
        return PLACES_AT
    return NETWORKS_AT if kind in NETWORKS else SERVICES_AT


def arranged(needs: Needs) -> NeedsLayout:
    """Lay out nodes by their needs."""
    columns = _columns(needs)
    routes = list(_routes(needs, columns))
    spots = _ordered(_filled(needs, columns, routes), routes)
    tops = _tops(spots, routes)
    width = len(spots) * (WIDE + BETWEEN) - BETWEEN
    boxes = tuple(
        PlacedBox(spot, column * (WIDE + BETWEEN), tops[spot])
        for column, each in enumerate(spots)
        for spot in each
        if isinstance(spot, str)
    )
    groups: dict[int, int] = {}
    for box in boxes:
        groups.setdefault(group_of(box.name), box.x)
    return NeedsLayout(
        boxes=boxes,
        wires=tuple(_wire(route, columns, tops) for route in routes),
        groups=tuple(groups.items()),
        width=max(width, 0),
        height=max((tops[s] + _high(s) for each in spots for s in each), default=0),
    )


def _columns(needs: Needs) -> dict[str, int]:
    """Return the column of each node; needs of one kind stand to the right."""
    depths = dict.fromkeys(needs, 0)
    for name in reversed([*TopologicalSorter(needs).static_order()]):
        for need in needs[name]:
            if group_of(need) == group_of(name):
                depths[need] = max(depths[need], depths[name] + 1)
    keys = {name: (group_of(name), depth) for name, depth in depths.items()}
    places = {key: place for place, key in enumerate(sorted(set(keys.values())))}
    return {name: places[key] for name, key in keys.items()}


def _routes(needs: Needs, columns: Mapping[str, int]) -> Iterator[list[Spot]]:
    """Yield the slots of each line; one that leads back has none."""
    for name, needed in needs.items():
        for need in needed:
            between = range(columns[name] + 1, columns[need])
            yield [name, *((need, column) for column in between), need]


def _filled(
    needs: Needs, columns: Mapping[str, int], routes: Iterable[Sequence[Spot]]
) -> list[list[Spot]]:
    """Return the columns with their nodes and slots."""
    count = max(columns.values(), default=-1) + 1
    spots: list[dict[Spot, None]] = [{} for _ in range(count)]
    for name in needs:
        spots[columns[name]][name] = None
    for route in routes:
        for spot in route:
            if isinstance(spot, tuple):
                spots[spot[1]][spot] = None
    return [list(each) for each in spots]


def _ordered(
    spots: list[list[Spot]], routes: Sequence[Sequence[Spot]]
) -> list[list[Spot]]:
    """Order each column by its neighbours, so that few lines cross."""
    right, left = _neighbours(routes)
    best, fewest = spots, _crossings(spots, right)
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        spots = _swept(spots, left if forward else right, forward=forward)
        crossings = _crossings(spots, right)
        if crossings < fewest:
            best, fewest = spots, crossings
    return best


Neighbours = Mapping[Spot, Sequence[Spot]]


def _neighbours(routes: Iterable[Sequence[Spot]]) -> tuple[Neighbours, Neighbours]:
    """Return the right and left neighbours of each spot."""
    right: dict[Spot, dict[Spot, None]] = {}
    left: dict[Spot, dict[Spot, None]] = {}
    for route in routes:
        for one, other in pairwise(route):
            right.setdefault(one, {})[other] = None
            left.setdefault(other, {})[one] = None
    return (
        {spot: tuple(each) for spot, each in right.items()},
        {spot: tuple(each) for spot, each in left.items()},
    )


def _swept(
    spots: Sequence[Sequence[Spot]], neighbours: Neighbours, *, forward: bool
) -> list[list[Spot]]:
    """Order one column after the other by the places of its neighbours."""
    places: dict[Spot, float] = {}
    swept: list[list[Spot]] = []
    for column in spots if forward else reversed(spots):
        stands = {spot: float(place) for place, spot in enumerate(column)}

        def aim(spot: Spot, stands: Mapping[Spot, float] = stands) -> float:
            joined = [places[n] for n in neighbours.get(spot, ()) if n in places]
            return fmean(joined) if joined else stands[spot] / max(1, len(stands) - 1)

        swept.append(sorted(column, key=aim))
        last = max(1, len(column) - 1)
        places.update((spot, place / last) for place, spot in enumerate(swept[-1]))
    return swept if forward else swept[::-1]


def _crossings(spots: Sequence[Sequence[Spot]], right: Neighbours) -> int:
    """Count the crossings between adjacent columns."""
    count = 0
    for one, other in pairwise(spots):
        ends = {spot: place for place, spot in enumerate(other)}
        above: list[int] = []
        for spot in one:
            reached = sorted(ends[n] for n in right.get(spot, ()) if n in ends)
            count += sum(len(above) - bisect_right(above, end) for end in reached)
            for end in reached:
                insort(above, end)
    return count


def _high(spot: Spot) -> int:
    return HIGH if isinstance(spot, str) else PASSING


def _tops(
    spots: Sequence[Sequence[Spot]], routes: Sequence[Sequence[Spot]]
) -> dict[Spot, int]:
    """Return the top of each spot: near its neighbours, without overlap."""
    right, left = _neighbours(routes)
    middles: dict[Spot, float] = {}
    for column in spots:
        _stack(column, middles, {})
    for neighbours in (left, right, left):
        for column in spots if neighbours is left else reversed(spots):
            _stack(column, middles, neighbours)
    tops = {spot: middle - _high(spot) / 2 for spot, middle in middles.items()}
    highest = min(tops.values(), default=0.0)
    return {spot: round(top - highest) for spot, top in tops.items()}


def _stack(
    column: Sequence[Spot], middles: dict[Spot, float], neighbours: Neighbours
) -> None:
    """Place a column's middles near its neighbours, as far as they fit."""
    aims, centres, below = [], [], float("-inf")
    for spot in column:
        joined = [middles[n] for n in neighbours.get(spot, ()) if n in middles]
        aims.append(fmean(joined) if joined else middles.get(spot, 0.0))
        centres.append(max(aims[-1], below + _high(spot) / 2))
        below = centres[-1] + _high(spot) / 2 + GAP
    if centres:
        shift = fmean(aim - middle for aim, middle in zip(aims, centres, strict=True))
        middles.update(
            (spot, middle + shift) for spot, middle in zip(column, centres, strict=True)
        )


def _wire(
    route: Sequence[Spot], columns: Mapping[str, int], tops: Mapping[Spot, int]
) -> Wire:
    needing, needed = str(route[0]), str(route[-1])
    back = columns[needed] <= columns[needing]
    points: list[tuple[int, int]] = []
    for spot in reversed(route) if back else route:
        column = columns[spot] if isinstance(spot, str) else spot[1]
        x, y = column * (WIDE + BETWEEN), tops[spot] + _high(spot) // 2
        points += [(x, y), (x + WIDE, y)]
    return Wire(needing, needed, tuple(points[1:-1]))
