"""How what waits for the disk becomes rows of the database."""

import sqlite3

from secours.engine.store.database import horizon, retention, rollup, rows, salvage
from secours.engine.store.database.write_queue import Pending
from secours.model.observed import Instant, Result
from secours.model.plan import Retention

WORDS_HELD = 50_000


class Insertion:
    """Writes rows through one connection, and knows the numbers of shared texts."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._words: dict[str, int] = {}

    def insert(self, taken: Pending) -> None:
        """Write what was taken in one transaction, or nothing of it.

        A line of the journal that is there already is not doubled.
        """
        try:
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                self._insert(taken)
        except BaseException:
            self._words.clear()  # the rollback took the new ones with it
            raise

    def forget(self, keep: Retention, now: Instant) -> None:
        """Sum up what is over, and delete what is older than it is to be kept."""
        connection = self._connection
        rollup.roll(connection, now.utc)
        retention.forget(connection, keep, horizon.advance(connection, now))
        self._words.clear()

    def _insert(self, taken: Pending) -> None:
        notes = ((None, *note) for note in taken.notes)
        changes = (
            (None, *rows.change_row(change), *rows.place(place)[:2])
            for change, place in taken.changes
        )
        salvage.put_in(self._connection, salvage.JOURNAL, notes)
        salvage.put_in(self._connection, salvage.TRANSITION, changes)
        self._connection.executemany(
            "INSERT OR IGNORE INTO result"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (*self._result_row(result), *rows.place(place))
                for result, place in taken.results
            ],
        )
        self._connection.executemany(
            "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)",
            [(*rows.place(place), kind, text) for place, kind, text in taken.events],
        )
        self._connection.executemany(
            "INSERT INTO plan VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET at = max(at, excluded.at)",
            taken.plans,
        )
        self._connection.executemany(
            "INSERT OR REPLACE INTO kept (name, text) VALUES (?, ?)",
            list(taken.kept.items()),
        )

    def _result_row(self, result: Result) -> tuple[int | None, ...]:
        outcome = result.outcome
        return (
            self._word(result.probe),
            rows.ms(result.at.utc),
            round(result.at.steady_s * 1000),
            rows.VERDICTS.index(outcome.verdict),
            rows.EVIDENCES.index(outcome.evidence),
            self._word(outcome.reason.value),
            self._word(rows.facts_text(outcome.facts) if outcome.facts else ""),
            self._word(" ".join(outcome.warnings)),
            _whole(outcome.latency_s, 1e6),
            _whole(outcome.retry_after_s, 1e3),
        )

    def _word(self, text: str) -> int | None:
        """Return the number of a text, None for the empty one."""
        if not text:
            return None
        if text not in self._words:
            if len(self._words) >= WORDS_HELD:
                self._words.clear()
            ask = self._connection.execute
            ask("INSERT OR IGNORE INTO text (text) VALUES (?)", (text,))
            found = ask("SELECT id FROM text WHERE text = ?", (text,))
            self._words[text] = int(found.fetchone()[0])
        return self._words[text]


def _whole(seconds: float | None, scale: float) -> int | None:
    return None if seconds is None else round(seconds * scale)
