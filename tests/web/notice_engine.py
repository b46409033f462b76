"""The socket of an engine that knows one notice, and gave out one link to it."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from msgspec.structs import replace
from render.sent_notices import sent
from render.snapshots import NOON

from secours import places
from secours.engine.control import requests
from secours.engine.control.requests import RequestRefused, RequestTable
from secours.model.requests import AckRequest, NoticesRequest

TOKEN = "Zm9yLW9uZS1vZmZpY2Vy"


class Engine:
    """Knows one notice, and the one token that it gave out for it."""

    def __init__(self) -> None:
        self.notice = sent()
        self.tokens = {TOKEN}
        self.asked = 0
        self.at_once = self.most_at_once = 0

    def table(self) -> RequestTable:
        return {NoticesRequest: self.show, AckRequest: self.acknowledge}

    async def show(self, asked: NoticesRequest) -> dict[str, Any]:
        self.asked += 1
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        await asyncio.sleep(0.001)  # in which another may ask
        self.at_once -= 1
        return {"ok": True, "notices": [self._of(asked.token)]}

    async def acknowledge(self, asked: AckRequest) -> dict[str, Any]:
        self._of(asked.token)
        if self.notice.acknowledged_at is None:
            self.notice = replace(
                self.notice, acknowledged_by=asked.by, acknowledged_at=NOON
            )
        return {"ok": True, "notice": msgspec.to_builtins(self.notice)}

    def _of(self, token: str) -> Any:
        if token not in self.tokens:
            raise RequestRefused("commands.asked.unknown", names="")
        return msgspec.to_builtins(self.notice)

    @contextmanager
    def beside(self) -> Iterator["Engine"]:
        """Answer from a thread while inside."""
        begun, loop = threading.Event(), asyncio.new_event_loop()
        ended = asyncio.Event()

        async def answer() -> None:
            async with requests.serve(places.runtime_dir(), self.table()):
                begun.set()
                await ended.wait()

        thread = threading.Thread(target=loop.run_until_complete, args=(answer(),))
        thread.start()
        try:
            assert begun.wait(60.0)
            yield self
        finally:
            loop.call_soon_threadsafe(ended.set)
            thread.join()
            loop.close()
