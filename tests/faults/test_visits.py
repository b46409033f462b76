"""Many look at the plain page again and again: it stays quick, and keeps nothing."""

import asyncio
import time
from collections.abc import Callable
from statistics import median

import httpx
import pytest
from faults.living import GENEROUSLY, GENEROUSLY_S, Living, works
from faults.table import Row
from soak import by_level

VISITORS = 8
LASTS_S = by_level(4, 40, 4 * 3600)
PAGES = ("/lite", "/lite?lang=nl", "/lite?line=1", "/api/v1/snapshot")
PROMPT_S = 1.0
SLACK_MIB, MOST_GROWTH = 4.0, 0.02  # an hour


@pytest.mark.usefixtures("processes")
async def test_visits_leave_nothing_behind(
    engine: Living, cost: Callable[[Row], None]
) -> None:
    engine.start("--http", str(engine.port))
    await engine.until(works)
    took_s: list[float] = []

    async def visit(ends_s: float) -> None:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{engine.port}", timeout=GENEROUSLY_S
        ) as client:
            while time.monotonic() < ends_s:
                for page in PAGES:
                    began_s = time.monotonic()
                    answer = await client.get(page)
                    took_s.append(time.monotonic() - began_s)
                    assert answer.status_code == 200, (page, answer.text[:200])

    await visit(time.monotonic() + LASTS_S / 4)
    before = engine.size
    ends_s = time.monotonic() + LASTS_S
    await asyncio.gather(*(visit(ends_s) for _ in range(VISITORS)))
    after = engine.size
    shown = works(*engine.seen())
    await engine.stop()

    assert shown
    assert max(took_s) < GENEROUSLY * PROMPT_S
    assert after.mib - before.mib <= SLACK_MIB + MOST_GROWTH * before.mib * (
        LASTS_S / 3600
    )
    cost(
        Row(
            fault="visits",
            done=f"{len(took_s)} pages by {VISITORS} visitors in {LASTS_S:.0f} s:"
            f" {1000 * median(took_s):.0f} ms, worst {1000 * max(took_s):.0f} ms",
            before=before,
            after=after,
        )
    )
