"""Orders for silence of an audience: its `when_cut`, with the times to listen."""

import re

from msgspec.structs import replace

from secours.config.reader import document
from secours.config.reader.shapes import Record, Shape, Spot, Wrong, read_record
from secours.config.reader.values import HOW, TEXT, checked
from secours.config.sections.fields import filled, section
from secours.languages import LANGUAGES
from secours.model.plan import Text
from secours.model.receivers.audiences import Listening, WhenCut

HOUR_MIN, DAY_MIN = 60, 24 * 60
EVERY_HOUR = ("hh", "uu")  # uren, in Dutch
TIMES = re.compile(
    r"(hh|uu|\d\d?)[:h](\d\d)\s*(?:to|à|a|tot|bis|-|–)\s*"  # noqa: RUF001
    r"(hh|uu|\d\d?)[:h](\d\d)\s*,\s*(\S.*)",
    re.IGNORECASE,
)
ORDERS = ("listen", "decide", "meet", "send")


def _one_language(text: str) -> Listening:
    """Read "hh:MM to hh:MM, where"; raise ValueError for another form."""
    found = TIMES.fullmatch(" ".join(text.split()))
    if found is None:
        raise ValueError
    first, begin, last, end, where = found.groups()
    hourly = first.lower() in EVERY_HOUR
    if hourly != (last.lower() in EVERY_HOUR):
        raise ValueError
    hours = (0, 0) if hourly else (int(first), int(last))
    minutes = int(begin), int(end)
    period = HOUR_MIN if hourly else DAY_MIN
    start, stop = (60 * h + m for h, m in zip(hours, minutes, strict=True))
    if max(minutes) >= HOUR_MIN or start >= period or stop > period or start == stop:
        raise ValueError
    return Listening(
        hour=None if hourly else hours[0],
        minute=minutes[0],
        lasts_min=(stop - start) % period or period,
        where=Text(where),
    )


_ONE = checked(_one_language, "plan.a.listening")


def _listening(spot: Spot) -> Listening:
    """Read it in one language or several, which all say the same times."""
    if not isinstance(spot.node, document.Mapping):
        return _ONE.read(spot)
    found = read_record(spot, dict.fromkeys(LANGUAGES, _ONE)).values
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
