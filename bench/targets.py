"""Servers on the loopback that everything is asked of, in a process of their own.

    python -m bench.targets

It prints their ports as JSON, and serves until its input ends.
"""

import asyncio
import json
import subprocess
import sys
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from servers.scripted import LOOPBACK, Peer

from bench.measuring import environment

ANSWER_S = 0.001
BACKLOG = 4096
HTTP = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n"
    b"Connection: close\r\n\r\nok\n"
)
ADDRESS = bytes((192, 0, 2, 1))  # RFC 5737: of no one
DNS_NAME = "example.org"


async def _tcp(_reader: StreamReader, writer: StreamWriter) -> None:
    await asyncio.sleep(ANSWER_S)
    writer.write(b"ok\n")


async def _http(reader: StreamReader, writer: StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(HTTP)


async def _smtp(reader: StreamReader, writer: StreamWriter) -> None:
    writer.write(b"220 mail.example.org ESMTP\r\n")
    while line := await reader.readline():
        match line[:4].upper():
            case b"EHLO":
                writer.write(b"250-mail.example.org\r\n250 PIPELINING\r\n")
            case b"QUIT":
                writer.write(b"221 bye\r\n")
                return
            case _:
                writer.write(b"250 ok\r\n")


class _Dns(asyncio.DatagramProtocol):
    """Answers each question with one address, RFC 1035 section 4."""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        end = data.index(0, 12) + 5
        head = data[:2] + b"\x81\x80\0\1\0\1\0\0\0\0"
        record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + ADDRESS
        self._transport.sendto(head + data[12:end] + record, addr)


def _hanging_up(peer: Peer) -> Peer:
    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(OSError, EOFError):
            await peer(reader, writer)
        writer.close()

    return serve


async def _serve() -> None:
    ports = {}
    for name, peer in (("tcp", _tcp), ("http", _http), ("smtp", _smtp)):
        server = await asyncio.start_server(
            _hanging_up(peer), LOOPBACK, 0, backlog=BACKLOG
        )
        ports[name] = server.sockets[0].getsockname()[1]
    loop = asyncio.get_running_loop()
    dns, _ = await loop.create_datagram_endpoint(_Dns, (LOOPBACK, 0))
    ports["dns"] = dns.get_extra_info("sockname")[1]
    print(json.dumps(ports), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


@contextmanager
def serving() -> Iterator[dict[str, int]]:
    """Serve while the block lasts; gives the port of each."""
    process = subprocess.Popen(
        [sys.executable, "-m", __spec__.name],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.communicate()


def probe_of(kind: str, ports: dict[str, int]) -> dict[str, Any]:
    """Return how a plan writes a probe of this type against them."""
    match kind:
        case "http":
            return {"type": kind, "url": f"http://{LOOPBACK}:{ports[kind]}/"}
        case "dns":
            server = f"{LOOPBACK}:{ports[kind]}"
            expected = ".".join(map(str, ADDRESS))
            asked = {"name": DNS_NAME, "server": server, "expect": expected}
            return {"type": kind, **asked}
        case "icmp":
            return {"type": kind, "host": LOOPBACK, "count": 1}
        case "smtp":
            clear = {"security": "none"}
            return {"type": kind, "host": LOOPBACK, "port": ports[kind], **clear}
        case _:
            return {"type": kind, "host": LOOPBACK, "port": ports[kind], "expect": "ok"}


if __name__ == "__main__":
    asyncio.run(_serve())
