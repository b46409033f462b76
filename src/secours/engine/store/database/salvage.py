"""Salvage of a damaged database: the journal and the changes that can be read.

Its rows go into the new database where they are missing, so that a second run does no
harm.
"""

import logging
import sqlite3
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from secours.engine.store.database import pages, rows, schema
from secours.engine.store.reader import ENGINE
from secours.outside_text import plain

log = logging.getLogger(__name__)

ASIDE = "history.damaged-"  # how the names of set aside files begin
TAKEN = "taken-over/"  # and the name of a file, in the table `kept`
COPIED = "store-copied"  # kind of a line of the journal
AT_ONCE = 1000
HELD = 200_000  # rows of a database that is gone, the newest
LONGEST = 4000  # characters of a text with damage in it
LATEST_MS = 253_402_300_799_999  # the last that has a date

Row = tuple[Any, ...]
Kept = tuple[str, bytes]


class Table(NamedTuple):
    """A table whose rows are taken over, without its column `id`."""

    name: str
    columns: tuple[str, ...]

    @property
    def widths(self) -> tuple[int, int]:
        """Return how many columns it has, and had in the first version."""
        most = len(self.columns)
        return most, most - sum(name in OF_THE_LOG for name in self.columns)


OF_THE_LOG = ("life", "number")  # from version 3 on, and not always
NUMBERS = ("at", "steady_ms", *OF_THE_LOG)
JOURNAL = Table("journal", ("at", "by", "kind", "text"))
TRANSITION = Table(
    "transition",
    (
        *("at", "steady_ms", "subject", "name", "before", "after", "reason", "facts"),
        *OF_THE_LOG,
    ),
)
TABLES = (JOURNAL, TRANSITION)
Found = tuple[Table, Row]


def put_in(connection: sqlite3.Connection, table: Table, sound: Iterable[Row]) -> int:
    """Insert rows with their numbers or None; return how many were missing."""
    names = ", ".join(table.columns)
    values = ", ".join(f":{name}" for name in table.columns)
    same = " AND ".join(f"{name} IS :{name}" for name in table.columns)
    question = (
        f"INSERT INTO {table.name} (id, {names}) SELECT CASE WHEN EXISTS"
        f" (SELECT 1 FROM {table.name} WHERE id = :id) THEN NULL ELSE :id END, {values}"
        f" WHERE NOT EXISTS (SELECT 1 FROM {table.name} WHERE {same})"
    )
    keys = ("id", *table.columns)
    named = (dict(zip(keys, row, strict=True)) for row in sound)
    return connection.executemany(question, named).rowcount


def kept(old: sqlite3.Connection) -> list[Kept]:
    """Return the readable entries of the table of named texts."""
    texts: dict[str, bytes] = {}
    for order in ("", "DESC"):
        with suppress(sqlite3.Error):
            for name, text in old.execute(f"SELECT * FROM kept ORDER BY name {order}"):
                if isinstance(text, bytes) and not name.startswith(TAKEN):
                    texts.setdefault(name, text)
    return list(texts.items())


def kept_of(file: Path) -> list[Kept]:
    """Return the readable named texts of a damaged database."""
    if not file.is_file():
        return []
    with closing(schema.connect_to_read(file)) as old:
        with suppress(sqlite3.Error):  # else one that is cut short is not read at all
            old.execute("PRAGMA writable_schema=ON")
        return kept(old)


def newest(old: sqlite3.Connection) -> list[Found]:
    """Return the newest rows of a database whose file is gone, while it is open."""
    sound: list[Found] = []
    for table in TABLES:
        question = f"SELECT * FROM {table.name} ORDER BY id DESC LIMIT {HELD}"
        with suppress(sqlite3.Error):
            sound += ((table, row) for row in _sound(table, old.execute(question)))
    return sound


class TakingOver:
    """Salvage of databases set aside, a part at a time."""

    def __init__(
        self, folder: Path, connection: sqlite3.Connection, lost: list[Found]
    ) -> None:
        """Find them; `lost` are rows of a database that is gone."""
        self._connection = connection
        self._sources: deque[tuple[str, Iterator[Found]]] = deque()
        if lost:
            self._sources.append(("", iter(lost)))
        for path in sorted(folder.glob(f"{ASIDE}*.sqlite3")):
            taken = "SELECT 1 FROM kept WHERE name = ?"
            if not connection.execute(taken, (TAKEN + path.name,)).fetchone():
                self._sources.append((path.name, readable(path)))
        self._new = 0

    def step(self, now: datetime) -> bool:
        """Salvage a part in one transaction; tell whether there was any."""
        if not self._sources:
            return False
        name, source = self._sources[0]
        part = list(islice(source, AT_ONCE))
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            for table in TABLES:
                of_it = (row for each, row in part if each is table)
                self._new += put_in(self._connection, table, of_it)
            if not part:
                self._say_so(name, now)
        if not part:
            self._sources.popleft()
            self._new = 0
        return True

    def _say_so(self, name: str, now: datetime) -> None:
        line = (None, rows.ms(now), ENGINE, COPIED, str(self._new))
        put_in(self._connection, JOURNAL, [line])
        if name:
            self._connection.execute(rows.KEEP, (TAKEN + name, b""))


def readable(path: Path) -> Iterator[Found]:
    """Yield the rows in the pages of a damaged database."""
    try:
        for number, *values in pages.rows(path):
            if not values or values[0] is not None:
                continue  # in its column a row's number stands as none
            row = (number, *map(_clean, values[1:]))
            for table in TABLES:
                if len(values) - 1 in table.widths:
                    yield from ((table, sound) for sound in _sound(table, [row]))
    except OSError as error:
        log.warning("%s cannot be read: %s", path.name, error)


def _sound(table: Table, found: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows in our format; an old one has fewer columns."""
    for row in found:
        whole = (*row, *(None,) * (1 + len(table.columns) - len(row)))
        named = dict(zip(table.columns, whole[1:], strict=True))
        if all(map(_fits, named, named.values())) and 0 <= named["at"] <= LATEST_MS:
            yield whole


def _fits(column: str, value: Any) -> bool:
    if column in OF_THE_LOG and value is None:
        return True
    return isinstance(value, int if column in NUMBERS else str)


def _clean(value: Any) -> Any:
    """Return a text without damaged characters."""
    if isinstance(value, str) and not value.isprintable():
        return plain(value, LONGEST)
    return value
