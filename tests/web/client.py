"""A client of the plain page, without a socket."""

from pathlib import Path

import httpx
from dashboard.served import stamped

from secours import places
from secours.engine.published import snapshot_file
from secours.model.snapshot import Snapshot
from secours.web.app import app
from secours.wire import heartbeats

HERE = "http://127.0.0.1"
SENT = {heartbeats.HEADER: "1"}


class Client:
    """Asks the page as a browser at this address would, without a socket."""

    def __init__(
        self, rooms: Path, *, peer: str = "127.0.0.1", host: str = HERE, **headers: str
    ) -> None:
        self.app = app(rooms / "probes.yaml")
        self.peer, self.host, self.headers = peer, host, headers

    async def get(self, path: str) -> httpx.Response:
        return await self.ask("GET", path)

    async def post(self, path: str, **headers: str) -> httpx.Response:
        return await self.ask("POST", path, **headers)

    async def beat(self, name: str, **headers: str) -> httpx.Response:
        return await self.post(f"/api/v1/beat/{name}", **SENT, **headers)

    async def ask(self, method: str, path: str, **headers: str) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, client=(self.peer, 50_000))
        async with httpx.AsyncClient(transport=transport, base_url=self.host) as ours:
            sent = {**self.headers, **headers}
            return await ours.request(method, path, headers=sent)


def published(shown: Snapshot, *, ago_s: float = 1.0) -> None:
    snapshot_file.write(stamped(shown, ago_s=ago_s), places.runtime_dir())
