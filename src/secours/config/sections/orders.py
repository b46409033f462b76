"""Orders for silence of an audience: its `when_cut`, with the times to listen."""

import re
from collections.abc import Sequence

from msgspec.structs import replace

from secours.config.reader import document
from secours.config.reader.shapes import (
    NOTHING,
    Record,
    Shape,
    Spot,
    Wrong,
    must_be,
    read_record,
)
from secours.config.reader.values import HOW, TEXT, checked
from secours.config.sections.fields import filled, section
from secours.languages import LANGUAGES, Text
from secours.model.receivers.audiences import Listening, WhenCut

HOUR_MIN, DAY_MIN = 60, 24 * 60
EVERY = (None, "hh", "uu")  # hour; uren, in Dutch
EVERY_HOUR = "every hour|hourly|chaque heure|toutes les heures|elk uur|jede stunde"
EVERY_DAY = "every day|daily|chaque jour|tous les jours|elke dag|jeden tag|täglich"
TIME = (
    r"(?:(hh|uu|\d?\d)(?:\s?(?:[:.hu]|uhr|uur)\s?(\d\d))?|:(\d\d))"
    r"(?:\s?(?:(heures|hrs|uhr|uur|h|u)\b|([ap])\.?m\b\.?))?+"
)
TIMES = re.compile(
    rf"(?:({EVERY_HOUR}|{EVERY_DAY})\b,?\s?)?(?:(?:from|de|van|von)\s)?{TIME}"
    r"\s?(?:\b(?:to|until|à|a|tot|bis)\b|[-–])\s?"  # noqa: RUF001
    rf"{TIME}(?:\s?[,;:]\s?|\s(?=\D))(\S.*)",
    re.IGNORECASE,
)
ORDERS = ("listen", "decide", "meet", "send")


def _one_language(text: str) -> Listening:
    """Read "hh:MM to hh:MM, where" and its like; raise ValueError for another form."""
    found = TIMES.fullmatch(" ".join(text.split()))
    if found is None:
        raise ValueError
    every, *times, where = found.groups()
    said = [each and each.lower() for each in times]
    first, last = said[:5], said[5:]
    hourly = first[0] in EVERY
    mixed = hourly != (last[0] in EVERY) or not any(last[1:])  # 5 to 10: of what?
    if mixed or (every and hourly != bool(re.fullmatch(EVERY_HOUR, every, re.I))):
        raise ValueError
    start, stop = _minute(first, first[4] or last[4]), _minute(last, last[4])
    if last[4] and not first[4] and start > stop:  # 11 to 1 pm
        start = (start + DAY_MIN // 2) % DAY_MIN
    period = HOUR_MIN if hourly else DAY_MIN
    if start >= period or stop > period or start == stop:
        raise ValueError
    return Listening(
        hour=None if hourly else start // HOUR_MIN,
        minute=start % HOUR_MIN,
        lasts_min=(stop - start) % period or period,
        where=Text(where),
    )


def _minute(said: Sequence[str | None], noon: str | None) -> int:
    """Return the minute of the day, or of each hour; raise ValueError for none."""
    hour, past, only, *_ = said
    minute = int(past or only or 0)
    if minute >= HOUR_MIN or (noon and not 1 <= int(hour or 0) <= 12):
        raise ValueError
    if hour is None or hour in EVERY:
        return minute
    return (int(hour) % 12 + 12 * (noon == "p") if noon else int(hour)) * 60 + minute


_ONE = checked(_one_language, "plan.a.listening")


def _listening(spot: Spot) -> Listening | None:
    """Read it in one language or several, which all say the same times."""
    if not isinstance(spot.node, document.Mapping):
        return _ONE.read(spot)
    found = read_record(spot, dict.fromkeys(LANGUAGES, _ONE)).values
    if not spot.node.items:
        raise must_be(spot, "plan.a.listening", NOTHING)
    if not found:
        return None  # each is a mistake already
    places = {name: each.where.plain for name, each in found.items()}
    where = Text(translations=places)
    times: list[Listening] = [replace(each, where=where) for each in found.values()]
    if len({(each.hour, each.minute, each.lasts_min) for each in times}) != 1:
        raise Wrong(spot, "plan.listen.differ")
    return times[0]


WHEN_CUT = section(
    WhenCut,
    listen=Shape(_listening, lambda: TEXT.schema),
    decide=HOW,
    meet=HOW,
    send=HOW,
)


def when_cut(audience: Record) -> WhenCut | None:
    """Make the orders of an audience, noting that they are empty."""
    written: Record | None = audience.get("when_cut")
    if written is None:
        return None
    if not any(key in document.keys(written.spot.node) for key in ORDERS):
        audience.at("when_cut").note("plan.when-cut.empty", names=", ".join(ORDERS))
    return filled(written, WhenCut)
