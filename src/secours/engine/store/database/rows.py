"""Conversion of results and changes to rows of the database and back."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, TypeVar

from msgspec import MsgspecError
from msgspec.structs import replace

from secours.engine import state_file
from secours.engine.state_file import decoded, encoded
from secours.engine.store.database.write_queue import Place
from secours.model.observed import (
    Evidence,
    Facts,
    Instant,
    Outcome,
    Reason,
    Result,
    Verdict,
)
from secours.model.snapshot import Change

Cells = TypeVar("Cells")
Kept = TypeVar("Kept")

# A word's place is its number in the database: new words go to the end.
VERDICTS = (Verdict.OK, Verdict.DEGRADED, Verdict.FAILED, Verdict.UNKNOWN)
EVIDENCES = (
    Evidence.NONE,
    Evidence.REACHED,
    Evidence.SERVED,
    Evidence.AUTHENTICATED,
    Evidence.DELIVERED,
    Evidence.EXERCISED,
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
KEEP = "INSERT OR REPLACE INTO kept (name, text) VALUES (?, ?)"


def _undamaged(read: Callable[[Cells], Kept]) -> Callable[[Cells], Kept]:
    """Make a row that cannot be read an error of the database."""

    @wraps(read)
    def reading(cells: Cells) -> Kept:
        try:
            return read(cells)
        except (IndexError, TypeError, ValueError, OverflowError, MsgspecError):
            raise sqlite3.DatabaseError("a row is damaged") from None

    return reading


def ms(moment: datetime) -> int:
    """Return a moment as epoch milliseconds."""
    return (moment - EPOCH) // MILLISECOND


@_undamaged
def utc(epoch_ms: int) -> datetime:
    """Return epoch milliseconds as a moment."""
    return EPOCH + epoch_ms * MILLISECOND


def kept(
    connection: sqlite3.Connection,
    name: str,
    kind: type[Kept],
    damaged: Callable[[Exception], object],
) -> Kept | None:
    """Return what is kept under a name, None for nothing or what is damaged."""
    row = connection.execute("SELECT text FROM kept WHERE name = ?", (name,)).fetchone()
    return state_file.read(lambda: row and row[0], kind, damaged)


def instant(at: int, steady_ms: int) -> Instant:
    """Return both clocks of a row."""
    return Instant(utc(at), steady_ms / 1000)


def facts_text(facts: Facts) -> str:
    """Return facts as JSON."""
    return encoded(facts).decode()


def place(place: Place | None) -> tuple[int | None, ...]:
    """Return the columns that hold a place in the log of events."""
    if place is None:
        return (None, None, None, None)
    return (
        place.life,
        place.number,
        ms(place.at.utc),
        round(place.at.steady_s * 1000),
    )


def rounded(result: Result) -> Result:
    """Return a result as it will be read again."""
    outcome = result.outcome
    return replace(
        result,
        outcome=replace(
            outcome,
            latency_s=_rounded(outcome.latency_s, 6),
            retry_after_s=_rounded(outcome.retry_after_s, 3),
        ),
    )


def _rounded(seconds: float | None, digits: int) -> float | None:
    return None if seconds is None else round(seconds, digits)


@_undamaged
def result(row: tuple[Any, ...]) -> Result:
    """Return the result that a row of `history.RESULTS` holds."""
    probe, at, steady_ms, verdict, evidence, reason, facts, warnings, us, wait_ms = row
    return Result(
        probe=probe,
        at=instant(at, steady_ms),
        outcome=Outcome(
            verdict=VERDICTS[verdict],
            evidence=EVIDENCES[evidence],
            reason=_reason(reason),
            facts=_facts(facts),
            warnings=tuple(_reason(word) for word in (warnings or "").split()),
            latency_s=None if us is None else us / 1e6,
            retry_after_s=None if wait_ms is None else wait_ms / 1000,
        ),
    )


@_undamaged
def timing(row: tuple[Any, ...]) -> tuple[datetime, Verdict, float | None]:
    """Return the values of a row of `history.TIMINGS`."""
    at, verdict, us = row
    return utc(at), VERDICTS[verdict], None if us is None else us / 1e6


@_undamaged
def change(row: tuple[Any, ...]) -> Change:
    """Return the change that a row of `transition` holds."""
    at, steady_ms, subject, name, before, after, reason, facts = row
    return Change(
        at=instant(at, steady_ms),
        subject=subject,
        name=name,
        before=before,
        after=after,
        reason=_reason(reason),
        facts=_facts(facts),
    )


def change_row(change: Change) -> tuple[Any, ...]:
    """Return the row of `transition` that holds a change."""
    return (
        ms(change.at.utc),
        round(change.at.steady_s * 1000),
        change.subject,
        change.name,
        change.before,
        change.after,
        change.reason.value,
        facts_text(change.facts),
    )


def _reason(word: str | None) -> Reason:
    """Return a reason; one of another version stays, without a name."""
    if not word:
        return Reason.NONE
    try:
        return Reason(word)
    except ValueError:
        return Reason.NONE


def _facts(text: str | None) -> Facts:
    """Return facts; damaged ones are empty."""
    if not text:
        return {}
    try:
        found: Facts = decoded(text, dict[str, str | int | float])
    except MsgspecError:
        return {}
    return found
