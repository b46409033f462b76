"""Lengths of time as people write them: `500ms 10s 5m 2h 7d 5y`."""

import re

from secours.message import BadValue, message
from secours.model.plan import Duration

UNITS_S = {
    "ms": 0.001,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86400.0,
    "y": 365 * 86400.0,
}
PATTERN = r"^[0-9]{1,9}(\.[0-9]{1,6})?(ms|s|m|h|d|y)$"
_WRITTEN = r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(ms|s|m|h|d|y)"


def read(text: str) -> Duration:
    """Return the length of time that `text` says.

    Raises:
        BadValue: it says none, or one that is not above 0.

    """
    found = re.fullmatch(_WRITTEN, text.strip())
    if not found:
        raise BadValue("plan.must-be", wanted=message("plan.a.duration"))
    number, unit = found.groups()
    length_s = Duration(float(number) * UNITS_S[unit])
    if length_s <= 0:
        raise BadValue("plan.must-be", wanted=message("plan.a.longer"))
    return length_s


def words(length_s: float) -> str:
    """Write a length of time in the largest unit that needs no fraction."""
    for unit in ("d", "h", "m", "s"):
        number = length_s / UNITS_S[unit]
        if number >= 1 and number == int(number):
            return f"{int(number)}{unit}"
    if length_s >= 1:
        return f"{length_s:g}s"
    return f"{length_s * 1000:g}ms"
