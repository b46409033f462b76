import pytest
from msgspec.structs import replace
from render.situations import SITUATIONS
from render.snapshots import line, snapshot, with_channel
from render.wall.wall_words import Words

from secours.config import wall_advice
from secours.languages import Text
from secours.model.sections.line import Purpose
from secours.model.sections.site import Screen
from secours.model.snapshot import Snapshot
from secours.render.text_width import rows
from secours.render.wall.card_fit import how_sizes
from secours.render.wall.layout import column
from secours.render.wall.type_sizes import (
    BANDS,
    COLUMNS,
    FARTHEST,
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


# units of type size whose capitals, 0.66 of it, are seen from one metre under 22 and
# under 16 minutes of arc on a screen 1210 mm wide, and so 680.6 mm high
CAPITAL, STATE, TEXT = 0.66, 1.42462, 1.03607
NEAR = [(3, 1210), (5, 1210), (5, 1660)]  # the table holds for these
WALKED_UP = {"chip", "strip", "beside"}  # what is read from near
SHAPES = {"shape", "used"}
WORDS = {"head", "audience", "how", "words", "name", "state", "number", "unsafe"}


@pytest.mark.parametrize(("distance_m", "width_mm"), NEAR)
def test_the_table_is_read_from_the_distances_it_is_for(
    distance_m: float, width_mm: float
) -> None:
    sizes = sizes_of(screen(distance_m, width_mm))
    farther = distance_m * 1210 / width_mm

    assert sizes == COLUMNS
    assert min(sizes.short, sizes.medium, sizes.long) >= STATE * farther
    assert min(sizes.shape, sizes.used) >= CAPITAL * STATE * farther
    read = {n: z for n, z in named(sizes).items() if n not in WALKED_UP | SHAPES}
    assert min(read.values()) >= TEXT * farther - 0.001
    assert read.keys() >= WORDS


@pytest.mark.parametrize("distance_m", [6.0, 7.0, 8.0])
def test_from_farther_the_answer_how_and_the_shape_in_use_grow_and_nothing_else(
    distance_m: float,
) -> None:
    sizes = sizes_of(screen(distance_m))
    grown = {n for n, z in named(sizes).items() if z > named(COLUMNS)[n]}

    state, text = needed(screen(distance_m), 22), needed(screen(distance_m), 16)
    assert state == pytest.approx(STATE * distance_m, abs=0.01)
    assert text == pytest.approx(TEXT * distance_m, abs=0.01)
    assert min(sizes.short, sizes.medium, sizes.long) >= state
    assert sizes.used == pytest.approx(CAPITAL * state)
    assert sizes.how == text
    assert sizes.small == max(COLUMNS.small, text)
    assert {"how", "long", "used"} <= grown
    assert grown <= {"how", "long", "medium", "small", "used"}


def test_a_larger_screen_needs_smaller_type_and_nothing_is_below_the_table() -> None:
    assert sizes_of(screen(8, 1660)).how < sizes_of(screen(8, 1210)).how
    assert named(sizes_of(screen(1, 3000))) == named(COLUMNS)


def test_how_to_use_it_is_never_smaller_than_its_least_nor_beyond_three_rows() -> None:
    """It is set smaller before it takes a fourth row; the least may take any."""
    words = "Composer le 4711 puis le code de la fiche rouge "
    for sizes in (COLUMNS, sizes_of(screen(8))):
        for count in range(1, 9):
            tried = how_sizes(words * count, sizes, 76.0)
            assert tried == sorted(tried, reverse=True)
            assert tried[-1] == 4.3
            assert all(rows(words * count, z, 76.0) <= 3 for z in tried[:-1])
    assert how_sizes("Composer le 4711", COLUMNS, 76.0)[0] == 5.6


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
    assert len({html.count("s-footer") for html in drawn}) == 1


def test_the_same_wall_serves_readers_at_three_and_at_five_metres() -> None:
    assert far(snapshot("xooo"), 3.0) == far(snapshot("xooo"), 5.0)


def test_from_farther_one_line_is_shown_and_the_other_is_named() -> None:
    near, eight = (Words(far(snapshot("xooo"), d)) for d in (5.0, 8.0))

    assert near.under("s-answer") == ["Appels vocaux", "Teams"]
    assert near.under("s-chip") == []
    assert eight.under("s-answer") == ["Appels vocaux"]
    assert eight.under("s-chip") == ["COORDONNER : Teams", "1er choix"]


@pytest.mark.parametrize(
    ("distance_m", "wide_mm", "size"),
    [(3.0, 1210.0, "3.8"), (5.0, 1210.0, "5.2"), (5.0, 1660.0, "3.8")],
)
def test_a_third_purpose_is_read_from_where_the_plan_says(
    distance_m: float, wide_mm: float, size: str
) -> None:
    shown = snapshot("xooo", "xdoo")
    inform = replace(shown.recommendations[1], purpose=Purpose.INFORM)
    screen = replace(shown.screen, distance_m=distance_m, width_mm=wide_mm)
    shown = replace(
        shown, recommendations=(*shown.recommendations, inform), screen=screen
    )
    html = wall_html(shown, "fr", age_s=4.0)

    assert f'--z-chip:{size}">' in html
    assert Words(html).under("s-answer") == ["Appels vocaux", "Radio canal 3"]
    assert Words(html).under("s-chip") == ["INFORMER : Radio canal 3", "3e choix"]
    assert "Pourquoi" in html  # which is not what gives way


@pytest.mark.parametrize("distance_m", [3.0, 8.0, 30.0])
def test_what_gives_way_is_never_the_ladder_nor_how_to_use_the_channel(
    distance_m: float,
) -> None:
    long = Text("Composer le 02 555 12 12, le code de la fiche, et la touche dièse")
    shown = with_channel(snapshot("xooo"), "calls", how=long)
    words = Words(far(shown, distance_m))

    assert long.plain in [how.replace("\u00a0", " ") for how in words.under("s-how")]
    assert words.under("s-number")[:4] == ["1", "2", "3", "4"]


def test_where_long_words_leave_no_room_the_table_holds() -> None:
    grown, table = far(SITUATIONS["crowded"], 8.0), far(SITUATIONS["wordy"], 8.0)

    assert "--z-how:8.289;" in grown
    assert "--z-used:5;" not in grown
    assert "--z-how:5.6;" in table
    assert Words(table).under("s-number") == ["1", "2", "3", "4"]


def test_what_ails_secours_is_said_from_any_distance() -> None:
    html = far(snapshot("xooo", trouble=("disk",)), 5.0)

    assert "Disque en panne" in html


def test_bands_say_which_rung_to_use() -> None:
    html = wall_html(snapshot("xooo"), "fr", age_s=4.0, layout="bands")
    words = Words(html)

    assert words.under("s-here") == ["À UTILISER"] * 2
    assert words.under("s-answer") == ["Appels vocaux", "Teams"]
    assert words.under("s-number") == ["1", "2", "3", "4"] * 2
    assert "Pourquoi" in " ".join(words.under("s-because"))


def test_bands_say_that_nothing_is_left() -> None:
    words = Words(wall_html(snapshot("xxxx"), "en", age_s=4.0, layout="bands"))

    card = [text for text in words.under("s-nothing") if text not in ("1", "2")]
    assert card[:3] == ["ALERT", "no channel", "Send a runner."]
    assert "Follow the paper plan, page 4." in words.under("s-words")


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


def test_the_advice_on_a_plan_reckons_with_the_wall_as_it_is() -> None:
    assert COLUMNS.words == wall_advice.WORDS_SIZE
    assert COLUMNS.how == wall_advice.HOW_SIZE
    assert COLUMNS.medium_most == wall_advice.NAME_LETTERS
    assert FARTHEST == wall_advice.LARGEST_SIZE
    assert {n: pytest.approx(column(n)) for n in (1, 2)} == wall_advice.ROOM
