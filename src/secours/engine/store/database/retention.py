"""Deletion of rows older than their retention.

Ages count from a horizon: the wall clock as far as the steady one confirms it. Else one
hour in 2035, after a flat battery, would delete everything. It advances with the steady
clock, is kept from one sweep to the next, and is never ahead of the wall clock.
"""

import logging
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec

from secours.engine import clock
from secours.engine.state_file import encoded
from secours.engine.store.database import rollup, rows, schema, site_events
from secours.model.observed import Instant
from secours.model.sections.site import Retention

log = logging.getLogger(__name__)

RELEASED_MS = rows.ms(clock.RELEASED)
WORTH_A_SWEEP = 20_000  # texts, before looking for those that no row needs any more
HORIZON = "horizon"  # in the table `kept`
OFF_AT_MOST = timedelta(days=3)  # a machine off for longer is not told from a bad clock
NEWEST = """
SELECT max(at) FROM (SELECT max(at) AS at FROM journal
                     UNION ALL SELECT max(at) FROM transition
                     UNION ALL SELECT max(at) FROM plan)
"""


def forget(connection: sqlite3.Connection, keep: Retention, now: datetime) -> None:
    """Delete rows older than their retention, one probe at a time.

    Lines of the journal with a date before there was a Secours stay: the clock was
    wrong, and their age is unknown.
    """
    raw = rows.ms(now - timedelta(seconds=keep.raw_s))
    journal = rows.ms(now - timedelta(seconds=keep.journal_s))
    probes = connection.execute(
        "SELECT id FROM text WHERE EXISTS (SELECT 1 FROM result WHERE probe = text.id)"
    ).fetchall()
    for (probe,) in probes:
        connection.execute(
            "DELETE FROM result WHERE probe = ? AND at < ?", (probe, raw)
        )
    connection.execute("DELETE FROM event WHERE at < ?", (raw,))
    connection.execute("DELETE FROM plan WHERE at < ?", (raw,))  # noted anew by a base
    for table in ("transition", "journal"):
        connection.execute(
            f"DELETE FROM {table} WHERE at < ? AND at >= ?", (journal, RELEASED_MS)
        )
    rollup.forget(connection, now)
    site_events.forget(connection, now)
    (texts,) = connection.execute("SELECT count(*) FROM text").fetchone()
    if texts < WORTH_A_SWEEP:
        return
    connection.execute(
        "DELETE FROM text WHERE id NOT IN (SELECT probe FROM result"
        " UNION SELECT probe FROM rollup"
        " UNION SELECT reason FROM result WHERE reason IS NOT NULL"
        " UNION SELECT facts FROM result WHERE facts IS NOT NULL"
        " UNION SELECT warnings FROM result WHERE warnings IS NOT NULL)"
    )


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


def begin_horizon(connection: sqlite3.Connection, now: Instant) -> Horizon:
    """Return the kept horizon; the first of a store is at its newest row."""
    if kept := _kept(connection):
        return kept
    first = Horizon(_newest(connection) or now.utc, now, clock.boot_id())
    return _keep(connection, first)


def advance_horizon(connection: sqlite3.Connection, now: Instant) -> datetime:
    """Advance the kept horizon to now, and return it."""
    fresh = advanced(begin_horizon(connection, now), now, clock.boot_id())
    return _keep(connection, fresh).utc


def certainly_past(folder: Path) -> datetime:
    """Return a date certainly past, as far as the store tells."""
    try:
        with closing(schema.open_to_read(folder)) as connection:
            kept = _kept(connection)
            date = kept.utc if kept else _newest(connection)
    except schema.UNREADABLE:
        date = None
    return max(date or clock.RELEASED, clock.RELEASED)


def _kept(connection: sqlite3.Connection) -> Horizon | None:
    damaged = partial(log.warning, "what is old is counted anew: %s")
    return rows.kept(connection, HORIZON, Horizon, damaged)


def _keep(connection: sqlite3.Connection, horizon: Horizon) -> Horizon:
    connection.execute(rows.KEEP, (HORIZON, encoded(horizon)))
    return horizon


def _newest(connection: sqlite3.Connection) -> datetime | None:
    (at,) = connection.execute(NEWEST).fetchone()
    return None if at is None else rows.utc(at)
