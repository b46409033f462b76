"""History of one channel and its probes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from statistics import fmean

from msgspec import Struct, field

from secours import places
from secours.dashboard.engine.history import LATELY_S, Recent, latest_test, opened
from secours.engine.store.database import rollup
from secours.engine.store.database.rollup import ResultSums
from secours.engine.store.reader import HistoryReader
from secours.model.observed import Result
from secours.model.snapshot import Change, ChannelView, State
from secours.render.pages import timeline
from secours.render.pages.strip import Window
from secours.render.pages.timeline import Latency, Timing

MOST_CHANGES = 1000
MOST_LATENCIES = 6000  # of a probe: a day of the quickest
MOST_FAILURES = 10
SHORT_RUN_UP = 50  # results of a probe before its failure was confirmed
MOST_POINTS = 1500  # of a chart: three lines for each probe
MOST_EXPLORED = 6  # probes
MOST_TIMINGS = 100_000  # of a probe: a week of the quickest
RAW = timedelta(days=7)  # each result is kept for so long
SLACK = timedelta(minutes=5)  # two viewers may share data of this age


class Bucket(Struct, frozen=True, kw_only=True):
    """Results of a probe in one interval."""

    at: datetime
    passed: int
    judged: int  # passed or failed
    usual_s: float | None  # half of the answers came within that; or their mean
    slow_s: float | None  # 95 % came within that; or the slowest


class Past(Struct, frozen=True, kw_only=True):
    """History of one channel; by the name of the probe."""

    passed: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # of how many
    latencies: Mapping[str, Latency] = field(default_factory=dict)
    failures: tuple[tuple[Change, list[list[Result]]], ...] = ()  # with their run-up
    trial: Change | None = None  # the latest logged test, not withdrawn


def channel(view: ChannelView, window: Window) -> Past:
    """Return a channel's history, perhaps some seconds old, or raise NoHistory."""
    probes = tuple(probe.name for probe in view.probes)
    key = places.data_dir(), view.name, probes, round(window.length / SLACK)
    return _lately.get(key, partial(_read, view.name, probes, window.start))


_lately: Recent[tuple[Path, str, tuple[str, ...], int], Past] = Recent(LATELY_S)


def ids_of(channel: str, probes: Sequence[str]) -> dict[str, str]:
    """Return the id of each probe of a channel by its name."""
    return {probe: f"channels/{channel}/{probe}" for probe in probes}


def _read(name: str, probes: Sequence[str], since: datetime) -> Past:
    ids = ids_of(name, probes)
    with opened() as reader:
        changes = reader.changes_of("channel", name, MOST_CHANGES)
        downs = [c for c in changes if c.after == State.DOWN and c.at.utc >= since]
        latencies = {
            probe: timeline.latency(
                reader.latencies(each, since=since, limit=MOST_LATENCIES)
            )
            for probe, each in ids.items()
        }
        return Past(
            passed={probe: _passed(reader, each, since) for probe, each in ids.items()},
            latencies={probe: found for probe, found in latencies.items() if found},
            failures=tuple(
                (down, [_before(reader, probe, down) for probe in ids.values()])
                for down in downs[:MOST_FAILURES]
            ),
            trial=latest_test(reader.changes_of("test", name, MOST_CHANGES)),
        )


def _passed(reader: HistoryReader, probe: str, since: datetime) -> tuple[int, int]:
    """Return how many tests passed, of how many passed or failed."""
    passed = failed = 0
    for newest in reader.rolled(probe, rollup.FINE_S, since, limit=1):
        passed, failed = reader.counted(probe, rollup.FINE_S, since)
        since = newest.at + timedelta(seconds=newest.lasting_s)
    good, bad = reader.tally(probe, since)
    return passed + good, passed + failed + good + bad


def _before(reader: HistoryReader, probe: str, down: Change) -> list[Result]:
    return reader.results(probe, until=down.at.utc, limit=SHORT_RUN_UP)


def buckets(view: ChannelView, window: Window) -> dict[str, list[Bucket]]:
    """Return the results of each probe, by intervals, or raise NoHistory."""
    probes = [probe.name for probe in view.probes][:MOST_EXPLORED]
    width = window.length / (MOST_POINTS // (3 * max(1, len(probes))))
    with opened() as reader:
        return {
            probe: _buckets(reader, each, window, width)
            for probe, each in ids_of(view.name, probes).items()
        }


def is_summed(window: Window) -> bool:
    """Tell whether only sums are left of a part of a time."""
    return window.length > RAW


def _buckets(
    reader: HistoryReader, probe: str, window: Window, width: timedelta
) -> list[Bucket]:
    if not is_summed(window):
        rows = reader.timings(probe, since=window.start, limit=MOST_TIMINGS)
        return list(_by_timings([Timing(*row) for row in rows], window, width))
    rolled = reader.rolled(probe, rollup.COARSE_S, window.start)
    return list(_by_sums(rolled, window, width))


def _by_timings(
    timings: Iterable[Timing], window: Window, width: timedelta
) -> Iterator[Bucket]:
    """Yield the intervals with tests; `timings` are newest first."""

    def place(each: Timing) -> int:
        return (each.at - window.start) // width

    for n, group in groupby(sorted(timings), place):
        inside = list(group)
        good, judged = timeline.passed(inside)
        latency = timeline.latency(
            each.latency_s
            for each in inside
            if each.verdict in timeline.PASSED and each.latency_s is not None
        )
        yield Bucket(
            at=window.start + (n + 0.5) * width,
            passed=good,
            judged=judged,
            usual_s=latency.median_s if latency else None,
            slow_s=latency.p95_s if latency else None,
        )


def _by_sums(
    rolled: Iterable[ResultSums], window: Window, width: timedelta
) -> Iterator[Bucket]:
    """Yield the intervals with tests; `rolled` are newest first."""

    def place(each: ResultSums) -> int:
        return (each.at - window.start) // width

    for n, group in groupby(sorted(rolled, key=attrgetter("at")), place):
        inside = list(group)
        good = sum(each.ok + each.degraded for each in inside)
        means = [each.latency_s for each in inside if each.latency_s is not None]
        slowest = [each.slowest_s for each in inside if each.slowest_s is not None]
        yield Bucket(
            at=window.start + (n + 0.5) * width,
            passed=good,
            judged=good + sum(each.failed for each in inside),
            usual_s=fmean(means) if means else None,
            slow_s=max(slowest, default=None),
        )
