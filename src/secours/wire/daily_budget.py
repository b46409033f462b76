"""How many tests that cost money may still be made today.

A day is one of UTC. Counted are the runs of the engine, kept across its restarts, also
those that then could not send; a `check` by hand is not counted, as it keeps nothing.

A tenth of the day's tests is kept for those that are hurried, when something failed and
this one would tell what. As the day ends less is kept, or a schedule that fits the day
would not be run to its end; one is kept to the last.
"""

import math
from collections.abc import MutableMapping
from datetime import UTC, datetime, timedelta

from secours.model.observed import Reason, unknown
from secours.model.runs import Stop

DAY, SPENT = "day", "spent"
KEPT = 0.1  # of a whole day


def spend(
    memory: MutableMapping[str, str], at: datetime, limit: int, *, hurried: bool
) -> None:
    """Count one more test of today.

    Raises:
        Stop: as many as are allowed were made: unknown, `budget`.

    """
    at = at.astimezone(UTC)
    today = at.date().isoformat()
    spent = int(memory.get(SPENT, "0")) if memory.get(DAY) == today else 0
    allowed = limit if hurried else limit - _kept(limit, at)
    if spent >= allowed:
        raise Stop(unknown(Reason.BUDGET, limit=allowed))
    memory.update({DAY: today, SPENT: str(spent + 1)})


def _kept(limit: int, at: datetime) -> int:
    """Return how many of the day's tests are not for the schedule."""
    if limit < 2:
        return 0  # the only one is better spent than kept
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    left = 1 - (at - midnight) / timedelta(days=1)
    return math.ceil(limit * KEPT * left)
