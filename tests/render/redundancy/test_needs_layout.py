from itertools import combinations, pairwise
from random import Random

import pytest
from brute import random_plan

from secours.model.nodes import channel_node
from secours.render.redundancy.needs_layout import (
    BETWEEN,
    HIGH,
    WIDE,
    NeedsLayout,
    arranged,
)

TOWN = {
    "channel:signal": ("provider:signal", "internet:fibre"),
    "channel:sms": ("carrier:a",),
    "channel:siren": ("power:site",),
    "provider:signal": (),
    "internet:fibre": ("carrier:a", "power:site"),
    "carrier:a": ("power:grid",),
    "power:site": ("power:grid",),
    "power:grid": (),
}


def column(picture: NeedsLayout, name: str) -> int:
    (box,) = [box for box in picture.boxes if box.name == name]
    return box.x // (WIDE + BETWEEN)


def test_channels_stand_left_then_services_networks_and_power() -> None:
    picture = arranged(TOWN)

    columns = [
        column(picture, name)
        for name in (
            *("channel:sms", "provider:signal", "internet:fibre", "carrier:a"),
            *("power:site", "power:grid"),
        )
    ]
    assert columns == [0, 1, 2, 3, 4, 5]
    assert [group for group, _ in picture.groups] == [0, 1, 2, 3]


def test_each_need_is_a_line_from_box_to_box() -> None:
    picture = arranged(TOWN)
    boxes = {box.name: box for box in picture.boxes}

    assert len(picture.wires) == sum(map(len, TOWN.values()))
    for wire in picture.wires:
        start, end = boxes[wire.needing], boxes[wire.needed]
        assert wire.points[0] == (start.x + WIDE, start.y + HIGH // 2)
        assert wire.points[-1] == (end.x, end.y + HIGH // 2)


def test_a_need_that_stands_left_is_joined_too() -> None:
    (wire,) = arranged({"power:ups": ("carrier:a",), "carrier:a": ()}).wires

    assert wire.points[0][0] < wire.points[-1][0]
    assert (wire.needing, wire.needed) == ("power:ups", "carrier:a")


def test_lines_to_one_need_are_one_where_they_pass_a_column() -> None:
    picture = arranged(
        {
            "channel:a": ("power:grid",),
            "channel:b": ("power:grid",),
            "channel:c": ("carrier:x",),
            "carrier:x": (),
            "power:grid": (),
        }
    )

    one, other = [w.points for w in picture.wires if w.needed == "power:grid"]
    assert one[1:] == other[1:]
    assert one[0] != other[0]


def test_few_lines_cross() -> None:
    names = range(5)
    picture = arranged(
        {f"channel:{n}": (f"carrier:{(2 * n) % 5}",) for n in names}
        | {f"carrier:{n}": () for n in names}
    )

    ends = [(w.points[0][1], w.points[-1][1]) for w in picture.wires]
    assert not [
        pair
        for pair in combinations(ends, 2)
        if (pair[0][0] - pair[1][0]) * (pair[0][1] - pair[1][1]) < 0
    ]


@pytest.mark.parametrize("seed", range(30))
def test_no_box_lies_over_another_and_all_are_inside(seed: int) -> None:
    config = random_plan(Random(seed), components=12, channels=9)
    owners = {**config.components} | {
        channel_node(n): c for n, c in config.channels.items()
    }
    needs = {
        name: tuple(dict.fromkeys(n for clause in each.needs for n in clause))
        for name, each in owners.items()
    }

    picture = arranged(needs)

    assert {box.name for box in picture.boxes} == set(needs)
    for box in picture.boxes:
        assert 0 <= box.x <= picture.width - WIDE
        assert 0 <= box.y <= picture.height - HIGH
    for one, other in combinations(picture.boxes, 2):
        assert one.x != other.x or abs(one.y - other.y) >= HIGH
    for wire in picture.wires:
        assert all(a[0] < b[0] for a, b in pairwise(wire.points))


def test_nothing_is_an_empty_picture() -> None:
    assert arranged({}) == NeedsLayout((), (), (), 0, 0)
