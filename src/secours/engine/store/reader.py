"""Reader of the history, beside the engine that writes it.

Each reader has its own read-only connection: it delays nobody and is never delayed.
"""

import heapq
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from secours.core import renaming
from secours.core.events import Gathered, Measured
from secours.core.renaming import Names
from secours.engine import clock
from secours.engine.state_file import encoded
from secours.engine.store import queries
from secours.engine.store.database import reset, rollup, rows, schema
from secours.engine.store.database.reset import Reset
from secours.engine.store.database.rollup import ResultSums
from secours.engine.store.event_log import GATHERED, MEMORY
from secours.engine.store.names_in_time import (
    END_OF_TIME,
    GivenBack,
    NamesInTime,
    Spell,
)
from secours.model.observed import Instant, Result, Verdict
from secours.model.snapshot import Change
from secours.outside_text import plain

T = TypeVar("T")

JUST_BEFORE = timedelta(minutes=1)  # within which a result is the present one
MOST_OF_ALL = 200_000
FORMER_NAMES = "former-names"  # of channels and components, under which it is kept
GIVEN_BACK = "names-given-back"  # which of them are another channel's by now
ENGINE = "secours"  # who wrote an entry that nobody wrote
EVENTS_SINCE_VERSION = 3  # of the database


class JournalEntry(Struct, frozen=True, kw_only=True):
    """One line of the journal: what a person noted, or what the engine saw.

    `kind` is "note" for a person's words; "change" has them in `change`; the engine's
    own are "start", "stop", "plan", "config-error", "words-lost", "clock", "trouble",
    "notice", and of the history itself "store-damaged", "store-gone", "store-copied",
    "store-migrated", "restored".
    """

    at: datetime
    by: str
    kind: str
    text: str
    change: Change | None = None


class Sign(NamedTuple):
    """The time, in ms, of a row: a note, or a "change"."""

    at: int
    by: str
    kind: str


class LogEvent(Struct, frozen=True, kw_only=True):
    """An event of the log, in its place: results, or of a kind of `events`."""

    number: int
    at: Instant
    kind: str = ""
    text: bytes = b""
    results: tuple[Measured, ...] = ()

    @property
    def gathered(self) -> Gathered | None:
        """Return the results as one event, None where it is another."""
        return Gathered(results=self.results) if self.results else None


def kept(folder: Path, name: str) -> bytes | None:
    """Return the text under a name; raise FileNotFoundError without a history."""
    try:
        with HistoryReader(folder) as history:
            return history.kept(name)
    except (sqlite3.Error, schema.Newer) as error:
        raise OSError(str(error)) from None


class HistoryReader:
    """History of a data folder, open for reading; close it, or use `with`.

    Raises:
        FileNotFoundError: there is no history yet.
        schema.Newer: a newer version of Secours wrote it.
        sqlite3.Error: it cannot be read; any question may raise this.
    """

    def __init__(self, folder: Path) -> None:
        self._connection = schema.open_to_read(folder)
        # Damage in a text hides no other.
        self._connection.text_factory = lambda raw: raw.decode("utf-8", "replace")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    @cached_property
    def names(self) -> Names:
        """Return the present name of each former one."""
        text = self.kept(FORMER_NAMES) or b"{}"
        try:
            return msgspec.json.decode(text, type=dict[str, str])
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return {}

    @cached_property
    def given_back(self) -> tuple[GivenBack, ...]:
        """Return the former names that another thing has now."""
        text = self.kept(GIVEN_BACK) or b"[]"
        try:
            return msgspec.json.decode(text, type=tuple[GivenBack, ...])
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return ()

    @cached_property
    def names_in_time(self) -> NamesInTime:
        """Return when a channel or component had which name."""
        return NamesInTime(self.names, self.given_back)

    def latest(self, probe: str) -> Result | None:
        """Return the newest result of the probe with this id."""
        return next(iter(self.results(probe, limit=1)), None)

    def results(
        self,
        probe: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 1000,
    ) -> list[Result]:
        """Return results of the probe with this id, newest first."""
        newest: list[Result] = []
        last = END_OF_TIME if until is None else rows.ms(until)
        for name, first, end in self.names_in_time.spells_of(probe):
            span = (max(first, _from(since)), min(end - 1, last))
            if until is None and end == END_OF_TIME:
                of_name = self._newest(
                    queries.RESULTS, name, first=span[0], limit=limit
                )
            else:
                of_name = list(self._ask(queries.RESULTS, name, *span, limit))
            newest += (rows.result((probe, *row[1:])) for row in of_name)
        return _newest_first(newest, lambda each: each.at.utc)[:limit]

    def first_failure(
        self, probe: str, since: datetime, until: datetime | None
    ) -> Result | None:
        """Return the first failed result in a time, or one in force at its start."""
        start = since - JUST_BEFORE
        before = self.results(probe, since=start, until=since, limit=1)
        if before and before[0].outcome.verdict is Verdict.FAILED:
            return before[0]
        last = END_OF_TIME if until is None else rows.ms(until)
        failures = [
            rows.result((probe, *row[1:]))
            for name, first, end in self.names_in_time.spells_of(probe)
            for row in self._ask(
                queries.FIRST_FAILURE,
                name,
                max(first, rows.ms(since)),
                min(end - 1, last),
            )
        ]
        return min(failures, key=lambda each: each.at.utc, default=None)

    def latencies(self, probe: str, *, since: datetime, limit: int) -> list[float]:
        """Return the latencies of good answers, seconds, newest first."""
        seconds: list[float] = []
        for name, first, end in self.names_in_time.spells_of(probe):
            first = max(first, rows.ms(since))
            of_name = self._newest(queries.LATENCIES, name, first=first, limit=limit)
            seconds += (us / 1e6 for us, at in of_name if at < end)
        return seconds[:limit]

    def tally(self, probe: str, since: datetime) -> tuple[int, int]:
        """Return the numbers of passed and failed results."""
        passed = failed = 0
        for name, first, end in self.names_in_time.spells_of(probe):
            first = max(first, rows.ms(since))
            [(good, bad)] = self._ask(queries.TALLY, name, first, end)
            passed, failed = passed + good, failed + bad
        return passed, failed

    def timings(
        self, probe: str, *, since: datetime, limit: int
    ) -> list[tuple[datetime, Verdict, float | None]]:
        """Return each test's time, verdict and latency, newest first."""
        timings = [
            rows.timing(row)
            for name, first, end in self.names_in_time.spells_of(probe)
            for row in self._newest(
                queries.TIMINGS, name, first=max(first, rows.ms(since)), limit=limit
            )
            if row[0] < end
        ]
        return _newest_first(timings, lambda each: each[0])[:limit]

    def rolled(
        self, probe: str, every_s: int, since: datetime, limit: int = 50_000
    ) -> list[ResultSums]:
        """Return a probe's roll-ups, newest first."""
        if schema.version(self._connection) < rollup.SINCE_VERSION:
            return []  # its engine has not started since
        sums: list[ResultSums] = []
        for name, first, end in self.names_in_time.spells_of(probe):
            first = max(first - every_s * 1000 + 1, rows.ms(since))  # in mid stretch
            of_name = self._newest(
                queries.ROLLED, name, every_s * 1000, first=first, limit=limit
            )
            sums += (rollup.read(row) for row in of_name if row[1] < end)
        return _newest_first(sums, lambda each: each.at)[:limit]

    def counted(self, probe: str, every_s: int, since: datetime) -> tuple[int, int]:
        """Return the numbers of passed and failed results in all of `rolled`."""
        passed = failed = 0
        if schema.version(self._connection) < rollup.SINCE_VERSION:
            return passed, failed
        for name, first, end in self.names_in_time.spells_of(probe):
            first = max(first - every_s * 1000 + 1, rows.ms(since))
            [(good, bad)] = self._ask(queries.COUNTED, name, every_s * 1000, first, end)
            passed, failed = passed + good, failed + bad
        return passed, failed

    def transitions(
        self, *, since: datetime | None = None, limit: int = 1000
    ) -> list[Change]:
        """Return the changes, newest first."""
        found = self._newest(queries.TRANSITIONS, first=_from(since), limit=limit)
        return [self._change(row) for row in found]

    def recorded(self, *, since: datetime | None = None, limit: int) -> list[Change]:
        """Return the changes in the order of recording, newest first."""
        found = self._ask(queries.RECORDED, _from(since), END_OF_TIME, limit)
        return [self._change(row) for row in found]

    def changes_of(self, subject: str, name: str, limit: int = 1000) -> list[Change]:
        """Return the changes of one subject, newest first."""
        spells = [Spell(name)]
        if subject in ("channel", "component"):
            spells = self.names_in_time.spells(name)
        newest = [
            row
            for spell in spells
            for row in self._ask(queries.OF_ONE, subject, spell.name, limit)
            if spell.has(row[0])
        ]
        changes = [self._change(row) for row in newest]
        if len(spells) > 1:  # those of one name are in the order in which they came
            changes = _newest_first(changes, lambda each: each.at.utc)
        return changes[:limit]

    def changes_of_all(self, subject: str, since: datetime) -> list[Change]:
        """Return the changes of all subjects of a kind, newest first.

        Each subject's last change before is included: it gives the first state.
        """
        since_ms = rows.ms(since)
        found = self._newest(queries.OF_ALL, subject, first=since_ms, limit=MOST_OF_ALL)
        found += self._ask(queries.LAST_OF_EACH, subject, since_ms)
        return [self._change(row) for row in found]

    def _change(self, row: tuple[Any, ...]) -> Change:
        return renaming.change(self.names_in_time.at(row[0]), rows.change(row))

    def journal(
        self, *, since: datetime | None = None, limit: int = 1000
    ) -> list[JournalEntry]:
        """Return changes and notes, newest first; a disk may hold any words."""
        noted = [
            JournalEntry(
                at=rows.utc(at),
                by=_plain(by),
                kind=_plain(kind),
                text=_plain(text),
            )
            for at, by, kind, text in self._newest(
                queries.NOTES, first=_from(since), limit=limit
            )
        ]
        changed = [_entry(each) for each in self.transitions(since=since, limit=limit)]
        both = [*noted, *changed]
        return _newest_first(both, lambda entry: entry.at)[:limit]

    def lives(self, *, since: datetime) -> list[Sign]:
        """Return the starts and stops of engines, newest first."""
        found = self._newest(
            queries.LIVES, ENGINE, first=rows.ms(since), limit=MOST_OF_ALL
        )
        return [Sign(at, ENGINE, kind) for at, kind in found]

    def last_sign(self, before: int) -> int | None:
        """Return the time of the last entry before a moment, in ms."""
        values = {"at": before, "every": 1000 * rollup.FINE_S}
        questions = [queries.LAST_SIGN]
        if schema.version(self._connection) >= rollup.SINCE_VERSION:
            questions.append(queries.LAST_ROLLED)
        signs = [
            sign
            for question in questions
            for (sign,) in self._connection.execute(question, values)
            if sign is not None
        ]
        return max(signs, default=None)

    def bases(self, life: int, until: int) -> list[int]:
        """Return the events of a life, up to this one, that are kept memories."""
        if schema.version(self._connection) < EVENTS_SINCE_VERSION:
            return []  # its engine has not started since
        return [number for (number,) in self._ask(queries.BASES, life, until, MEMORY)]

    def events(self, life: int, first: int, last: int) -> Iterator[LogEvent]:
        """Yield the events of a life in their order, from one to another.

        An event of several results is left out while some of them are missing.
        """
        measured = map(_measured, self._ask(queries.MEASURED, life, first, last))
        others = (
            LogEvent(
                number=number,
                at=rows.instant(at, steady_ms),
                kind=kind,
                text=bytes(text),
            )
            for number, at, steady_ms, kind, text in self._ask(
                queries.TOLD, life, first, last
            )
        )
        number = attrgetter("number")
        by_number = groupby(heapq.merge(measured, others, key=number), key=number)
        return (event for _, rows_of_it in by_number for event in _together(rows_of_it))

    def changes_by(self, life: int, first: int, last: int) -> list[Change]:
        """Return the changes by the events of a life, the oldest first."""
        return [
            rows.change(row) for row in self._ask(queries.CHANGES_BY, life, first, last)
        ]

    def plan(self, version: str) -> bytes | None:
        """Return a plan that was in force, as it was written."""
        found = list(self._ask("SELECT text FROM plan WHERE version = ?", version))
        return bytes(found[0][0]) if found else None

    def begun_anew(self) -> Reset | None:
        """Return when and why this history was begun anew, None if it was not."""
        if schema.version(self._connection) == 0:
            return None  # its engine has just begun it
        return reset.read(self._connection)

    def kept(self, name: str) -> bytes | None:
        """Return what the engine kept under this name."""
        if schema.version(self._connection) == 0:
            return None  # its engine has just begun it
        found = list(self._ask("SELECT text FROM kept WHERE name = ?", name))
        return bytes(found[0][0]) if found else None

    def _newest(
        self, question: str, *values: Any, first: int, limit: int
    ) -> list[tuple[Any, ...]]:
        """Return rows, newest first; last those of a date to come.

        A clock was wrong then: first, they would hide all the others.
        """
        now = rows.ms(clock.now().utc)
        found = list(self._ask(question, *values, first, now, limit))
        after = max(now + 1, first)
        left = limit - len(found)
        return [*found, *self._ask(question, *values, after, END_OF_TIME, left)]

    def _ask(self, question: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        return iter(self._connection.execute(question, values))


def _newest_first(found: list[T], at: Callable[[T], datetime]) -> list[T]:
    """Sort by time, stably; those of a date to come last."""
    now = clock.now().utc
    return sorted(found, key=lambda each: (at(each) <= now, at(each)), reverse=True)


def _measured(row: tuple[Any, ...]) -> LogEvent:
    number, arrived, arrived_steady_ms, *of_result = row
    at = rows.instant(arrived, arrived_steady_ms)
    result = Measured(result=rows.result(tuple(of_result)), at=at)
    return LogEvent(number=number, at=at, results=(result,))


def _together(rows_of_it: Iterator[LogEvent]) -> Iterator[LogEvent]:
    """Yield the event of the rows of one number, if none is missing."""
    logged = list(rows_of_it)
    results = tuple(result for each in logged for result in each.results)
    row = next((each for each in logged if each.kind), None)
    if row is None or row.kind == GATHERED:
        many = row.text if row else encoded(1)
        if encoded(len(results)) == many:
            yield replace(logged[0], kind="", text=b"", results=results)
    else:
        yield row


def _entry(change: Change) -> JournalEntry:
    """Return the journal's line of a change; a word has its author."""
    by, text = ENGINE, ""
    if change.is_of_word and "by" in change.facts:
        by, text = _plain(change.facts["by"]), _plain(change.facts.get("said", ""))
    return JournalEntry(
        at=change.at.utc, by=by, kind="change", text=text, change=change
    )


def _plain(words: object) -> str:
    return plain(words, len(str(words)))


def _from(since: datetime | None) -> int:
    return rows.ms(since) if since else -END_OF_TIME
