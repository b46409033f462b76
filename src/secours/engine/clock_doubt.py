"""Doubt about our own wall clock.

Soon after it was set, and while it shows a date that is certainly past: a machine
without a battery starts in 1970.
"""

from datetime import datetime

from secours.engine import clock
from secours.model.observed import Instant

FROM_S = 60.0  # a smaller jump misleads no reader
AFTER_JUMP_S = 300.0
AT_MOST_S = 86_400.0  # after a day of this clock it was the earlier one that was wrong


class Doubt:
    """Reasons to doubt the wall clock."""

    def __init__(self, past: datetime, started: Instant) -> None:
        """Start; `past` is a date that was, as far as is known."""
        self._past = past
        self._since = started
        self._jumped: Instant | None = None

    def note_jump(self, by_s: float, at: Instant) -> None:
        """Note that the clock was set: the new time outweighs the old."""
        if abs(by_s) >= FROM_S:
            self._jumped, self._past = at, clock.RELEASED

    def holds(self, at: Instant) -> bool:
        """Tell whether the clock is in doubt."""
        if self._jumped is not None and at.since(self._jumped) < AFTER_JUMP_S:
            return True
        if at.utc < clock.RELEASED:
            return True
        return at.utc < self._past and at.since(self._since) < AT_MOST_S
