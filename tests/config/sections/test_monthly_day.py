"""The day of each month on which people test a channel."""

from calendar import monthrange
from datetime import date, timedelta
from pathlib import Path

import pytest
from config.plan_files import mistakes, read
from hypothesis import given
from hypothesis import strategies as st

from secours.config.sections.keys import WEEKS
from secours.model.monthly_day import MonthlyDay

CHANNEL = "channels: {radio: {test: {every: 31d, on: %s}}}"


def test_it_is_written_as_people_say_it(tmp_path: Path) -> None:
    loaded = read(tmp_path, CHANNEL % "first thursday")
    without = read(tmp_path, "channels: {radio: {test: {every: 31d}}}")

    assert loaded.channels["radio"].test_on == MonthlyDay(week=1, weekday=3)
    assert loaded.channels["radio"].test_every_s == 31 * 86400
    assert without.channels["radio"].test_on is None


@pytest.mark.parametrize(
    "text", ["thursday", "fifth monday", "first thursdy", "7"], ids=lambda text: text
)
def test_what_is_no_such_day_is_a_mistake_at_its_place(
    tmp_path: Path, text: str
) -> None:
    (said,) = mistakes(tmp_path, CHANNEL % text)

    assert said == (
        "1:43: channels.radio.test.on: must be a day of each month such as"
        f" 'first thursday' or 'last monday', not {text!r}"
    )


@given(
    st.dates(date(1990, 1, 1), date(2090, 12, 1)),
    st.sampled_from([*WEEKS.values()]),
    st.integers(0, 6),
)
def test_the_next_one_is_the_first_that_is_not_before(
    day: date, week: int, weekday: int
) -> None:
    which = MonthlyDay(week=week, weekday=weekday)
    found = which.next_from(day)

    ahead = (day + timedelta(days=n) for n in range(70))
    assert found == next(each for each in ahead if _is(which, each))


def _is(which: MonthlyDay, day: date) -> bool:
    _, length = monthrange(day.year, day.month)
    last = day.day + 7 > length
    week = last if which.week < 0 else (day.day + 6) // 7 == which.week
    return week and day.weekday() == which.weekday
