"""The whole tree of processes stands still, as on a machine that is suspended."""

import asyncio
import signal
import time
from collections.abc import Callable

import pytest
from faults.living import CHANNELS, GENEROUSLY, Living, works
from faults.process_tree import send
from faults.table import Row
from soak import by_level

TIMES = int(by_level(2, 5, 40))
STOPPED_S = by_level(2.5, 4.0, 20.0)
RECOVERS_S = 2.0


@pytest.mark.usefixtures("processes")
async def test_what_stood_still_shows_its_age_and_accuses_nobody(
    engine: Living, cost: Callable[[Row], None]
) -> None:
    engine.start()
    await engine.until(works)
    before, took_s = engine.size, []
    for _ in range(TIMES):
        send(engine.pid, signal.SIGSTOP)
        await asyncio.sleep(STOPPED_S)
        _, age_s = engine.seen()
        send(engine.pid, signal.SIGCONT)
        began_s = time.monotonic()
        assert age_s >= STOPPED_S - 1.0
        shown = await engine.until(lambda _found, age_s: age_s < 1.0)
        took_s.append(time.monotonic() - began_s)
        assert [c.name for c in shown.channels if c.standing.state == "down"] == []
        await engine.until(works)
    after = engine.size
    await engine.stop()

    results = [result for found in engine.results().values() for result in found]
    assert {result.outcome.verdict.value for result in results} == {"ok"}
    assert max(took_s) < GENEROUSLY * RECOVERS_S
    cost(
        Row(
            fault="suspended",
            done=f"SIGSTOP of the whole tree, {TIMES} times {STOPPED_S:g} s,"
            f" {CHANNELS} channels",
            recovered_s=took_s,
            before=before,
            after=after,
        )
    )
