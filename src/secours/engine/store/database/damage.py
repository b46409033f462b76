"""Checks that the database is whole and in its place.

SQLite reports damage when it reads a bad page; pages that nobody reads are checked now
and then, beside the writer. SQLite never reports another file in place of the open one:
writes then go to a file without a name.

Source: SQLite documentation, pragma.html quick_check, rescode.html, howtocorrupt.html
("Unlinking or renaming a database file while in use").
"""

import logging
import os
import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from secours.engine.store.database import schema

log = logging.getLogger(__name__)

CODES = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
MAGIC = b"SQLite format 3\0"  # how each begins, fileformat2.html section 1.3
WAL_MAGIC = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")  # section 4.1
LOOK_EVERY_S = 6 * 3600.0  # 230 MB take some two seconds


class Damaged(Exception):
    """The file in place of the database is none, or not whole."""


class FileIdentity(NamedTuple):
    """Identity of the database's files, and its length."""

    database: tuple[int, int]  # device and number
    wal: tuple[int, int] | None
    size: int


def seen(folder: Path) -> FileIdentity | None:
    """Return the identity of the database's files, None where there is none."""
    try:
        facts = os.lstat(folder / schema.NAME)
        size = os.stat(folder / schema.NAME).st_size
    except OSError:
        return None
    wal = None
    with suppress(OSError):
        beside = os.stat(folder / f"{schema.NAME}-wal")
        wal = (beside.st_dev, beside.st_ino)
    return FileIdentity((facts.st_dev, facts.st_ino), wal, size)


def wal_spoilt(folder: Path) -> bool:
    """Tell whether our WAL was replaced by something else; it may be empty."""
    try:
        with (folder / f"{schema.NAME}-wal").open("rb") as file:
            head = file.read(len(WAL_MAGIC[0]))
    except OSError:
        return False
    return head not in (b"", *WAL_MAGIC)


def refuse_no_file(folder: Path) -> None:
    """Raise Damaged for what is never ours: a folder, a pipe, an empty file."""
    path = folder / schema.NAME
    if path.exists() and (not path.is_file() or path.stat().st_size == 0):
        raise Damaged(f"{path}: no database")


def is_damage(error: BaseException) -> bool:
    """Tell whether an error says that the database is not whole."""
    if isinstance(error, schema.Foreign):
        return True
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in CODES
    return isinstance(error, Damaged)


class DamageWatch:
    """Check of the whole database now and then, in a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self.unsound: tuple[int, int] | None = None  # the file that is damaged
        self._folder = folder
        self._wake = threading.Event()
        self._over = False
        self._connection: sqlite3.Connection | None = None
        self._thread = threading.Thread(
            target=self._look_on, name="damage", daemon=True
        )
        self._thread.start()

    def look_now(self) -> None:
        """Check at once, for a reason."""
        self._wake.set()

    def close(self, timeout_s: float) -> None:
        """Stop the check."""
        self._over = True
        self._wake.set()
        if connection := self._connection:
            with suppress(sqlite3.Error):  # it is closed already
                connection.interrupt()
        self._thread.join(timeout_s)

    def _look_on(self) -> None:
        while not self._over:
            self._wake.clear()
            file = seen(self._folder)
            if file and (said := self._damage()):
                log.error("the history is damaged: %s", said)
                self.unsound = file.database
            if not self._over:
                self._wake.wait(LOOK_EVERY_S)

    def _damage(self) -> str:
        """Return the damage, "" where there is none, or none can be told now."""
        try:
            with closing(schema.open_to_read(self._folder)) as connection:
                self._connection = connection
                if self._over:
                    return ""
                (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
                return "" if said == "ok" else str(said)
        except schema.UNREADABLE as error:
            return str(error) if is_damage(error) else ""
        finally:
            self._connection = None
