"""What happened, read from the history beside the engine that writes it."""

import logging
import math
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import groupby, zip_longest
from operator import attrgetter
from pathlib import Path
from threading import Lock

from msgspec import Struct, field

from secours import places
from secours.engine.store.database import rollup, rows
from secours.engine.store.database.schema import Newer
from secours.engine.store.reader import ENGINE, HistoryReader, JournalEntry
from secours.model.observed import Result
from secours.model.snapshot import Change, State
from secours.render.pages import timeline
from secours.render.pages.timeline import SEEN, START, STOP

log = logging.getLogger(__name__)

MOST_ENTRIES = 2000
MOST_CHANGES = 100_000
MOST_RESULTS = 6000  # of a probe: a day of the quickest
MOST_FAILURES = 10
SHORT_RUN_UP = 50  # results of a probe before its failure was confirmed
RUN_UP = 500
DAY = timedelta(days=1)
LATELY_S = 20.0  # how old what was read of all channels may be
SLACK = timedelta(minutes=2)  # by which it reaches back further than it was asked


class NoHistory(Exception):
    """There is none, or it cannot be read; the text is a key of `texts`."""


@contextmanager
def _open() -> Iterator[HistoryReader]:
    try:
        with HistoryReader(places.data_dir()) as reader:
            yield reader
    except FileNotFoundError:
        raise NoHistory("journal.no_history") from None
    except (Newer, OSError, sqlite3.Error) as error:
        log.warning("the history cannot be read: %s", error)
        raise NoHistory("journal.unreadable") from None


def journal(since: datetime | None, limit: int = MOST_ENTRIES) -> list[JournalEntry]:
    """Return what changed and what was noted, newest first.

    Raises:
        NoHistory: there is none to be had.

    """
    with _open() as reader:
        return reader.journal(since=since, limit=limit)


def changes(since: datetime | None) -> list[Change]:
    """Return what changed, newest first.

    Raises:
        NoHistory: there is none to be had.

    """
    with _open() as reader:
        return reader.transitions(since=since, limit=MOST_CHANGES)


def run_up(probes: list[str], until: datetime) -> dict[str, list[Result]]:
    """Return the last results of each probe until a moment, newest first.

    Raises:
        NoHistory: there is none to be had.

    """
    with _open() as reader:
        return {
            probe: reader.results(probe, until=until, limit=RUN_UP) for probe in probes
        }


class Summed(Struct, frozen=True, kw_only=True):
    """What the older results of a probe came to."""

    end: datetime  # results from then on are not in it
    passed: int
    failed: int


class Past(Struct, frozen=True, kw_only=True):
    """What the history has of one channel."""

    changes: tuple[Change, ...] = ()  # of all times
    lives: tuple[tuple[datetime, str], ...] = ()  # signs of the engine, see `silences`
    results: Mapping[str, list[Result]] = field(default_factory=dict)  # by probe
    summed: Mapping[str, Summed] = field(default_factory=dict)  # what is older
    failures: tuple[tuple[Change, list[list[Result]]], ...] = ()  # with their run-up
    trial: Change | None = None  # the latest test that people noted

    def passed(self, probe: str) -> tuple[int, int]:
        """Return how many tests of a probe passed, of how many that say anything."""
        results = self.results.get(probe, [])
        summed = self.summed.get(probe)
        if summed is None:
            return timeline.passed(results)
        passed, told = timeline.passed(r for r in results if r.at.utc >= summed.end)
        return summed.passed + passed, summed.passed + summed.failed + told


def channel(name: str, probes: Sequence[str], since: datetime) -> Past:
    """Return what the history has of a channel and its probes since a moment.

    Raises:
        NoHistory: there is none to be had.

    """
    with _open() as reader:
        changes = reader.changes_of("channel", name, MOST_CHANGES)
        downs = [c for c in changes if c.after == State.DOWN and c.at.utc >= since]
        return Past(
            changes=tuple(changes),
            lives=tuple(_lives(reader, probes, since)),
            results={
                probe: reader.results(probe, since=since, limit=MOST_RESULTS)
                for probe in probes
            },
            summed={
                probe: summed
                for probe in probes
                if (summed := _summed(reader, probe, since)) is not None
            },
            failures=tuple(
                (down, [_before(reader, probe, down) for probe in probes])
                for down in downs[:MOST_FAILURES]
            ),
            trial=next(iter(reader.changes_of("test", name, 1)), None),
        )


class Days(Struct, frozen=True, kw_only=True):
    """What the history has of all channels since a moment."""

    changes: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)  # and of
    # each the last one before that
    lives: tuple[tuple[datetime, str], ...] = ()  # signs of the engine, see `silences`


def days(since: datetime) -> Days:
    """Return what the history has of all channels since a moment, or a bit more.

    It may be some seconds old, and is then read once for all who look.

    Raises:
        NoHistory: there is none to be had.

    """
    now = datetime.now(UTC)
    count = max(1, math.ceil((now - since - SLACK / 2) / DAY))
    return _lately(places.data_dir(), count, now - count * DAY - SLACK)


_reading = Lock()
_read: dict[tuple[Path, int], tuple[float, Days]] = {}  # and when, on the steady clock


def _lately(folder: Path, count: int, since: datetime) -> Days:
    key = folder, count
    with _reading:
        now_s = time.monotonic()
        for old in [each for each, (at, _) in _read.items() if now_s - at > LATELY_S]:
            del _read[old]
        if key not in _read:
            _read[key] = now_s, _days(since)
        return _read[key][1]


def _days(since: datetime) -> Days:
    with _open() as reader:
        found = sorted(
            reader.changes_of_all("channel", since), key=lambda each: each.name
        )
        return Days(
            changes={
                name: tuple(of_one)
                for name, of_one in groupby(found, attrgetter("name"))
            },
            lives=tuple(_all_lives(reader, since)),
        )


def _all_lives(
    reader: HistoryReader, since: datetime
) -> Iterator[tuple[datetime, str]]:
    """Yield when the engine started and stopped, and was last seen before it broke."""
    signs = reader.lives(since=since)
    for sign, before in zip_longest(signs, signs[1:]):
        yield rows.utc(sign.at), sign.kind
        if sign.kind == STOP or (before is not None and before.kind == STOP):
            continue
        if (seen := reader.last_sign(sign.at)) is not None:
            yield rows.utc(seen), SEEN


def _summed(reader: HistoryReader, probe: str, since: datetime) -> Summed | None:
    """Return what was rolled up of a probe, None where nothing was yet."""
    for newest in reader.rolled(probe, rollup.FINE_S, since, limit=1):
        passed, failed = reader.counted(probe, rollup.FINE_S, since)
        end = newest.at + timedelta(seconds=newest.lasting_s)
        return Summed(end=end, passed=passed, failed=failed)
    return None


def _before(reader: HistoryReader, probe: str, down: Change) -> list[Result]:
    return reader.results(probe, until=down.at.utc, limit=SHORT_RUN_UP)


def _lives(
    reader: HistoryReader, probes: Sequence[str], since: datetime
) -> Iterator[tuple[datetime, str]]:
    """Yield when the engine started and stopped, and was last seen before a start."""
    signs = reader.signs(since=since, limit=MOST_CHANGES)
    for sign, before in zip_longest(signs, signs[1:]):
        if sign.by != ENGINE or sign.kind not in (START, STOP):
            continue
        at = rows.utc(sign.at)
        yield at, sign.kind
        if sign.kind == START:
            if before is not None and before.kind != STOP:
                yield rows.utc(before.at), SEEN
            for probe in probes:
                for result in reader.results(probe, until=at, limit=1):
                    yield result.at.utc, SEEN


Journal = Callable[[datetime | None], list[JournalEntry]]
RunUp = Callable[[list[str], datetime], Mapping[str, list[Result]]]
Channel = Callable[[str, Sequence[str], datetime], Past]
