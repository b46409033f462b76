"""Database of the history: its place, how it is opened and migrated.

Source: SQLite documentation, pragma.html user_version, wal.html, uri.html,
howtocorrupt.html ("POSIX advisory locks canceled by a separate thread doing close()").
"""

import os
import shlex
import sqlite3
from contextlib import closing, suppress
from importlib import resources
from pathlib import Path
from urllib.parse import quote

from secours import texts
from secours.engine.store.database import migration_backups
from secours.message import Refusal

NAME = "history.sqlite3"
BUSY_TIMEOUT_MS = 1000
OURS = {"journal", "kept", "result", "text", "transition"}  # since the first version


class Foreign(sqlite3.DatabaseError):
    """The database is none of Secours: an emptied one, or another program's."""


class Newer(Refusal):
    """The database was written by a newer Secours; it is not touched."""

    def __str__(self) -> str:
        """Say for a log what restores an older one."""
        return texts.in_words("en", self.message)


UNREADABLE = (OSError, sqlite3.Error, Newer)
"""Exceptions of a history that cannot be read."""


def open_to_write(folder: Path, name: str = NAME) -> sqlite3.Connection:
    """Open the database for its one writer, created or migrated to our version.

    Raises:
        Foreign: it is not ours; it is not touched.
        Newer: our version is too old for it.
        OSError: the folder cannot be had.
        sqlite3.Error: the database cannot be had.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / name
    with suppress(FileExistsError):  # to close one that is there drops all its locks
        os.close(
            os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        )
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA synchronous=NORMAL")
        _refuse_newer(connection, folder)
        _refuse_foreign(connection)
        connection.execute("PRAGMA journal_mode=WAL")
        _migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def open_to_read(folder: Path) -> sqlite3.Connection:
    """Open the database read-only.

    Raises:
        FileNotFoundError: there is none yet.
        Newer: our version is too old for it.
        sqlite3.Error: the database cannot be had.
    """
    path = folder / NAME
    if not path.is_file():  # to open a pipe would wait for ever
        raise FileNotFoundError(f"{path}: no history yet")
    connection = connect_to_read(path)
    try:
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        _refuse_newer(connection, folder)
    except BaseException:
        connection.close()
        raise
    return connection


def connect_to_read(file: Path) -> sqlite3.Connection:
    """Open a file read-only, whatever is in it."""
    return sqlite3.connect(
        f"file:{quote(str(file.absolute()))}?mode=ro", uri=True, check_same_thread=False
    )


def versions() -> list[str]:
    """Return the migrations in their order; the n-th brings version n."""
    folder = resources.files("secours.engine.store") / "migrations"
    names = sorted(file.name for file in folder.iterdir() if file.name[-4:] == ".sql")
    return [(folder / name).read_text("utf-8") for name in names]


def version(connection: sqlite3.Connection) -> int:
    """Return how many migrations the database has had."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def is_older(folder: Path) -> bool:
    """Tell whether there is a database still to be migrated."""
    try:
        with closing(open_to_read(folder)) as connection:
            return 0 < version(connection) < len(versions())
    except UNREADABLE:
        return False  # who opens it to write will see why


def _refuse_newer(connection: sqlite3.Connection, folder: Path) -> None:
    ours = len(versions())
    if version(connection) > ours:
        backup = migration_backups.newest(folder, ours)
        file = {"file": shlex.quote(os.fspath(backup))} if backup else {}
        raise Newer("commands.history.newer", **file)


def _refuse_foreign(connection: sqlite3.Connection) -> None:
    """Refuse a foreign file in place of a database of ours; new ones are empty.

    Ours are made beside their place, and come there with all their tables.
    """
    if not connection.execute("PRAGMA page_count").fetchone()[0]:
        return
    named = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    if version(connection) == 0 or not OURS.issubset(name for (name,) in named):
        raise Foreign("it is no history of Secours")


def _migrate(connection: sqlite3.Connection) -> None:
    """Migrate an older database, each step whole or not at all."""
    scripts = versions()
    for number in range(version(connection) + 1, len(scripts) + 1):
        try:
            connection.executescript(
                f"BEGIN IMMEDIATE; {scripts[number - 1]};"
                f"PRAGMA user_version={number}; COMMIT;"
            )
        except sqlite3.Error:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise
