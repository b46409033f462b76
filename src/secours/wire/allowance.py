"""How many tests that cost money may still be made today.

A day is one of UTC. Counted are the runs of the engine, kept across its restarts, also
those that then could not send; a `check` by hand is not counted, as it keeps nothing.
"""

from collections.abc import MutableMapping
from datetime import UTC, datetime

from secours.model import Reason, Stop, unknown

DAY, SPENT = "day", "spent"


def spend(memory: MutableMapping[str, str], at: datetime, limit: int) -> None:
    """Count one more test of today.

    Raises:
        Stop: as many as are allowed were made: unknown, `budget`.

    """
    today = at.astimezone(UTC).date().isoformat()
    spent = int(memory.get(SPENT, "0")) if memory.get(DAY) == today else 0
    if spent >= limit:
        raise Stop(unknown(Reason.BUDGET, limit=limit))
    memory.update({DAY: today, SPENT: str(spent + 1)})
