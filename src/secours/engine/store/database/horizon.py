"""Horizon of retention: the wall clock as far as the steady one confirms it.

Else one hour in 2035, after a flat battery, would delete everything. So the moment from
which ages of rows count advances with the steady clock, is kept from one sweep to the
next, and is never ahead of the wall clock.
"""

import logging
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from secours.engine import clock
from secours.engine.state_file import decoded, encoded
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
    """Moment from which ages count, and both clocks at it."""

    utc: datetime
    seen: Instant
    boot_id: str


def advanced(from_: Horizon, now: Instant, boot_id: str) -> Horizon:
    """Return the horizon now.

    Time with the machine off is known from the wall clock only, which is believed for
    some days at most.
    """
    passed = timedelta(seconds=now.since(from_.seen))
    if not boot_id or from_.boot_id != boot_id:
        off = now.utc - from_.seen.utc
        passed = off if timedelta() <= off <= OFF_AT_MOST else timedelta()
    return Horizon(min(from_.utc + passed, now.utc), now, boot_id)


def begin(connection: sqlite3.Connection, now: Instant) -> Horizon:
    """Return the kept horizon; the first of a store is at its newest row."""
    if kept := _kept(connection):
        return kept
    first = Horizon(_newest(connection) or now.utc, now, clock.boot_id())
    return _keep(connection, first)


def advance(connection: sqlite3.Connection, now: Instant) -> datetime:
    """Advance the kept horizon to now, and return it."""
    fresh = advanced(begin(connection, now), now, clock.boot_id())
    return _keep(connection, fresh).utc


def known(folder: Path) -> datetime:
    """Return a date certainly past, as far as the store tells."""
    try:
        with closing(schema.open_to_read(folder)) as connection:
            kept = _kept(connection)
            date = kept.utc if kept else _newest(connection)
    except schema.UNREADABLE:
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
