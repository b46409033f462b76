"""Whoever asks a real Secours for pages: a kiosk, who watches it, and rogues."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Subprotocol

from secours.engine import clock

KIOSK_EVERY_S = 5.0
WATCHED_EVERY_S = 0.5
AT_LAST_S = 60.0
SHOWN = re.compile(r'"at": ?"[^/"]+/([0-9.]+)/')


def asked_for(page: str) -> BackMsg:
    """Return what a browser says to have a page drawn."""
    asked = BackMsg()
    asked.rerun_script.page_name = page
    return asked


@dataclass
class Witness:
    """What was seen from outside: how old the wall was, and how slow the answers."""

    ages_s: list[float] = field(default_factory=list)
    answered_s: list[float] = field(default_factory=list)
    engine_ages_s: list[float] = field(default_factory=list)
    shown_s: float | None = None  # when what the wall shows was stamped
    began: asyncio.Event = field(default_factory=asyncio.Event)

    def look(self) -> None:
        """Note how old the wall is now."""
        if self.shown_s is not None:
            self.ages_s.append(clock.now().steady_s - self.shown_s)


@asynccontextmanager
async def page_of(
    port: int, headers: dict[str, str]
) -> AsyncIterator[ClientConnection]:
    """Connect as a page does."""
    async with connect(
        f"ws://127.0.0.1:{port}/_stcore/stream",
        proxy=None,
        subprotocols=[Subprotocol("streamlit")],
        additional_headers=headers,
        max_size=None,
        open_timeout=AT_LAST_S,
    ) as page:
        try:
            yield page
        finally:
            page.transport.abort()


async def drawn(page: ClientConnection, name: str) -> str:
    """Have a page drawn, and return all that was said."""
    await page.send(asked_for(name).SerializeToString())
    said = b""
    while True:
        message = await page.recv(decode=False)
        said += message
        if ForwardMsg.FromString(message).WhichOneof("type") == "script_finished":
            return said.decode("utf-8", "replace").replace('\\"', '"')


async def kiosk(port: int, token: str, seen: Witness) -> None:
    """Show the wall for ever, as a browser at its link does."""
    while True:
        with suppress(OSError, WebSocketException):
            async with page_of(port, {"Authorization": f"Bearer {token}"}) as page:
                while True:
                    found = SHOWN.search(await drawn(page, "wall"))
                    assert found
                    seen.look()
                    seen.shown_s = float(found[1])
                    seen.began.set()
                    await asyncio.sleep(KIOSK_EVERY_S)
        await asyncio.sleep(1.0)


async def watch(port: int, seen: Witness) -> None:
    """Ask for its health for ever, as a balancer does."""
    async with httpx.AsyncClient(timeout=AT_LAST_S) as client:
        while True:
            began_s = time.monotonic()
            answer = await client.get(f"http://127.0.0.1:{port}/healthz")
            seen.answered_s.append(time.monotonic() - began_s)
            seen.engine_ages_s.append(answer.json()["age_s"])
            await asyncio.sleep(WATCHED_EVERY_S)


async def flood(
    port: int, number: int, said: bytes, per_s: float, ends: Counter[int]
) -> None:
    """Say the same for ever as a stranger, read nothing; put out, come again."""
    while True:
        try:
            async with page_of(port, {"X-Forwarded-For": f"192.0.2.{number}"}) as page:
                while True:
                    await page.send(said)
                    await asyncio.sleep(1 / per_s)
        except ConnectionClosed as closed:
            ends[closed.rcvd.code if closed.rcvd else 0] += 1
        except InvalidStatus as refused:
            ends[refused.response.status_code] += 1
        except (OSError, WebSocketException):
            ends[0] += 1
        await asyncio.sleep(0.2)
