"""An incident of channels: begin, detection, end, and those concerned.

Pure. An incident lasts while at least one channel is down; shorter recoveries than
`CALM` do not end it. Source: Directive (EU) 2022/2555 (NIS2), article 23.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace

from secours.model.observed import Result
from secours.model.sections.line import purpose_and_audience
from secours.model.snapshot import Change, Snapshot
from secours.render import templates
from secours.render.logbook import channel_outages
from secours.render.logbook.channel_outages import ChannelOutage, KnownBy, OwnFailure
from secours.render.logbook.print_page import paper
from secours.render.pages import strip, timeline
from secours.render.pages.strip import Window
from secours.render.pages.timeline import Silence, Span, run_up
from secours.render.wording.journal import (
    JournalRow,
    entry_views,
    line_name,
    time_view,
)
from secours.render.wording.localizer import Localizer

CALM = timedelta(minutes=10)
BRIEF = timedelta(seconds=1)
TIMES = ("worked", "started", "detected", "switched", "ended")
TIMES_DECLARED = ("detected", "switched", "ended")

Lines = Mapping[str, Sequence[str]]
"""The channels of each line of the plan, by `purpose/audience`."""


class Incident(Struct, frozen=True, kw_only=True):
    """Facts that an authority asks for. `started` is None without a failed test."""

    outages: tuple[ChannelOutage, ...]  # by when they began
    worked: datetime | None = None  # last success of the first channel
    started: datetime | None = None  # its first failed test
    switched: datetime | None = None  # another channel was recommended
    lines: tuple[str, ...] = ()  # of the plan, that use one of the channels
    without: tuple[str, ...] = ()  # lines left with no channel

    @property
    def began(self) -> datetime:
        """Return since when the first channel was down, as far as known."""
        return self.started or self.outages[0].began

    @property
    def detected(self) -> datetime:
        """Return when the first channel was confirmed or declared down."""
        return min(each.detected for each in self.outages)

    @property
    def ended(self) -> datetime | None:
        """Return the end of the last outage, None if lasting or unknown."""
        ends = [each.ended for each in self.outages if each.ended is not None]
        return max(ends, default=None) if self.over else None

    @property
    def over(self) -> bool:
        """Tell whether every channel came back, or left the plan."""
        return not any(each.lasts for each in self.outages)

    @property
    def declared(self) -> bool:
        """Return whether it was declared by people, not measured."""
        return self.outages[0].known_by is KnownBy.DECLARED

    @property
    def channels(self) -> tuple[str, ...]:
        """Return its channels, in the order in which they fell."""
        return tuple(dict.fromkeys(each.channel for each in self.outages))

    @property
    def dropped(self) -> tuple[str, ...]:
        """Return its channels that left the plan."""
        gone = (each.channel for each in self.outages if each.dropped)
        return tuple(dict.fromkeys(gone))

    @property
    def audiences(self) -> tuple[str, ...]:
        """Return the audiences."""
        named = (purpose_and_audience(line) for line in self.lines)
        return tuple(dict.fromkeys(audience for _, audience in named))


def lines_of(snapshot: Snapshot) -> Lines:
    """Return the channels of each line of the plan in force."""
    return {line.name: line.planned for line in snapshot.recommendations}


def probes_of(channel: str, snapshot: Snapshot) -> list[str]:
    """Return the ids of the probes of a channel."""
    view = snapshot.by_name.get(channel)
    return [f"channels/{channel}/{probe.name}" for probe in view.probes] if view else []


def incidents(
    changes: Iterable[Change],
    lines: Lines,
    channels: Collection[str],
    own: OwnFailure = lambda _: None,
) -> list[Incident]:
    """Return the incidents in changes, newest first.

    The changes are in the order of recording; `channels` are those in the plan now.
    Declared outages are apart from measured ones.
    """
    changes = list(changes)
    switches = sorted((each for each in changes if each.subject == "line"), key=_at)
    groups: dict[bool, list[list[ChannelOutage]]] = {True: [], False: []}
    for concluded in channel_outages.outages(changes, channels):
        outage = channel_outages.with_own_failure(concluded, own)
        alike = groups[outage.known_by is KnownBy.DECLARED]
        if alike and _goes_on(alike[-1], outage):
            alike[-1].append(outage)
        else:
            alike.append([outage])
    listed = [
        _concerned(_with_lines(Incident(outages=tuple(each)), switches), lines)
        for each in (*groups[False], *groups[True])
    ]
    return sorted(listed, key=lambda each: each.detected, reverse=True)


def _goes_on(earlier: Sequence[ChannelOutage], outage: ChannelOutage) -> bool:
    """Tell whether an outage is of the incident that has the outages before it."""
    return any(
        each.lasts or outage.began - (each.ended or each.began) <= CALM
        for each in reversed(earlier)
    )


def _with_lines(incident: Incident, moves: Sequence[Change]) -> Incident:
    """Note the first switch away from a down channel, and lines without one.

    `moves` of the lines are in the order of their dates. One to no channel is no
    switch; what finds a channel within `BRIEF` was not left without.
    """
    gaps: dict[str, Change] = {}  # moves to no channel, by line
    switched: datetime | None = None
    without: list[str] = []
    for move in moves[bisect_left(moves, incident.detected, key=_at) :]:
        at = move.at.utc
        if incident.ended and at >= incident.ended and not gaps:
            break
        start = gaps.pop(move.name, None)
        if start is not None and at - start.at.utc >= BRIEF:
            without.append(move.name)
        down = {each.channel for each in incident.outages if each.known_at(at)}
        if not move.after and down:
            gaps[move.name] = move
        before = start.before if start else move.before
        if switched is None and before in down and move.after not in ("", before):
            switched = at
    without += gaps
    return replace(incident, switched=switched, without=tuple(dict.fromkeys(without)))


def _at(change: Change) -> datetime:
    return change.at.utc


def _concerned(incident: Incident, lines: Lines) -> Incident:
    """Note the lines that have one of its channels, and drop unrelated gaps."""
    names = set(incident.channels)
    concerned = [line for line, channels in lines.items() if names & set(channels)]
    without = [
        line for line in incident.without if line in concerned or line not in lines
    ]
    return replace(
        incident,
        lines=tuple(dict.fromkeys((*concerned, *without))),
        without=tuple(without),
    )


def begun(incident: Incident, results: Mapping[str, Sequence[Result]]) -> Incident:
    """Date its begin from the results of each probe of the first channel.

    The results, newest first, end at the detection.
    """
    if incident.declared:
        return incident
    runs = [run_up(found) for found in results.values()]
    failing = [(started, worked) for worked, started in runs if started is not None]
    if not failing:
        return incident
    started, worked = min(failing, key=lambda run: run[0])
    return replace(incident, started=started, worked=worked)


def during(incident: Incident, entries: Iterable[JournalRow]) -> list[JournalRow]:
    """Return the journal entries from its begin to its end, newest first."""
    start, end = incident.began, incident.ended
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
    """Return the incident as a dated page for A4, with its journal entries."""
    return paper(
        "journal.html",
        title(incident, localizer),
        localizer,
        at,
        script=script,
        incident=_facts(incident, localizer),
        outages=channel_outages.rows(incident.outages, localizer),
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
    """Draw the states of its channels from its begin to its end, or until now."""
    start = incident.began
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
    """Return the time of an entry as a sign of a running engine, and its kind."""
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
    """Draw the times of an incident, and those concerned."""
    rows = _facts(incident, localizer)
    return templates.part("base/parts.html", "facts", localizer.language, rows=rows)


def title(incident: Incident, localizer: Localizer) -> str:
    """Return the title of an incident."""
    known = "title.declared" if incident.declared else "title"
    return localizer.say(f"incident.{known}")


def _facts(incident: Incident, localizer: Localizer) -> list[tuple[str, list[str]]]:
    times = TIMES_DECLARED if incident.declared else TIMES
    rows = {
        **{name: _time(incident, name, localizer) for name in times},
        "channels": ", ".join(map(localizer.short_name, incident.channels)),
        "audiences": ", ".join(map(localizer.audience, incident.audiences)),
    }
    if incident.without:
        names = (line_name(line, localizer) for line in incident.without)
        rows["without"] = ", ".join(names)
    if dropped := incident.dropped:
        rows["dropped"] = ", ".join(map(localizer.short_name, dropped))
    if incident.declared:
        rows = {"declared": rows.pop("detected"), **rows}
    return [(localizer.say(f"incident.{key}"), [said]) for key, said in rows.items()]


def _time(incident: Incident, name: str, localizer: Localizer) -> str:
    at: datetime | None = getattr(incident, name)
    if at is None:
        return localizer.say(f"incident.{_missing(incident, name)}")
    view = time_view(at, localizer)
    return templates.part("base/parts.html", "time", localizer.language, at=view)


def _missing(incident: Incident, name: str) -> str:
    """Return the key of why a time is missing."""
    if name == "switched":
        return "none_left" if incident.without else "not_needed"
    return "open" if name == "ended" and not incident.over else "not_known"
