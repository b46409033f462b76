"""An engine that is killed while it saves an edit of the plan."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from engine.editing.desk import channel
from engine.town import Town

from secours.engine.control import requests
from secours.engine.editing.plan_file import digest

KILLED = """
import os, signal
from pathlib import Path
replace = Path.replace
def kill(self, target):
    if Path(target).name != "probes.yaml":
        return replace(self, target)
    {first}
    os.kill(os.getpid(), signal.SIGKILL)
Path.replace = kill
"""


async def started(town: Town, first: str = "") -> None:
    town.start(first)
    async with asyncio.timeout(60.0):
        while True:
            with suppress(requests.NoEngine, StopIteration):
                await asyncio.to_thread(requests.ask, town.publish_in, {"do": "ping"})
                return
            await asyncio.sleep(0.05)


async def save(town: Town) -> dict[str, Any]:
    asked = {
        "do": "edit",
        "by": "Ana",
        "over": "loopback",
        "action": "save",
        "of": digest(town.plan.read_bytes()),
        "edits": [channel("mail", how="Call")],
    }
    return await asyncio.to_thread(requests.ask, town.publish_in, asked, 30.0)


@pytest.mark.parametrize(
    ("first", "how"), [("", "Write"), ("replace(self, target)", "Call")]
)
async def test_a_kill_leaves_the_old_plan_or_the_new_one_whole(
    town: Town, first: str, how: str
) -> None:
    before = town.plan.read_text()
    await started(town, KILLED.format(first=first))

    with pytest.raises(requests.NoEngine):
        await save(town)
    after = town.plan.read_text()
    town.kill()
    await started(town)
    again = await save(town)

    assert after == before.replace("how: Write", f"how: {how}")
    assert again.get("saved") or again["error"] == "nothing would change"
    assert "how: Call" in town.plan.read_text()
    assert [*town.plan.parent.glob(".probes*")] == []
