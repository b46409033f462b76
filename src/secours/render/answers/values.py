"""JSON values of the answers of commands: moments, ages, codes."""

import math
from datetime import UTC, datetime
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta, Struct

from secours.message import Message, message
from secours.model.observed import Instant, Reason
from secours.model.snapshot import Snapshot, State

T = TypeVar("T", bound=Struct)

SCHEMA: Final = 1

EXIT_CODES = {
    State.AVAILABLE: 0,
    State.DEGRADED: 1,
    State.DOWN: 2,
    State.UNKNOWN: 3,
}
"""Monitoring Plugins guidelines, section "Plugin Return Codes"."""

SET_ASIDE = {Reason.SET_ASIDE: "distrusted", Reason.MAINTENANCE: "maintenance"}
"""Slugs of why a node is out of use, for programs."""

Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
"""A moment as ISO 8601 in UTC."""

Amount = Annotated[float, Meta(ge=0)]
"""Seconds, minutes or milliseconds; the field's name has the unit."""

Count = Annotated[int, Meta(ge=0)]


def encoded(answer: object) -> bytes:
    """Return an answer as JSON on one line, with a space after each comma and colon."""
    written = msgspec.json.encode(answer, enc_hook=float)  # a Duration
    return msgspec.json.format(written, indent=0)


def like(kind: type[T], source: Struct, /, **others: object) -> T:
    """Return an answer with the fields of its source, but for the others."""
    names = (
        n for n in kind.__struct_fields__ if n not in others and hasattr(source, n)
    )
    return kind(**{name: getattr(source, name) for name in names}, **others)


def fresh(snapshot: Snapshot, age_s: float) -> bool:
    """Return whether a snapshot of this age is still valid.

    The age of a snapshot from the future is not known.
    """
    return 0 <= age_s <= snapshot.screen.max_age_s


def why_stale(snapshot: Snapshot, age_s: float) -> Message | None:
    """Return why a snapshot is stale; None where it is fresh."""
    if fresh(snapshot, age_s):
        return None
    if snapshot.standby is not None and not snapshot.standby.probing:
        return message("commands.standby.stale")
    if age_s == math.inf:
        return message("commands.snapshot.another-boot")
    limit = f"{snapshot.screen.max_age_s:.0f}"
    return message("commands.snapshot.stale", age=f"{age_s:.0f}", limit=limit)


def iso(instant: Instant) -> str:
    """Write a moment as ISO 8601 in UTC, to the millisecond."""
    return date(instant.utc)


def iso_or_null(instant: Instant | None) -> str | None:
    """Write a moment, None for none."""
    return iso(instant) if instant else None


def date(moment: datetime) -> str:
    """Write a person's hour as ISO 8601 in UTC."""
    utc = moment.astimezone(UTC)
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def date_or_null(moment: datetime | None) -> str | None:
    """Write such an hour, None for none."""
    return date(moment) if moment else None


def proof_age_s(snapshot: Snapshot, then: Instant | None, age_s: float) -> float | None:
    """Return the age of a proof; None where it is not known."""
    if then is None:
        return None
    return finite(snapshot.at.since(then) + age_s)


def finite(age_s: float) -> float | None:
    """Return an age to a tenth of a second; None where it is not known."""
    return round(age_s, 1) if math.isfinite(age_s) else None


def milliseconds(latency_s: float | None) -> float | None:
    """Return a duration in milliseconds."""
    return None if latency_s is None else round(latency_s * 1000, 1)
