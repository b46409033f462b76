"""What happens at a site, as others hear of it: in order, each with a number."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct, field

from secours.model.observed import Instant
from secours.model.snapshot import Change

CHANGE, ROLLUP = "change", "rollup"  # the kinds
MOST_BODY_BYTES = 7000  # of an event: what one site has at the hub is bounded by it


class Tally(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How many tests ended in each verdict, and how fast."""

    ok: int = 0
    degraded: int = 0
    failed: int = 0
    unknown: int = 0
    latency_s: float | None = None  # the mean


class RollUp(Struct, frozen=True, kw_only=True):
    """What the tests of a stretch of time came to."""

    since: datetime
    lasting_s: float
    of: Mapping[str, Tally] = field(default_factory=dict)  # by node: `channel:mail`


class SiteEvent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The contents of an event: one of the two."""

    change: Change | None = None
    rollup: RollUp | None = None


class EventRow(Struct, frozen=True, kw_only=True):
    """An event as the site keeps it until others have it."""

    number: int
    at: Instant
    boot: str  # on which `at.steady_s` holds
    body: bytes  # a SiteEvent, as JSON


class OutboxNumbers(Struct, frozen=True):
    """How far a site's events have come."""

    epoch: str  # of its memory
    newest: int
    acknowledged: int  # the hub has it and all before
