"""Durations as in a plan: `500ms 10s 5m 2h 7d 5y`."""

import re

from secours.message import BadValue, message
from secours.model.sections.field_types import Duration

UNITS_S = {
    "ms": 0.001,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86400.0,
    "y": 365 * 86400.0,
}
PATTERN = r"^[0-9]{1,9}(\.[0-9]{1,6})?(ms|s|m|h|d|y)$"
_MEANT = (*UNITS_S, "w")
_WRITTEN = r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(ms|s|m|h|d|y)"


def read(text: str) -> Duration:
    """Return the duration of a text; raise BadValue if it is none, or not above 0."""
    found = re.fullmatch(_WRITTEN, text.strip())
    if not found:
        raise BadValue("plan.must-be", wanted=message("plan.a.duration"))
    number, unit = found.groups()
    length_s = Duration(float(number) * UNITS_S[unit])
    if length_s <= 0:
        raise BadValue("plan.must-be", wanted=message("plan.a.longer"))
    return length_s


def meant(text: str) -> str | None:
    """Return the valid form of a duration in another: `5 min`."""
    from secours.config.reader import synonyms  # for a mistake only

    match = re.fullmatch(r"(\d{1,9})(?:[.,](\d{1,6}))?\s*([^\W\d_]+)\.?", text.strip())
    if not match or not re.search("[1-9]", match[0]):
        return None
    number = f"{match[1]}.{match[2]}" if match[2] else match[1]
    word = match[3].lower()
    units = (word,) if word in UNITS_S else synonyms.meant("unit", word, _MEANT)
    if units == ("w",):
        return f"{7 * int(match[1])}d"
    return f"{number}{units[0]}" if units else None


def words(length_s: float) -> str:
    """Write a duration in the largest unit without a fraction."""
    for unit in ("d", "h", "m", "s"):
        number = length_s / UNITS_S[unit]
        if number >= 1 and number == int(number):
            return f"{int(number)}{unit}"
    if length_s >= 1:
        return f"{length_s:g}s"
    return f"{length_s * 1000:g}ms"
