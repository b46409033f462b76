"""What happened? The history, read beside the engine that writes it.

Each reader has its own read-only connection: it delays nobody and is never delayed.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from secours.engine import rows, schema
from secours.model import Change, Result

RESULTS = """
SELECT p.text, r.at, r.steady_ms, r.verdict, r.evidence, reason.text, facts.text,
       warnings.text, r.latency_us, r.retry_after_ms
FROM text p JOIN result r ON r.probe = p.id
LEFT JOIN text reason ON reason.id = r.reason
LEFT JOIN text facts ON facts.id = r.facts
LEFT JOIN text warnings ON warnings.id = r.warnings
WHERE p.text = ? AND r.at >= ?
ORDER BY r.at DESC LIMIT ?
"""
TRANSITIONS = """
SELECT at, steady_ms, subject, name, before, after, reason, facts FROM transition
WHERE at >= ? ORDER BY at DESC, id DESC LIMIT ?
"""
NOTES = """
SELECT at, by, kind, text FROM journal WHERE at >= ? ORDER BY at DESC, id DESC LIMIT ?
"""
ENGINE = "secours"  # who wrote an entry that nobody wrote


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the journal: what a person noted, or what the engine saw.

    `kind` is "note" for a person's words; "change" has them in `change`; the engine's
    own are "start", "stop", "plan", "config-error", "clock" and "trouble".
    """

    at: datetime
    by: str
    kind: str
    text: str
    change: Change | None = None


class Reader:
    """The history of a data folder, open for reading; close it, or use `with`.

    Raises:
        FileNotFoundError: there is no history yet.
        schema.Newer: a newer version of Secours wrote it.
        sqlite3.Error: it cannot be read; any question may raise this.

    """

    def __init__(self, folder: Path) -> None:
        self._connection = schema.open_to_read(folder)

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
        """Let the database go."""
        self._connection.close()

    def latest(self, probe: str) -> Result | None:
        """Return the newest result of the probe with this id."""
        return next(iter(self.results(probe, limit=1)), None)

    def results(
        self, probe: str, *, since: datetime | None = None, limit: int = 1000
    ) -> list[Result]:
        """Return results of the probe with this id, newest first."""
        found = self._ask(RESULTS, probe, _from(since), limit)
        return [rows.result(row) for row in found]

    def transitions(
        self, *, since: datetime | None = None, limit: int = 1000
    ) -> list[Change]:
        """Return what changed, newest first."""
        found = self._ask(TRANSITIONS, _from(since), limit)
        return [rows.change(row) for row in found]

    def journal(
        self, *, since: datetime | None = None, limit: int = 1000
    ) -> list[Entry]:
        """Return what changed and what was noted, newest first."""
        noted = [
            Entry(at=rows.utc(at), by=by, kind=kind, text=text)
            for at, by, kind, text in self._ask(NOTES, _from(since), limit)
        ]
        changed = [
            Entry(at=change.at.utc, by=ENGINE, kind="change", text="", change=change)
            for change in self.transitions(since=since, limit=limit)
        ]
        both = heapq.merge(noted, changed, key=lambda entry: entry.at, reverse=True)
        return list(both)[:limit]

    def kept(self, name: str) -> bytes | None:
        """Return what the engine kept under this name."""
        found = list(self._ask("SELECT text FROM kept WHERE name = ?", name))
        return bytes(found[0][0]) if found else None

    def _ask(self, question: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        return iter(self._connection.execute(question, values))


def _from(since: datetime | None) -> int:
    return rows.ms(since) if since else -(2**62)
