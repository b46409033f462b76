"""Notices held at a first start: a plan that is still written tells nobody.

They are held until a person releases them, or for an hour after the last edit.
"""

from datetime import datetime, timedelta

from msgspec import Struct

from secours.model.observed import Instant
from secours.model.plan import Config

HELD_S = 3600.0


class Hold(Struct, frozen=True, kw_only=True):
    """Hold on notices since the plan of this version came into force."""

    since: Instant
    version: str

    @property
    def until(self) -> datetime:
        """Return its end, unless the plan is edited."""
        return self.since.utc + timedelta(seconds=HELD_S)


def begun(config: Config, now: Instant) -> Hold | None:
    """Return the hold of a first start; None where the plan wants none."""
    return Hold(since=now, version=config.version) if config.notify.held else None


def going_on(hold: Hold, config: Config, now: Instant) -> Hold | None:
    """Return a hold updated to now; None where it is over."""
    if not config.notify.held:
        return None
    if hold.version != config.version:
        return Hold(since=now, version=config.version)
    return None if now.since(hold.since) >= HELD_S else hold
