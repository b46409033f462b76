"""Insertion of pending entries as rows of the database."""

import sqlite3

from secours.engine.store.database import retention, rollup, rows, salvage, site_events
from secours.engine.store.database.write_queue import Pending
from secours.model.observed import Instant, Result
from secours.model.sections.site import Retention
from secours.model.sites.events import OutboxNumbers
from secours.model.sites.membership import Sites

WORDS_HELD = 50_000
SITE_EVENTS_BETWEEN = 1000  # before looking whether they are too many


class Insertion:
    """Writer of rows through one connection, with the numbers of shared texts."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._words: dict[str, int] = {}
        self._added = 0  # events for other sites
        self._rolled_s: int | None = None  # end of the last roll-up
        self._numbers: OutboxNumbers | None = None  # None where they may have changed

    def insert(self, batch: Pending, sites: Sites | None = None) -> None:
        """Write all of it in one transaction, or nothing.

        A line of the journal that is there already is not doubled. With `sites`,
        changes are also written for the other sites.
        """
        try:
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                self._insert(batch, sites)
                self._note_hub(batch)
        except BaseException:
            self._words.clear()  # the rollback took the new ones with it
            raise

    def forget(self, keep: Retention, now: Instant) -> None:
        """Roll up finished stretches, and delete what is older than its retention."""
        connection = self._connection
        rollup.roll(connection, now.utc)
        retention.forget(connection, keep, retention.advance_horizon(connection, now))
        self._words.clear()

    def among(self, sites: Sites, now: Instant) -> OutboxNumbers:
        """Return the numbers of the events for other sites; roll up a finished stretch.

        Raises:
            sqlite3.Error: the disk does not take it.
        """
        if sites.shares_journal:
            self._roll_up(now)
        if self._numbers is None:
            self._numbers = self._read_numbers()
        return self._numbers

    def _read_numbers(self) -> OutboxNumbers:
        numbers = site_events.numbers(self._connection)
        if numbers is None:
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                numbers = site_events.begin_epoch(self._connection)
        return numbers

    def _roll_up(self, now: Instant) -> None:
        whole_s = int(now.utc.timestamp()) // site_events.STRETCH_S
        until_s = whole_s * site_events.STRETCH_S
        before_s, self._rolled_s = self._rolled_s, until_s
        is_over = before_s is not None and before_s < until_s
        if not is_over and self._added < SITE_EVENTS_BETWEEN:
            return
        self._added, self._numbers = 0, None
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            if is_over:
                site_events.add_rollup(self._connection, until_s, now)
            site_events.let_go(self._connection)

    def _note_hub(self, taken: Pending) -> None:
        for epoch, number, at in taken.at_hub:
            self._numbers = None
            if number is None:
                site_events.end_epoch(self._connection, epoch)
            else:
                site_events.acknowledge(self._connection, epoch, number, at)

    def _insert(self, batch: Pending, sites: Sites | None) -> None:
        notes = ((None, *note) for note in batch.notes)
        salvage.put_in(self._connection, salvage.JOURNAL, notes)
        shares = sites is not None and sites.shares_journal
        for change, place in batch.changes:
            row = (None, *rows.change_row(change), *rows.place(place)[:2])
            if salvage.put_in(self._connection, salvage.TRANSITION, [row]) and shares:
                site_events.add_change(self._connection, change)
                self._added, self._numbers = self._added + 1, None
        self._connection.executemany(
            "INSERT OR IGNORE INTO result"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (*self._result_row(result), *rows.place(place))
                for result, place in batch.results
            ],
        )
        self._connection.executemany(
            "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)",
            [(*rows.place(place), kind, text) for place, kind, text in batch.events],
        )
        self._connection.executemany(
            "INSERT INTO plan VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET at = max(at, excluded.at)",
            batch.plans,
        )
        self._connection.executemany(rows.KEEP, list(batch.kept.items()))

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
