"""An HTTP peer on loopback that answers from a script, byte for byte."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from servers.scripted import Peer


class Asked(NamedTuple):
    """One request, as it came."""

    method: str
    target: str
    headers: dict[str, str]  # names in lower case
    body: bytes


def answer(status: str = "200 OK", body: bytes = b"", **headers: str) -> bytes:
    """Write an answer; `_` in a header's name stands for `-`."""
    headers = {"content_length": str(len(body))} | headers
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join((f"HTTP/1.1 {status}", *lines, "", "")).encode() + body


def answering(reply: Callable[[Asked], bytes]) -> Peer:
    """Make a peer that answers each request with `reply(request)`."""

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                first, *lines = head.strip().split("\r\n")
                method, target, _ = first.split(" ")
                pairs = (line.partition(": ") for line in lines)
                headers = {name.lower(): value for name, _, value in pairs}
                length = int(headers.get("content-length", 0))
                body = await reader.readexactly(length)
                writer.write(reply(Asked(method, target, headers, body)))
                await writer.drain()

    return peer
