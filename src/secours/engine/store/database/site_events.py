"""Events for other sites, as rows of the database: written, counted, deleted.

Only a site among others has any. The number waiting is bounded: the oldest roll-ups go
first, then the oldest changes, and their numbers are missing then.
"""

import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from secours.engine import clock
from secours.engine.state_file import encoded
from secours.engine.store.database import rows
from secours.model.nodes import owner_node, path_node
from secours.model.observed import Instant
from secours.model.sites.events import (
    CHANGE,
    MOST_BODY_BYTES,
    ROLLUP,
    EventRow,
    OutboxNumbers,
    RollUp,
    SiteEvent,
    Tally,
)
from secours.model.snapshot import Change
from secours.sites.sending.shared_states import without_peers_words

SINCE_VERSION = 4  # of the database
MOST = 20_000
OLDEST = timedelta(days=30)
ACKNOWLEDGED_FOR_MS = 15 * 60 * 1000
STRETCH_S = 300
EPOCH_BYTES = 8
BESIDE_BYTES = 200  # of a roll-up, beside its tallies

INSERT = """
INSERT INTO site_event (at, steady_ms, boot, kind, body) VALUES (?, ?, ?, ?, ?)
"""
AFTER = """
SELECT number, at, steady_ms, boot, body FROM site_event
WHERE number > :number AND EXISTS (SELECT 1 FROM site_epoch WHERE epoch = :epoch)
ORDER BY number LIMIT :most
"""
NUMBERS = """
SELECT epoch, acknowledged,
       ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'site_event'), 0)
FROM site_epoch
"""
LET_GO_FIRST = "acknowledged IS NULL, kind = 'change', number"  # those that sort first
TALLIES = """
SELECT p.text, sum(r.verdict = 0), sum(r.verdict = 1), sum(r.verdict = 2),
       sum(r.verdict = 3), avg(r.latency_us)
FROM text p JOIN result r ON r.probe = p.id
WHERE p.text >= :section || '/' AND p.text < :section || '0'
AND r.at >= :since AND r.at < :until
GROUP BY p.id
"""
SECTIONS = ("channels", "components", "paths")


def numbers(connection: sqlite3.Connection) -> OutboxNumbers | None:
    """Return the present numbers, None where an epoch is to begin."""
    row = connection.execute(NUMBERS).fetchone()
    if row is None or not row[0]:
        return None
    epoch, acknowledged, newest = row
    return OutboxNumbers(epoch, newest, acknowledged)


def end_epoch(connection: sqlite3.Connection, epoch: str | None = None) -> None:
    """End this epoch, if it is in force, or any."""
    connection.execute(
        "UPDATE site_epoch SET epoch = '' WHERE epoch = ifnull(?, epoch)", (epoch,)
    )


def begin_epoch(connection: sqlite3.Connection) -> OutboxNumbers:
    """Begin an epoch: events that the hub lacks get new numbers, others are deleted."""
    events = connection.execute(
        "SELECT at, steady_ms, boot, kind, body FROM site_event"
        " WHERE acknowledged IS NULL ORDER BY number"
    ).fetchall()
    connection.execute("DELETE FROM site_event")
    connection.execute("DELETE FROM sqlite_sequence WHERE name = 'site_event'")
    connection.executemany(INSERT, events)
    epoch = secrets.token_hex(EPOCH_BYTES)
    connection.execute("INSERT OR REPLACE INTO site_epoch VALUES (1, ?, 0)", (epoch,))
    return OutboxNumbers(epoch, len(events), 0)


def add_change(connection: sqlite3.Connection, change: Change) -> None:
    """Add a change for other sites; without its facts, if too long."""
    shared = replace(change, facts=without_peers_words(change.facts))
    event = SiteEvent(change=shared)
    if len(encoded(event)) > MOST_BODY_BYTES:
        event = SiteEvent(change=replace(shared, facts={}))
    _add(connection, change.at, CHANGE, event)


def add_rollup(connection: sqlite3.Connection, until_s: int, now: Instant) -> None:
    """Add a roll-up of the stretch that ended then for other sites."""
    since_s = until_s - STRETCH_S
    tallies: dict[str, Tally] = {}
    for section in SECTIONS:
        sums = connection.execute(
            TALLIES,
            {"section": section, "since": since_s * 1000, "until": until_s * 1000},
        )
        for probe, *counts, latency_us in sums:
            node = owner_node(probe)
            node = path_node(node) if section == "paths" else node
            tally = Tally(
                **dict(
                    zip(("ok", "degraded", "failed", "unknown"), counts, strict=True)
                ),
                latency_s=None if latency_us is None else round(latency_us / 1e6, 4),
            )
            tallies[node] = _sum(tallies[node], tally) if node in tallies else tally
    for part in _parts(tallies):
        rollup = RollUp(since=rows.utc(since_s * 1000), lasting_s=STRETCH_S, of=part)
        _add(connection, now, ROLLUP, SiteEvent(rollup=rollup))


def acknowledge(
    connection: sqlite3.Connection, epoch: str, number: int, at: int
) -> None:
    """Note that the hub has all events of an epoch up to a number."""
    changed = connection.execute(
        "UPDATE site_epoch SET acknowledged = ? WHERE epoch = ? AND acknowledged <> ?",
        (number, epoch, number),
    )
    if changed.rowcount:
        connection.execute(
            "UPDATE site_event SET acknowledged = ?"
            " WHERE number <= ? AND acknowledged IS NULL",
            (at, number),
        )
        connection.execute(
            "UPDATE site_event SET acknowledged = NULL WHERE number > ?", (number,)
        )


def let_go(connection: sqlite3.Connection) -> None:
    """Delete events that the hub has had for long, and those above the bound.

    Events acknowledged last stay while the hub is silent: it may have lost power, and
    them.
    """
    connection.execute(
        "DELETE FROM site_event WHERE acknowledged <"
        " (SELECT max(acknowledged) FROM site_event) - ?",
        (ACKNOWLEDGED_FOR_MS,),
    )
    (count,) = connection.execute("SELECT count(*) FROM site_event").fetchone()
    if count > MOST:
        connection.execute(
            "DELETE FROM site_event WHERE number IN"
            f" (SELECT number FROM site_event ORDER BY {LET_GO_FIRST} LIMIT ?)",
            (count - MOST,),
        )


def forget(connection: sqlite3.Connection, now: datetime) -> None:
    """Delete events that nobody took for a month."""
    connection.execute("DELETE FROM site_event WHERE at < ?", (rows.ms(now - OLDEST),))


def after(
    connection: sqlite3.Connection, epoch: str, number: int, most: int
) -> list[EventRow]:
    """Return the events of an epoch beyond a number, in order."""
    asked = {"epoch": epoch, "number": number, "most": most}
    return [
        EventRow(number=each, at=rows.instant(at, steady_ms), boot=boot, body=body)
        for each, at, steady_ms, boot, body in connection.execute(AFTER, asked)
    ]


def _parts(tallies: Mapping[str, Tally]) -> Iterator[Mapping[str, Tally]]:
    """Yield tallies in parts that each fit into an event."""
    part: dict[str, Tally] = {}
    room = full = MOST_BODY_BYTES - BESIDE_BYTES
    for node, tally in tallies.items():
        size = len(encoded({node: tally}))
        if part and size > room:
            yield part
            part, room = {}, full
        part[node] = tally
        room -= size
    if part:
        yield part


def _add(
    connection: sqlite3.Connection, at: Instant, kind: str, event: SiteEvent
) -> None:
    steady_ms = round(at.steady_s * 1000)
    row = (rows.ms(at.utc), steady_ms, clock.boot_id(), kind, encoded(event))
    connection.execute(INSERT, row)


def _sum(one: Tally, other: Tally) -> Tally:
    """Return the sum of two probes of one subject, with the longer latency."""
    latencies = [each.latency_s for each in (one, other) if each.latency_s is not None]
    return Tally(
        ok=one.ok + other.ok,
        degraded=one.degraded + other.degraded,
        failed=one.failed + other.failed,
        unknown=one.unknown + other.unknown,
        latency_s=max(latencies, default=None),
    )
