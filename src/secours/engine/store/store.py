"""The history on disk: results, transitions, the journal, the core's memory.

One thread writes, so that a slow disk never delays a probe. A disk that refuses stops
the history and nothing else: what comes is held here and tried again, the oldest
results let go first, a journal entry never.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from secours.core.events import Measured
from secours.engine import clock
from secours.engine.published.snapshot_file import encoded
from secours.engine.store.database import horizon, retention, rollup, rows, schema
from secours.engine.store.database.write_queue import AT_ONCE, Pending, Place
from secours.engine.store.event_log import GATHERED
from secours.model.observed import Instant, Result
from secours.model.plan import Retention
from secours.model.snapshot import Change

log = logging.getLogger(__name__)

REST_S = 0.25  # between transactions, so that results come to one together
WORDS_HELD = 50_000
LAST_TRY_S = 2.0  # what the disk gets at the end
FORGET_EVERY_S = 3600.0
NOT_THE_DISK = (  # a row that would be refused for ever
    ValueError,
    TypeError,
    OverflowError,
    sqlite3.DataError,
    sqlite3.IntegrityError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
)


class Store:
    """Takes what is to be kept, at once and without failing; writes it behind.

    `trouble` is None while the disk obliges, "disk" while it does not, and "store"
    where a newer version of Secours wrote the history, which is then left alone. While
    `clock_doubted` nothing is forgotten.
    """

    def __init__(
        self,
        folder: Path,
        keep: Retention | None = None,
        *,
        retry_s: float = 5.0,
        now: Callable[[], Instant] = clock.now,
    ) -> None:
        self.trouble: str | None = None
        self.clock_doubted = now().utc < clock.RELEASED
        self.keep = keep or Retention()
        self.folder = folder
        self._retry_s = retry_s
        self._now = now
        self._pending = Pending()
        self._wake = threading.Condition()
        self._urgent = False
        self._closing = False
        self._given = self._written = 0  # how often something urgent came, and went
        self._connection: sqlite3.Connection | None = None
        self._words: dict[str, int] = {}
        self._forget_at_s = time.monotonic() + FORGET_EVERY_S
        self._rested_at_s = 0.0
        self._thread = threading.Thread(
            target=self._write_on, name="store", daemon=True
        )
        self._thread.start()

    def result(self, result: Result, place: Place | None = None) -> None:
        """Keep a result, and its place in the log of events."""
        with self._wake:
            self._pending.results.append((result, place))
            self._wake.notify_all()

    def gathered(self, results: Sequence[Measured], place: Place) -> None:
        """Keep the results that came as one event."""
        for each in results:
            self.result(each.result, replace(place, at=each.at))
        if len(results) > 1:
            row = (place, GATHERED, encoded(len(results)))
            with self._wake:
                self._pending.events.append(row)

    def changes(self, changes: Iterable[Change], place: Place | None = None) -> None:
        """Keep what changed by the event at this place, at once."""
        self._hurry(
            lambda: self._pending.changes.extend((each, place) for each in changes)
        )

    def event(self, place: Place, kind: str, text: bytes) -> None:
        """Keep an event that is no result, in its place in the log, at once."""
        self._hurry(lambda: self._pending.events.append((place, kind, text)))

    def plan(self, version: str, at: datetime, text: bytes) -> None:
        """Keep a plan that comes into force."""
        self._hurry(lambda: self._pending.plans.append((version, rows.ms(at), text)))

    def note(self, at: datetime, by: str, kind: str, text: str) -> None:
        """Append to the journal, at once."""
        row = (rows.ms(at), by, kind, text)
        self._hurry(lambda: self._pending.notes.append(row))

    def remember(self, name: str, text: bytes, *, urgent: bool = False) -> None:
        """Keep one thing under a name, in place of what was there."""
        with self._wake:
            self._pending.kept[name] = text
            self._given += urgent
            self._urgent |= urgent
            self._wake.notify_all()

    def wait_written(self, timeout_s: float) -> bool:
        """Wait until what was noted so far is on disk; tell whether it is."""
        with self._wake:
            given = self._given
            self._wake.wait_for(
                lambda: self._written >= given or self.trouble or self._closing,
                timeout_s,
            )
            return self._written >= given

    def close(self) -> None:
        """Write what is left, if the disk takes it soon."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        self._thread.join(LAST_TRY_S)

    def _hurry(self, add: Any) -> None:
        with self._wake:
            add()
            self._given += 1
            self._urgent = True
            self._wake.notify_all()

    # ---------------------------------------------------------- in the thread

    def _write_on(self) -> None:
        while not self._closing:
            self._await_work()
            written = self._write_all()
            self._rested_at_s = time.monotonic() + REST_S
            if not written:
                with self._wake:
                    self._wake.wait_for(lambda: self._closing, self._retry_s)
        if self._write_all() and self._connection and not self.clock_doubted:
            with suppress(sqlite3.Error):  # the next one will do
                horizon.advance(self._connection, self._now())
        self._disconnect()
        with self._wake:
            self._wake.notify_all()

    def _await_work(self) -> None:
        with self._wake:
            self._wake.wait_for(
                lambda: self._pending or self._closing or self._connection is None,
                max(0.0, self._forget_at_s - time.monotonic()),
            )
            self._wake.wait_for(
                lambda: (
                    self._urgent
                    or self._closing
                    or len(self._pending.results) >= AT_ONCE
                ),
                max(0.0, self._rested_at_s - time.monotonic()),
            )

    def _write_all(self) -> bool:
        """Write all that is pending; tell whether the disk took it."""
        try:
            self._connection = self._connection or self._open()
            while self._write_some(self._connection):
                pass
            self._forget_old(self._connection)
        except schema.Newer as error:
            self._ail("store", error)
        except (sqlite3.Error, OSError) as error:
            self._ail("disk", error)
        else:
            self._recover()
            return True
        self._disconnect()
        return False

    def _open(self) -> sqlite3.Connection:
        """Open the database, and note how far its time had come before we write."""
        connection = schema.open_to_write(self.folder)
        if not self.clock_doubted:
            horizon.begin(connection, self._now())
        return connection

    def _write_some(self, connection: sqlite3.Connection) -> bool:
        """Write one transaction; tell whether there was anything to write."""
        with self._wake:
            given, self._urgent = self._given, False
            taken = self._pending.take()
        if not taken:
            return False
        try:
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                self._insert(connection, taken)
        except NOT_THE_DISK as error:
            log.error("a part of the history cannot be written: %s", error)
            self._words.clear()  # the rollback took the new ones with it
            self._hold_again(Pending(notes=taken.notes))
        except BaseException:
            self._hold_again(taken)
            raise
        with self._wake:
            if not self._pending.notes and not self._pending.changes:
                self._written = given
            self._wake.notify_all()
        return True

    def _hold_again(self, taken: Pending) -> None:
        with self._wake:
            self._pending.put_back(taken)

    def _insert(self, connection: sqlite3.Connection, taken: Pending) -> None:
        connection.executemany(
            "INSERT INTO journal (at, by, kind, text) VALUES (?, ?, ?, ?)", taken.notes
        )
        connection.executemany(
            "INSERT INTO transition (at, steady_ms, subject, name, before, after,"
            " reason, facts, life, number) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (*rows.change_row(change), *rows.place(place)[:2])
                for change, place in taken.changes
            ],
        )
        connection.executemany(
            "INSERT OR IGNORE INTO result"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (*self._result_row(connection, result), *rows.place(place))
                for result, place in taken.results
            ],
        )
        connection.executemany(
            "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)",
            [(*rows.place(place), kind, text) for place, kind, text in taken.events],
        )
        connection.executemany(
            "INSERT INTO plan VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET at = max(at, excluded.at)",
            taken.plans,
        )
        connection.executemany(
            "INSERT OR REPLACE INTO kept (name, text) VALUES (?, ?)",
            list(taken.kept.items()),
        )

    def _result_row(
        self, connection: sqlite3.Connection, result: Result
    ) -> tuple[int | None, ...]:
        outcome = result.outcome
        return (
            self._word(connection, result.probe),
            rows.ms(result.at.utc),
            round(result.at.steady_s * 1000),
            rows.VERDICTS.index(outcome.verdict),
            rows.EVIDENCES.index(outcome.evidence),
            self._word(connection, outcome.reason.value),
            self._word(
                connection, rows.facts_text(outcome.facts) if outcome.facts else ""
            ),
            self._word(connection, " ".join(outcome.warnings)),
            _whole(outcome.latency_s, 1e6),
            _whole(outcome.retry_after_s, 1e3),
        )

    def _word(self, connection: sqlite3.Connection, text: str) -> int | None:
        """Return the number of a text, None for the empty one."""
        if not text:
            return None
        if text not in self._words:
            if len(self._words) >= WORDS_HELD:
                self._words.clear()
            connection.execute("INSERT OR IGNORE INTO text (text) VALUES (?)", (text,))
            found = connection.execute("SELECT id FROM text WHERE text = ?", (text,))
            self._words[text] = int(found.fetchone()[0])
        return self._words[text]

    def _forget_old(self, connection: sqlite3.Connection) -> None:
        """Let go, now and then, of what is older than it is to be kept, summed up."""
        if time.monotonic() < self._forget_at_s:
            return
        self._forget_at_s = time.monotonic() + FORGET_EVERY_S
        if self.clock_doubted:
            return
        now = self._now()
        rollup.roll(connection, now.utc)
        retention.forget(connection, self.keep, horizon.advance(connection, now))
        self._words.clear()

    def _ail(self, word: str, error: Exception) -> None:
        if self.trouble != word:
            log.error("the history is not written: %s", error)
        with self._wake:
            self.trouble = word
            self._wake.notify_all()

    def _recover(self) -> None:
        if self.trouble:
            log.warning("the history is written again")
        self.trouble = None

    def _disconnect(self) -> None:
        self._words.clear()
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


def _whole(seconds: float | None, scale: float) -> int | None:
    return None if seconds is None else round(seconds * scale)
