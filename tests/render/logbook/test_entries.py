import math
import re
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from render.entries import Entry, changed, engine, note, of, word
from render.snapshots import NOON, snapshot

from secours.languages import LANGUAGES
from secours.model.observed import Instant
from secours.render.logbook import entries
from secours.render.logbook.entries import SEARCHED, JournalFilter
from secours.render.wording.localizer import Localizer

HOSTILE = "<img src=//beacon.invalid onerror=alert(1)>\x1b[31m"
DAY_S = 86_400.0
SOME = [
    note("Called the mayor", ago_s=60),
    changed("sms", "o", "x", ago_s=120),
    engine("start", ago_s=3 * 3600),
    note("The day before", ago_s=DAY_S),
    note("Long ago", ago_s=5 * DAY_S),
]


def drawn(found: list[Entry], language: str = "en", **given: object) -> str:
    wish = replace(JournalFilter(), **given)
    return entries.page_html(found, wish, Localizer(snapshot(), language))


def rows(html: str) -> list[str]:
    body = html.partition("</thead>")[2]
    return [
        " ".join(re.sub(r"<[^>]+>", " ", row).split())
        for row in re.findall(r"<tr.*?</tr>", body, re.DOTALL)
    ]


def test_entries_stand_under_their_dates_on_the_clock_of_the_site() -> None:
    found = rows(drawn(SOME))

    assert found[0] == "Today · 2026-11-24"
    assert found[1].startswith("03:13:07 Called the mayor Anne")
    assert found[2].startswith("03:12:07 On-call SMS: OK → DOWN")
    assert found[3].startswith("00:14:07 monitoring starts")
    assert found[4] == "Yesterday · 2026-11-23"
    assert found[6] == "2026-11-19"


@pytest.mark.parametrize(
    ("now", "first"),
    [
        (datetime(2026, 3, 29, 22, 30, tzinfo=UTC), "Yesterday · 2026-03-29"),
        (datetime(2026, 10, 25, 22, 30, tzinfo=UTC), "Yesterday · 2026-10-24"),
    ],
    ids=["an hour less", "an hour more"],
)
def test_yesterday_is_the_day_before_also_where_clocks_change(
    now: datetime, first: str
) -> None:
    noon = datetime.fromisoformat(f"{first[-10:]}T12:00:00Z")
    shown = replace(snapshot(), at=Instant(now, 0.0))
    entry = Entry(at=noon, by="Ann", kind="note", text="noon")

    html = entries.page_html([entry], JournalFilter(), Localizer(shown, "en"))

    assert rows(html)[0] == first


def test_day_is_named_by_its_date_alone_while_the_age_is_not_known() -> None:
    html = entries.page_html(
        SOME, JournalFilter(), Localizer(snapshot(), "en", math.inf)
    )

    assert rows(html)[0] == "2026-11-24"


def test_search_of_a_longer_history_says_how_far_it_goes() -> None:
    found = [note("Called the mayor")] * SEARCHED

    assert "newest 2000 entries are looked through" in drawn(found, text="bishop")
    assert "are looked through" not in drawn(found[1:], text="bishop")


def test_what_is_down_is_told_by_its_shape_and_who_wrote_only_of_people() -> None:
    html = drawn(SOME)

    assert html.count('data-shape="down"') == 1
    assert "s-entry-state s-down" in html
    assert "secours</span>" not in html
    assert 'title="2026-11-24 02:13:07 UTC">03:13:07<' in html


@pytest.mark.parametrize(
    ("asked", "wish"),
    [
        ([], JournalFilter()),
        ([("days", "7")], JournalFilter(days=7)),
        ([("days", "all")], JournalFilter(days=None)),
        ([("days", "-1"), ("kind", "x")], JournalFilter()),
        (
            [("kind", "word"), ("kind", "note"), ("text", " mayor ")],
            JournalFilter(kinds=("note", "word"), text="mayor"),
        ),
        ([("text", "x" * 999)], JournalFilter(text="x" * 200)),
    ],
    ids=["nothing", "a week", "all", "nonsense", "kinds", "long"],
)
def test_what_is_looked_for_is_in_the_address(
    asked: list[tuple[str, str]], wish: JournalFilter
) -> None:
    assert entries.filter_of(asked) == wish
    assert entries.filter_of(wish.asked) == wish


def test_the_period_begins_so_many_days_ago() -> None:
    assert JournalFilter(days=7).since(NOON) == NOON - timedelta(days=7)
    assert JournalFilter(days=None).since(NOON) is None


def test_a_kind_is_a_way_to_add_it_or_to_leave_it_with_how_many_there_are() -> None:
    html = drawn(SOME, kinds=("note",), days=7)

    notes, states = (
        re.search(f'<a href="([^"]*)"[^>]*>{words} <span[^>]*>(\\d+)<', html)
        for words in ("Notes", "States")
    )
    assert notes
    assert states
    assert (notes[2], states[2]) == ("3", "1")
    assert "kind" not in notes[1]
    assert states[1] == "journal?lang=en&amp;days=7&amp;kind=note&amp;kind=state"
    assert html.count('aria-current="true"') == 2  # the period and the kind
    assert len(rows(html)) == 3 + 3  # notes, and their days


def test_what_is_looked_for_stays_in_the_form_and_in_what_is_taken_along() -> None:
    html = drawn(SOME, text="mayor", kinds=("note",), days=90)

    assert 'name="text" value="mayor"' in html
    assert '<input type="hidden" name="days" value="90">' in html
    assert '<input type="hidden" name="kind" value="note">' in html
    assert '<input type="hidden" name="text"' not in html
    query = "lang=en&amp;days=90&amp;kind=note&amp;text=mayor"
    for kind in ("csv", "json"):
        assert f"journal.{kind}?{query}" in html
    assert f"journal.html?{query}&amp;print=1" in html


def test_no_more_rows_are_drawn_than_a_browser_bears_and_that_is_said() -> None:
    html = drawn([note("x", ago_s=second) for second in range(600)])

    assert html.count("s-entry-note") == 500
    assert "The newest 500 entries are shown." in html
    assert "newest" not in drawn(SOME)


def test_nothing_to_show_is_said_and_why() -> None:
    assert "Nothing to show." in drawn([])
    localizer = Localizer(snapshot(), "en")
    html = entries.page_html([], JournalFilter(), localizer, trouble="No history.")
    assert "No history." in html


def test_nothing_that_was_noted_is_markup_and_a_long_note_is_whole() -> None:
    html = drawn([note(HOSTILE, by=HOSTILE), of(word("mark", HOSTILE, "down"))])

    assert "<img" not in html
    assert "\x1b" not in html
    assert "word " * 300 + "end" in drawn([note("word " * 300 + "end")])


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_drawn_in_every_language(language: str) -> None:
    html = drawn(SOME, language)

    assert f"journal?lang={language}&amp;days=1" in html
    assert not re.findall(r">\s*(?:journal|page|period)\.[a-z_.]+", html)
