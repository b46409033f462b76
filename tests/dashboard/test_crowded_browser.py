"""Whatever is said at once nothing lies over anything, and nothing is cut."""

from collections.abc import Iterator
from itertools import product

import pytest
from dashboard.drawing import Canvas, listed
from msgspec.structs import replace
from render import town_statements
from render.situations import (
    SITUATIONS,
    SPOKEN,
    starting_with_long_names,
    with_long_word,
    with_more_channels,
)
from render.snapshots import alone, snapshot, with_channel, with_line

from secours.languages import LANGUAGES, Text
from secours.model.sections.site import Screen
from secours.model.snapshot import Link, Snapshot
from secours.render.wall.wall import wall_html

pytestmark = pytest.mark.browser

THINGS = ("mark", "exercise", "own link", "mains", "example", "trouble", "hidden")


def shown_with(things: frozenset[str]) -> Snapshot:
    """Return a town in which these things are so at once."""
    shown = town_statements.town("xooo", "xooo")
    if "mark" in things:
        shown = town_statements.set_aside()
    if "own link" in things:
        shown = replace(shown, own_link=Link.DOWN)
    if "mains" in things:
        shown = with_line(shown, 0, on_battery=True)
    if "trouble" in things:
        shown = replace(shown, trouble=("disk",))
    shown = replace(shown, example="example" in things)
    if "hidden" in things:
        more = [replace(line, audience="staff") for line in shown.recommendations]
        shown = replace(shown, recommendations=(*shown.recommendations, *more))
    return town_statements.rehearsed(shown) if "exercise" in things else shown


def choices() -> Iterator[frozenset[str]]:
    for taken in product((False, True), repeat=len(THINGS)):
        yield frozenset(n for n, is_so in zip(THINGS, taken, strict=True) if is_so)


@pytest.mark.parametrize("distance_m", [5.0, 8.0])
def test_whatever_is_said_at_once_nothing_lies_over_anything(
    canvas: Canvas, distance_m: float
) -> None:
    drawn: dict[str, str] = {}
    for things in choices():
        shown = shown_with(things)
        far = replace(shown, screen=replace(shown.screen, distance_m=distance_m))
        drawn[", ".join(sorted(things))] = wall_html(far, "fr", age_s=4.0)
    screen = canvas()
    faults = screen.faults(drawn)

    assert len(drawn) == 2 ** len(THINGS)
    assert not faults, listed(faults)


FULL = {
    **{
        f"{name} with {more} more": with_more_channels(
            (SITUATIONS | SPOKEN)[name], more
        )
        for name in ("fallback", "degraded", "wordy", "ending", "crowded")
        for more in (1, 3)
    },
    **{
        f"starting, {each} in a tier": starting_with_long_names(each)
        for each in (1, 2, 3)
    },
    "a long word": with_long_word(),
    "two long words": with_long_word(42),
}


@pytest.mark.parametrize("size", [(1920, 1080), (3840, 2160), (390, 844)], ids=str)
@pytest.mark.parametrize("distance_m", [5.0, 8.0])
def test_tiers_of_several_channels_long_names_and_long_words_have_room(
    canvas: Canvas, size: tuple[int, int], distance_m: float
) -> None:
    walls: dict[str, str] = {}
    for name, made in FULL.items():
        shown = replace(made, screen=replace(made.screen, distance_m=distance_m))
        for language in ("fr", "de"):
            key = f"{name} {language}"
            walls[key] = wall_html(shown, language, age_s=4.0)
            walls[f"{key} line"] = wall_html(shown, language, age_s=4.0, line=2)
    screen = canvas(*size)
    faults = screen.faults(walls)

    assert not faults, listed(faults)


def with_audiences(shown: Snapshot, count: int) -> Snapshot:
    """Return a plan with the same lines for so many audiences."""
    lines = tuple(
        replace(line, audience=audience)
        for audience in ("management", "staff", "partners")[:count]
        for line in shown.recommendations
    )
    return replace(shown, recommendations=lines)


UNSAFE = ("pager", "runner", "bridge", "satphone")
HARD = {
    "nothing left beside an answer": with_audiences(
        town_statements.aside(snapshot("xoxx", "xxxx"), *UNSAFE, "teams"), 3
    ),
    "no power, little to trust": with_audiences(
        town_statements.aside(town_statements.ending(), *UNSAFE), 2
    ),
    "a pin down, little to trust": replace(
        town_statements.aside(town_statements.pinned("x"), *UNSAFE),
        own_link=Link.DOWN,
        example=True,
    ),
}


@pytest.mark.parametrize("distance_m", [3.0, 5.0, 8.0])
@pytest.mark.parametrize("layout", ["columns", "bands"])
def test_when_most_must_not_be_used_no_card_runs_into_the_rungs(
    canvas: Canvas, distance_m: float, layout: str
) -> None:
    walls = {
        f"{name} {language}": wall_html(
            replace(shown, screen=replace(shown.screen, distance_m=distance_m)),
            language,
            age_s=4.0,
            layout=layout,
        )
        for name, shown in HARD.items()
        for language in LANGUAGES
    }
    screen = canvas()
    faults = screen.faults(walls)

    assert not faults, listed(faults)


@pytest.mark.parametrize("distance_m", [3.0, 5.0])
def test_an_answer_of_one_long_word_stays_on_the_screen_in_bands(
    canvas: Canvas, distance_m: float
) -> None:
    word = Text("Donaudampfschifffahrtsgesellschaft")
    shown = with_channel(snapshot("xooo"), "calls", short_name=word)
    shown = replace(alone(shown, 0), screen=Screen(distance_m=distance_m))
    screen = canvas()
    wall = wall_html(shown, "fr", age_s=4.0, layout="bands")
    faults = screen.faults({"wall": wall})

    assert not faults, listed(faults)


def test_a_name_with_a_hyphen_is_not_broken_beside_a_pin(canvas: Canvas) -> None:
    shown = town_statements.pinned("x")
    shown = with_channel(shown, "pager", short_name=Text("Be-Alert"))
    shown = with_channel(shown, "sms", short_name=Text("Astrid"))
    shown = replace(shown, example=True, trouble=("disk", "clock"))
    screen = canvas()
    screen.draw(wall_html(shown, "nl", age_s=4.0))
    gone = screen.page.locator(".s-gone").first
    rows = gone.evaluate(
        "e => { const r = document.createRange(); r.selectNodeContents(e);"
        " return new Set([...r.getClientRects()].map(c => c.top)).size; }"
    )

    assert rows == 1


@pytest.mark.parametrize("distance_m", [5.0, 8.0])
def test_the_last_resort_of_an_exercise_is_never_cut(
    canvas: Canvas, distance_m: float
) -> None:
    shown = SPOKEN["exercise, nothing left"]
    last = "Suivre le plan papier, page 4, puis attendre un messager du bourgmestre."
    rehearsal = shown.rehearsal
    assert rehearsal is not None
    lines = tuple(
        replace(line, last_resort=Text(f"Envoyer un messager. {last}"))
        for line in rehearsal.recommendations
    )
    shown = replace(
        shown,
        rehearsal=replace(rehearsal, recommendations=lines),
        screen=replace(shown.screen, distance_m=distance_m),
    )
    screen = canvas()
    faults = screen.faults({"wall": wall_html(shown, "fr", age_s=4.0)})
    texts = screen.page.locator(".s-played").all_inner_texts()

    assert not faults, listed(faults)
    assert texts
    assert all(text.endswith(last) for text in texts)


def test_hidden_lines_take_a_second_row_before_they_are_counted(
    canvas: Canvas,
) -> None:
    shown = SITUATIONS["fallback"]
    more = [
        replace(line, audience=audience)
        for audience in ("staff", "partners")
        for line in shown.recommendations
    ]
    shown = replace(shown, recommendations=(*shown.recommendations, *more))
    screen = canvas()
    faults = screen.faults({"wall": wall_html(shown, "fr", age_s=4.0)})
    chips = screen.page.locator(".s-chip")
    tops = {round(chip.bounding_box()["y"]) for chip in chips.all()}  # type: ignore[index]
    said = chips.all_inner_texts()

    assert not faults, listed(faults)
    assert len(said) == 4
    assert len(tops) == 2
    assert not any(text.startswith("+") for text in said)


def test_where_there_is_one_row_hidden_lines_are_smaller_before_they_are_counted(
    canvas: Canvas,
) -> None:
    screen = canvas()
    wall = wall_html(SPOKEN["crowded exercise"], "fr", age_s=4.0)
    faults = screen.faults({"wall": wall})
    said = screen.page.locator(".s-chip").all_inner_texts()

    assert not faults, listed(faults)
    assert len(said) == 2
    assert not any(text.startswith("+") for text in said)
