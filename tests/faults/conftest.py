"""Damage done for real, and what it costs."""

import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from engine.conftest import town
from faults import table
from faults.living import Living, living
from faults.table import Row

__all__ = ["cost", "engine", "town"]


@pytest.fixture(scope="session")
def cost() -> Iterator[Callable[[Row], None]]:
    """Take a row of the table; it is written where SECOURS_TABLE says."""
    rows: list[Row] = []
    began_s = time.monotonic()
    yield rows.append
    if (file := os.environ.get("SECOURS_TABLE")) and rows:
        table.write(Path(file), rows, time.monotonic() - began_s)


@pytest.fixture
async def engine(processes: None, tmp_path: Path) -> AsyncIterator[Living]:
    """Run an engine with twenty channels, each with a server of its own."""
    async with living(tmp_path) as found:
        yield found
