"""What is read in short says what the long way says."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from secours.engine import clock
from secours.engine.store.database import rows, schema
from secours.engine.store.database.rollup import FINE_S
from secours.engine.store.reader import ENGINE, FORMER_NAMES, HistoryReader

MINUTE_MS = 60_000
NOTE = "INSERT INTO journal (at, by, kind, text) VALUES (?, ?, ?, '')"
CHANGE = """
INSERT INTO transition (at, steady_ms, subject, name, before, after, reason, facts)
VALUES (?, 0, 'channel', 'c', 'down', 'available', '', '{}')
"""
ROLLED = "INSERT INTO rollup VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 0)"


@pytest.fixture(params=range(5))
def random(request: pytest.FixtureRequest) -> Random:
    return Random(request.param)


def drawn_ms(random: Random) -> int:
    """Return a moment of the last hours, or of a date to come: a clock was wrong."""
    now = rows.ms(clock.now().utc)
    return now + random.randint(-300, 60) * MINUTE_MS


def written(folder: Path, random: Random) -> None:
    with closing(schema.open_to_write(folder)) as database:
        for _ in range(60):
            who = random.choice((ENGINE, "desk"))
            kind = random.choice(("start", "stop", "plan", "note"))
            database.execute(NOTE, (drawn_ms(random), who, kind))
            database.execute(CHANGE, (drawn_ms(random),))
        for name in ("old", "new", "other"):
            rolled(database, f"channels/{name}/tcp", random)
        database.execute(
            "INSERT INTO kept VALUES (?, ?)", (FORMER_NAMES, b'{"old": "new"}')
        )


def rolled(database: sqlite3.Connection, probe: str, random: Random) -> None:
    found = database.execute("INSERT INTO text (text) VALUES (?)", (probe,)).lastrowid
    for at in {drawn_ms(random) // (FINE_S * 1000) for _ in range(40)}:
        counts = [random.randint(0, 5) for _ in range(4)]
        every = FINE_S * 1000
        database.execute(ROLLED, (found, every, at * every, *counts))


def test_what_is_counted_is_what_was_rolled_up(tmp_path: Path, random: Random) -> None:
    written(tmp_path, random)
    since = clock.now().utc - timedelta(hours=3)

    with HistoryReader(tmp_path) as history:
        for probe in ("channels/new/tcp", "channels/other/tcp", "channels/none/tcp"):
            stretches = history.rolled(probe, FINE_S, since)
            counted = history.counted(probe, FINE_S, since)

            passed = sum(each.ok + each.degraded for each in stretches)
            assert counted == (passed, sum(each.failed for each in stretches))
