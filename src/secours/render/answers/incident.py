"""JSON of an incident, from its page."""

from typing import Literal

from msgspec import Struct

from secours.model.observed import Reason
from secours.render.answers.journal import stamp, stamp_or_null
from secours.render.answers.values import SCHEMA, Time, like
from secours.render.logbook.channel_outages import ChannelOutage, KnownBy
from secours.render.logbook.incident import Incident
from secours.render.wording.localizer import Localizer


class OutageAnswer(Struct, frozen=True, kw_only=True):
    """A channel outage: begin, end, source and reason."""

    channel: str
    down_at: Time
    said_at: Time | None  # when a person said so, if later than that
    up_at: Time | None
    dropped: bool  # the plan has it no longer: it did not work again
    dropped_at: Time | None
    known_by: KnownBy
    reason: Reason
    cause: str


class IncidentAnswer(Struct, frozen=True, kw_only=True):
    """Begin, detection, end and reach of an incident; times in UTC."""

    schema: Literal[1]
    site: str
    plan_version: str
    worked_at: Time | None
    started_at: Time | None
    detected_at: Time
    switched_at: Time | None
    ended_at: Time | None
    declared: bool
    outages: tuple[OutageAnswer, ...]
    channels: tuple[str, ...]
    audiences: tuple[str, ...]
    lines: tuple[str, ...]
    lines_without_channel: tuple[str, ...]


def answer(incident: Incident, localizer: Localizer) -> IncidentAnswer:
    """Return an incident."""
    return like(
        IncidentAnswer,
        incident,
        schema=SCHEMA,
        site=localizer.site,
        plan_version=localizer.snapshot.plan_version,
        worked_at=stamp_or_null(incident.worked),
        started_at=stamp_or_null(incident.started),
        detected_at=stamp(incident.detected),
        switched_at=stamp_or_null(incident.switched),
        ended_at=stamp_or_null(incident.ended),
        outages=tuple(_outage(each, localizer) for each in incident.outages),
        lines_without_channel=incident.without,
    )


def _outage(outage: ChannelOutage, localizer: Localizer) -> OutageAnswer:
    return like(
        OutageAnswer,
        outage,
        down_at=stamp(outage.began),
        said_at=stamp_or_null(outage.said_at),
        up_at=None if outage.dropped else stamp_or_null(outage.ended),
        dropped_at=stamp_or_null(outage.ended) if outage.dropped else None,
        cause=localizer.plainly(outage.reason, outage.facts),
    )
