"""How much a page may say over its websocket before it is hung up on."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close, Frame, Opcode

from secours.dashboard.access.page_socket import (
    BYTES_AT_ONCE,
    FRAMES_AT_ONCE,
    TOO_MUCH,
    Allowance,
    PageSocket,
)

WITHIN_S = 30.0
MANY = int(FRAMES_AT_ONCE)
TOO_BIG, ABNORMAL = 1009, 1006


class Heard:
    """An application that hears a page, and says nothing or much."""

    def __init__(self, says: int = 0) -> None:
        self.messages: list[bytes] = []
        self.says = says
        self.code = 0
        self.ended = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        page = WebSocket(scope, receive, send)
        await page.accept()
        try:
            with suppress(WebSocketDisconnect):
                for _ in range(self.says):
                    await page.send_bytes(b"x" * (1 << 16))
            while True:
                self.messages.append(await page.receive_bytes())
        except WebSocketDisconnect as gone:
            self.code = gone.code
        finally:
            self.ended.set()


@asynccontextmanager
async def page_of(app: Heard, ping_s: float = 20.0) -> AsyncIterator[ClientConnection]:
    """Serve an application on websockets of ours, and open a page of it."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        ws=PageSocket,
        ws_per_message_deflate=False,
        ws_ping_interval=ping_s,
        ws_ping_timeout=ping_s,
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        host, port = listening.getsockname()
        try:
            async with (
                asyncio.timeout(WITHIN_S),
                connect(
                    f"ws://{host}:{port}", proxy=None, max_queue=1, close_timeout=0.2
                ) as page,
            ):
                yield page
        finally:
            server.should_exit = True
            await serving


async def put_out(page: ClientConnection) -> int | None:
    """Wait until it is hung up on; return with which code."""
    with suppress(ConnectionClosed):
        while True:
            await page.recv()
    return page.close_code


def test_what_is_due_grows_with_what_was_taken_and_lapses_in_time() -> None:
    allowed = Allowance(10.0, 30.0)

    assert allowed.take(30.0, 100.0) == 0.0
    assert allowed.take(1.0, 100.0) == pytest.approx(0.1)
    assert allowed.take(1.0, 100.0) == pytest.approx(0.2)
    assert allowed.take(8.0, 101.0) == 0.0
    assert allowed.take(31.0, 200.0) == pytest.approx(0.1)


async def test_thirty_things_at_once_are_heard() -> None:
    app = Heard()
    async with page_of(app) as page:
        for number in range(MANY):
            await page.send(b"%d" % number)
    await app.ended.wait()

    assert app.messages == [b"%d" % number for number in range(MANY)]


async def test_who_says_more_is_hung_up_on_with_1008() -> None:
    app = Heard()
    async with page_of(app) as page:
        with suppress(ConnectionClosed):
            for _ in range(3 * MANY):
                await page.send(b"again")
        code = await put_out(page)
    await app.ended.wait()

    assert (code, app.code) == (TOO_MUCH, TOO_MUCH)
    assert len(app.messages) <= MANY


async def test_page_socket_hangs_up_on_who_says_too_much_with_a_farewell(
    caplog: pytest.LogCaptureFixture,
) -> None:
    frames = [Frame(Opcode.TEXT, b"again")] * 3 * MANY
    frames.append(Frame(Opcode.CLOSE, Close(1000, "").serialize()))
    app = Heard()
    async with page_of(app) as page:
        said = b"".join(each.serialize(mask=True) for each in frames)
        page.transport.write(said)
        await app.ended.wait()

    assert app.code == TOO_MUCH
    assert not [each for each in caplog.records if each.name == "asyncio"]


async def test_pings_count_too() -> None:
    app = Heard()
    async with page_of(app) as page:
        with suppress(ConnectionClosed):
            for number in range(3 * MANY):
                await page.ping(b"%d" % number)
        code = await put_out(page)

    assert code == TOO_MUCH


@pytest.mark.parametrize(
    "said", [[b"x" * (BYTES_AT_ONCE // 8)] * 20, [b"x" * 2 * BYTES_AT_ONCE]]
)
async def test_who_says_it_at_length_is_hung_up_on(said: list[bytes]) -> None:
    app = Heard()
    async with page_of(app) as page:
        with suppress(ConnectionClosed):
            for each in said:
                await page.send(each)
        code = await put_out(page)
    await app.ended.wait()

    assert code in (TOO_MUCH, TOO_BIG, ABNORMAL)  # the last if more is on its way
    assert app.code in (TOO_MUCH, TOO_BIG)
    assert sum(map(len, app.messages)) <= BYTES_AT_ONCE


async def test_who_takes_nothing_of_what_is_said_is_hung_up_on() -> None:
    app = Heard(says=1 << 10)
    async with page_of(app, ping_s=0.2):
        await app.ended.wait()

    assert app.messages == []
