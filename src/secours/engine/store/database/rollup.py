"""Roll-ups of results over longer times, kept when the results are gone.

Stretches of 5 minutes for 90 days, of an hour for 5 years. A stretch is rolled up once
it is over; the last hours again, for results may come late and the wall clock may be
set back. Sums add up, so that hours are made of their twelfths.
"""

import sqlite3
from datetime import datetime, timedelta

from msgspec import Struct

from secours.engine.store.database import rows

SINCE_VERSION = 2  # of the database
FINE_S, COARSE_S = 300, 3600
KEEP_FINE = timedelta(days=90)
KEEP_COARSE = timedelta(days=5 * 365)
AGAIN_S = 2 * COARSE_S  # how far back stretches are rolled up anew

ONLY_MORE = """
ON CONFLICT DO UPDATE SET
  ok = excluded.ok, degraded = excluded.degraded,
  failed = excluded.failed, unknown = excluded.unknown,
  latencies = excluded.latencies, latency_us = excluded.latency_us,
  latency_max_us = excluded.latency_max_us
WHERE excluded.ok + excluded.degraded + excluded.failed + excluded.unknown
    > ok + degraded + failed + unknown
"""  # of a stretch rolled up before, a part of the results may be gone
FROM_RESULTS = f"""
INSERT INTO rollup
SELECT probe, :every, at - at % :every,
  sum(verdict = 0), sum(verdict = 1), sum(verdict = 2), sum(verdict = 3),
  count(latency_us), ifnull(sum(latency_us), 0), ifnull(max(latency_us), 0)
FROM result WHERE probe = :probe AND at >= :since AND at < :until
GROUP BY at / :every
{ONLY_MORE}"""
FROM_FINE = f"""
INSERT INTO rollup
SELECT probe, :every, at - at % :every,
  sum(ok), sum(degraded), sum(failed), sum(unknown),
  sum(latencies), sum(latency_us), max(latency_max_us)
FROM rollup
WHERE probe = :probe AND every_ms = :fine AND at >= :since AND at < :until
GROUP BY at / :every
{ONLY_MORE}"""
PROBES = """
SELECT id FROM text WHERE EXISTS (SELECT 1 FROM result WHERE probe = text.id)
"""
LATEST = """
SELECT max(at) FROM rollup WHERE probe = ? AND every_ms = ? AND at <= ?
"""  # a stretch of a date to come is of a clock that was wrong


class ResultSums(Struct, frozen=True, kw_only=True):
    """The results of a probe in one stretch of time."""

    at: datetime
    lasting_s: int
    ok: int
    degraded: int
    failed: int
    unknown: int
    latency_s: float | None  # the mean
    slowest_s: float | None

    @property
    def count(self) -> int:
        """Return the number of results."""
        return self.ok + self.degraded + self.failed + self.unknown


def roll(connection: sqlite3.Connection, now: datetime) -> None:
    """Roll up every stretch that is over, one probe at a time."""
    for (probe,) in connection.execute(PROBES).fetchall():
        _roll(connection, FROM_RESULTS, probe, FINE_S, now)
        _roll(connection, FROM_FINE, probe, COARSE_S, now)


def forget(connection: sqlite3.Connection, now: datetime) -> None:
    """Delete the stretches older than their retention."""
    for every_s, keep in ((FINE_S, KEEP_FINE), (COARSE_S, KEEP_COARSE)):
        connection.execute(
            "DELETE FROM rollup WHERE every_ms = ? AND at < ?",
            (every_s * 1000, rows.ms(now - keep)),
        )


def read(row: tuple[int, ...]) -> ResultSums:
    """Return the stretch that a row of `rollup` holds, without its probe."""
    every_ms, at, ok, degraded, failed, unknown, latencies, sum_us, max_us = row
    return ResultSums(
        at=rows.utc(at),
        lasting_s=every_ms // 1000,
        ok=ok,
        degraded=degraded,
        failed=failed,
        unknown=unknown,
        latency_s=sum_us / latencies / 1e6 if latencies else None,
        slowest_s=max_us / 1e6 if latencies else None,
    )


def _roll(
    connection: sqlite3.Connection, how: str, probe: int, every_s: int, now: datetime
) -> None:
    every = every_s * 1000
    until = rows.ms(now)
    (latest,) = connection.execute(LATEST, (probe, every, until)).fetchone()
    since = 0 if latest is None else latest - AGAIN_S * 1000
    connection.execute(
        how,
        {
            "probe": probe,
            "every": every,
            "fine": FINE_S * 1000,
            "since": since - since % every,
            "until": until - until % every,
        },
    )
