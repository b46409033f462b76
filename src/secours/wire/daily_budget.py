"""Daily budget of tests that cost money.

A day is one of UTC. Runs of the engine count, kept across its restarts, also those that
could not send; a `check` by hand does not count, as it keeps nothing.

A tenth of the day's tests is reserved for hurried ones, which tell what failed. Toward
the end of the day less is reserved, or a schedule that fits the day would not be run to
its end; one is kept to the last.
"""

import math
from collections.abc import MutableMapping
from datetime import UTC, datetime, timedelta
from typing import Protocol

from secours.model.observed import Reason, unknown
from secours.model.runs import Stop

DAY, SPENT = "day", "spent"
KEPT = 0.1  # of a whole day


class Limited(Protocol):
    """Settings of a test with a daily limit."""

    @property
    def max_per_day(self) -> int:
        """Return the limit."""
        ...


async def prepare(
    settings: Limited, memory: dict[str, str], at: datetime, *, hurried: bool = False
) -> None:
    """Count a test of today, some kept for a `hurried` one; raise Stop at the limit."""
    spend(memory, at, settings.max_per_day, hurried=hurried)


def spend(
    memory: MutableMapping[str, str], at: datetime, limit: int, *, hurried: bool
) -> None:
    """Count one more test of today; raise Stop at the limit: unknown, `budget`."""
    at = at.astimezone(UTC)
    today = at.date().isoformat()
    spent = int(memory.get(SPENT, "0")) if memory.get(DAY) == today else 0
    allowed = limit if hurried else limit - _kept(limit, at)
    if spent >= allowed:
        raise Stop(unknown(Reason.BUDGET, limit=allowed))
    memory.update({DAY: today, SPENT: str(spent + 1)})


def _kept(limit: int, at: datetime) -> int:
    """Return the number of tests reserved for hurried ones."""
    if limit < 2:
        return 0  # the only one is better spent than kept
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    left = 1 - (at - midnight) / timedelta(days=1)
    return math.ceil(limit * KEPT * left)
