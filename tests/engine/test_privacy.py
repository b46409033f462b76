"""What the engine leaves on disk: no number of anybody, and no message."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from engine.history_cells import cells, until
from servers.pty_modem import running
from servers.sms_modem import Network, SmsModem

from secours.engine.process import run_engine
from secours.engine.published import snapshot_file
from secours.model.snapshot import State
from secours.probes import sms_roundtrip

OURS, THEIRS = "+32470000001", "+32470000002"
PLAN = """
channels:
  sms:
    purposes: [alert]
    probes:
      - {{type: sms_roundtrip, port: {sender}, to: "{to}", read_port: {reader},
          interval: 1s, retry_every: 1s, within: 5s, timeout: 10s}}
plan:
  - {{purpose: alert, audience: management, primary: sms}}
"""


async def test_neither_numbers_nor_messages_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(sms_roundtrip, "PAUSE_S", 0.02)
    plan, stop, network = tmp_path / "probes.yaml", asyncio.Event(), Network()
    async with AsyncExitStack() as stack:
        sender, reader = [
            await stack.enter_async_context(running(SmsModem(network, number)))
            for number in (OURS, THEIRS)
        ]
        plan.write_text(PLAN.format(sender=sender.port, reader=reader.port, to=THEIRS))
        engine = asyncio.create_task(
            run_engine(
                plan, store_in=tmp_path / "history", publish_in=tmp_path, stop=stop
            )
        )
        await until(tmp_path, lambda s: s.channel("sms").standing.evidence_at)
        network.refuses = "+CMS ERROR: 21"
        await until(tmp_path, lambda s: s.channel("sms").standing.state is State.DOWN)
        stop.set()
        await engine

    kept = cells(tmp_path / "history")
    kept += (tmp_path / snapshot_file.SNAPSHOT).read_text()
    assert "channels/sms/sms_roundtrip" in kept
    assert network.sent
    for words in (OURS, THEIRS, OURS[3:], THEIRS[3:], *network.sent):
        assert words not in kept
