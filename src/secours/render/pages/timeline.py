"""History of a channel: its states, share of time usable, and latencies.

Pure: stored history in, arithmetic and a sentence out. Time without an engine is
unknown, whatever was before and after it.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from secours import texts
from secours.model.observed import Facts, Reason, Result, Verdict
from secours.model.snapshot import USABLE, Change, Standing, State
from secours.render.wording.localizer import Localizer

Silence = tuple[datetime, datetime]
"""Times without an engine."""

LEAST_UNKNOWN = 0.1  # a window with more unknown time is unknown
WORST_FIRST = (State.DOWN, State.DEGRADED)
PASSED = (Verdict.OK, Verdict.DEGRADED)
START, STOP, SEEN = "start", "stop", "seen"
SOON = timedelta(seconds=60)  # a restart within that missed nothing


class Span(Struct, frozen=True, kw_only=True):
    """Span in one state, with reason."""

    start: datetime
    end: datetime
    state: State
    reason: Reason = Reason.NONE
    facts: Facts = field(default_factory=dict)
    watched: bool = True  # else no engine ran

    @property
    def lasted_s(self) -> float:
        """Return its length, seconds."""
        return (self.end - self.start).total_seconds()


class Share(Struct, frozen=True, kw_only=True):
    """Time by state, seconds."""

    measured_s: float = 0.0
    usable_s: float = 0.0
    down_s: float = 0.0
    unknown_s: float = 0.0
    downs: int = 0

    @property
    def usable(self) -> float | None:
        """Return the usable part of the known time, 0 to 1."""
        return self.usable_s / self.measured_s if self.measured_s else None


class Timing(NamedTuple):
    """Verdict and latency of one test."""

    at: datetime
    verdict: Verdict
    latency_s: float | None


class Latency(Struct, frozen=True, kw_only=True):
    """Latency of a probe's answers, seconds."""

    median_s: float
    p95_s: float
    count: int


def silences(
    marks: Iterable[tuple[datetime, str]], start: datetime
) -> tuple[Silence, ...]:
    """Return when no engine ran since `start`.

    A mark is a moment at which an engine started, stopped, or was seen.
    """
    gaps: list[Silence] = []
    last = start
    for at, kind in sorted(marks, key=lambda mark: (mark[0], mark[1] == START)):
        if kind == START and at - last > SOON:
            gaps.append((last, at))
        last = max(at, start)
    return tuple(gaps)


def spans(
    changes: Iterable[Change],
    now: Span,
    start: datetime,
    silent: Sequence[Silence] = (),
) -> list[Span]:
    """Return the states of one channel from `start` to the end of `now`, in order.

    `now` is the state at the end, since it began. Before the first change the state is
    that which it left.
    """
    known = [c for c in sorted(changes, key=lambda c: c.at.utc) if c.at.utc <= now.end]
    whole = _between(known, now)
    cut = [
        replace(span, start=max(span.start, start))
        for span in whole
        if span.end > start
    ]
    for silence in silent:
        cut = [piece for span in cut for piece in _without(span, silence)]
    return [span for span in cut if span.lasted_s > 0]


def present(standing: Standing, end: datetime) -> Span:
    """Return the state at `end`, since it began."""
    since = standing.since.utc if standing.since else end
    return Span(
        start=min(since, end),
        end=end,
        state=standing.state,
        reason=standing.reason,
        facts=standing.facts,
    )


def _between(changes: Sequence[Change], now: Span) -> list[Span]:
    if not changes:
        begin = datetime.min.replace(tzinfo=now.end.tzinfo)
        return [Span(start=begin, end=now.start, state=State.UNKNOWN), now]
    first, last = changes[0], changes[-1]
    in_order = [
        Span(
            start=datetime.min.replace(tzinfo=now.end.tzinfo),
            end=first.at.utc,
            state=state_of(first.before),
        )
    ]
    in_order += [_span(one, other.at.utc) for one, other in pairwise(changes)]
    if state_of(last.after) is now.state:
        return [*in_order, _span(last, now.end)]
    # The history lags behind the snapshot, or was not written.
    turned = max(last.at.utc, now.start)
    return [*in_order, _span(last, turned), replace(now, start=turned)]


def _span(change: Change, end: datetime) -> Span:
    return Span(
        start=change.at.utc,
        end=end,
        state=state_of(change.after),
        reason=change.reason,
        facts=change.facts,
    )


def state_of(word: str) -> State:
    """Return a state by its word, UNKNOWN for other words."""
    return State(word) if word in list(State) else State.UNKNOWN


def _without(span: Span, silence: Silence) -> list[Span]:
    """Cut a silence out of a span: its state is unknown."""
    start, end = max(span.start, silence[0]), min(span.end, silence[1])
    if start >= end:
        return [span]
    unknown = Span(start=start, end=end, state=State.UNKNOWN, watched=False)
    return [replace(span, end=start), unknown, replace(span, start=end)]


def worst(found: Sequence[Span], start: datetime, end: datetime) -> State:
    """Return the worst state of a window; UNKNOWN where a good part is."""
    parts: dict[State, float] = {}
    for span in found:
        overlap = (min(span.end, end) - max(span.start, start)).total_seconds()
        if overlap > 0:
            parts[span.state] = parts.get(span.state, 0.0) + overlap
    for state in WORST_FIRST:
        if state in parts:
            return state
    whole = (end - start).total_seconds()
    known = parts.get(State.AVAILABLE, 0.0)
    return State.AVAILABLE if known > (1 - LEAST_UNKNOWN) * whole else State.UNKNOWN


def share(in_order: Iterable[Span]) -> Share:
    """Add up how long each state lasted."""
    total = Share()
    before = None
    for span in in_order:
        down, is_known = span.state is State.DOWN, span.state is not State.UNKNOWN
        total = replace(
            total,
            measured_s=total.measured_s + span.lasted_s * is_known,
            usable_s=total.usable_s + span.lasted_s * (span.state in USABLE),
            down_s=total.down_s + span.lasted_s * down,
            unknown_s=total.unknown_s + span.lasted_s * (not is_known),
            downs=total.downs + (down and before is not State.DOWN),
        )
        before = span.state if is_known else before
    return total


def summary(share: Share, localizer: Localizer, since: str = "") -> str:
    """Return the history in one line; `since` is the first moment watched, if late."""
    if share.usable is None:
        return localizer.say("channel.nothing")
    sentences = [
        localizer.say("channel.usable", share=percent(share.usable, localizer.language))
    ]
    key = "never" if not share.downs else "once" if share.downs == 1 else "times"
    sentences.append(
        localizer.say(f"channel.down.{key}", n=share.downs, down_s=int(share.down_s))
    )
    if share.unknown_s >= 1:
        unknown_s = int(share.unknown_s)
        sentences.append(
            localizer.say("channel.unmeasured", unknown_s=unknown_s, since=since)
        )
    return " ".join(sentences)


def percent(part: float, language: str) -> str:
    """Write a share; only a whole is 100 %, and only none is 0 %."""
    tenths = round(part * 1000)
    if part < 1:
        tenths = min(tenths, 999)
    if part > 0:
        tenths = max(tenths, 1)
    space = "" if language == "en" else "\u00a0"
    return f"{texts.number(language, tenths / 10)}{space}%"


def latency(latencies_s: Iterable[float]) -> Latency | None:
    """Return the latency of answers, None for no answers.

    The 95th percentile is the nearest rank: a measured value.
    """
    times = sorted(latencies_s)
    if not times:
        return None
    p95_s = times[math.ceil(0.95 * len(times)) - 1]
    return Latency(median_s=median(times), p95_s=p95_s, count=len(times))


def passed(timings: Iterable[Timing]) -> tuple[int, int]:
    """Return how many tests passed, of how many passed or failed."""
    verdicts = [each.verdict for each in timings]
    good = sum(verdict in PASSED for verdict in verdicts)
    return good, good + verdicts.count(Verdict.FAILED)


def run_up(results: Iterable[Result]) -> tuple[datetime | None, datetime | None]:
    """Return the last success of a probe, and the first failure after it.

    The results are those before the confirmed failure, newest first.
    """
    started = None
    for result in results:
        if result.outcome.verdict is Verdict.FAILED:
            started = result.at.utc
        elif result.outcome.verdict in (Verdict.OK, Verdict.DEGRADED):
            return result.at.utc, started
    return None, started


def failed_since(runs: Iterable[Iterable[Result]]) -> tuple[datetime, datetime] | None:
    """Return the first failed test of several probes, and the last success before it.

    None if no probe was failing, or none had a success before.
    """
    bounds = [
        (started, worked)
        for worked, started in map(run_up, runs)
        if started is not None and worked is not None
    ]
    return min(bounds, default=None)
