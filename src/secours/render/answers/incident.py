"""An incident as programs get it, from its page."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from secours.render.answers.journal import stamp
from secours.render.answers.values import SCHEMA, Time
from secours.render.logbook.incident import Incident
from secours.render.wording.localizer import Localizer


class IncidentAnswer(Struct, frozen=True, kw_only=True):
    """When it began, was seen, and ended, and whom it concerned; times in UTC."""

    schema: Literal[1]
    site: str
    plan_version: str
    worked_at: Time | None
    started_at: Time | None
    detected_at: Time
    switched_at: Time | None
    ended_at: Time | None
    channels: tuple[str, ...]
    audiences: tuple[str, ...]
    lines: tuple[str, ...]
    lines_without_channel: tuple[str, ...]


def answer(incident: Incident, localizer: Localizer) -> IncidentAnswer:
    """Return an incident."""
    return IncidentAnswer(
        schema=SCHEMA,
        site=localizer.in_language(localizer.snapshot.site.name),
        plan_version=localizer.snapshot.plan_version,
        worked_at=_stamp(incident.worked),
        started_at=_stamp(incident.started),
        detected_at=stamp(incident.detected),
        switched_at=_stamp(incident.switched),
        ended_at=_stamp(incident.ended),
        channels=incident.channels,
        audiences=incident.audiences,
        lines=incident.lines,
        lines_without_channel=incident.without,
    )


def _stamp(at: datetime | None) -> str | None:
    return stamp(at) if at else None
