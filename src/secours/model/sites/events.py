"""Numbered events of a site, for others."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct, field

from secours.model.observed import Instant
from secours.model.snapshot import Change

CHANGE, ROLLUP = "change", "rollup"  # the kinds
MOST_BODY_BYTES = 7000  # of an event: bounds a site's space at the hub


class Tally(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Number of tests by verdict, and their mean latency."""

    ok: int = 0
    degraded: int = 0
    failed: int = 0
    unknown: int = 0
    latency_s: float | None = None  # the mean


class RollUp(Struct, frozen=True, kw_only=True):
    """Sums of the tests of a span."""

    since: datetime
    lasting_s: float
    of: Mapping[str, Tally] = field(default_factory=dict)  # by node: `channel:mail`


class SiteEvent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Contents of an event: one of the two."""

    change: Change | None = None
    rollup: RollUp | None = None


class EventRow(Struct, frozen=True, kw_only=True):
    """Event as kept by the site until others have it."""

    number: int
    at: Instant
    boot: str  # on which `at.steady_s` holds
    body: bytes  # a SiteEvent, as JSON


class OutboxNumbers(Struct, frozen=True):
    """Numbers of a site's outbox."""

    epoch: str  # of its memory
    newest: int
    acknowledged: int  # at the hub, with all before
