"""A year of history: what the pages need from it, and the room that it takes.

Each channel is tested every minute and fails for some minutes once a day. It is written
as it lies there after a year: all results of the last days, then what they came to, by
five minutes and by hours.
"""

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from unittest.mock import patch

from plans import channel, fold, plan, result, shot

from bench.measuring import MIB, YARDSTICK, Scale, Spread, processor_ms, yardstick
from bench.table import NotMeasured, Row, growth
from secours.dashboard.access.policy import LOCAL, Viewer
from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.dashboard.views import channel as channel_page
from secours.dashboard.views import now as now_page
from secours.engine.store.database import rollup, schema
from secours.engine.store.database import rows as written
from secours.model.observed import Reason
from secours.model.sections.site import Retention
from secours.model.snapshot import Snapshot, State
from secours.render.wording.localizer import Localizer

CHANNELS, SIZES, YEAR_D = 60, (4, 15, 60), 365
PERIODS_D = (1, 7, 90)  # of the channel's page, days
VISIT = Visit(viewer=Viewer(kind=LOCAL), looks=True)
MOST_MS, MOST_MIB = 50.0, 300.0
EVERY_MS = 60_000
DAY_MS = 86_400_000
DOWN_MS = 5 * 60_000

STEPS = """
WITH RECURSIVE step(at) AS (SELECT ? UNION ALL SELECT at + ? FROM step WHERE at < ?)
"""
PROBES = "(SELECT id FROM text WHERE text LIKE 'channels/%')"
ROLLED = f"""
INSERT INTO rollup {STEPS}
SELECT id, ?, at, ? - (at % {DAY_MS} = 0), 0, (at % {DAY_MS} = 0), 0, ?,
       ? * (1000 + abs(random() % 4000)), 5000 + abs(random() % 4000)
FROM {PROBES}, step
"""
MEASURED = f"""
INSERT INTO result {STEPS}
SELECT id, at + id * 997 % {EVERY_MS}, at, (at % {DAY_MS} < {DOWN_MS}) * 2, 2, NULL,
       NULL, NULL, 1000 + abs(random() % 4000), NULL, 1, at / {EVERY_MS} * 1000 + id,
       at + id, at + id
FROM {PROBES}, step
"""
CHANGED = f"""
INSERT INTO transition
  (at, steady_ms, subject, name, before, after, reason, facts, life, number)
{STEPS}
SELECT at + ?, at + ?, 'channel', substr(text, 10, length(text) - 13), ?, ?, ?, ?, 1,
       at / {EVERY_MS}
FROM text, step WHERE text LIKE 'channels/%' ORDER BY at
"""


def rows(scale: Scale) -> Iterator[Row | NotMeasured]:
    """Write a history of each size, and ask it what the pages ask."""
    sizes = scale.of(SIZES, (1, 2))
    costs, theirs = {}, yardstick()
    for n in sizes:
        with tempfile.TemporaryDirectory() as folder:
            fill(Path(folder), n, scale.of(YEAR_D, 2))
            size_mib = (Path(folder) / schema.NAME).stat().st_size / MIB
            with patch.dict(os.environ, {"SECOURS_DATA": folder}):
                costs[n] = _asked(n, scale.of(7, 1))
    largest = sizes[-1]
    what = f"history of {largest} channels over a year"
    for name, spread in costs[largest].items():
        yield Row(
            what=f"{what}: {name}",
            now=spread,
            unit="ms",
            most=MOST_MS,
            peer=YARDSTICK,
            theirs=theirs,
        )
    yield Row(
        what=f"{what}: room on disk",
        now=Spread.of([size_mib]),
        unit="MiB",
        most=MOST_MIB,
    )
    for name in costs[largest]:
        yield growth(name, {n: costs[n][name].middle for n in sizes})


def _asked(channels: int, rounds: int) -> dict[str, Spread]:
    """Time how pages are drawn, in ms of processor, by what they are."""
    localizer = Localizer(_snapshot(channels), "en", 1.0)
    pages = {"the page of now": (now_page, Address("now"))}
    for days in PERIODS_D:
        asked = (("name", "c0"), ("days", str(days)))
        pages[f"a channel's page, {days} days"] = (
            channel_page,
            Address("channel", asked),
        )
    return {
        name: _timed(partial(view.draw, localizer, address, VISIT), rounds)
        for name, (view, address) in pages.items()
    }


def _timed(work: Callable[[], object], rounds: int) -> Spread:
    return Spread.of([processor_ms(work) for _ in range(rounds)])


def _snapshot(channels: int) -> Snapshot:
    names = [f"c{n}" for n in range(channels)]
    config = plan(*map(channel, names))
    return shot(config, fold(config, *(result(name, "o", 1.0) for name in names)))


def fill(folder: Path, channels: int, days: int) -> datetime:
    """Write so many days of history; return their end."""
    now = datetime.now(UTC)
    until = written.ms(now) // DAY_MS * DAY_MS
    with closing(schema.open_to_write(folder)) as connection, connection:
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO text (text) VALUES (?)",
            [(f"channels/c{n}/tcp",) for n in range(channels)],
        )
        keep_fine_d = min(days, rollup.KEEP_FINE.days)
        for every_s, kept_d in ((rollup.FINE_S, keep_fine_d), (rollup.COARSE_S, days)):
            every = every_s * 1000
            tests = every // EVERY_MS
            steps = (until - kept_d * DAY_MS, every, until - every)
            connection.execute(ROLLED, (*steps, every, tests, tests, tests))
        raw_d = min(days, int(Retention().raw_s / 86400))
        steps = (until - raw_d * DAY_MS, EVERY_MS, written.ms(now) - EVERY_MS)
        connection.execute(MEASURED, steps)
        steps = (until - days * DAY_MS, DAY_MS, until - DAY_MS)
        ok, down = State.AVAILABLE.value, State.DOWN.value
        for later, words in (
            (2 * EVERY_MS, (ok, down, Reason.REFUSED.value)),
            (DOWN_MS + 2 * EVERY_MS, (down, ok, Reason.NONE.value)),
        ):
            connection.execute(CHANGED, (*steps, later, later, *words, "{}"))
        _lives(connection, until, days)
    return now


def _lives(connection: sqlite3.Connection, until: int, days: int) -> None:
    """Note that the engine was started anew each month."""
    connection.executemany(
        "INSERT INTO journal (at, by, kind, text) VALUES (?, 'secours', ?, '')",
        [
            (until - day * DAY_MS + after, kind)
            for day in range(days, 0, -30)
            for after, kind in ((0, "stop"), (1000, "start"))
        ],
    )
