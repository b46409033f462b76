from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secours.render import ticks
from secours.render.ticks import Tick

BRUSSELS = ZoneInfo("Europe/Brussels")
ZONES = [BRUSSELS, *map(ZoneInfo, ("Africa/Cairo", "Asia/Kathmandu", "UTC"))]
WEEKDAYS = ("lu", "ma", "me", "je", "ve", "sa", "di")
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)  # a Tuesday

MOMENTS = st.integers(-60 * 24 * 400, 60 * 24 * 400).map(
    lambda minute: NOON + timedelta(minutes=minute)
)


def by_clock(end: datetime, **length: float) -> list[Tick]:
    return ticks.by_clock(end - timedelta(**length), end, BRUSSELS, WEEKDAYS)


def drawn(found: list[Tick]) -> str:
    """Write what ticks say; in brackets what is left out where there is no room."""
    return " | ".join(f"({tick.name})" if tick.minor else tick.name for tick in found)


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (1, "12:00 | (12:10) | 12:20 | (12:30) | 12:40 | (12:50)"),
        (24, "(15:00) | 18:00 | (21:00) | ma 24 | (03:00) | 06:00 | (09:00) | 12:00"),
        (72, "di 22 | (di 12:00) | lu 23 | (lu 12:00) | ma 24 | (ma 12:00)"),
        (168, "me 18 | (je 19) | ve 20 | (sa 21) | di 22 | (lu 23) | ma 24"),
        (2160, "(31/08) | 14/09 | (28/09) | 12/10 | (26/10) | 09/11 | (23/11)"),
        (4000, "07/2026 | (08/2026) | 09/2026 | (10/2026) | 11/2026"),
    ],
    ids=["hour", "day", "three-days", "week", "quarter", "year"],
)
def test_a_day_has_hours_a_week_its_days_and_longer_its_dates(
    hours: int, said: str
) -> None:
    found = ticks.by_clock(NOON - timedelta(hours=hours), NOON, BRUSSELS, WEEKDAYS)

    assert drawn(found) == said


def test_midnight_is_that_of_the_place_when_the_clocks_change() -> None:
    winter = by_clock(datetime(2026, 10, 27, 12, tzinfo=UTC), days=4)

    midnights = [tick.at for tick in winter if ":" not in tick.name]

    assert [f"{at:%d %H:%M}" for at in midnights] == [
        "23 22:00",
        "24 22:00",
        "25 23:00",
        "26 23:00",
    ]


def test_an_hour_that_summer_time_leaves_out_has_no_tick() -> None:
    morning = by_clock(datetime(2026, 3, 29, 4, tzinfo=UTC), hours=5)

    names = [tick.name for tick in morning]

    assert names == ["di 29", "01:00", "03:00", "04:00", "05:00"]


def test_what_is_counted_from_its_beginning_begins_with_nothing() -> None:
    found = ticks.elapsed(NOON, NOON + timedelta(hours=7, minutes=10))

    assert (
        drawn(found) == "0:00 | (1:00) | 2:00 | (3:00) | 4:00 | (5:00) | 6:00 | (7:00)"
    )


@given(
    MOMENTS,
    st.floats(1, 6_000_000),
    st.sampled_from(ZONES),
)
def test_ticks_are_few_in_order_within_the_time_and_each_is_named_once(
    start: datetime, minutes: float, here: ZoneInfo
) -> None:
    end = start + timedelta(minutes=minutes)

    for found in (
        ticks.by_clock(start, end, here, WEEKDAYS),
        ticks.elapsed(start, end),
    ):
        moments, names = [each.at for each in found], [each.name for each in found]
        assert len(found) <= ticks.MOST
        assert moments == sorted(moments)
        assert all(start <= at <= end for at in moments)
        assert len({*names}) == len(names)
        major = [each for each in found if not each.minor]
        assert len(major) <= ticks.MOST // 2 + 1


@given(
    MOMENTS,
    st.integers(2, 90 * 24 * 60),
)
def test_no_time_is_without_ticks(start: datetime, minutes: int) -> None:
    end = start + timedelta(minutes=minutes)

    assert ticks.by_clock(start, end, BRUSSELS, WEEKDAYS)
