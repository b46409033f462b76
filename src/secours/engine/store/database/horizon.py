"""What is old? History is forgotten by the wall clock as the steady one bears it out.

One hour in 2035, after a flat battery, would else delete all there is. So the moment
from which the age of a row counts moves on with the steady clock, is kept from one
sweep to the next, and is never ahead of the wall clock.
"""

import logging
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from secours.engine import clock
from secours.engine.published.snapshot_file import decoded, encoded
from secours.engine.store.database import rows, schema
from secours.model.observed import Instant

log = logging.getLogger(__name__)

NAME = "horizon"  # in the table `kept`
OFF_AT_MOST = timedelta(days=3)  # a machine off for longer is not told from a bad clock
NEWEST = """
SELECT max(at) FROM (SELECT max(at) AS at FROM journal
                     UNION ALL SELECT max(at) FROM transition
                     UNION ALL SELECT max(at) FROM plan)
"""


class Horizon(msgspec.Struct, frozen=True):
    """The moment from which ages count, and what the clocks said when it was so."""

    utc: datetime
    seen: Instant
    boot_id: str


def advanced(from_: Horizon, now: Instant, boot_id: str) -> Horizon:
    """Return the horizon of now.

    Of the time that the machine was off only the wall clock tells: it is believed where
    that is some days at most.
    """
    passed = timedelta(seconds=now.since(from_.seen))
    if not boot_id or from_.boot_id != boot_id:
        off = now.utc - from_.seen.utc
        passed = off if timedelta() <= off <= OFF_AT_MOST else timedelta()
    return Horizon(min(from_.utc + passed, now.utc), now, boot_id)


def begin(connection: sqlite3.Connection, now: Instant) -> Horizon:
    """Return the kept horizon; the first of a store is at the newest of its rows."""
    if kept := _kept(connection):
        return kept
    first = Horizon(_newest(connection) or now.utc, now, clock.boot_id())
    return _keep(connection, first)


def advance(connection: sqlite3.Connection, now: Instant) -> datetime:
    """Move the kept horizon on to now, and return it."""
    fresh = advanced(begin(connection, now), now, clock.boot_id())
    return _keep(connection, fresh).utc


def known(folder: Path) -> datetime:
    """Return a date that is past for certain, as far as the store tells."""
    try:
        with closing(schema.open_to_read(folder)) as connection:
            kept = _kept(connection)
            date = kept.utc if kept else _newest(connection)
    except (OSError, sqlite3.Error, schema.Newer):
        date = None
    return max(date or clock.RELEASED, clock.RELEASED)


def _kept(connection: sqlite3.Connection) -> Horizon | None:
    found = connection.execute("SELECT text FROM kept WHERE name = ?", (NAME,))
    row = found.fetchone()
    try:
        kept: Horizon | None = decoded(row[0], Horizon) if row else None
        return kept
    except msgspec.MsgspecError as error:
        log.warning("what is old is counted anew: %s", error)
        return None


def _keep(connection: sqlite3.Connection, horizon: Horizon) -> Horizon:
    row = (NAME, encoded(horizon))
    connection.execute("INSERT OR REPLACE INTO kept (name, text) VALUES (?, ?)", row)
    return horizon


def _newest(connection: sqlite3.Connection) -> datetime | None:
    (at,) = connection.execute(NEWEST).fetchone()
    return None if at is None else rows.utc(at)
