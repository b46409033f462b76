"""Is every text legible from where the farthest reader stands?

Angles are in minutes of arc: of the height of a capital, 0.66 of the type size in
Source Sans, or of a shape. What who walks up reads has none: the latest changes, the
chips of hidden lines, the age of a proof beside a state, the answers of an exercise.
"""

import math
from collections.abc import Mapping
from typing import Any

import pytest
from dashboard.drawing import Canvas, listed
from msgspec.structs import replace
from render import town_statements
from render.situations import SITUATIONS, SPOKEN

from secours.languages import LANGUAGES
from secours.model.snapshot import Link, Snapshot
from secours.render.wall.stale_cover import error_html, stale_html, waiting_html
from secours.render.wall.type_sizes import needed
from secours.render.wall.wall import wall_html

pytestmark = pytest.mark.browser

ALL = SITUATIONS | SPOKEN
CAPITAL = 0.66  # of the type size
LEAST = 0.1  # minutes: browsers round type to a fraction of a pixel
NEAR = {".s-footer", ".s-chip", ".s-beside, .s-plus", ".s-exercise"}
REFUSED = "probes.yaml:32:11: 'power:gird' is not declared; the nearest is 'power:grid'"

# an answer of more than 17 characters that has no room is set in the smallest size, 6.4
SMALLEST = {"wordy", "crowded exercise"}


def seen_from(shown: Snapshot, distance_m: float, width_mm: float) -> Snapshot:
    screen = replace(shown.screen, distance_m=distance_m, width_mm=width_mm)
    return replace(shown, screen=screen)


def arc(units: float, distance_m: float, width_mm: float = 1210) -> float:
    """Return under which angle a length in units is seen."""
    high_mm = units / 100 * width_mm * 9 / 16
    return math.degrees(math.atan(high_mm / (1000 * distance_m))) * 60


def capital(size: float, distance_m: float, width_mm: float = 1210) -> float:
    return arc(CAPITAL * size, distance_m, width_mm)


def looks(
    canvas: Canvas,
    size: tuple[int, int],
    distance_m: float,
    width_mm: float,
    shown: Mapping[str, Snapshot] = ALL,
) -> dict[str, dict[str, Any]]:
    walls = {
        f"{name} {language}": wall_html(
            seen_from(each, distance_m, width_mm), language, age_s=4.0
        )
        for name, each in shown.items()
        for language in ("fr", "de")
    }
    screen = canvas(*size)
    return screen.looks(walls)


@pytest.mark.parametrize("size", [(1920, 1080), (3840, 2160)], ids=str)
@pytest.mark.parametrize(("distance_m", "width_mm"), [(5, 1210), (5, 1660)])
def test_at_five_metres_answers_and_shapes_have_22_minutes_and_words_16(
    canvas: Canvas, size: tuple[int, int], distance_m: float, width_mm: float
) -> None:
    """How to use a channel may shrink to 4.3 units.

    The name of a rung may, to 3.1, if it has no room in one row beside the word for its
    state: that is so of no name of 13 characters but beside EINGESCHRÄNKT.
    """
    found = looks(canvas, size, distance_m, width_mm)
    small = {
        f"{key} {said} {text}": round(capital(type_size, distance_m, width_mm), 1)
        for key, look in found.items()
        for said, text, type_size, places in look["texts"]
        if not NEAR & set(places)
        and capital(type_size, distance_m, width_mm)
        < least_of(key, text, places, distance_m, width_mm) - LEAST
    }
    shapes = [
        arc(rung["shape_height"], distance_m, width_mm)
        for look in found.values()
        for ladder in look["ladders"]
        for rung in ladder
    ]

    assert not small, listed(small)
    assert shapes
    assert min(shapes) >= 22 - LEAST


def least_of(
    key: str, text: str, places: list[str], distance_m: float, width_mm: float
) -> float:
    """Return the least angle under which a text is to be seen."""
    if ".s-answer" in places:
        return 19.7 if key.rpartition(" ")[0] in SMALLEST else 22
    if ".s-how" in places:
        return capital(4.3, distance_m, width_mm)
    if ".s-banner, .s-top, .s-unsafe" in places and key.startswith("distrusted"):
        return capital(4.3, distance_m, width_mm)  # eight names come before size
    most = 9 if key.endswith(" de") else 13
    if ".s-name" in places and len(text.split("\n")[0]) > most:
        return capital(3.1, distance_m, width_mm)
    return 16


# where long words leave no room for larger type: `validate` says how long they may be
TABLE = {"wordy"}
# what has more to say; while it starts, the order of the plan stands there
MINDED = {"unverified", "declared", "untried", "presumed"}
LEAST_HOW = {**dict.fromkeys(MINDED, 13.7), "starting": 8.2}


def with_banner(shown: Snapshot) -> Snapshot:
    return replace(shown, own_link=Link.DOWN)


CROWDS = {
    "banner": with_banner(SITUATIONS["fallback"]),
    "banner and band": with_banner(SPOKEN["set aside"]),
    "banner and exercise": with_banner(SPOKEN["exercise"]),
    "band and exercise": town_statements.rehearsed(SPOKEN["set aside"]),
    "all three": town_statements.rehearsed(with_banner(SPOKEN["set aside"])),
}


def test_at_eight_metres_the_answer_and_the_shape_in_use_have_22_and_how_16(
    canvas: Canvas,
) -> None:
    """Where not even one line has room at these sizes those of the table hold."""
    found = looks(canvas, (1920, 1080), 8.0, 1210, ALL | CROWDS)
    small, table = {}, set()
    for key, look in found.items():
        (card,), (ladder,) = look["cards"], look["ladders"]
        name, size = key.rpartition(" ")[0], card["how_size"] or 0
        used = [arc(r["shape_height"], 8) for r in ladder if r["framed"]]
        if name in TABLE:
            table |= {name} if max(used, default=0) < 22 - LEAST else set()
            continue
        answer = 16 if name in SMALLEST else 22
        if capital(card["answer"], 8) < answer - LEAST or card["answer"] <= size:
            small[f"{key} answer"] = card["answer"]
        if min(used, default=22) < 22 - LEAST:
            small[f"{key} shape"] = min(used)
        if size and capital(size, 8) < LEAST_HOW.get(name, 16) - LEAST:
            small[f"{key} how"] = size

    assert not small, listed(small)
    assert table == TABLE
    assert not (bad := {k: v["faults"] for k, v in found.items() if v["faults"]}), bad
    assert {len(look["ladders"][0]) for look in found.values()} == {4}


@pytest.mark.parametrize("layout", ["columns", "bands"])
@pytest.mark.parametrize(("distance_m", "width_mm"), [(8, 1660), (30, 500)])
def test_what_has_no_room_is_left_out_and_never_cut(
    canvas: Canvas, layout: str, distance_m: float, width_mm: float
) -> None:
    walls = {}
    for name, made in ALL.items():
        shown = seen_from(made, distance_m, width_mm)
        for language in ("fr", "de"):
            walls[f"{name} {language}"] = wall_html(
                shown, language, age_s=4.0, layout=layout
            )
    screen = canvas()
    faults = screen.faults(walls)

    assert not faults, listed(faults)


@pytest.mark.parametrize(
    ("distance_m", "width_mm"), [(3, 1210), (5, 1210), (8, 1210), (30, 500)]
)
def test_a_cover_is_as_legible_as_the_wall_and_never_cut(
    canvas: Canvas, distance_m: float, width_mm: float
) -> None:
    """How to use each channel, and the last resorts, are for who walks up."""
    covers = {}
    for name in ("fine", "crowded", "wordy"):
        shown = seen_from(SITUATIONS[name], distance_m, width_mm)
        for language in LANGUAGES:
            for kind, html in {
                "stale": stale_html(shown, language),
                "error": error_html(shown, language),
                "waiting": waiting_html(shown, language),
                "refused": waiting_html(shown, language, refused=REFUSED),
            }.items():
                covers[f"{kind} {name} {language}"] = html
    screen = canvas()
    found = screen.looks(covers)

    least = needed(SITUATIONS["fine"].screen, 16)
    faults = {key: look["faults"] for key, look in found.items() if look["faults"]}
    small = {
        f"{key} {text}": size
        for key, look in found.items()
        for said, text, size, places in look["texts"]
        if ".s-how" not in places and said != "s-last" and size < least - 0.01
    }
    assert not faults, listed(faults)
    assert not small, listed(small)


def with_lines(count: int) -> Snapshot:
    """Return a plan of so many lines of four channels."""
    shown = SITUATIONS["fallback"]
    audiences = ("management", "staff", "partners", "hospitals", "schools", "press")
    lines = [
        replace(each, audience=audience)
        for audience in audiences
        for each in shown.recommendations
    ]
    return replace(shown, recommendations=tuple(lines[:count]))


@pytest.mark.parametrize("distance_m", [5.0, 8.0])
def test_a_cover_says_how_to_use_each_channel_and_what_to_do_when_none_works(
    canvas: Canvas, distance_m: float
) -> None:
    covers = {
        f"{count} {language}": stale_html(
            seen_from(with_lines(count), distance_m, 1210), language
        )
        for count in range(1, 7)
        for language in ("fr", "de")
    }
    screen = canvas()
    found = screen.looks(covers)

    assert not (faults := {k: v["faults"] for k, v in found.items() if v["faults"]}), (
        listed(faults)
    )
    for key, look in found.items():
        hows = [size for said, _, size, _ in look["texts"] if said == "s-how"]
        assert len(hows) == 4 * int(key.split()[0]), key
        assert min(hows) >= 3.1 - 0.01, key
        assert any(said == "s-last" for said, *_ in look["texts"]), key


def test_a_cover_leaves_out_whole_lines_and_says_how_many(canvas: Canvas) -> None:
    html = stale_html(seen_from(with_lines(12), 8, 1210), "fr")
    screen = canvas()
    assert screen.faults({"stale": html}) == {}

    assert screen.page.locator(".s-paper h2").count() == 8
    assert screen.page.locator(".s-paper li").count() == 32
    assert screen.page.locator(".s-last").count() == 1
    assert screen.page.locator(".s-rest").inner_text() == "+4 lignes"
