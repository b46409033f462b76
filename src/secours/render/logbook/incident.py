"""An incident of the channels themselves: when it began, was seen, and ended; for whom.

Pure. An incident lasts while at least one channel is down; what comes back for less
than a while is still the same one. A channel that is merely no longer measured has not
come back. Source: Directive (EU) 2022/2555 (NIS2), article 23.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from markupsafe import Markup
from msgspec import Struct, field
from msgspec.structs import replace

from secours import texts
from secours.model.observed import Result
from secours.model.plan import purpose_and_audience
from secours.model.snapshot import Change, Snapshot, State
from secours.render import templates
from secours.render.pages import strip, timeline
from secours.render.pages.journal import (
    JournalRow,
    entry_views,
    line_name,
    time_view,
)
from secours.render.pages.strip import Window
from secours.render.pages.timeline import Silence, Span, run_up
from secours.render.paper.export import paper
from secours.render.wording.localizer import Localizer

CALM = timedelta(minutes=10)
WORKS = (State.AVAILABLE, State.DEGRADED)
TIMES = ("worked", "started", "detected", "switched", "ended")
MISSING = {"switched": "not_needed", "ended": "open"}

Lines = Mapping[str, Sequence[str]]
"""The channels of each line of the plan, by `purpose/audience`."""


class Incident(Struct, frozen=True, kw_only=True):
    """What an authority asks of an outage. `started` is None where no test tells."""

    detected: datetime  # the first channel was confirmed down
    worked: datetime | None = None  # when that channel was last seen to work
    started: datetime | None = None  # its first failed test
    switched: datetime | None = None  # another channel was recommended
    ended: datetime | None = None  # the last channel works again
    channels: tuple[str, ...] = ()  # in the order in which they fell
    lines: tuple[str, ...] = ()  # of the plan, that use one of them
    without: tuple[str, ...] = ()  # lines that were left with no channel
    down: frozenset[str] = field(default_factory=frozenset)  # now

    @property
    def audiences(self) -> tuple[str, ...]:
        """Return whom it concerned."""
        named = (purpose_and_audience(line) for line in self.lines)
        return tuple(dict.fromkeys(audience for _, audience in named))

    @property
    def over(self) -> bool:
        """Tell whether every channel came back."""
        return self.ended is not None


def lines_of(snapshot: Snapshot) -> Lines:
    """Return the channels of each line of the plan in force."""
    return {
        line.name: [name for _, names in line.tiers for name in names]
        for line in snapshot.recommendations
    }


def probes_of(channel: str, snapshot: Snapshot) -> list[str]:
    """Return the ids of the probes of a channel."""
    view = snapshot.by_name.get(channel)
    return [f"channels/{channel}/{probe.name}" for probe in view.probes] if view else []


def incidents(changes: Iterable[Change], lines: Lines) -> list[Incident]:
    """Return the incidents in these changes, newest first, whatever their order."""
    found: list[Incident] = []
    for change in sorted(changes, key=_order):
        if change.subject == "channel":
            found = _with_channel(found, change)
        elif change.subject == "line" and found:
            found[-1] = _with_line(found[-1], change)
    return [_concerned(incident, lines) for incident in reversed(found)]


def _order(change: Change) -> tuple[datetime, bool]:
    return change.at.utc, change.subject == "line"  # the answer follows the state


def _with_channel(found: list[Incident], change: Change) -> list[Incident]:
    latest = found[-1] if found else None
    at, name = change.at.utc, change.name
    if change.after == State.DOWN:
        if latest is None or (latest.ended and at - latest.ended > CALM):
            fresh = Incident(detected=at, channels=(name,), down=frozenset({name}))
            return [*found, fresh]
        channels = tuple(dict.fromkeys((*latest.channels, name)))
        down = latest.down | {name}
        return [*found[:-1], replace(latest, channels=channels, down=down, ended=None)]
    if latest is None or change.after not in WORKS or name not in latest.down:
        return found
    down = latest.down - {name}
    ended = None if down else at
    return [*found[:-1], replace(latest, down=down, ended=ended)]


def _with_line(incident: Incident, change: Change) -> Incident:
    """Note the first switch away from a channel that is down, and lines left alone."""
    if incident.over:
        return incident
    if change.before in incident.channels and incident.switched is None:
        incident = replace(incident, switched=change.at.utc)
    if not change.after:
        without = tuple(dict.fromkeys((*incident.without, change.name)))
        incident = replace(incident, without=without)
    return incident


def _concerned(incident: Incident, lines: Lines) -> Incident:
    names = set(incident.channels)
    concerned = [line for line, channels in lines.items() if names & set(channels)]
    return replace(
        incident, lines=tuple(dict.fromkeys((*concerned, *incident.without)))
    )


def begun(incident: Incident, results: Mapping[str, Sequence[Result]]) -> Incident:
    """Say when it began, from the results of each probe of the first channel.

    The results, newest first, are those until the detection.
    """
    runs = [run_up(found) for found in results.values()]
    failing = [(started, worked) for worked, started in runs if started is not None]
    if not failing:
        return incident
    started, worked = min(failing, key=lambda run: run[0])
    return replace(incident, started=started, worked=worked)


def during(incident: Incident, entries: Iterable[JournalRow]) -> list[JournalRow]:
    """Return what the journal says from its beginning to its end, newest first."""
    start, end = incident.started or incident.detected, incident.ended
    return [
        entry for entry in entries if start <= entry.at and (not end or entry.at <= end)
    ]


def incident_page(
    incident: Incident,
    entries: Sequence[JournalRow],
    localizer: Localizer,
    at: datetime,
    *,
    script: str = "",
) -> Markup:
    """Return the incident as a dated page for A4, with what the journal says of it."""
    return paper(
        "journal.html",
        localizer.say("incident.title"),
        localizer,
        at,
        script=script,
        incident=_facts(incident, localizer),
        strips=_strips(incident, entries, localizer, at),
        entries=entry_views(entries, localizer),
        more="",
    )


def _strips(
    incident: Incident,
    entries: Sequence[JournalRow],
    localizer: Localizer,
    at: datetime,
) -> Markup:
    """Draw the states of its channels from its beginning to its end, or until now."""
    start = incident.started or incident.detected
    window = Window(start, incident.ended or at)
    silent = timeline.silences(map(_sign, entries), start)
    changes = [each.change for each in entries if each.change is not None]
    rows = [("", strip.axis(window, localizer))]
    for name in incident.channels:
        own = [c for c in changes if (c.subject, c.name) == ("channel", name)]
        if own:
            spans, label = _spans(own, window, silent), localizer.short_name(name)
            rows.append((label, strip.bars(spans, window, localizer, label=label)))
    if not rows[1:] or window.length <= timedelta():
        return Markup()
    return strip.timelines(rows, localizer) + strip.legend(localizer)


def _sign(entry: JournalRow) -> tuple[datetime, str]:
    """Return that an engine ran when it wrote this."""
    kind = entry.kind if entry.kind in (timeline.START, timeline.STOP) else ""
    return entry.at, kind or timeline.SEEN


def _spans(
    changes: Sequence[Change], window: Window, silent: Sequence[Silence]
) -> list[Span]:
    last = max(changes, key=lambda each: each.at.utc)
    state = timeline.state_of(last.after)
    now = Span(start=last.at.utc, end=window.end, state=state)
    return timeline.spans(changes, now, window.start, silent)


def facts_html(incident: Incident, localizer: Localizer) -> Markup:
    """Draw the times of an incident, and whom it concerned."""
    rows = _facts(incident, localizer)
    return templates.part("base/parts.html", "facts", localizer.language, rows=rows)


def _facts(incident: Incident, localizer: Localizer) -> list[tuple[str, list[str]]]:
    rows = {
        **{name: _time(incident, name, localizer) for name in TIMES},
        "channels": ", ".join(map(localizer.short_name, incident.channels)),
        "audiences": _audiences(incident, localizer),
    }
    if incident.without:
        names = (line_name(line, localizer) for line in incident.without)
        rows["without"] = ", ".join(names)
    return [(localizer.say(f"incident.{key}"), [said]) for key, said in rows.items()]


def _time(incident: Incident, name: str, localizer: Localizer) -> str:
    at: datetime | None = getattr(incident, name)
    if at is None:
        return localizer.say(f"incident.{MISSING.get(name, 'not_known')}")
    view = time_view(at, localizer)
    return templates.part("base/parts.html", "time", localizer.language, at=view)


def _audiences(incident: Incident, localizer: Localizer) -> str:
    names = [
        texts.audience_name(localizer.language, each) for each in incident.audiences
    ]
    return ", ".join(names)
