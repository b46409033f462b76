"""Hundreds of connections that are opened and say nothing, or hardly anything."""

import asyncio
import resource
import socket
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import uvicorn
from dashboard.served import dashboard, rooms, stamping
from faults.living import GENEROUSLY
from faults.served_room import AT_LAST_S, PLAN, asked, until_served
from render.snapshots import snapshot
from servers.command import Command
from servers.scripted import closed_port
from soak import AT_LEISURE
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect

from secours.web.connections import (
    CROWD,
    CROWDED_LIMIT_S,
    LIMIT_S,
    AtMost,
    HttpConnection,
)

__all__ = ["rooms"]

USUAL_FILES = 1024
WITHIN_S = 1.0
FRESH_S = 10.0 * AT_LEISURE
LONG = 1 << 24  # bytes: no socket has room for it
HEAD = b"GET /lite HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
BODY = b"POST /lite HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n"


@pytest.fixture(autouse=True)
def _enough_files() -> Iterator[None]:
    """Let this process hold the other ends."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


async def hold(port: int, first: bytes, held: asyncio.Event) -> None:
    """Keep a connection open, and speak as slowly as a byte in a second."""
    while True:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            held.set()
            try:
                writer.write(first)
                while not reader.at_eof():
                    writer.write(b"x" if first else b"")
                    with suppress(TimeoutError):
                        async with asyncio.timeout(1.0):
                            await reader.read(1 << 16)
            finally:
                writer.transport.abort()


@asynccontextmanager
async def slow(port: int, how_many: int, first: bytes = HEAD) -> AsyncIterator[None]:
    """Hold so many connections while inside; one that is closed is opened again."""
    opened = [asyncio.Event() for _ in range(how_many)]
    holding = [asyncio.create_task(hold(port, first, event)) for event in opened]
    try:
        async with asyncio.timeout(AT_LAST_S):
            await asyncio.gather(*(event.wait() for event in opened))
        yield
    finally:
        for task in holding:
            task.cancel()
        await asyncio.gather(*holding, return_exceptions=True)


async def answered_s(url: str) -> float:
    """Return how long a healthy client waits, as a rule."""
    took: list[float] = []
    for _ in range(7):
        start = time.monotonic()
        assert await asyncio.to_thread(asked, url)
        took.append(time.monotonic() - start)
    return statistics.median(took)


async def last_result(url: str) -> Any:
    body = await asyncio.to_thread(asked, f"{url}/api/v1/snapshot")
    found = msgspec.json.decode(body)
    return found["age_s"], found["snapshot"]["channels"][0]["probes"][0]["at"]


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("first", [b"", HEAD, BODY], ids=["silent", "head", "body"])
async def test_three_hundred_stop_neither_the_plain_page_nor_probing(
    tmp_path: Path, first: bytes
) -> None:
    secours, port = Command(tmp_path), closed_port()
    secours.plan(PLAN)
    url = f"http://127.0.0.1:{port}"
    async with secours.running("run", "--http", str(port)):
        await until_served(f"{url}/api/v1/snapshot")
        async with slow(port, 300, first):
            assert await answered_s(f"{url}/lite") < GENEROUSLY * WITHIN_S
            at = (await last_result(url))[1]
            async with asyncio.timeout(AT_LAST_S):
                while (await last_result(url))[1] == at:
                    pass
            assert (await last_result(url))[0] < FRESH_S


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[tuple[str, int]]:
    """Serve an application on connections of ours."""
    config = uvicorn.Config(app, lifespan="off", http=HttpConnection)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield listening.getsockname()
        finally:
            server.should_exit = True
            await serving


@asynccontextmanager
async def asked_for_much(size: int) -> AsyncIterator[asyncio.StreamReader]:
    """Ask for a long answer, and read none of it yet."""
    async with served(PlainTextResponse("x" * size)) as place:
        reader, writer = await asyncio.open_connection(*place)
        try:
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            yield reader
        finally:
            writer.transport.abort()


async def say_something_late(scope: Scope, receive: Receive, send: Send) -> None:
    """Say nothing over a websocket for longer than a request is waited for."""
    socket = WebSocket(scope, receive, send)
    await socket.accept()
    await asyncio.sleep(LIMIT_S + 1)
    await socket.send_text("still here")
    await socket.close()


async def test_the_pages_of_a_crowd_stay_connected_though_nothing_is_said() -> None:
    """A page asks for news over its websocket, and not more often than it must."""
    async with served(say_something_late) as (host, port), AsyncExitStack() as opened:
        pages = [
            await opened.enter_async_context(connect(f"ws://{host}:{port}", proxy=None))
            for _ in range(CROWD + 1)
        ]
        heard = await asyncio.gather(*(page.recv() for page in pages))

    assert set(heard) == {"still here"}


async def test_who_reads_no_answer_is_hung_up_on() -> None:
    async with asked_for_much(LONG) as reader:
        await asyncio.sleep(LIMIT_S + 1)
        got = 0
        with suppress(ConnectionError):
            while piece := await reader.read(1 << 20):
                got += len(piece)

    assert got < LONG


async def test_who_reads_slowly_gets_all_of_it() -> None:
    async with asked_for_much(LONG) as reader:
        got = 0
        for _ in range(int(LIMIT_S) + 3):
            got += len(await reader.read(LONG >> 4))
            await asyncio.sleep(1.0)
        while piece := await reader.read(1 << 20):
            got += len(piece)

    assert got > LONG


async def test_an_answer_on_its_way_to_who_does_not_read_takes_no_place() -> None:
    stuck, going = asyncio.Event(), asyncio.Event()
    app = AtMost(PlainTextResponse("done"), 1)
    scope = {"type": "http", "method": "GET", "headers": []}

    async def get_stuck(_message: Message) -> None:
        going.set()
        await stuck.wait()

    async def nothing_more() -> Message:
        return {"type": "http.disconnect"}

    first = asyncio.create_task(app(scope, nothing_more, get_stuck))
    await going.wait()
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://x"
    ) as client:
        second = await client.get("/")
    stuck.set()
    await first

    assert second.status_code == 200


@pytest.mark.usefixtures("processes")
async def test_eleven_hundred_do_not_stop_the_dashboard(rooms: Path) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (USUAL_FILES, hard))
    with stamping(snapshot("xooo"), 15.0), dashboard(rooms) as running:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        port = int(running.url.rpartition(":")[2])
        async with slow(port, 1100):
            assert await answered_s(f"{running.url}/lite") < GENEROUSLY * WITHIN_S
            assert b"<html" in await asyncio.to_thread(asked, f"{running.url}/wall")


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(
    ("how_many", "within_s"),
    [(CROWD, (CROWDED_LIMIT_S + 1, AT_LAST_S)), (3 * CROWD, (0.0, LIMIT_S - 1))],
    ids=["few", "a crowd"],
)
async def test_few_may_think_for_five_seconds_and_a_crowd_for_one(
    tmp_path: Path, how_many: int, within_s: tuple[float, float]
) -> None:
    secours, port = Command(tmp_path), closed_port()
    secours.plan(PLAN)
    async with secours.running("run", "--http", str(port)):
        await until_served(f"http://127.0.0.1:{port}/lite")
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        held = [
            await asyncio.open_connection("127.0.0.1", port) for _ in range(how_many)
        ]
        opened_s = loop.time()
        async with asyncio.timeout(AT_LAST_S):
            await asyncio.wait(
                [asyncio.create_task(reader.read()) for reader, _ in held],
                return_when=asyncio.FIRST_COMPLETED,
            )
        over_s = loop.time()
        for _, writer in held:
            writer.transport.abort()

    assert within_s[0] <= over_s - began_s  # a machine may open them slowly
    assert over_s - opened_s <= within_s[1]


async def test_of_many_requests_at_once_some_are_turned_away() -> None:
    going, done = asyncio.Event(), asyncio.Event()

    async def slow_app(scope: Scope, receive: Receive, send: Send) -> None:
        going.set()
        await done.wait()
        await PlainTextResponse("done")(scope, receive, send)

    transport = httpx.ASGITransport(AtMost(slow_app, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        first = asyncio.create_task(client.get("/"))
        await going.wait()
        second = await client.get("/")
        done.set()

        assert (second.status_code, (await first).status_code) == (503, 200)
        assert (await client.get("/")).status_code == 200
