"""An engine with a plan in a file, and people who edit it over its socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from secours.core.memory import EMPTY
from secours.engine import clock
from secours.engine.control import requests
from secours.engine.editing.plan_editor import PlanEditor
from secours.engine.editing.plan_file import digest
from secours.engine.engine import Engine
from secours.engine.reload import Source
from secours.engine.store.reader import HistoryReader, JournalEntry
from secours.engine.store.store import Store

PLAN = """\
# ours
site: {name: Town, language: en}
channels:
  sms:
    kind: sms-operator-a
    how: 112  # at night too
    label: SMS
  telephone: {kind: sip-trunk, label: Telephone}
plan:
  - {purpose: alert, audience: staff, primary: telephone, alternate: sms}
"""
SWAPPED = {
    "edit": "line",
    "purpose": "alert",
    "audience": "staff",
    "channels": ["sms", "telephone"],
}


class Desk:
    """People before one engine."""

    def __init__(self, folder: Path, store: Store, engine: Engine, file: Path) -> None:
        self.folder, self.store, self.engine, self.file = folder, store, engine, file

    @property
    def of(self) -> str:
        return digest(self.file.read_bytes())

    async def send(self, **fields: Any) -> dict[str, Any]:
        """Send a request as its fields are, at this machine and by Ana."""
        asked = {"do": "edit", "by": "Ana", "over": "loopback", **fields}
        return await asyncio.to_thread(requests.ask, self.folder, asked, 30.0)

    async def save(self, *edits: Any, **fields: Any) -> dict[str, Any]:
        asked = {"of": self.of, "edits": edits, **fields}
        return await self.send(action="save", **asked)

    def journal(self, kind: str) -> list[JournalEntry]:
        assert self.store.wait_written(5.0)
        with HistoryReader(self.store.folder) as history:
            return [each for each in history.journal() if each.kind == kind]


@asynccontextmanager
async def desk(folder: Path, plan: str = PLAN) -> AsyncIterator[Desk]:
    (folder / "etc").mkdir()
    file = folder / "etc" / "probes.yaml"
    file.write_text(plan)
    source = Source(file)
    with closing(Store(folder / "data", retry_s=0.05)) as store:
        engine = Engine(source.load(), EMPTY, store, folder, clock.now, file=file)
        editor = PlanEditor(engine, store, clock.now, source)
        async with requests.serve(folder, editor.table(), lambda: "en"):
            yield Desk(folder, store, engine, file)


def channel(name: str, **values: Any) -> dict[str, Any]:
    return {"edit": "channel", "name": name, "values": values}
