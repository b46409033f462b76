"""The engine is killed at random, again and again."""

import asyncio
import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing

from faults.living import CHANNELS, Living, works
from faults.table import Row
from soak import by_level

from secours.engine.store.database.schema import NAME

KILLS = int(by_level(4, 30, 200))
LONGEST_S = 1.0  # that it lives before a kill
SEED = 9


async def test_what_anybody_was_shown_is_kept_through_every_kill(
    engine: Living, cost: Callable[[Row], None]
) -> None:
    draw = random.Random(SEED)
    engine.start()
    seen = await engine.until(works)
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
        seen = await engine.until(
            lambda found, age_s, last=last: (
                found.started != last.started and works(found, age_s)
            )
        )
        took_s.append(time.monotonic() - began_s)
    after = engine.size
    await engine.stop()

    kept = engine.results()
    times = {
        ("tcp", name, result.at.steady_s) for name in kept for result in kept[name]
    }
    tested, written = sum(engine.asked.values()), sum(map(len, kept.values()))
    with closing(sqlite3.connect(engine.store_in / NAME)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    print(f"{KILLS} kills: {tested=} {written=} shown={len(shown - times)}", took_s)
    assert shown <= times
    assert tested - written <= KILLS * CHANNELS
    cost(
        Row(
            fault="killed at random",
            done=f"SIGKILL {KILLS} times, {CHANNELS} channels every 200 ms",
            lost=f"{tested - written} of {tested}, all in flight; of those shown, none",
            recovered_s=took_s,
            before=before,
            after=after,
        )
    )
