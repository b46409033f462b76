"""The engine is killed at random, again and again."""

import asyncio
import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing

import pytest
from faults.living import CHANNELS, GENEROUSLY, Living, another, works
from faults.table import Row
from soak import by_level

from secours.engine.store.database.schema import NAME

KILLS = int(by_level(4, 30, 200))
LONGEST_S = 1.0  # that it lives before a kill
SEED = 9
RESTART_S = 2.0
MOST_IN_FLIGHT = 6 * CHANNELS  # of the last second, and those that go on


@pytest.mark.usefixtures("processes")
async def test_what_anybody_was_shown_is_kept_through_every_kill(
    engine: Living, cost: Callable[[Row], None]
) -> None:
    draw = random.Random(SEED)
    engine.start()
    await engine.until(works)
    before, took_s, shown = engine.size, [], set()
    for _ in range(KILLS):
        await asyncio.sleep(draw.uniform(0, LONGEST_S))
        engine.kill()
        last, _ = engine.seen()
        shown |= {
            (probe.name, channel.name, probe.at.steady_s)
            for channel in last.channels
            for probe in channel.probes
            if probe.at
        }
        began_s = engine.start()
        await engine.until(another(last))
        took_s.append(time.monotonic() - began_s)
        await engine.until(works)
    after = engine.size
    await engine.stop()

    kept = engine.results()
    times = {
        ("tcp", name, result.at.steady_s) for name in kept for result in kept[name]
    }
    tested, written = sum(engine.asked.values()), sum(map(len, kept.values()))
    with closing(sqlite3.connect(engine.store_in / NAME)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert shown <= times
    assert tested - written <= KILLS * MOST_IN_FLIGHT
    assert max(took_s) < GENEROUSLY * RESTART_S
    cost(
        Row(
            fault="killed at random",
            done=f"SIGKILL {KILLS} times, {CHANNELS} channels every 200 ms",
            lost=f"{tested - written} of {tested}, in flight; of what was shown, none",
            recovered_s=took_s,
            before=before,
            after=after,
        )
    )
