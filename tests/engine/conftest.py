import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from engine.town import PLAN, Town

from secours.engine.store import store

PATIENCE_S = 60.0


@pytest.fixture(autouse=True)
def _a_disk_that_may_be_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is still to be written be written, however busy this machine is."""
    monkeypatch.setattr(store, "LAST_TRY_S", PATIENCE_S)


@pytest.fixture
async def town(processes: None, tmp_path: Path) -> AsyncIterator[Town]:
    async def accept(
        _reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(b"ok\n")
        writer.close()

    (tmp_path / "run").mkdir(mode=0o700)
    made = Town(tmp_path)
    async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        made.plan.write_text(PLAN.format(port=port))
        yield made
        made.end()
