"""Environment of the notices of an engine: clock, journal, disk and devices."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from secours.engine.probing.runner import Runs
from secours.engine.state_file import encoded
from secours.engine.store import saved_outbox
from secours.engine.store.durable_files import Files
from secours.engine.store.reader import ENGINE
from secours.engine.store.store import Store
from secours.model.notices import NoticeEntry
from secours.model.observed import Instant, Outcome
from secours.model.sections.channel import Probe
from secours.notify.outbox import Outbox
from secours.render.wording.journal import NOTICE


class EngineHost:
    """Environment of the notices of an engine."""

    def __init__(
        self,
        now: Callable[[], Instant],
        store: Store,
        runs: Runs,
        publish_in: Path,
        files: Files,
    ) -> None:
        self.now = now
        self._store = store
        self._runs = runs
        self._publish_in = publish_in
        self._files = files

    def keep(self, box: Outbox) -> "Future[bool]":
        """Put it beside the snapshot, and on the disk."""
        return saved_outbox.keep(box, self._publish_in, self._files)

    def note(self, by: str, entry: NoticeEntry) -> None:
        """Put a line into the journal."""
        text = encoded(entry).decode()
        self._store.note(self.now().utc, by or ENGINE, NOTICE, text)

    async def spend(self, probe: Probe) -> Outcome | None:
        """Count one of the probe's tests of today; return why there is none left."""
        return await self._runs.spend(probe)

    def turn(
        self, probe: Probe, *, sends: bool = True
    ) -> AbstractAsyncContextManager[asyncio.Event | None]:
        """Wait for the serial lines of a probe."""
        return self._runs.line(probe, sends=sends)
