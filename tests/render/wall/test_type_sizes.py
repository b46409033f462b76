import pytest
from msgspec.structs import replace
from render.snapshots import line, snapshot
from render.wall.test_wall import Words

from secours.model.plan import Purpose, Screen
from secours.model.snapshot import Snapshot
from secours.render.wall.type_sizes import (
    BANDS,
    COLUMNS,
    layout_of,
    named,
    needed,
    sizes_of,
)
from secours.render.wall.wall import wall_html


def screen(distance_m: float, width_mm: float = 1210) -> Screen:
    return Screen(distance_m=distance_m, width_mm=width_mm)


def test_the_table_of_the_wall_serves_the_usual_screen() -> None:
    sizes = named(sizes_of(Screen()))

    assert sizes == pytest.approx(named(COLUMNS), abs=0.01)
    assert sizes_of(Screen(distance_m=2), "bands") == BANDS


@pytest.mark.parametrize("distance_m", [3.0, 5.0, 8.0])
def test_sizes_follow_from_distance_and_width(distance_m: float) -> None:
    sizes = sizes_of(screen(distance_m))

    state, text = needed(screen(distance_m), 22), needed(screen(distance_m), 16)
    assert state == pytest.approx(1.42462 * distance_m, abs=0.01)
    assert min(sizes.long, sizes.state) >= state
    others = {n: z for n, z in named(sizes).items() if n not in ("strip", "calm")}
    assert min(others.values()) >= text


def test_a_larger_screen_needs_smaller_type_and_nothing_is_below_the_table() -> None:
    assert sizes_of(screen(5, 1660)).state < sizes_of(screen(5, 1210)).state
    assert named(sizes_of(screen(1, 3000))) == named(COLUMNS)


def test_bands_are_for_those_who_are_near_enough() -> None:
    assert layout_of(screen(5), "bands") == "bands"
    assert layout_of(screen(8), "bands") == "columns"
    assert layout_of(screen(3), "rows", None, "bands") == "bands"
    assert layout_of(screen(3), "rows") == "columns"


def far(shown: Snapshot, distance_m: float) -> str:
    at = replace(shown, screen=screen(distance_m))
    return wall_html(at, "fr", age_s=4.0)


@pytest.mark.parametrize("distance_m", [3.0, 5.0, 8.0])
def test_what_is_shown_does_not_depend_on_states(distance_m: float) -> None:
    drawn = [far(snapshot(states), distance_m) for states in ("oooo", "xdx?", "xxxx")]

    assert len({html.count("s-rung") for html in drawn}) == 1
    assert len({html.count("s-strip") for html in drawn}) == 1


def test_first_the_changes_give_way_and_then_the_ladder() -> None:
    usual, five, eight = (far(snapshot("xooo"), d) for d in (3.0, 5.0, 8.0))

    assert "s-rows-2" in usual
    assert "s-rung" in five
    assert "s-strip" not in five
    assert "s-rung" not in eight
    for html in (usual, five, eight):
        assert "Appels vocaux" in html


def test_what_ails_secours_is_said_from_any_distance() -> None:
    html = far(snapshot("xooo", trouble=("disk",)), 5.0)

    assert "Le disque" in html


def test_bands_say_which_rung_to_use() -> None:
    html = wall_html(snapshot("xooo"), "fr", age_s=4.0, layout="bands")
    words = Words(html)

    assert words.under("s-here") == ["À UTILISER"] * 2
    assert words.under("s-answer") == ["Appels vocaux", "Teams"]
    assert words.under("s-number") == ["1", "2", "3", "4"] * 2
    assert "Pourquoi" in " ".join(words.under("s-because"))


def test_bands_say_that_nothing_is_left() -> None:
    words = Words(wall_html(snapshot("xxxx"), "en", age_s=4.0, layout="bands"))

    assert words.under("s-nothing")[:3] == ["ALERT", "0 of 4", "NO USABLE CHANNEL"]
    assert "Send a runner. Follow the paper plan, page 4." in words.under("s-words")


def test_the_plan_chooses_layout_and_theme_and_the_address_another() -> None:
    shown = snapshot(screen=Screen(layout="bands", theme="light"))

    own = wall_html(shown, "fr", age_s=4.0)
    asked = wall_html(shown, "fr", age_s=4.0, layout="columns", theme="dark")
    wrong = wall_html(shown, "fr", age_s=4.0, layout="rows", theme="pink")

    assert 's-wall s-light"' in own
    assert "s-band" in own
    assert 's-wall s-dark"' in asked
    assert "s-column" in asked
    assert wrong == own


def test_a_plan_without_lines_has_its_words_in_bands_too() -> None:
    html = wall_html(snapshot(recommendations=()), "en", age_s=4.0, layout="bands")

    assert "NO PLAN TO FOLLOW" in html


def test_one_line_alone_takes_the_whole_wall() -> None:
    lines = (line(Purpose.ALERT, ("sms", "calls"), "xo"),)
    html = wall_html(snapshot(recommendations=lines), "fr", age_s=4.0, layout="bands")

    assert html.count("s-card") == 1
