"""A first that answers its standby as it is told."""

import asyncio
import json
import re
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace
from render.snapshots import snapshot

from secours.core.memory import Memory
from secours.engine.following import report
from secours.engine.following.first import First
from secours.engine.state_file import encoded
from secours.engine.store import saved_memory
from secours.model.observed import Instant
from secours.model.snapshot import Snapshot

TOKEN = "t" * 43
THERE = 5_000.0  # the steady second there, which means nothing here
AT = Instant(datetime(2026, 11, 24, 3, 0, tzinfo=UTC), THERE)


Answer = Callable[[str, str], bytes]


def told(shot: Snapshot | None = None, *, age_s: float = 2.0, **more: Any) -> bytes:
    """Return the body that a first would send."""
    shown = replace(shot or snapshot("oooo"), at=AT, boot_id="there")
    said = json.loads(saved_memory.stated(Memory(at=AT), "there"))
    known = {
        "schema": report.SCHEMA,
        "name": "first-1",
        "age_s": age_s,
        "snapshot": json.loads(encoded(shown)),
        "said": said,
    }
    return json.dumps({**known, **more}).encode()


def http(
    body: bytes, *, status: str = "200 OK", seal: str = "", more: str = ""
) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{more}"
    return f"{head}{report.SEAL}: {seal}\r\n\r\n".encode() + body


def sealed(body: bytes, token: str = TOKEN) -> Answer:
    def answer(nonce: str, _: str) -> bytes:
        return http(body, seal=report.seal(token, nonce, body))

    return answer


@asynccontextmanager
async def first(
    answer: Answer, *, silent: bool = False, tls: ssl.SSLContext | None = None
) -> AsyncIterator[First]:
    """Answer each question so, or be silent until the end."""
    over = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = (await reader.readuntil(b"\r\n\r\n")).decode()
        found = re.search(r"nonce=([\w-]+)", asked)
        assert found
        if silent:
            await over.wait()
        else:
            writer.write(answer(found[1], asked))
        writer.close()
        talks.append(writer)

    talks: list[asyncio.StreamWriter] = []
    scheme = "https" if tls else "http"
    async with await asyncio.start_server(talk, "127.0.0.1", 0, ssl=tls) as server:
        port = server.sockets[0].getsockname()[1]
        yield First(url=f"{scheme}://127.0.0.1:{port}", token=TOKEN)
        over.set()
        await asyncio.sleep(0)
    for writer in talks:
        with suppress(OSError):
            await writer.wait_closed()
