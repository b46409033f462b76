"""A day of an engine, ten times as fast: neither memory nor open files grow."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from faults.faketime import FOUND
from faults.living import CHANNELS, living
from faults.table import Row
from soak import by_level

from secours.model.snapshot import ChannelView

SPEED = 10
EVERY_S = 2
LASTS_S = by_level(4, 60, 24 * 3600 / SPEED)
WARM_S = LASTS_S / 4  # until what is kept for long is filled
MOST_GROWTH = 0.02  # an hour of the engine's
SLACK_MIB = 4.0  # in a run too short to tell


@pytest.mark.usefixtures("processes")
@pytest.mark.skipif(not FOUND, reason="install libfaketime")
async def test_a_day_leaves_no_more_behind_than_an_hour(
    tmp_path: Path, cost: Callable[[Row], None]
) -> None:
    async with living(tmp_path, every=f"{EVERY_S}s") as engine:
        engine.start(LD_PRELOAD=FOUND[0], FAKETIME=f"+0 x{SPEED}")
        await engine.until(lambda found, _age: all(map(measured, found.channels)))
        began_s = time.monotonic()
        await asyncio.sleep(WARM_S)
        before = engine.size
        while time.monotonic() < began_s + LASTS_S:
            await asyncio.sleep(1)
            assert engine.process is not None
            assert engine.process.poll() is None
        after = engine.size
        await engine.stop()

    hours = (LASTS_S - WARM_S) * SPEED / 3600
    tested = sum(engine.asked.values())
    results = [result for found in engine.results().values() for result in found]
    assert {result.outcome.verdict.value for result in results} == {"ok"}
    assert after.mib - before.mib <= SLACK_MIB + MOST_GROWTH * before.mib * hours
    assert after.files - before.files <= CHANNELS
    cost(
        Row(
            fault="days",
            done=f"{LASTS_S * SPEED / 3600:.1f} h at {SPEED} times the speed,"
            f" {CHANNELS} channels every {EVERY_S} s",
            lost=f"{tested - len(results)} of {tested}",
            before=before,
            after=after,
        )
    )


def measured(channel: ChannelView) -> bool:
    return channel.standing.proved_at is not None
