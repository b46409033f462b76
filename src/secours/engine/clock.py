"""Clocks of this machine, and jumps and doubt of the wall clock.

Ages use CLOCK_BOOTTIME, which never jumps and counts a suspended machine's sleep; it is
comparable only between processes of one boot, told apart by the boot id. The wall clock
is in doubt soon after it was set, and while it shows a date that is certainly past: a
machine without a battery starts in 1970.

Source: clock_gettime(2) CLOCK_BOOTTIME; random(4) /proc/sys/kernel/random/boot_id.
"""

import time
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from secours.model.observed import Instant

RELEASED = datetime(2026, 1, 1, tzinfo=UTC)  # no clock that is right says less
DOUBTED_FROM_S = 60.0  # a smaller jump misleads no reader
AFTER_JUMP_S = 300.0
DOUBTED_AT_MOST_S = 86_400.0  # for after a day it was the earlier one that was wrong


def now() -> Instant:
    """Return this moment on both clocks, in whole milliseconds.

    It is kept so, and must sort the same when it is read again.
    """
    utc = datetime.now(UTC)
    steady_ms = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
    return Instant(
        utc.replace(microsecond=utc.microsecond // 1000 * 1000), steady_ms / 1000
    )


@lru_cache(maxsize=1)
def boot_id() -> str:
    """Return the id of this boot, or "" where there is none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def jump_s(before: Instant, after: Instant) -> float:
    """Return by how much the wall clock was set between two moments, + is forward."""
    return (after.utc - before.utc).total_seconds() - after.since(before)


class Doubt:
    """Reasons to doubt the wall clock."""

    def __init__(self, past: datetime, started: Instant) -> None:
        """Start; `past` is a date that was, as far as is known."""
        self._past = past
        self._since = started
        self._jumped: Instant | None = None

    def note_jump(self, by_s: float, at: Instant) -> None:
        """Note that the clock was set: the new time outweighs the old."""
        if abs(by_s) >= DOUBTED_FROM_S:
            self._jumped, self._past = at, RELEASED

    def holds(self, at: Instant) -> bool:
        """Tell whether the clock is in doubt."""
        if self._jumped is not None and at.since(self._jumped) < AFTER_JUMP_S:
            return True
        if at.utc < RELEASED:
            return True
        return at.utc < self._past and at.since(self._since) < DOUBTED_AT_MOST_S
