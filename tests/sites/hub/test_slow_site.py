"""A site that does not take what it asked to hear: the server lets it go, alone."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from servers.hub_server import one_hub, serving, visiting
from servers.nats_server import NEEDED

pytestmark = NEEDED
LIMIT_S = 60.0
MESSAGES, SIZE = 800, 60_000  # more than the server and both sockets hold for one


@pytest.mark.usefixtures("processes")
async def test_a_slow_site_holds_up_nobody(tmp_path: Path) -> None:
    hub = one_hub(tmp_path / "hub", liege=(), slow=("liege",), quick=("liege",))
    async with (
        asyncio.timeout(LIMIT_S),
        serving(hub),
        visiting(hub, "liege") as liege,
        visiting(hub, "slow") as slow,
        visiting(hub, "quick") as quick,
    ):
        await slow.client.subscribe("secours.liege.alive")
        heard = await quick.client.subscribe("secours.liege.alive")
        for visitor in (slow, quick):
            await visitor.client.flush()
        connection: Any = slow.client._transport
        connection._io_writer.transport.pause_reading()
        for _ in range(MESSAGES):
            await liege.client.publish("secours.liege.alive", b"x" * SIZE)
            await liege.client.flush()
            await heard.next_msg(timeout=60)
        log = hub.server(hub.roster().members[0]) / "nats.log"
        while "Slow Consumer" not in log.read_text():  # noqa: ASYNC110 -- a log
            await asyncio.sleep(0.02)
        connection._io_writer.transport.resume_reading()
        await slow.closed.wait()
