# ruff: noqa: RUF001 -- the dash is how a time is printed

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from render.snapshots import NOON, STATES, snapshot

from secours.languages import LANGUAGES
from secours.model.observed import Reason
from secours.model.snapshot import State
from secours.render.pages import strip
from secours.render.pages.strip import UNWATCHED, Window
from secours.render.pages.timeline import Span
from secours.render.wording.localizer import Localizer

DAY = Window(NOON - timedelta(days=1), NOON)
HOSTILE = "<img src=//beacon.invalid onerror=alert(1)>"
BOX = re.compile(
    r'<span data-state="(\w+)"(?: data-partly)? style="--x:([\d.e-]+)%;--w:([\d.e-]+)%"'
    r' title="([^"]*)">'
    r"<span>([^<]*)</span>"
)
LENGTHS = st.one_of(st.integers(1, 120_000), st.integers(1, 90_000_000))  # ms


def localizer(language: str = "en") -> Localizer:
    return Localizer(snapshot("xooo"), language)


def spans(*held: tuple[str, float], end: datetime = NOON) -> list[Span]:
    """Return states and how many seconds each lasted, the last until `end`."""
    parts = [timedelta(milliseconds=round(1000 * lasted)) for _, lasted in held]
    start = end - sum(parts, timedelta())
    found = []
    for (letter, _), lasted in zip(held, parts, strict=True):
        until = start + lasted
        watched = letter != "-"
        state = STATES.get(letter, State.UNKNOWN)
        found.append(Span(start=start, end=until, state=state, watched=watched))
        start = until
    return found


def drawn(found: Sequence[Span], window: Window = DAY) -> list[tuple[str, ...]]:
    html = strip.bars(found, window, localizer(), label="SMS")
    return BOX.findall(html)


def test_from_when_a_time_was_watched_is_said_where_it_began_within() -> None:
    later = [*spans(("-", 3600), ("o", 7200))]
    whole = [*spans(("d", 86_400))]

    def since(*rows: Sequence[Span]) -> str:
        return strip.watched_since(rows, DAY, localizer())

    assert since(later) == "watched since 01:14"
    assert since(later, whole) == ""
    assert since() == since([]) == ""


def test_a_state_is_a_box_with_its_place_its_word_and_why() -> None:
    down = spans(("x", 6 * 3600), end=NOON - timedelta(hours=6))[0]
    down = Span(start=down.start, end=down.end, state=down.state, reason=Reason.TIMEOUT)
    found = [
        *spans(("o", 12 * 3600), end=down.start),
        down,
        *spans(("d", 6 * 3600)),
    ]

    assert drawn(found) == [
        ("available", "0", "50", "OK, 23/11 03:14 – 15:14", "OK"),
        ("down", "50", "25", "DOWN, 23/11 15:14 – 21:14: no answer", "DOWN"),
        ("degraded", "75", "25", "DEGRADED, 23/11 21:14 – 24/11 03:14", "DEGRADED"),
    ]


def test_what_was_short_is_told_with_its_seconds() -> None:
    found = drawn(spans(("x", 40), ("o", 3600)))

    assert "DOWN, 24/11 02:13:27 – 02:14:07" in found[1][3]


def test_a_time_that_nobody_watched_is_not_one_of_which_nothing_is_known() -> None:
    found = drawn(spans(("?", 8 * 3600), ("-", 8 * 3600)))

    assert [look for look, *_ in found] == [UNWATCHED, "unknown", UNWATCHED]
    assert [word for *_, word in found] == ["NOT WATCHED", "UNKNOWN", "NOT WATCHED"]
    assert found[2][3].endswith("the monitoring did not run")


def test_without_a_history_nothing_was_watched() -> None:
    html = strip.bars([], DAY, localizer(), label="SMS")

    assert [look for look, *_ in BOX.findall(html)] == [UNWATCHED]
    assert 'aria-label="SMS: Nothing was measured in this time."' in html


def test_a_sentence_says_how_it_fared_in_the_time_that_is_drawn() -> None:
    found = spans(("x", 3600), ("o", 86400 - 600), ("x", 600))

    html = strip.bars(found, DAY, localizer(), label="SMS")

    assert "SMS: Usable for 99.3% of the time measured. Down once, for 10 min." in html


def test_what_comes_from_outside_is_no_markup() -> None:
    html = strip.bars([], DAY, localizer(), label=HOSTILE)

    assert "<img" not in html
    assert "&lt;img" in html


def test_where_it_is_crowded_a_box_says_how_much_of_it_was_bad() -> None:
    flapping = [("o", 50), ("x", 10)] * 1000

    found = drawn(spans(("o", 20_000), *flapping))

    assert len(found) <= strip.MOST
    assert found[2][0] == "down"
    assert re.search(r"DOWN for 2 h 4[67] min in all, .* – ", found[2][3])


@given(st.lists(st.tuples(st.sampled_from("oxd?-"), LENGTHS), max_size=900))
def test_boxes_hold_the_whole_time_in_order_and_no_failure_is_lost(
    held: list[tuple[str, int]],
) -> None:
    found = spans(*((letter, ms / 1000) for letter, ms in held))

    boxes = strip.stretches(found, DAY)

    assert len(boxes) <= strip.MOST
    assert boxes[0].span.start == DAY.start
    assert boxes[-1].span.end == DAY.end
    for one, other in pairwise(boxes):
        assert one.span.end == other.span.start
    for box in boxes:
        inside = [
            span
            for span in found
            if span.start < box.span.end and span.end > box.span.start
        ]
        assert 0 < box.lasted_s <= box.span.lasted_s + 1e-6
        downs = any(span.state is State.DOWN for span in inside)
        assert (box.span.state is State.DOWN) is downs
        if box.span.state is State.AVAILABLE:
            good = sum(s.lasted_s for s in inside if s.state is State.AVAILABLE)
            assert good >= 0.9 * box.span.lasted_s - 1e-6


@given(
    st.lists(st.tuples(st.sampled_from("oxd?-"), st.integers(500, 90_000)), max_size=40)
)
def test_what_is_broad_enough_is_drawn_as_it_was(held: list[tuple[str, int]]) -> None:
    whole = spans(*held)

    boxes = [box.span for box in strip.stretches(whole, DAY)]

    inside = [span for span in whole if span.start >= DAY.start]
    assert boxes[len(boxes) - len(inside) :] == inside


def test_a_short_failure_between_long_times_is_drawn_as_it_was() -> None:
    whole = spans(("o", 40_000), ("x", 5), ("d", 5), ("o", 46_390))

    assert [box.span for box in strip.stretches(whole, DAY)] == whole


def test_however_it_is_crowded_there_are_not_too_many_boxes() -> None:
    found = spans(*[("o", 481), ("x", 5), ("d", 5), ("x", 5)] * 174)

    boxes = strip.stretches(found, DAY)

    assert 300 < len(boxes) <= strip.MOST


def test_the_html_of_a_crowded_time_is_small() -> None:
    flapping = spans(*[("o", 500), ("x", 50)] * 14_000)
    window = Window(NOON - timedelta(days=90), NOON)

    html = strip.bars(flapping, window, localizer("de"), label="SMS")

    assert len(html) < 80_000


def test_every_look_is_explained_by_a_sample_and_a_word() -> None:
    for language in LANGUAGES:
        html = strip.legend(localizer(language))

        looks = re.findall(r'data-state="(\w+)"', html)
        words = re.findall(r"<span>([^<]+)</span>", html)
        assert looks == [*map(str, State), UNWATCHED]
        assert len({*words}) == len(looks) == 5


@pytest.mark.parametrize(
    ("language", "days"),
    [
        ("de", "Mi 18, Do 19, Fr 20, Sa 21, So 22, Mo 23, Di 24"),
        ("en", "Wed 18, Thu 19, Fri 20, Sat 21, Sun 22, Mon 23, Tue 24"),
        ("fr", "mer 18, jeu 19, ven 20, sam 21, dim 22, lun 23, mar 24"),
    ],
)
def test_the_axis_has_the_days_of_the_language_by_the_clock_of_the_site(
    language: str, days: str
) -> None:
    week = Window(NOON - timedelta(days=7), NOON)

    names = re.findall(r">([^<]+)</span>", strip.axis(week, localizer(language)))

    assert ", ".join(names) == days
    assert 'style="--x:' in strip.axis(week, localizer("de"))
