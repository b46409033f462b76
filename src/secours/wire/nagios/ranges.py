"""Ranges for thresholds, written as for any monitoring plugin.

Source: Monitoring Plugins Development Guidelines, "Threshold and Ranges".
"""

import math
import re
from typing import NamedTuple

from secours.message import BadValue

NUMBER = r"-?\d{1,300}(?:\.\d+)?"  # Python reads no number of 4,300 digits
RANGE = re.compile(rf"(@)?(?:({NUMBER}|~)?(:))?({NUMBER})?")


class Range(NamedTuple):
    """Values from `low` to `high`; with `inside` an alert is inside them, not out."""

    low: float  # or a whole number, of any length
    high: float
    inside: bool = False

    def alerts(self, value: float) -> bool:
        """Tell whether a value alerts; one that is no number always does."""
        return (self.low <= value <= self.high) is self.inside or math.isnan(value)


def parse(text: str) -> Range:
    """Read `[@]start:end`; `10` is `0:10`, `~` is no start; or raise ValueError."""
    found = RANGE.fullmatch(text.strip())
    if not found or not (found[3] or found[4]):
        raise BadValue("plan.option.no-range", text=repr(text))
    at, start, _, end = found.groups()
    low = -math.inf if start == "~" else _number(start or "0")
    high = math.inf if end is None else _number(end)
    if low > high:
        raise BadValue("plan.option.range-order", text=repr(text))
    return Range(low, high, at is not None)


def _number(text: str) -> float:
    """Read a bound; a whole number stays exact, which a float of a Counter64 is not."""
    return float(text) if "." in text else int(text)
