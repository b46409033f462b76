"""Calendar of the tests that people make, for other programs to subscribe to.

Pure. A test is due on a day of the site: it has a date and no hour, so that no change
of clocks moves it. Overdue tests stand on today.

Source: RFC 5545 (3.1 lines, 3.3.10 recurrence, 3.3.11 text, 3.6.1 events, 3.8.7.4
sequence); RFC 7986 (5.1 name, 5.7 refresh, 5.3 UID).
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from secours.core.audit.plan import Trying, tests_of
from secours.model.plan import Config
from secours.model.statements import Trial
from secours.outside_text import plain
from secours.render.export import xml
from secours.render.templates.links import link
from secours.render.wording.localizer import Localizer, zone
from secours.render.wording.receivers import roll_call

MEDIA_TYPE = "text/calendar"
FOLD_BYTES = 75  # of a line
ONE_DAY = timedelta(days=1)
LONGEST = 400  # characters of one text
BYDAY = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
REMINDS = "PT8H"  # in the morning of that day


class TestCalendar(Struct, frozen=True, kw_only=True):
    """Plan, log and options of the test calendar."""

    __test__ = False  # not one of pytest's

    config: Config
    trials: Mapping[str, Trial]  # the latest of each channel
    noted: Mapping[str, datetime]  # last noted or taken back, by channel
    now: datetime
    base: str  # prefix of all our addresses, with a slash at its end
    acts: bool = True  # tests are noted there
    sees_all: bool = True


def calendar(of: TestCalendar, localizer: Localizer) -> str:
    """Write the calendar."""
    site = localizer.snapshot.site
    name = localizer.say("calendar.title", site=localizer.in_language(site.name))
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Secours//Secours//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{_text(name)}",
        f"X-WR-CALNAME:{_text(name)}",
        f"X-WR-TIMEZONE:{_text(site.timezone)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        *(line for test in _tests(of) for line in _event(test, of, localizer)),
        "END:VCALENDAR",
    ]
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _tests(of: TestCalendar) -> Iterable[Trying]:
    """Return the standing of the tests that the plan asks for."""
    channels = of.config.channels
    every = tests_of(of.config, of.trials, of.now)
    return (each for each in every if channels[each.channel].test_every_s is not None)


def _event(test: Trying, of: TestCalendar, localizer: Localizer) -> list[str]:
    """Write a test as an event of a day, or of a day of each month."""
    each = of.config.channels[test.channel].test_on
    began = of.config.written or datetime.fromtimestamp(0, UTC)
    changed = max(filter(None, (of.noted.get(test.channel), test.tried_at, began)))
    today = localizer.local(of.now).date()
    due = localizer.local(test.due_at).date() if test.due_at else today
    late = due < today or test.due_at is None
    name = localizer.short_name(test.channel)
    if each is not None:
        tried = localizer.local(test.tried_at or changed).date()
        day = each.next_from(tried + ONE_DAY)
        summary = localizer.say("calendar.test", name=name)
    elif late:
        day, summary = today, localizer.say("calendar.overdue", name=name)
        changed = max(changed, _midnight(today, localizer))
    else:
        day, summary = due, localizer.say("calendar.test", name=name)
    stamp = changed.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    monthly = f"{each.week}{BYDAY[each.weekday]}" if each is not None else ""
    noting = link(
        "act", localizer.language, [("do", "test"), ("subject", test.channel)]
    )
    return [
        "BEGIN:VEVENT",
        f"UID:{xml.uuid_of(localizer.snapshot, 'test', test.channel)}",
        f"DTSTAMP:{stamp}",
        f"LAST-MODIFIED:{stamp}",
        f"SEQUENCE:{max(0, int(changed.timestamp()) // 60)}",
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{day + ONE_DAY:%Y%m%d}",
        *([f"RRULE:FREQ=MONTHLY;BYDAY={monthly}"] if monthly else []),
        f"SUMMARY:{_text(summary)}",
        f"DESCRIPTION:{_text(_description(test, of, localizer))}",
        *([f"URL:{of.base}{noting}"] if of.acts else []),
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_text(summary)}",
        f"TRIGGER:{REMINDS}",
        "END:VALARM",
        "END:VEVENT",
    ]


def _midnight(day: date, localizer: Localizer) -> datetime:
    here = zone(localizer.snapshot.site.timezone)
    return datetime(day.year, day.month, day.day, tzinfo=here)


def _description(test: Trying, of: TestCalendar, localizer: Localizer) -> str:
    """Return how the channel is used, who tried it last, and when it is due again."""
    trial = of.trials.get(test.channel) if of.sees_all else None
    parts = [localizer.how(test.channel)] if of.sees_all else []
    if test.due_at is None or test.tried_at is None:
        return "\n".join((*filter(None, parts), localizer.say("audit.test.never")))
    tried, wrong, called = roll_call.tried(test, trial, localizer)
    due = localizer.say("shift.test.due", day=localizer.date(test.due_at))
    parts += [" ".join(filter(None, (tried, wrong))), called, due]
    return "\n".join(filter(None, parts))


def _text(words: str) -> str:
    """Write a text of one or several lines."""
    lines = (plain(line, LONGEST) for line in words.split("\n"))
    return "\\n".join(map(_escaped, lines))


def _escaped(line: str) -> str:
    for sign in ("\\", ";", ","):
        line = line.replace(sign, f"\\{sign}")
    return line


def _folded(line: str) -> Iterator[str]:
    """Break a line that is too long, between two letters."""
    part, size = "", 0
    for letter in line:
        bytes_ = len(letter.encode())
        if size + bytes_ > FOLD_BYTES:
            yield part
            part, size = " ", 1
        part, size = part + letter, size + bytes_
    yield part
