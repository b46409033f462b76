"""HTTP servers in this event loop, which can fall silent or close their port."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from socket import socket

import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from secours.demo.servers.faults import WHOLE, Fault, Faults
from secours.demo.servers.loopback import Door

CLOSE_S = 1  # for a client that reads no more, before we disconnect


class Website:
    """Server of an app, whose `app.state.faults` holds its faults."""

    def __init__(self, app: Starlette) -> None:
        self._app = app
        self._app.state.faults = WHOLE
        self._door = Door()
        self._speaking = asyncio.Event()
        self._speaking.set()
        self._running: tuple[_InLoop, asyncio.Task[None]] | None = None

    @property
    def address(self) -> str:
        """Return `127.0.0.1:port`."""
        return self._door.address

    async def open(self) -> None:
        """Open the port and answer."""
        config = uvicorn.Config(
            self._answer,
            interface="asgi3",
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=CLOSE_S,
        )
        server = _InLoop(config)
        serving = asyncio.create_task(server.serve([self._door.listener()]))
        self._running = server, serving
        opened = asyncio.create_task(server.opened.wait())
        await asyncio.wait({serving, opened}, return_when=asyncio.FIRST_COMPLETED)
        opened.cancel()
        if serving.done():
            await serving  # raises what kept it from opening

    async def show(self, faults: Faults) -> None:
        """Answer from now on with these faults."""
        self._app.state.faults = faults
        if Fault.SILENCE in faults:
            self._speaking.clear()
        else:
            self._speaking.set()
        if Fault.REFUSE in faults:
            await self._shut()
        elif self._running is None:
            await self.open()

    async def close(self) -> None:
        """Disconnect everybody and release the port."""
        self._speaking.set()
        await self._shut()
        self._door.close()

    async def _shut(self) -> None:
        if self._running is not None:
            server, serving = self._running
            self._running = None
            server.should_exit = True
            await serving

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._speaking.is_set():
            await self._hang(receive)
            late = Response("upstream request timeout", status_code=504)
            await late(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _hang(self, receive: Receive) -> None:
        """Hang until the client gives up or the fault ends."""
        ends = {
            asyncio.create_task(_until_gone(receive)),
            asyncio.create_task(self._speaking.wait()),
        }
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in ends:
                task.cancel()


async def _until_gone(receive: Receive) -> None:
    message = await receive()
    while message["type"] != "http.disconnect":
        message = await receive()


class _InLoop(uvicorn.Server):
    """Uvicorn server that signals when open, and leaves signals to its runner."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.opened = asyncio.Event()

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        self.opened.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
