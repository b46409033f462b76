"""Ticks of a time axis and their names: hours, days, weeks or months.

Pure. A time of a day has its hours, one of a week its days, a longer one its dates.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from msgspec import Struct

MOST = 8
MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720)  # between two ticks
DAY_MINUTES = 24 * 60
DAYS = (1, 2)
WEEKS = (1, 2)
MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)
DAY = timedelta(days=1)
HALF_DAYS = 360  # minutes: beside names of days, hours only four times a day
SOME_DAYS = timedelta(days=4)  # at most with hours


class Tick(Struct, frozen=True):
    """A moment and its name; a minor one is left out where there is no room."""

    at: datetime
    name: str
    minor: bool = False


def by_clock(
    start: datetime, end: datetime, here: tzinfo, weekdays: Sequence[str]
) -> list[Tick]:
    """Return the ticks of a span, by the clock and the days of a place."""
    choices = (
        *(
            _clock(start, end, here, weekdays, step)
            for step in _steps(start, end, here)
        ),
        *(_days(start, end, here, weekdays, step) for step in DAYS),
        *(_weeks(start, end, here, step) for step in WEEKS),
        *(_months(start, end, here, step) for step in MONTHS),
    )
    return next((few for few in map(_few, choices) if few is not None), [])


def elapsed(start: datetime, end: datetime) -> list[Tick]:
    """Return the ticks of a time that is counted from its beginning."""
    whole = int((end - start) / timedelta(minutes=1))
    step = next((step for step in MINUTES if whole // step < MOST), DAY_MINUTES)
    while whole // step >= MOST:
        step *= 2
    return [
        Tick(
            start + timedelta(minutes=minute),
            f"{minute // 60}:{minute % 60:02}",
            minor=bool(minute // step % 2),
        )
        for minute in range(0, whole + 1, step)
    ]


def _few(found: Iterator[Tick]) -> list[Tick] | None:
    """Return ticks unless there are too many to read."""
    some = [tick for tick, _ in zip(found, range(MOST + 1), strict=False)]
    return some if len(some) <= MOST else None


def _steps(start: datetime, end: datetime, here: tzinfo) -> Iterator[int]:
    """Yield the candidate steps in minutes, if hours are shown."""
    least = 1 if _in_a_day(start, end, here) else HALF_DAYS
    if end - start <= SOME_DAYS:
        for step in MINUTES:
            if step >= least and (end - start) / timedelta(minutes=step) <= MOST + 1:
                yield step


def _in_a_day(start: datetime, end: datetime, here: tzinfo) -> bool:
    """Return whether no clock time comes twice."""
    first, last = (at.astimezone(here).replace(tzinfo=None) for at in (start, end))
    return max(last - first, end - start) <= DAY


def _clock(
    start: datetime, end: datetime, here: tzinfo, weekdays: Sequence[str], step: int
) -> Iterator[Tick]:
    """Yield a tick each `step` minutes since midnight; midnight bears the day."""
    dated = not _in_a_day(start, end, here)
    for day in _dates(start, end, here):
        for minute in range(0, DAY_MINUTES, step):
            clock = time(minute // 60, minute % 60)
            at = _moment(day, clock, here)
            if at is None or not start <= at < end:
                continue
            name = f"{clock:%H:%M}"
            if not minute:
                name = _day(day, weekdays)
            elif dated:
                name = f"{weekdays[day.weekday()]} {name}"
            yield Tick(at, name, minor=bool(minute // step % 2))


def _days(
    start: datetime, end: datetime, here: tzinfo, weekdays: Sequence[str], step: int
) -> Iterator[Tick]:
    for day in _dates(start, end, here):
        count, rest = divmod(day.toordinal(), step)
        if not rest:
            yield from _dated(start, end, here, day, _day(day, weekdays), count)


def _weeks(start: datetime, end: datetime, here: tzinfo, step: int) -> Iterator[Tick]:
    for day in _dates(start, end, here):
        count, rest = divmod(day.toordinal() - 1, 7 * step)  # the first was a Monday
        if not rest:
            yield from _dated(start, end, here, day, f"{day:%d/%m}", count)


def _months(start: datetime, end: datetime, here: tzinfo, step: int) -> Iterator[Tick]:
    for day in _dates(start, end, here):
        count, rest = divmod(12 * day.year + day.month - 1, step)
        if not rest and day.day == 1:
            yield from _dated(start, end, here, day, f"{day:%m/%Y}", count)


def _dated(
    start: datetime, end: datetime, here: tzinfo, day: date, name: str, count: int
) -> Iterator[Tick]:
    """Yield the beginning of a day; not every clock shows a midnight each day."""
    at = datetime.combine(day, time(), here).astimezone(UTC)
    if start <= at < end:
        yield Tick(at, name, minor=bool(count % 2))


def _day(day: date, weekdays: Sequence[str]) -> str:
    return f"{weekdays[day.weekday()]} {day.day}"


def _dates(start: datetime, end: datetime, here: tzinfo) -> Iterator[date]:
    """Yield the days of a place that touch the span."""
    first, last = (at.astimezone(here).date() for at in (start, end))
    return (first + n * DAY for n in range((last - first).days + 1))


def _moment(day: date, clock: time, here: tzinfo) -> datetime | None:
    """Return when the clock shows it; None where summer time skips it."""
    wanted = datetime.combine(day, clock, here)
    at = wanted.astimezone(UTC)
    return at if at.astimezone(here).time() == clock else None
