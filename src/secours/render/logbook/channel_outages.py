"""Outages of single channels: begin, end, reason and source.

Pure. A channel no longer measured has not recovered; a merely declared outage ends
when the declaration is withdrawn.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from enum import StrEnum

from msgspec import Struct, field
from msgspec.structs import replace

from secours.model.nodes import channel_node
from secours.model.observed import Facts, Outcome, Reason
from secours.model.snapshot import Change, State
from secours.model.statements import Declared
from secours.render.templates import Row
from secours.render.wording.journal import time_view
from secours.render.wording.localizer import Localizer

CONCLUDED = (Reason.NEEDS, Reason.SUSPECT)  # not by tests of its own
DROPPED = ""  # the plan has it no longer
ENDS = (State.AVAILABLE, State.DEGRADED, DROPPED)
DOWN = Declared.DOWN.value
WITHDRAWN = "withdrawn"


class KnownBy(StrEnum):
    """Source of the knowledge of an outage."""

    MEASURED = "measured"  # by its own tests
    DECLARED = "declared"  # by a person, of it or of a need
    PRESUMED = "presumed"  # by a need, or by the likeliest explanation


class ChannelOutage(Struct, frozen=True, kw_only=True):
    """Span in which a channel was down."""

    channel: str
    began: datetime
    said_at: datetime | None = None  # when a person said so, if later than that
    ended: datetime | None = None
    dropped: bool = False  # ended as the channel left the plan, at a moment
    # that may be unknown
    known_by: KnownBy = KnownBy.MEASURED
    reason: Reason = Reason.NONE
    facts: Facts = field(default_factory=dict)

    @property
    def lasts(self) -> bool:
        """Tell whether it is not over."""
        return self.ended is None and not self.dropped

    @property
    def detected(self) -> datetime:
        """Return from when on it was known."""
        return self.said_at or self.began

    def known_at(self, moment: datetime) -> bool:
        """Tell whether the channel is known to be down at a moment."""
        return self.detected <= moment and (self.ended is None or moment < self.ended)


OwnFailure = Callable[[ChannelOutage], Outcome | None]
"""Lookup of the first failure of a channel's own test in an outage."""


def outages(
    changes: Iterable[Change], channels: Collection[str]
) -> list[ChannelOutage]:
    """Return the outages in changes, by their begin.

    The changes are in the order of recording, whatever their dates: a person may
    declare at noon what failed in the morning. `channels` are those in the plan
    now.
    """
    by_change: list[ChannelOutage] = []
    latest: dict[str, int] = {}  # outage of each channel
    components: dict[str, Change] = {}
    marks: dict[str, Change] = {}
    for change in changes:
        if change.subject == "component":
            components[change.name] = change
        elif change.subject == "mark":
            marks[change.name] = change
        if change.subject != "channel":
            continue
        name = change.name
        before = by_change[latest[name]] if name in latest else None
        lasts = before is not None and before.lasts
        if change.after == State.DOWN and not lasts:
            outage = ChannelOutage(
                channel=name,
                began=change.at.utc,
                known_by=_known_by(change, components),
                reason=change.reason,
                facts=change.facts,
            )
            latest[name] = len(by_change)
            by_change.append(_as_said(outage, marks.get(channel_node(name)), before))
        elif before is not None and lasts and _is_over(before, change, marks):
            ended = max(before.began, change.at.utc)
            dropped = change.after == DROPPED
            by_change[latest[name]] = replace(before, ended=ended, dropped=dropped)
    ended_by_plan = [
        replace(each, dropped=True)
        if each.lasts and each.channel not in channels
        else each
        for each in by_change
    ]
    return sorted(ended_by_plan, key=lambda each: each.began)


def _is_over(
    outage: ChannelOutage, change: Change, marks: Mapping[str, Change]
) -> bool:
    """Return whether a change ends an outage: recovery, or withdrawal."""
    if outage.known_by is not KnownBy.DECLARED or change.after != State.UNKNOWN:
        return change.after in ENDS
    taken_back = (each for each in marks.values() if each.after == WITHDRAWN)
    return any(each.at == change.at for each in taken_back)


def _as_said(
    outage: ChannelOutage, mark: Change | None, before: ChannelOutage | None
) -> ChannelOutage:
    """Date a declared outage from the moment declared.

    It does not begin before the end of the previous declared one: a renewed mark
    covers both.
    """
    if outage.reason is not Reason.DECLARED or mark is None or mark.after != DOWN:
        return outage
    said_at, began = mark.at.utc, outage.began
    with suppress(ValueError):
        since = datetime.fromisoformat(str(mark.facts.get("since", "")))
        began = min(began, since)
    if before and before.known_by is KnownBy.DECLARED and before.ended:
        began = max(began, before.ended)
    return replace(outage, began=began, said_at=said_at if said_at > began else None)


def with_own_failure(outage: ChannelOutage, own: OwnFailure) -> ChannelOutage:
    """Replace a conclusion by the first failure of the channel's own test."""
    if outage.reason not in CONCLUDED or (failed := own(outage)) is None:
        return outage
    return replace(
        outage, known_by=KnownBy.MEASURED, reason=failed.reason, facts=failed.facts
    )


def _known_by(change: Change, components: Mapping[str, Change]) -> KnownBy:
    """Return the source; failures caused by a declared node are too."""
    fell = change.reason is Reason.NEEDS
    visited: set[str] = set()
    while change.reason is Reason.NEEDS:
        name = str(change.facts.get("component", ""))
        below = components.get(name)
        if below is None or below.after != State.DOWN or name in visited:
            return KnownBy.PRESUMED
        visited.add(name)
        change = below
    if change.reason is Reason.DECLARED:
        return KnownBy.DECLARED
    concluded = fell or change.reason is Reason.SUSPECT
    return KnownBy.PRESUMED if concluded else KnownBy.MEASURED


def rows(outages: Iterable[ChannelOutage], localizer: Localizer) -> list[Row]:
    """Return the outages as rows to be drawn."""
    return [
        {
            "channel": localizer.short_name(each.channel),
            "began": time_view(each.began, localizer),
            "ended": time_view(each.ended, localizer) if each.ended else None,
            "dropped": localizer.say("entry.dropped") if each.dropped else "",
            "known_by": localizer.say(f"incident.known_by.{each.known_by}"),
            "cause": localizer.plainly(each.reason, each.facts),
        }
        for each in outages
    ]
