"""Heartbeat: has something else reported in, in time and in good health?

Something that Secours cannot ask, such as a nightly job or a device behind a firewall,
leaves a sign of life with `secours beat NAME`. An ok shows that it ran and had nothing
to complain of, and no more. A sign of life from before the latest boot counts as none.

Source: clock_gettime(2), CLOCK_BOOTTIME (counts while the machine sleeps).
"""

from msgspec import Struct

from secours.message import BadValue
from secours.model.observed import Evidence, Outcome, Reason, failed, ok, unknown
from secours.model.sections.channel import Path
from secours.model.sections.field_types import Duration, Ours
from secours.wire import heartbeats

BEST = Evidence.SERVED
BINDS_PATH = False  # nothing is sent
MINUTE = Duration(60)


class Settings(Struct, frozen=True, kw_only=True):
    """Interval of the sign of life, and its tolerance."""

    every: Duration
    """Interval between two signs of life."""
    grace: Duration = MINUTE
    """Delay from which the probe fails."""
    owner: Ours[str] = ""  # the id of the probe

    def __post_init__(self) -> None:
        if self.every <= 0:
            raise BadValue("plan.option.above-zero", option="every")
        if self.grace < 0:
            raise BadValue("plan.option.not-below-zero", option="grace")

    @property
    def silence_s(self) -> float:
        """Return the longest time without a sign of life."""
        return self.every + self.grace


async def probe(settings: Settings, path: Path | None = None) -> Outcome:
    """Look at the newest sign of life; raise Stop without a folder of ours."""
    beat = heartbeats.latest(settings.owner)
    if beat is None:
        return unknown(Reason.NO_BEAT)
    age_s = round(beat.age_s, 1)
    if beat.age_s > settings.silence_s:
        return failed(
            Reason.LATE, since_s=age_s, late_s=round(beat.age_s - settings.every, 1)
        )
    if beat.failed:
        return failed(Reason.REPORTED, Evidence.SERVED, since_s=age_s)
    return ok(Evidence.SERVED, since_s=age_s)
