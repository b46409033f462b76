"""Replacement of a damaged or missing database by a new one.

The new one is made whole beside it, with a note of the reason, and then takes its
place: first the old files are renamed, then the new one. After a kill in between, the
engine goes on with that at its next start. `salvage` later takes over the readable
rows.
"""

import os
import sqlite3
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path

from secours.engine.state_file import encoded
from secours.engine.store import durable_files
from secours.engine.store.database import reset as record
from secours.engine.store.database import retention, rows, salvage, schema
from secours.engine.store.database.damage import is_damage
from secours.engine.store.database.reset import DAMAGED, Reset
from secours.engine.store.reader import ENGINE

FRESH = "history.new.sqlite3"
PARTS = ("", "-wal", "-shm")
SAID_FOR = timedelta(days=1)


def begin(
    folder: Path, why: str | None, now: datetime, texts: list[salvage.Kept]
) -> None:
    """Put a new database in place; the files there are set aside.

    `why` is None where there was none before; `texts` are rows for the table of named
    texts.

    Raises:
        OSError: the folder or the disk does not take it.
        sqlite3.Error: the disk does not take it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _remove(folder, FRESH)
    reset = Reset(now, why, _free_name(folder, now)) if why else None
    with closing(schema.open_to_write(folder, FRESH)) as fresh:
        if reset is not None:
            note(fresh, reset, texts)
    _exchange(folder, reset)


def go_on(folder: Path) -> None:
    """Finish an interrupted replacement."""
    if not (folder / FRESH).exists():
        return
    reset = None
    if not os.path.lexists(folder / schema.NAME):
        try:
            with closing(schema.open_to_write(folder, FRESH)) as fresh:
                reset = record.read(fresh)
        except sqlite3.Error as error:
            if not is_damage(error):
                raise
    if reset is None:  # incomplete, or the old one is still in its place
        _remove(folder, FRESH)
    else:
        _exchange(folder, reset)


def note(
    connection: sqlite3.Connection, reset: Reset, texts: list[salvage.Kept]
) -> None:
    """Note in a database that it was begun anew, in one transaction.

    Its rows are numbered from the date on, so that salvaged rows, with their own
    numbers, stand before them.
    """
    number = max(rows.ms(reset.at), retention.RELEASED_MS)
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        for table in ("journal", "transition"):
            connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
            connection.execute(
                "INSERT INTO sqlite_sequence VALUES (?, ?)", (table, number)
            )
        connection.executemany(
            "INSERT OR IGNORE INTO kept (name, text) VALUES (?, ?)", texts
        )
        connection.execute(rows.KEEP, (record.NAME, encoded(reset)))
        connection.execute(
            "INSERT INTO journal (at, by, kind, text) VALUES (?, ?, ?, ?)",
            (
                rows.ms(reset.at),
                ENGINE,
                reset.why,
                reset.aside if reset.why == DAMAGED else "",
            ),
        )


def _exchange(folder: Path, reset: Reset | None) -> None:
    if reset is not None:
        for part in PARTS:
            with suppress(FileNotFoundError):
                (folder / f"{schema.NAME}{part}").rename(
                    folder / f"{reset.aside}{part}"
                )
    (folder / FRESH).rename(folder / schema.NAME)
    durable_files.force(folder)


def _free_name(folder: Path, now: datetime) -> str:
    number = 1
    while True:
        more = f"-{number}" if number > 1 else ""
        name = f"{salvage.ASIDE}{now:%Y-%m-%d}{more}.sqlite3"
        if not any(os.path.lexists(folder / f"{name}{part}") for part in PARTS):
            return name
        number += 1


def _remove(folder: Path, name: str) -> None:
    for part in PARTS:
        (folder / f"{name}{part}").unlink(missing_ok=True)
