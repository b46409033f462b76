"""Clocks of this machine, and jumps of the wall clock.

Ages use CLOCK_BOOTTIME, which never jumps and counts a suspended machine's sleep; it is
comparable only between processes of one boot, told apart by the boot id.

Source: clock_gettime(2) CLOCK_BOOTTIME; random(4) /proc/sys/kernel/random/boot_id.
"""

import time
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from secours.model.observed import Instant

RELEASED = datetime(2026, 1, 1, tzinfo=UTC)  # no clock that is right says less


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
