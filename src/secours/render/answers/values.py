"""The values of what the commands print as JSON: moments, ages, codes."""

import math
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import msgspec

from secours.model.observed import Instant
from secours.model.snapshot import Snapshot, State

SCHEMA: Final = 1

EXIT_CODES = {
    State.AVAILABLE: 0,
    State.DEGRADED: 1,
    State.DOWN: 2,
    State.UNKNOWN: 3,
}
"""Monitoring Plugins guidelines, section "Plugin Return Codes"."""

Answer = dict[str, Any]

Time = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
"""A moment as ISO 8601 in UTC."""


def fresh(snapshot: Snapshot, age_s: float) -> bool:
    """Tell whether a snapshot of this age may still be believed."""
    return age_s <= snapshot.screen.max_age_s


def iso(instant: Instant | None) -> str | None:
    """Write a moment as ISO 8601 in UTC, to the millisecond."""
    if instant is None:
        return None
    return date(instant.utc)


def date(moment: datetime | None) -> str | None:
    """Write an hour that people gave as ISO 8601 in UTC."""
    if moment is None:
        return None
    utc = moment.astimezone(UTC)
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def proof_age_s(snapshot: Snapshot, then: Instant | None, age_s: float) -> float | None:
    """Return how old a proof is now; None where nobody can tell."""
    if then is None:
        return None
    return finite(snapshot.at.since(then) + age_s)


def finite(age_s: float) -> float | None:
    """Return an age to a tenth of a second; None where it is not known."""
    return round(age_s, 1) if math.isfinite(age_s) else None


def milliseconds(latency_s: float | None) -> float | None:
    """Return a length of time in thousandths of a second."""
    return None if latency_s is None else round(latency_s * 1000, 1)
