"""Moments on the clock of the site, with its zone, for a terminal."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from secours import texts
from secours.message import message
from secours.render.wording import localizer
from secours.render.wording.localizer import hour, zone

HOUR = re.compile(r"\b\d?\d:\d\d\b")


def moment(at: datetime, timezone: str, now: datetime) -> str:
    """Write a moment to the minute; with its date unless today."""
    here, today = (each.astimezone(zone(timezone)) for each in (at, now))
    return hour(here, "%H:%M" if here.date() == today.date() else "%Y-%m-%d %H:%M")


def second(at: datetime, timezone: str) -> str:
    """Write a moment with its date, to the second."""
    return hour(at.astimezone(zone(timezone)), "%Y-%m-%d %H:%M:%S")


def zone_name(at: datetime, timezone: str) -> str:
    """Return the name of the site's zone then, such as CET or UTC-03."""
    return localizer.zone_name(at.astimezone(zone(timezone)))


def with_zone(at: datetime, timezone: str) -> str:
    """Write a moment that stands alone, to the minute and with its date."""
    here = at.astimezone(zone(timezone))
    return f"{here:%Y-%m-%d %H:%M} {zone_name(at, timezone)}"


def explained(
    lines: Iterable[str], timezone: str, at: datetime, language: str
) -> Iterator[str]:
    """Yield lines, and behind them whose hours they are where they name any."""
    names_hour = False
    for line in lines:
        names_hour |= bool(HOUR.search(line))
        yield line
    if names_hour:
        name = zone_name(at, timezone)
        besides = {} if name == timezone else {"name": name}
        said = message("commands.times", zone=timezone, **besides)
        yield texts.in_words(language, said)
