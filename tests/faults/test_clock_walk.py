"""The wall clock is set, hours ahead and a month back; the machine's time goes on."""

import asyncio
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path

import pytest
from faults.faketime import FOUND
from faults.living import CHANNELS, FRESH_S, GENEROUSLY, Living, living, works
from faults.table import Row
from soak import by_level

from secours.model.snapshot import Snapshot

EVERY_S = 2
STEPS_S = (3600, -3600, 86_400, -30, 5, 30 * 86_400, 0, -7200, 0)
STEPS = int(by_level(3, 18, 200))
STAYS_S = 2.5
RECOVERS_S = EVERY_S + 3.0  # one to notice, and one for the library to read it

pytestmark = pytest.mark.skipif(not FOUND, reason="install libfaketime")


@pytest.mark.usefixtures("processes")
async def test_no_step_of_the_wall_clock_changes_what_is_said(
    tmp_path: Path, cost: Callable[[Row], None]
) -> None:
    async with living(tmp_path, every=f"{EVERY_S}s") as engine:
        await walking(engine, cost)


async def walking(engine: Living, cost: Callable[[Row], None]) -> None:
    walk = engine.folder / "offset"
    walk.write_text("+0")
    engine.start(
        LD_PRELOAD=FOUND[0],
        FAKETIME_TIMESTAMP_FILE=str(walk),
        FAKETIME_CACHE_DURATION="1",
        FAKETIME_DONT_FAKE_MONOTONIC="1",
    )
    await engine.until(works)
    before, took_s = engine.size, []
    for step_s in islice(cycle(STEPS_S), STEPS):
        seen, _ = engine.seen()
        begun = walk.with_suffix(".new")
        begun.write_text(f"{step_s:+d}")
        begun.replace(walk)  # for the library reads it at any moment
        began_s = time.monotonic()
        await engine.until(later(seen, step_s))
        took_s.append(time.monotonic() - began_s)
        while time.monotonic() < began_s + STAYS_S:
            assert works(*engine.seen()), step_s
            await asyncio.sleep(0.05)
    after = engine.size
    await engine.stop()

    results = [result for found in engine.results().values() for result in found]
    tested = sum(engine.asked.values())
    assert {result.outcome.verdict.value for result in results} == {"ok"}
    assert tested - len(results) <= CHANNELS
    assert max(took_s) < GENEROUSLY * RECOVERS_S
    cost(
        Row(
            fault="wall clock set",
            done=f"{len(took_s)} steps of 5 s to 30 days, ahead and back, {CHANNELS}"
            " channels",
            lost=f"{tested - len(results)} of {tested}",
            recovered_s=took_s,
            before=before,
            after=after,
        )
    )


def later(seen: Snapshot, step_s: float) -> Callable[[Snapshot, float], bool]:
    """Tell a snapshot that is stamped by the wall clock as it was set, with news."""

    def is_later(found: Snapshot, age_s: float) -> bool:
        ahead_s = found.at.utc.timestamp() - time.time()
        newer = [c.standing.proved_at for c in found.channels] != [
            c.standing.proved_at for c in seen.channels
        ]
        return abs(ahead_s - step_s) < FRESH_S and newer and age_s < FRESH_S

    return is_later
