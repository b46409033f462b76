"""The tests that people make, as a program reads them that reads calendars."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from msgspec.structs import replace
from plans import channel, plan
from render.snapshots import snapshot, with_channel

from secours.languages import LANGUAGES, Text
from secours.model.monthly_day import MonthlyDay
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.statements import Trial
from secours.render.export.calendar import TestCalendar, calendar
from secours.render.wording.localizer import Localizer

NOW = datetime(2026, 11, 24, 2, 14, 7, tzinfo=UTC)
WEEK_S = 7 * 86400.0


def radio(**given: Any) -> Config:
    made = replace(channel("radio"), test_every_s=WEEK_S, **given)
    return replace(plan(made), written=NOW - timedelta(days=90))


def tried(ago: timedelta, *, worked: bool = True) -> dict[str, Trial]:
    at = Instant(NOW - ago, 900_000.0 - ago.total_seconds())
    return {"radio": Trial(channel="radio", worked=worked, by="Anne", at=at)}


def written(language: str = "en", **given: Any) -> str:
    known: dict[str, Any] = {
        "config": radio(),
        "trials": {},
        "noted": {},
        "now": NOW,
        "base": "https://crisis.example/",
    }
    return calendar(TestCalendar(**known | given), Localizer(snapshot(), language))


def event(language: str = "en", **given: Any) -> Any:
    read = Calendar.from_ical(written(language, **given))
    (found,) = read.walk("VEVENT")
    assert not found.errors
    return found


def test_a_test_stands_on_the_day_on_which_it_is_due() -> None:
    found = event(trials=tried(timedelta(days=2)))

    assert found["SUMMARY"] == "Test: Radio channel 3"
    assert found.decoded("DTSTART") == date(2026, 11, 29)
    assert found.decoded("DTEND") == date(2026, 11, 30)
    assert "tried on 2026-11-22 by Anne" in found["DESCRIPTION"]
    assert "to be tried by 2026-11-29" in found["DESCRIPTION"]
    assert "Poste radio du PC, canal 3" in found["DESCRIPTION"]
    assert found["URL"] == ("https://crisis.example/act?lang=en&do=test&subject=radio")
    (alarm,) = found.walk("VALARM")
    assert alarm.decoded("TRIGGER") == timedelta(hours=8)


@pytest.mark.parametrize(
    "trials",
    [tried(timedelta(days=30)), {}],
    ids=["too long ago", "never"],
)
def test_what_is_overdue_stands_on_today(trials: dict[str, Trial]) -> None:
    found = event(trials=trials)

    assert found["SUMMARY"] == "Test overdue: Radio channel 3"
    assert found.decoded("DTSTART") == date(2026, 11, 24)
    tomorrow = event(trials=trials, now=NOW + timedelta(days=1))
    assert tomorrow["SEQUENCE"] > found["SEQUENCE"]
    assert tomorrow["UID"] == found["UID"]


@pytest.mark.parametrize(
    ("tried_at", "due"),
    [
        (datetime(2026, 10, 24, 21, 59, tzinfo=UTC), date(2026, 10, 31)),
        (datetime(2026, 10, 24, 22, 1, tzinfo=UTC), date(2026, 10, 31)),
        (datetime(2026, 10, 24, 23, 1, tzinfo=UTC), date(2026, 11, 1)),
        (datetime(2027, 3, 21, 22, 30, tzinfo=UTC), date(2027, 3, 29)),
    ],
    ids=["before midnight", "after it, winter by then", "winter midnight", "summer"],
)
def test_a_day_is_one_of_the_site_also_where_clocks_change(
    tried_at: datetime, due: date
) -> None:
    trial = Trial(
        channel="radio", worked=True, by="Anne", at=Instant(tried_at, 900_000.0)
    )

    found = event(trials={"radio": trial}, now=tried_at)

    assert found.decoded("DTSTART") == due


def test_a_test_on_a_day_of_each_month_recurs() -> None:
    first_thursday = MonthlyDay(week=1, weekday=3)
    config = radio(test_on=first_thursday)

    found = event(config=config, trials=tried(timedelta(days=2)))
    last = event(config=radio(test_on=MonthlyDay(week=-1, weekday=0)))

    assert found.decoded("DTSTART") == date(2026, 12, 3)
    assert found["RRULE"].to_ical() == b"FREQ=MONTHLY;BYDAY=1TH"
    assert last["RRULE"].to_ical() == b"FREQ=MONTHLY;BYDAY=-1MO"
    assert last.decoded("DTSTART") == date(2026, 8, 31)


def test_an_event_is_a_newer_version_of_itself_once_a_test_was_noted() -> None:
    before = event(trials=tried(timedelta(days=6)))
    after = event(trials=tried(timedelta(days=1)))
    taken_back = event(
        trials=tried(timedelta(days=6)), noted={"radio": NOW - timedelta(hours=1)}
    )

    assert before["UID"] == after["UID"] == taken_back["UID"]
    assert before["SEQUENCE"] < after["SEQUENCE"] < taken_back["SEQUENCE"] < 2**31


def test_a_channel_that_the_plan_asks_nobody_to_test_is_not_there() -> None:
    made = plan(channel("radio"))

    read = Calendar.from_ical(written(config=made))

    assert read.walk("VEVENT") == []


def test_a_stranger_reads_neither_who_nor_how() -> None:
    found = written(trials=tried(timedelta(days=2)), sees_all=False, acts=False)

    assert "tried on 2026-11-22" in found
    assert "Anne" not in found
    assert "Poste radio" not in found
    assert "URL:" not in found


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_calendar_speaks_one_language(language: str) -> None:
    summaries = {"fr": "Essai : ", "nl": "Test: ", "de": "Test: ", "en": "Test: "}

    found = event(language, trials=tried(timedelta(days=2)))

    assert found["SUMMARY"].startswith(summaries[language])


def test_lines_are_folded_and_signs_escaped() -> None:
    how = "Poste; salle B, armoire \\nord \x07" + "é€😀" * 40
    shown = with_channel(snapshot(), "radio", how=Text(how))
    known = TestCalendar(
        config=radio(), trials={}, noted={}, now=NOW, base="https://x.example/"
    )

    raw = calendar(known, Localizer(shown, "fr")).encode()
    found: Any
    (found,) = Calendar.from_ical(raw).walk("VEVENT")

    assert all(len(each) <= 75 for each in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert found["DESCRIPTION"].startswith("Poste; salle B, armoire \\nord é€😀é€😀")
    assert "é€😀" * 40 in found["DESCRIPTION"]
