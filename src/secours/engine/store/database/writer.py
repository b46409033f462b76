"""The database, open for its one writer, whatever happens to its file.

A damaged or missing one is replaced by a new one, and the old one's journal is
salvaged, a part at a time.
"""

import errno
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from secours.engine import last_good_plan
from secours.engine.store.database import (
    damage,
    reset,
    retention,
    rows,
    salvage,
    schema,
    set_aside,
)
from secours.engine.store.database.damage import Damaged, DamageWatch, FileIdentity
from secours.engine.store.database.insertion import Insertion
from secours.engine.store.database.reset import DAMAGED, GONE, Reset
from secours.engine.store.reader import ENGINE
from secours.model.observed import Instant

log = logging.getLogger(__name__)

NOWHERE = FileIdentity((0, 0), None, 0)
MIGRATED = "store-migrated"  # kind of a line of the journal
ANEW_AGAIN_S = 60.0  # doubled each time: a bad disk would damage each new one

BackUp = Callable[[datetime], str]
"""Backs up an older database in its own folder; returns the name of the file.

Raises:
    OSError: the disk does not oblige.
    Damaged: the history is not whole.
    sqlite3.Error: it cannot be read.

"""


def no_backup(_at: datetime) -> str:
    """Refuse to migrate: nothing backs the history up."""
    raise OSError(errno.ENOTSUP, "an older history, and nothing to back it up")


class Database:
    """Connection to the database, reopened or replaced."""

    def __init__(
        self, folder: Path, now: Callable[[], Instant], back_up: BackUp
    ) -> None:
        self.reset: Reset | None = None  # when and why, where it was begun anew
        self.anew = 0  # how often since our start
        self.connection: sqlite3.Connection | None = None
        self._folder = folder
        self._now = now
        self._back_up = back_up
        self._lived = (folder / last_good_plan.NAME).exists()  # an engine before us
        self._gone = False
        self._wal_spoilt = False
        self._lost: list[salvage.Found] = []
        self._kept: list[salvage.Kept] = []
        self._seen = NOWHERE
        self._watch = DamageWatch(folder)
        self._insertion: Insertion | None = None
        self._taking_over: salvage.TakingOver | None = None
        self._pause_s, self._not_before_s = ANEW_AGAIN_S, 0.0
        self._head = -1  # a descriptor of the file, to look at its first bytes

    def open(self, *, clock_doubted: bool) -> Insertion:
        """Return its writer; check first whether it is there, and whole.

        The horizon is noted before anything is written.

        Raises:
            Damaged: it is not whole.
            Newer: our version is too old for it.
            OSError: the folder cannot be had.
            sqlite3.Error: the database cannot be had; see `damage.is_damage`.
        """
        if self.connection is not None:
            self._look(self.connection)
        if self.connection is None or self._insertion is None:
            self._open(clock_doubted=clock_doubted)
        assert self._insertion is not None
        return self._insertion

    def begin_anew(self) -> bool:
        """Replace the damaged database; tell whether it is time to.

        Raises:
            OSError: the folder or the disk does not take it.
            sqlite3.Error: the disk does not take it.
        """
        if time.monotonic() < self._not_before_s:
            return False
        if not self._wal_spoilt:
            self.close()
        kept = self._kept or salvage.kept_of(self._folder / schema.NAME)
        set_aside.begin(self._folder, DAMAGED, self._now().utc, kept)
        self.close()  # no sooner where that would put what is spoilt into the rest
        self._gone, self._watch.unsound = False, None
        self._not_before_s = time.monotonic() + self._pause_s
        self._pause_s *= 2
        return True

    def take_over(self) -> bool:
        """Salvage a part of the old one; tell whether there was any."""
        if self._taking_over and self._taking_over.step(self._now().utc):
            return True
        self._lost = []
        return False

    @property
    def holds_lost(self) -> bool:
        """Tell whether rows of a deleted file are only here."""
        return bool(self._lost)

    def break_off(self, timeout_s: float) -> None:
        """Stop the check for damage."""
        self._watch.close(timeout_s)

    def close(self) -> None:
        """Close the file."""
        self._insertion = self._taking_over = None
        self._wal_spoilt = False
        if self.connection is not None:
            with suppress(sqlite3.Error):
                self.connection.close()
            self.connection = None
        if self._head >= 0:  # not before: it would take the locks of SQLite along
            os.close(self._head)
            self._head = -1

    def _open(self, *, clock_doubted: bool) -> None:
        set_aside.go_on(self._folder)
        now = self._now()
        if not os.path.lexists(self._folder / schema.NAME):
            why = GONE if self._gone or self._lived else None
            set_aside.begin(self._folder, why, now.utc, self._kept)
            self._gone = False
        damage.refuse_no_file(self._folder)
        backup = self._back_up_older(now)
        self.connection = schema.open_to_write(self._folder)
        if backup:
            self.connection.execute(
                "INSERT INTO journal (at, by, kind, text) VALUES (?, ?, ?, ?)",
                (rows.ms(now.utc), ENGINE, MIGRATED, backup),
            )
        self._head = os.open(self._folder / schema.NAME, os.O_RDONLY | os.O_CLOEXEC)
        if self._gone:  # another one is in its place
            set_aside.note(self.connection, Reset(now.utc, GONE, ""), [])
        if not clock_doubted:
            retention.begin_horizon(self.connection, now)
        begun_anew = reset.read(self.connection)
        self.anew += begun_anew != self.reset
        self.reset = begun_anew
        self._taking_over = salvage.TakingOver(
            self._folder, self.connection, self._lost
        )
        self._seen = damage.seen(self._folder) or NOWHERE
        self._insertion = Insertion(self.connection)
        self._lived, self._gone, self._kept = True, False, []

    def _back_up_older(self, now: Instant) -> str | None:
        """Back up a database before its migration; return the name of the file.

        Without a backup it is not migrated.
        """
        if not schema.is_older(self._folder):
            return None
        name = self._back_up(now.utc)
        log.warning("a history of an older Secours is taken over; backup: %s", name)
        return name

    def _look(self, connection: sqlite3.Connection) -> None:
        """Check the files; a file no longer in its place is read and closed."""
        before, now = self._seen, damage.seen(self._folder) or NOWHERE
        self._seen = now
        if now.database != before.database or now is NOWHERE:
            self._leave(connection, before)
        elif now.size < before.size:  # cut off, or vacuumed by somebody
            self._watch.look_now()
        elif os.pread(self._head, len(damage.MAGIC), 0) != damage.MAGIC:
            raise Damaged("the file is overwritten")
        elif now.wal is not None and damage.wal_spoilt(self._folder):
            self._wal_spoilt = True
            raise Damaged("the file beside it is overwritten")
        elif before.wal is not None and now.wal != before.wal:
            log.error("the file beside the history was deleted or replaced")
            checkpoint = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy, _, _ = checkpoint.fetchone()
            if busy:
                self._leave(connection, before)
            else:  # what was in it is in the database now
                self.close()
        elif now.database == self._watch.unsound:
            raise Damaged("a page is none")

    def _leave(self, connection: sqlite3.Connection, before: FileIdentity) -> None:
        """Read the rest of a database whose file has no name any more."""
        log.error("the file of the history was deleted or replaced")
        self._gone, self._watch.unsound = True, None
        self._lost, self._kept = salvage.newest(connection), salvage.kept(connection)
        with _hidden(self._folder, before):
            self.close()
        _part(self._folder, before)


def _part(folder: Path, ours: FileIdentity) -> None:
    """Remove our WAL from beside another database: SQLite would apply it there.

    Source: SQLite documentation, howtocorrupt.html ("Mispairing database files and hot
    journals"); where the database was moved, the last one to close leaves the WAL.
    """
    seen = damage.seen(folder)
    if seen is not None and seen.wal is not None and seen.wal == ours.wal:
        for part in ("-wal", "-shm"):
            (folder / f"{schema.NAME}{part}").unlink(missing_ok=True)


@contextmanager
def _hidden(folder: Path, ours: FileIdentity) -> Iterator[None]:
    """Hide the WAL of another database: SQLite would delete it with ours.

    Source: SQLite documentation, wal.html: the last one to close deletes the WAL.
    """
    seen = damage.seen(folder)
    foreign = seen is not None and seen.wal is not None and seen.wal != ours.wal
    names = [f"{schema.NAME}{part}" for part in ("-wal", "-shm")] if foreign else []
    for name in names:
        with suppress(FileNotFoundError):
            (folder / name).rename(folder / f"{name}.other")
    try:
        yield
    finally:
        for name in names:
            with suppress(FileNotFoundError):
                (folder / f"{name}.other").rename(folder / name)
