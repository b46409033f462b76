"""Strangers ask for pages as fast as they can: the wall and probing go on."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest
from faults.pages_asked import (
    AT_LAST_S,
    SHOWN,
    Witness,
    asked_for,
    drawn,
    flood,
    kiosk,
    page_of,
    watch,
)
from faults.process_tree import size
from faults.served_room import PLAN
from faults.table import Row
from servers.command import Command
from servers.scripted import closed_port
from soak import AT_LEISURE, by_level

from secours.dashboard.access.turns import MOST_PAGES
from secours.engine import access_token

LASTS_S = by_level(16, 40, 3600)
OLDEST_S, PROMPT_S = 15.0 * AT_LEISURE, 2.0 * AT_LEISURE
MOST_MIB = 120.0
PUT_OUT = (1008, 1009, 403)
LONG_BYTES = 20_000_000


def _long() -> bytes:
    asked = asked_for("now")
    field = asked.rerun_script.widget_states.widgets.add()
    field.id, field.string_value = "field", "x" * LONG_BYTES
    return bytes(asked.SerializeToString())


@asynccontextmanager
async def up(folder: Path) -> AsyncIterator[tuple[int, int]]:
    """Run a whole Secours that asks for its token; give its process and port."""
    secours, port = Command(folder), closed_port()
    secours.plan(PLAN.replace("access: {loopback: open}\n", ""))
    async with (
        secours.running("up", "--port", str(port)) as process,
        httpx.AsyncClient() as client,
        asyncio.timeout(AT_LAST_S + 10 * LASTS_S),
    ):
        is_well = False
        while not is_well:
            with suppress(httpx.HTTPError):
                answer = await client.get(f"http://127.0.0.1:{port}/healthz")
                is_well = answer.status_code == 200
        yield process.pid, port


@pytest.mark.usefixtures("processes")
async def test_strangers_freeze_neither_the_wall_nor_its_health_nor_the_engine(
    tmp_path: Path, cost: Callable[[Row], None]
) -> None:
    seen, ends = Witness(), Counter[int]()
    short = bytes(asked_for("now").SerializeToString())
    floods = [*5 * [(short, 175.0)], *40 * [(short, 9.0)], *10 * [(_long(), 1.0)]]
    async with up(tmp_path) as (pid, port):
        token = (tmp_path / "state" / access_token.NAME).read_text()
        known = asyncio.gather(
            kiosk(port, access_token.of_screen(token), seen), watch(port, seen)
        )
        await seen.began.wait()
        before = largest = size(pid)
        rogues = asyncio.gather(
            *(flood(port, n, *said, ends) for n, said in enumerate(floods, start=1))
        )
        for _ in range(int(LASTS_S)):
            await asyncio.sleep(1.0)
            largest = max(largest, size(pid), key=lambda found: found.mib)
        seen.look()
        for going in (known, rogues):
            going.cancel()
        await asyncio.gather(known, rogues, return_exceptions=True)

    assert max(seen.ages_s) < OLDEST_S
    assert max(seen.answered_s) < PROMPT_S
    assert max(seen.engine_ages_s) < OLDEST_S
    assert largest.mib - before.mib < MOST_MIB
    assert sum(ends[code] for code in PUT_OUT)
    cost(
        Row(
            fault="rogue pages",
            done=f"for {LASTS_S:.0f} s strangers ask 5 pages 175 times a second each,"
            f" 40 pages 9 times, and say 20 MB on 10: put out {ends.total()} times; the"
            f" wall at most {max(seen.ages_s):.1f} s old, /healthz after at most"
            f" {max(seen.answered_s):.2f} s",
            before=before,
            after=largest,
        )
    )


@pytest.mark.usefixtures("processes")
async def test_silent_pages_shut_out_nobody(tmp_path: Path) -> None:
    async with up(tmp_path) as (_, port), AsyncExitStack() as held:
        token = (tmp_path / "state" / access_token.NAME).read_text()
        screen = {"Authorization": f"Bearer {access_token.of_screen(token)}"}
        for headers in (screen, {"X-Forwarded-For": "192.0.2.1"}):
            for _ in range(MOST_PAGES):
                await held.enter_async_context(page_of(port, headers))
            async with page_of(port, headers) as fresh:
                assert SHOWN.search(await drawn(fresh, "wall"))
