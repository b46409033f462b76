"""Deletion of rows older than their retention."""

import sqlite3
from datetime import datetime, timedelta

from secours.engine import clock
from secours.engine.store.database import rollup, rows, site_events
from secours.model.sections.site import Retention

RELEASED_MS = rows.ms(clock.RELEASED)
WORTH_A_SWEEP = 20_000  # texts, before looking for those that no row needs any more


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
