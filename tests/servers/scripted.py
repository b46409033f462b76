"""Peers on loopback that do what a script says: answer, fall silent, or misbehave."""

import asyncio
import os
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import cast

LOOPBACK = "127.0.0.1"
Peer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

FIRST_PORT, PORTS, WORKERS = 12_000, 1000, 10
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_MINE = FIRST_PORT + PORTS * (_WORKER % WORKERS)
_tried = count(os.getpid())  # two that run at once do not begin at the same one
TURNS = 5  # of the loop, until whom it has just accepted is known to the server


@asynccontextmanager
async def tcp_server(
    peer: Peer, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[int]:
    """Let `peer` talk to each client; all are hung up on at the end."""
    running: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            with suppress(OSError, EOFError, asyncio.CancelledError):
                await peer(reader, writer)
        finally:
            writer.transport.abort()
            running.discard(task)

    server = await asyncio.start_server(serve, host, 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        for _ in range(TURNS):
            await asyncio.sleep(0)
        server.close()
        tasks = list(running)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accept, and never say a word."""
    await asyncio.Event().wait()


async def resetting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read something, then reset the connection."""
    await reader.read(1)
    reset(writer)


def reset(writer: asyncio.StreamWriter) -> None:
    """Send a TCP reset."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def saying(*parts: bytes, every_s: float = 0.0, stay: bool = False) -> Peer:
    """Make a peer that says these parts without listening, then leaves or stays."""

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(every_s)
        if stay:
            await asyncio.Event().wait()
        with suppress(OSError):
            writer.write_eof()
        await reader.read()

    return peer


def endless(part: bytes, start: bytes = b"") -> Peer:
    """Make a peer that says one thing over and over."""

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while True:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)

    return peer


@asynccontextmanager
async def udp_server(
    reply: Callable[[bytes], bytes | None], host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[int]:
    """Answer each datagram with `reply(datagram)`, or stay silent on None."""

    class Server(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = cast(asyncio.DatagramTransport, transport)

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            if (answer := reply(data)) is not None:
                self.transport.sendto(answer, addr)

    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Server, (host, port))
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.abort()


def closed_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """Return a port that nothing listens on, nor will but who is given this one.

    Of those from 32 768 on the system gives one to whoever asks for any: to another
    test, before a server of this one listens there. Each worker has some of the others.
    """
    for _ in range(PORTS):
        port = _MINE + next(_tried) % PORTS
        with socket.socket(socket.AF_INET, kind) as sock, suppress(OSError):
            sock.bind(("", port))
            return port
    raise AssertionError("no port is free")
