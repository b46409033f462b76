"""All that a history on disk holds."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from secours.engine.published import snapshot_file
from secours.engine.store.database import schema
from secours.model.snapshot import Snapshot

GENEROUSLY_S = 60.0


async def until(folder: Path, true: Callable[[Snapshot], object]) -> None:
    async with asyncio.timeout(GENEROUSLY_S):
        while True:
            if (folder / snapshot_file.SNAPSHOT).exists():
                snapshot, _ = snapshot_file.read(folder)
                if true(snapshot):
                    return
            await asyncio.sleep(0.05)


def cells(folder: Path) -> str:
    """Return all that the history holds, but for the plan as it was written."""
    with closing(sqlite3.connect(folder / schema.NAME)) as database:
        tables = database.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name != 'plan'"
        ).fetchall()
        rows = [
            cell if isinstance(cell, bytes) else str(cell).encode()
            for (table,) in tables
            for row in database.execute(f"SELECT * FROM {table}")
            for cell in row
        ]
    return b"\n".join(rows).decode(errors="replace")
