import re
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from render.entries import changed, note
from render.sent_notices import informed
from render.snapshots import NOON, channel, moment, snapshot, standing

from secours.core.audit.plan import Trying
from secours.languages import LANGUAGES
from secours.model.observed import Reason
from secours.model.snapshot import Snapshot
from secours.model.statements import (
    Announced,
    Declared,
    Mark,
    Pin,
    Trial,
    Watch,
    WatchAction,
)
from secours.render.logbook import shift
from secours.render.logbook.shift import ShiftData
from secours.render.logbook.shift_parts import ShiftPart
from secours.render.logbook.watches import WatchSpan
from secours.render.wording.localizer import Localizer

OUT, FORCE, TELL, NOTICES, TESTS, CHANGES = range(6)
WATCH = Watch(action=WatchAction.TAKEN, by="Anne", at=moment(7200), remark="Calm")
DAY_S = 86_400.0
HOSTILE = "<img src=x onerror=alert(1)>"


def of(shown: Snapshot, part: int, known: ShiftData | None = None) -> ShiftPart:
    localizer = Localizer(shown, "en")
    return shift.parts(known or ShiftData(), localizer, acts=True)[part]


def said(part: ShiftPart) -> list[str]:
    return [f"{row.name}: {row.said}" for row in part.rows]


def mark(subject: str, says: Declared, hours: float | None, by: str = "Bram") -> Mark:
    until = NOON + timedelta(hours=hours) if hours is not None else None
    return Mark(subject=subject, says=says, by=by, at=moment(600), until=until)


def tried(name: str, days_ago: float, *, worked: bool = True, every: int = 7) -> Trying:
    return Trying(
        channel=name,
        every_s=every * DAY_S,
        standing="fresh" if days_ago < every else "due",
        tried_at=NOON - timedelta(days=days_ago),
        worked=worked,
    )


def test_who_has_the_watch_is_said_and_that_nobody_has() -> None:
    held = Localizer(snapshot(watch=WATCH), "en")

    assert shift.sentence(held) == "Watch: Anne since 01:14"
    assert shift.sentence(Localizer(snapshot(), "en")) == "Nobody has the watch."
    html = shift.page_html(ShiftData(), held, acts=True)
    assert "Watch: Anne since 01:14</b> “Calm”" in html


def test_what_happened_is_titled_by_the_watch_that_is_shown() -> None:
    held = Localizer(snapshot(watch=WATCH), "en")
    before = WatchSpan(by="Bram", began=NOON - timedelta(hours=9), ended=WATCH.at.utc)
    now = WatchSpan(by="Anne", began=WATCH.at.utc)

    newest = shift.parts(ShiftData(watches=(now, before)), held, acts=True)[CHANGES]
    older = shift.parts(ShiftData(watches=(now, before), back=1), held, acts=True)[0]

    assert newest.title == "Since 2026-11-24 01:14:07"
    assert older.title == "Bram, 2026-11-23 18:14:07 to 2026-11-24 01:14:07"
    assert [(way.words, way.address) for way in newest.ways] == [
        ("The watch before: Bram", "shift?lang=en&back=1")
    ]
    assert [(way.words, way.address) for way in older.ways] == [
        ("The current watch", "shift?lang=en")
    ]
    assert of(snapshot(), CHANGES).title == "Since 2026-11-23 15:14:07"
    paper = shift.paper_html(
        ShiftData(watches=(now, before)), held, NOON, is_fresh=True
    )
    assert "The watch before" not in paper


def test_each_channel_that_is_not_available_is_named_the_worst_first() -> None:
    unsafe = standing("o", aside=Reason.SET_ASIDE, declared_by="Eve")
    aside = channel("radio", standing=unsafe)
    shown = snapshot("o?dx", "oooo")
    others = [view for view in shown.channels if view.name != aside.name]
    shown = replace(shown, channels=(*others, aside))

    rows = said(of(shown, OUT))

    assert [row.partition(":")[0] for row in rows] == [
        "Runner on foot",
        "Radio channel 3",
        "Voice calls",
        "Pager",
    ]
    assert rows[0].startswith("Runner on foot: DOWN · since 03:11:07 · no answer")
    assert "no longer safe, says Eve" in rows[1]
    assert of(snapshot("oooo", "oooo"), OUT).rows == ()
    assert of(snapshot("oooo", "oooo"), OUT).none == "Every channel is available."


def test_what_is_in_force_is_signed_and_what_ends_soon_comes_first() -> None:
    marks = (
        mark("power:grid", Declared.DOWN, None),
        mark("channel:sms", Declared.MAINTENANCE, 11.0),
        mark("channel:calls", Declared.DISTRUSTED, -1.0),
        mark("channel:teams", Declared.DOWN, 13.0),
    )
    pin = Pin(line="alert/management", channel="calls", by="Eve", at=moment(60))

    part = of(snapshot(marks=marks, pins=(pin,)), FORCE)

    assert [row.name.partition(" ")[0] for row in part.rows[:2]] == ["Voice", "On-call"]
    assert [row.tone is not None for row in part.rows] == [True] * 2 + [False] * 3
    assert "by Bram, since 03:04:07, until 14:14" in part.rows[1].said
    assert "has asked to be confirmed since 02:14" in part.rows[0].said
    assert any("by Eve" in row for row in said(part))


def test_what_people_were_told_is_not_named_and_what_they_were_not_is() -> None:
    shown = snapshot("xooo")
    (untold,) = of(shown, TELL).rows
    told = Announced(
        line="alert/management", channel="calls", on=("sms",), by="Eve", at=moment(1)
    )

    assert "use Voice calls" in untold.name
    assert untold.act
    assert of(replace(shown, announced=(told,)), TELL).rows == ()
    assert of(snapshot("oooo"), TELL).none == "Nothing to tell."


def test_a_notice_that_waits_is_named_with_the_way_to_acknowledge_it() -> None:
    part = of(informed(), NOTICES)

    assert part.rows
    assert all("do=ack" in row.act.address for row in part.rows if row.act)
    assert of(snapshot(), NOTICES).none == "No notice waits."


def test_what_is_to_be_tried_within_a_week_is_named_with_who_did_last() -> None:
    never = Trying(channel="runner", every_s=DAY_S, standing="never")
    known = ShiftData(
        tests=(
            tried("sms", 1, every=30),
            tried("calls", 1, every=7),
            tried("pager", 40, every=30),
            tried("teams", 1, every=30, worked=False),
            never,
        ),
        trials={"calls": Trial(channel="calls", worked=True, by="Eve", at=moment(1))},
    )

    rows = said(of(snapshot(), TESTS, known))

    assert rows == [
        "Runner on foot: never tried",
        "Pager: to be tried by 2026-11-14 · tried on 2026-10-15",
        "Voice calls: to be tried by 2026-11-30 · tried on 2026-11-23 by Eve",
        "Teams: to be tried by 2026-12-23 · tried on 2026-11-23, and it did not work",
    ]
    assert of(snapshot(), TESTS).none == "No test is due this week."


def test_return_of_what_was_unknown_in_the_watch_is_listed() -> None:
    back, gone = changed("sms", "?", "o"), changed("sms", "o", "?", ago_s=3600)

    listed = said(of(snapshot(), CHANGES, ShiftData(changes=[back, gone])))

    assert [row.partition(",")[0] for row in listed] == [
        "03:13: On-call SMS: UNKNOWN → OK",
        "02:14: On-call SMS: OK → UNKNOWN",
    ]


def test_a_first_measurement_that_is_fine_is_no_news() -> None:
    known = ShiftData(
        changes=[
            note("Called the mayor"),
            changed("sms", "o", "x"),
            changed("sms", "?", "o"),
            changed("calls", "?", "x"),
        ]
    )

    rows = said(of(snapshot(), CHANGES, known))

    assert len(rows) == 3
    assert rows[0] == "03:13: Called the mayor · Anne"
    silent = ShiftData(trouble="There is no history yet.")
    assert of(snapshot(), CHANGES, silent).none == "There is no history yet."


def test_of_what_happened_the_date_is_said_once_a_day() -> None:
    day_s = 86400.0
    known = ShiftData(
        changes=[
            note("third"),
            note("second", ago_s=120),
            note("first", ago_s=day_s),
        ]
    )

    rows = of(snapshot(), CHANGES, known).rows
    page = shift.page_html(known, Localizer(snapshot(), "en"), acts=False)

    assert [(row.day, row.name) for row in rows] == [
        ("2026-11-24", "03:13"),
        ("", "03:12"),
        ("2026-11-23", "03:14"),
    ]
    assert page.count("2026-11-24") == 1


def test_event_in_an_hour_that_comes_twice_is_printed_with_its_zone() -> None:
    change = datetime(2026, 10, 25, 1, tzinfo=UTC)  # to winter time, at 3:00
    ago_s = (snapshot().at.utc - change).total_seconds()
    known = ShiftData(
        changes=[note("b", ago_s=ago_s - 1800), note("a", ago_s=ago_s + 1800)]
    )

    paper = shift.paper_html(known, Localizer(snapshot(), "fr"), NOON, is_fresh=True)

    assert "02:30 CET" in paper
    assert "02:30 CEST" in paper


def test_each_shape_has_a_word_on_hover_and_for_readers() -> None:
    localizer = Localizer(snapshot("xooo"), "en")

    page = shift.page_html(
        ShiftData(changes=[changed("sms", "o", "x")]), localizer, acts=False
    )

    assert 'role="img" title="DOWN" aria-label="DOWN"' in page
    assert 'aria-hidden="true"></i>' not in page


def test_the_page_leads_to_what_can_be_done_only_who_may_act() -> None:
    localizer = Localizer(informed(), "en")

    assert "act?" in shift.page_html(ShiftData(), localizer, acts=True)
    assert "act?" not in shift.page_html(ShiftData(), localizer, acts=False)
    assert "shift.html?lang=en&amp;print=1" in shift.page_html(
        ShiftData(), localizer, acts=False
    )


def test_on_paper_two_sign_what_is_left_out_is_counted_and_old_data_are_said() -> None:
    known = ShiftData(changes=[note(f"note {n}") for n in range(60)])
    localizer = Localizer(snapshot("xooo"), "en")

    page = shift.paper_html(known, localizer, NOON, is_fresh=True)
    old = shift.paper_html(known, localizer, NOON, is_fresh=False)

    for words in ("Handed over by", "Taken over by", "Date and time", "Plan v1"):
        assert words in page
    assert "and 48 others" in page
    assert "(60)" in page
    assert "act?" not in page
    assert "the monitoring does not answer" in old
    assert "the monitoring does not answer" not in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_drawn_in_every_language_and_nothing_is_markup(language: str) -> None:
    held = replace(WATCH, by=HOSTILE, remark=HOSTILE)
    localizer = Localizer(replace(informed(), watch=held), language)
    known = ShiftData(tests=(tried(HOSTILE, 9),), changes=[note(HOSTILE, by=HOSTILE)])

    for html in (
        shift.page_html(known, localizer, acts=True),
        shift.paper_html(known, localizer, NOON, is_fresh=False),
    ):
        assert "<img" not in html
        assert not re.findall(r">\s*shift\.[a-z_.]+", html)
