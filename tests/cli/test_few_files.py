"""Where we may have few files open, what of the plan cannot be kept is said."""

import asyncio
import json
from pathlib import Path

import pytest
from servers.command import LIMIT_S, Command
from servers.scripted import silent, tcp_server

FILES = 164  # 100 of ours, and room for 8 tests
PLAN = """
site: {{name: Test, language: en}}
probing: {{timeout: 10s, confirm: 1}}
channels:
{channels}
plan:
  - {{purpose: coordinate, audience: staff, primary: c0, last_resort: Walk}}
"""
CHANNEL = "  c{n}: {{purposes: [coordinate], probes: [{{type: tcp, host: 127.0.0.1, "
CHANNEL += "port: {port}, interval: {every}}}]}}"


@pytest.fixture
def few(processes: None, tmp_path: Path) -> Command:
    command = Command(tmp_path)
    command.files = FILES
    return command


def _plan(port: int, *every: str) -> str:
    channels = [CHANNEL.format(n=n, port=port, every=e) for n, e in enumerate(every)]
    return PLAN.format(channels="\n".join(channels))


async def test_validate_says_which_intervals_cannot_be_kept(few: Command) -> None:
    few.plan(_plan(1, *["1s"] * 7, "60s"))  # 70 and a sixth at once, where 8 may be

    done = await few.run("validate")

    assert done.code == 0
    said = "71 tests run at once, and this system allows open files for 8: intervals"
    assert said in done.err
    assert "below 9s cannot be kept (channels/c0/tcp, " in done.err
    assert "channels/c4/tcp and 2 more)" in done.err


async def test_validate_warns_of_no_interval_that_is_kept(few: Command) -> None:
    few.plan(_plan(1, *["30s"] * 7))

    done = await few.run("validate")

    assert "intervals" not in done.err


async def test_a_running_engine_says_so_too(few: Command) -> None:
    async with tcp_server(silent) as port:
        few.plan(_plan(port, *["1s"] * 8))
        async with few.running("run") as engine:
            trouble = await _trouble(few)
            assert engine.returncode is None

    assert trouble == ["intervals:10"]


async def _trouble(few: Command) -> list[str]:
    """Return the trouble in the first snapshot that there is."""
    async with asyncio.timeout(LIMIT_S):
        while not (found := list(few.folder.glob("run/**/snapshot.json"))):  # noqa: ASYNC110 -- another process writes it
            await asyncio.sleep(0.1)
        trouble: list[str] = json.loads(found[0].read_text("utf-8"))["trouble"]
        return trouble
