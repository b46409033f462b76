"""The history on disk: results, transitions, the journal, the core's memory.

One thread writes, so that a slow disk never delays a probe. A disk that refuses stops
the history and nothing else: entries are held here and tried again; the oldest results
are dropped first, journal entries never.
"""

import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from secours.core.events import Measured
from secours.engine import clock
from secours.engine.state_file import encoded
from secours.engine.store.backlog import Backlog
from secours.engine.store.database import damage, retention, rows, schema, set_aside
from secours.engine.store.database.insertion import Insertion
from secours.engine.store.database.write_queue import AT_ONCE, Pending, Place
from secours.engine.store.database.writer import BackUp, Database, no_backup
from secours.engine.store.event_log import GATHERED
from secours.model.observed import Instant, Result
from secours.model.sections.site import Retention
from secours.model.sites.events import OutboxNumbers
from secours.model.sites.membership import Sites
from secours.model.snapshot import Change

log = logging.getLogger(__name__)

REST_S = 1.0  # between transactions, so that results come to one together
LAST_TRY_S = 2.0  # what the disk gets at the end
BREAK_OFF_S = 0.5
FORGET_EVERY_S = 3600.0
LOOK_EVERY_S = 20.0  # whether the file is in its place
NOT_THE_DISK = (  # errors of a row, which no retry mends
    ValueError,
    TypeError,
    OverflowError,
    sqlite3.DataError,
    sqlite3.IntegrityError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
)


class Store:
    """Store of the history, accepting at once and without failing; it writes behind.

    `trouble` is None while the disk obliges, "disk" while it does not, and "store" for
    a history of a newer version of Secours, which is left alone. A damaged one is set
    aside, and a new one begun. While `clock_doubted` nothing is forgotten.
    """

    def __init__(
        self,
        folder: Path,
        keep: Retention | None = None,
        *,
        retry_s: float = 5.0,
        now: Callable[[], Instant] = clock.now,
        back_up: BackUp = no_backup,
    ) -> None:
        self.trouble: str | None = None
        self.clock_doubted = now().utc < clock.RELEASED
        self.keep = keep or Retention()
        self.sites: Sites | None = None  # where this site is one of many
        self.event_numbers: OutboxNumbers | None = None  # None until they are known
        self.tell_events: Callable[[], object] = lambda: None  # called by the
        # writing thread when they changed
        self.folder = folder
        self._retry_s = retry_s
        self._now = now
        self._pending = Pending()
        self._in_hand = Pending()  # taken from there, and not on disk yet
        self._wake = threading.Condition()
        self._urgent = False
        self._idle = False  # it waits for any entry, urgent or not
        self._closing = False
        self._given = self._written = 0  # urgent entries so far, and those on disk
        self._database = Database(folder, now, back_up)
        self._forget_at_s = time.monotonic() + FORGET_EVERY_S
        self._rested_at_s = 0.0
        self._thread = threading.Thread(
            target=self._write_on, name="store", daemon=True
        )
        self._thread.start()

    @property
    def anew(self) -> int:
        """Return how often the history was begun anew, or found to have been."""
        return self._database.anew

    @property
    def begun_anew(self) -> str | None:
        """Return why the history was begun anew, while that is to be said."""
        reset = self._database.reset
        if reset is None or self._now().utc - reset.at > set_aside.SAID_FOR:
            return None
        return reset.why

    def take_in(self, left: Backlog) -> None:
        """Keep an earlier engine's unwritten entries, unless they are there already."""
        earlier = Pending(notes=deque(left.notes), changes=deque(left.changes))
        self._hurry(lambda: self._pending.put_back(earlier))

    @property
    def holds(self) -> bool:
        """Tell whether there are entries on no disk yet that must not be lost."""
        with self._wake:
            both = (self._in_hand, self._pending)
            return any(each.notes or each.changes for each in both)

    def unwritten(self) -> Backlog:
        """Return the entries on no disk yet that must not be lost."""
        with self._wake:
            both = (self._in_hand, self._pending)
            return Backlog(
                notes=tuple(note for each in both for note in each.notes),
                changes=tuple(change for each in both for change in each.changes),
            )

    def result(self, result: Result, place: Place | None = None) -> None:
        """Keep a result, and its place in the log of events."""
        with self._wake:
            self._pending.results.append((result, place))
            self._wake_for_results()

    def gathered(self, results: Sequence[Measured], place: Place) -> None:
        """Keep the results that came as one event."""
        with self._wake:
            self._pending.results.extend(
                (each.result, replace(place, at=each.at)) for each in results
            )
            if len(results) > 1:
                row = (place, GATHERED, encoded(len(results)))
                self._pending.events.append(row)
            self._wake_for_results()

    def changes(self, changes: Iterable[Change], place: Place | None = None) -> None:
        """Keep the changes by the event at this place, at once."""
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
        # A name of the command line may hold bytes that are no text.
        by, kind, text = (
            each.encode("utf-8", "replace").decode() for each in (by, kind, text)
        )
        row = (rows.ms(at), by, kind, text)
        self._hurry(lambda: self._pending.notes.append(row))

    def remember(self, name: str, text: bytes, *, urgent: bool = False) -> None:
        """Keep a text under a name, in place of an older one."""
        with self._wake:
            self._pending.kept[name] = text
            self._given += urgent
            self._urgent |= urgent
            self._wake.notify_all()

    def acknowledged(self, epoch: str, number: int) -> None:
        """Note that the hub has the events of an epoch up to a number."""
        with self._wake:
            self._pending.at_hub.append((epoch, number, rows.ms(self._now().utc)))
            self._wake.notify_all()

    def end_epoch(self, epoch: str) -> None:
        """Begin a new epoch with the events that the hub lacks."""
        over = (epoch, None, rows.ms(self._now().utc))
        self._hurry(lambda: self._pending.at_hub.append(over))

    def wait_written(self, timeout_s: float) -> bool:
        """Wait until all entries so far are on disk; tell whether they are."""
        with self._wake:
            count = self._given
            self._wake.wait_for(
                lambda: self._written >= count or self.trouble or self._closing,
                timeout_s,
            )
            return self._written >= count

    def close(self) -> bool:
        """Write the rest, if the disk takes it soon; tell whether all is written."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        self._database.break_off(BREAK_OFF_S)
        self._thread.join(LAST_TRY_S)
        return not self._thread.is_alive()

    def _wake_for_results(self) -> None:
        """Wake the thread for results, unless it soon looks by itself."""
        if self._idle or len(self._pending.results) >= AT_ONCE:
            self._wake.notify_all()

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
            if not self._write_all():
                with self._wake:
                    self._wake.wait_for(lambda: self._closing, self._retry_s)
        if self._write_all() and self._database.connection and not self.clock_doubted:
            with suppress(sqlite3.Error):  # the next one will do
                retention.advance_horizon(self._database.connection, self._now())
        self._database.close()
        with self._wake:
            self._wake.notify_all()

    def _await_work(self) -> None:
        with self._wake:
            self._idle = True
            self._wake.wait_for(
                lambda: self._pending or self._closing or not self._database.connection,
                max(0.0, min(LOOK_EVERY_S, self._forget_at_s - time.monotonic())),
            )
            self._idle = False
            self._wake.wait_for(
                lambda: self._closing or self._is_due(),
                max(0.0, self._rested_at_s - time.monotonic()),
            )

    def _is_due(self) -> bool:
        """Tell whether to write the pending entries now."""
        hurries = self._urgent or len(self._pending.results) >= AT_ONCE
        rested = time.monotonic() >= self._rested_at_s
        return bool(self._pending) and (hurries or rested or self._closing)

    def _write_all(self) -> bool:
        """Write all pending entries; tell whether the disk took them."""
        try:
            insertion = self._database.open(clock_doubted=self.clock_doubted)
            while self._write_some(insertion) or self._take_over():
                pass
            self._forget_old(insertion)
            self._number_events(insertion)
        except schema.Newer as error:
            self._set_trouble("store", error)
        except (sqlite3.Error, OSError, damage.Damaged) as error:
            if damage.is_damage(error) and self._begin_anew(error):
                return self._write_all()
            self._set_trouble("disk", error)
        except Exception as error:
            log.exception("the history is not written: a defect of Secours")
            self._set_trouble("disk", error)
        else:
            self._clear_trouble()
            return True
        self._database.close()
        return False

    def _number_events(self, insertion: Insertion) -> None:
        before, sites = self.event_numbers, self.sites
        self.event_numbers = insertion.among(sites, self._now()) if sites else None
        if self.event_numbers != before:
            self.tell_events()

    def _begin_anew(self, error: Exception) -> bool:
        """Replace a damaged database; tell whether there is a new one."""
        log.error("the history is damaged: %s", error)
        try:
            return self._database.begin_anew()
        except (sqlite3.Error, OSError) as refused:
            log.error("it cannot be set aside: %s", refused)
            return False

    def _take_over(self) -> bool:
        must = not self._closing or self._database.holds_lost
        return must and self._database.take_over()

    def _write_some(self, insertion: Insertion) -> bool:
        """Write one transaction; tell whether there was any to write now."""
        with self._wake:
            if not self._is_due():
                return False
            count = self._given
            batch = self._in_hand = self._pending.take()
            self._urgent = self._urgent and bool(self._pending)  # that too, then
            self._rested_at_s = time.monotonic() + REST_S
        try:
            insertion.insert(batch, self.sites)
        except NOT_THE_DISK as error:
            log.error("a part of the history cannot be written: %s", error)
            self._hold_again(Pending(notes=batch.notes))
        except BaseException:
            self._hold_again(batch)
            raise
        with self._wake:
            self._in_hand = Pending()
            if not self._pending.notes and not self._pending.changes:
                self._written = count
            self._wake.notify_all()
        return True

    def _hold_again(self, taken: Pending) -> None:
        with self._wake:
            self._pending.put_back(taken)
            self._in_hand = Pending()
            self._urgent = True

    def _forget_old(self, insertion: Insertion) -> None:
        """Delete rows beyond their retention now and then, rolled up."""
        if time.monotonic() < self._forget_at_s:
            return
        self._forget_at_s = time.monotonic() + FORGET_EVERY_S
        if not self.clock_doubted:
            insertion.forget(self.keep, self._now())

    def _set_trouble(self, word: str, error: Exception | str) -> None:
        if self.trouble != word:
            log.error("the history is not written: %s", error)
        with self._wake:
            self.trouble = word
            self._wake.notify_all()

    def _clear_trouble(self) -> None:
        if self.trouble:
            log.warning("the history is written again")
        self.trouble = None
