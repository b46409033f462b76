"""States over time as a strip: boxes, a time axis, and a legend.

Pure. The stylesheet decides which words fit their boxes, and which ticks fit beside
their neighbours.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache

from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace

from secours import texts
from secours.model.snapshot import State
from secours.render import badges, templates, ticks
from secours.render.badges import Tone
from secours.render.pages import timeline
from secours.render.pages.timeline import Span
from secours.render.ticks import Tick
from secours.render.wording.localizer import Localizer, hour, zone

PARTS = 180  # a state that lasts so long a part of it has its own box
FEW = 3  # narrow neighbours drawn one by one where there is room
MOST = 2 * PARTS + 1  # boxes of a strip
BRIEF_S = 120.0  # shorter spans are written with seconds
UNWATCHED = "unwatched"  # the look of no engine running
LOOKS = {
    State.AVAILABLE: Tone.OK,
    State.DEGRADED: Tone.DEGRADED,
    State.DOWN: Tone.DOWN,
    State.UNKNOWN: Tone.UNKNOWN,
}


class Window(Struct, frozen=True):
    """Time shown by an axis."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """Return its length."""
        return self.end - self.start

    def part(self, at: datetime) -> float:
        """Return the position of a moment in it, 0 to 1."""
        length = max(self.length, timedelta.resolution)
        return min(1.0, max(0.0, (at - self.start) / length))


class TimeBox(Struct, frozen=True, kw_only=True):
    """Span of one look: a state or `UNWATCHED`."""

    start: datetime
    end: datetime
    look: str
    word: str
    title: str = ""
    partly: bool = False  # now and then, drawn with gaps


class Stretch(Struct, frozen=True):
    """Span drawn as one state, the worst in it, and the time in that state."""

    span: Span
    lasted_s: float

    @property
    def partly(self) -> bool:
        """Return whether there were better states in between."""
        return self.lasted_s < self.span.lasted_s

    def joins(self, other: "Stretch") -> bool:
        """Return whether the next one looks the same."""
        look, its = self.span, other.span
        alike = (look.state, look.watched) == (its.state, its.watched)
        return alike and self.partly and other.partly


def axis(window: Window, localizer: Localizer) -> Markup:
    """Draw ticks by the site's clock."""
    here = zone(localizer.snapshot.site.timezone)
    weekdays = localizer.say("strip.weekdays").split()
    marks = ticks.by_clock(window.start, window.end, here, weekdays)
    return axis_of(marks, window, localizer)


def axis_of(marks: Sequence[Tick], window: Window, localizer: Localizer) -> Markup:
    """Draw ticks of a time."""
    return templates.part(
        "base/strip.html",
        "axis",
        localizer.language,
        ticks=[(_percent(window, each.at), each) for each in marks],
    )


def bars(
    spans: Sequence[Span], window: Window, localizer: Localizer, *, label: str
) -> Markup:
    """Draw the states of `label`; time outside all spans is unwatched."""
    shown = [each for each in spans if each.end > window.start]
    boxes = [_box(each, localizer) for each in stretches(shown, window)]
    said = f"{label}{localizer.say('colon')} {summary(spans, window, localizer)}"
    return boxes_html(boxes, window, localizer, label=said)


def summary(spans: Sequence[Span], window: Window, localizer: Localizer) -> str:
    """Return a summary of the states in one line."""
    share = timeline.share(_whole(spans, window))
    return timeline.summary(
        share, localizer, _first_watched([spans], window, localizer)
    )


def watched_since(
    rows: Iterable[Sequence[Span]], window: Window, localizer: Localizer
) -> str:
    """Say since when there are data, if within the window."""
    time = _first_watched(rows, window, localizer)
    return time and localizer.say("strip.watched_since", time=time)


def _first_watched(
    rows: Iterable[Sequence[Span]], window: Window, localizer: Localizer
) -> str:
    began = (span.start for spans in rows for span in spans if span.watched)
    first = min(began, default=window.start)
    if first - window.start < timeline.SOON:
        return ""
    return localizer.time(first)


def boxes_html(
    boxes: Sequence[TimeBox],
    window: Window,
    localizer: Localizer,
    *,
    label: str,
    named: bool = False,
) -> Markup:
    """Draw boxes in a row; `label` is their text for screen readers.

    If `named`, each is drawn apart from the next even if both look alike.
    """
    return templates.part(
        "base/strip.html",
        "strip",
        localizer.language,
        label=label,
        named=named,
        boxes=[
            (_percent(window, each.start), _width(window, each), each) for each in boxes
        ],
    )


def moment(at: datetime, window: Window, localizer: Localizer) -> Markup:
    """Draw a line at a moment, through all strips of the same `s-timelines`."""
    place = _percent(window, at)
    return templates.part("base/strip.html", "moment", localizer.language, place=place)


def timelines(rows: Sequence[tuple[str, Markup]], localizer: Localizer) -> Markup:
    """Draw rows of name and strip over one window; a name alone heads its rows."""
    return templates.part("base/strip.html", "timelines", localizer.language, rows=rows)


def legend(localizer: Localizer) -> Markup:
    """Draw a sample of each look, with its shape and its word."""
    looks = [
        (look, badges.shape(tone), localizer.say(f"state.{look}"))
        for look, tone in LOOKS.items()
    ]
    unwatched = (UNWATCHED, "", localizer.say("state.unwatched"))
    return templates.part(
        "base/strip.html", "legend", localizer.language, looks=[*looks, unwatched]
    )


def stretches(spans: Sequence[Span], window: Window) -> list[Stretch]:
    """Divide a window into at most `MOST` stretches, in order and without a gap.

    Neighbours too narrow to be told apart are merged, in the worst state among them: no
    failure is lost.
    """
    whole = _whole(spans, window)
    few = FEW if len(whole) <= MOST else 1
    drawn: list[Stretch] = []
    for group in _groups(whole, window.length / PARTS):
        if len(group) <= few:
            drawn += (Stretch(span, span.lasted_s) for span in group)
            continue
        one = _worst(group)
        if drawn and drawn[-1].joins(one):
            one = _joined(drawn.pop(), one)
        drawn.append(one)
    return drawn


def _whole(spans: Sequence[Span], window: Window) -> list[Span]:
    """Cut spans to the window, and fill its gaps with unwatched time."""
    gapless: list[Span] = []
    at = window.start
    for span in spans:
        start, end = max(span.start, at), min(span.end, window.end)
        if start >= end:
            continue
        if start > at:
            gapless.append(_unwatched(at, start))
        gapless.append(replace(span, start=start, end=end))
        at = end
    if at < window.end:
        gapless.append(_unwatched(at, window.end))
    return gapless


def _unwatched(start: datetime, end: datetime) -> Span:
    return Span(start=start, end=end, state=State.UNKNOWN, watched=False)


def _groups(whole: Sequence[Span], least: timedelta) -> Iterator[list[Span]]:
    """Group narrow neighbours until they are `least` long."""
    group: list[Span] = []
    for span in whole:
        broad = span.end - span.start >= least
        if group and (broad or span.start - group[0].start >= least):
            yield group
            group = []
        group.append(span)
    if group:
        yield group


def _worst(group: Sequence[Span]) -> Stretch:
    """Return the group as its worst state, with the reason of its longest span."""
    start, end = group[0].start, group[-1].end
    state = timeline.worst(group, start, end)
    of_it = [span for span in group if span.state is state]
    longest = max(of_it, key=lambda span: span.lasted_s)
    lasted_s = sum(span.lasted_s for span in of_it)
    return Stretch(replace(longest, start=start, end=end), lasted_s)


def _joined(one: Stretch, other: Stretch) -> Stretch:
    longest = max(one, other, key=lambda each: each.lasted_s).span
    span = replace(longest, start=one.span.start, end=other.span.end)
    return Stretch(span, one.lasted_s + other.lasted_s)


def _box(each: Stretch, localizer: Localizer) -> TimeBox:
    span = each.span
    look = str(span.state) if span.watched else UNWATCHED
    return TimeBox(
        start=span.start,
        end=span.end,
        look=look,
        word=_word(localizer.language, look),
        title=_title(each, look, localizer),
        partly=each.partly,
    )


@cache
def _word(language: str, look: str) -> str:
    return texts.say(language, f"state.{look}")


def _title(each: Stretch, look: str, localizer: Localizer) -> str:
    """Return the title of a box: state, begin, end and reason."""
    span = each.span
    why = localizer.plainly(span.reason, span.facts) if span.reason else ""
    if not span.watched:
        why = localizer.say("channel.not_watched")
    start, end = period(span.start, span.end, localizer)
    return localizer.say(
        "strip.box.in_all" if each.partly else "strip.box",
        word=_word(localizer.language, look),
        start=start,
        end=end,
        lasted_s=each.lasted_s if each.partly else None,
        why=why,
    )


def period(start: datetime, end: datetime, localizer: Localizer) -> tuple[str, str]:
    """Write begin and end; the date once where it is the same."""
    first, last = localizer.local(start), localizer.local(end)
    brief = (end - start).total_seconds() < BRIEF_S
    clock = "%H:%M:%S" if brief else "%H:%M"
    same = first.date() == last.date()
    begin, until = (
        f"{localizer.short_date(at)} {hour(at, clock)}" for at in (first, last)
    )
    return begin, hour(last, clock) if same else until


def _percent(window: Window, at: datetime) -> str:
    return f"{100 * window.part(at):.4g}%"


def _width(window: Window, box: TimeBox) -> str:
    return f"{100 * (window.part(box.end) - window.part(box.start)):.4g}%"
