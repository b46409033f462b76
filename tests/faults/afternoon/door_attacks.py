"""Strangers at the door of the province's screens, from elsewhere and from here.

Who comes through a proxy that says so is from elsewhere: he may see the wall. Who comes
from this machine has to have its token.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from time import monotonic

import httpx
from faults.afternoon.place import Place, Told
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Subprotocol

HOST = "127.0.0.1"
PAGES = ("now", "wall", "channels", "journal", "plan", "why", "sites", "outages")
ENDED = (OSError, WebSocketException, TimeoutError)
SLOW = 500
LONGER = 1.5  # than attacks on the hub: it takes a while to draw
HEAD = b"GET /lite HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: 192.0.2.9\r\n"


@asynccontextmanager
async def _page(
    place: Place, number: int, token: str = ""
) -> AsyncIterator[ClientConnection]:
    stranger = {"X-Forwarded-For": f"192.0.2.{number}"}
    async with connect(
        f"ws://{HOST}:{place.door}/_stcore/stream",
        proxy=None,
        subprotocols=[Subprotocol("streamlit")],
        additional_headers={"Authorization": f"Bearer {token}"} if token else stranger,
        max_size=None,
        close_timeout=0.1,
    ) as page:
        yield page


def _rerun(page: str, filler: int = 0) -> bytes:
    asked = BackMsg()
    asked.rerun_script.page_name = page
    if filler:
        field = asked.rerun_script.widget_states.widgets.add()
        field.id, field.string_value = "field", "x" * filler
    said: bytes = asked.SerializeToString()
    return said


async def _again(
    place: Place, one: Callable[[int], Awaitable[None]], together: int
) -> Counter[str]:
    """Do so at once so often until the time is over; whoever is put out comes again."""
    ends, end_s = Counter[str](), monotonic() + LONGER * place.lasts_s

    async def repeated(number: int) -> None:
        while True:
            try:
                await one(number)
            except ConnectionClosed as closed:
                ends[str(closed.rcvd.code if closed.rcvd else "cut")] += 1
            except InvalidStatus as refused:
                ends[str(refused.response.status_code)] += 1
            except (*ENDED, httpx.HTTPError):
                ends["cut"] += 1
            await asyncio.sleep(0.1)

    with suppress(TimeoutError):
        async with asyncio.timeout(end_s - monotonic()):
            await asyncio.gather(*(repeated(n) for n in range(1, together + 1)))
    return ends


def _ends(ends: Counter[str]) -> str:
    said = ", ".join(f"{how} {n}x" for how, n in sorted(ends.items()))
    return f"put out: {said}" if said else "put out: never"


async def reruns(place: Place) -> Told:
    """Five pages that each ask to be drawn 175 times a second, and read nothing."""

    async def one(number: int) -> None:
        async with _page(place, number) as page:
            while True:
                await page.send(_rerun(PAGES[number % len(PAGES)]))
                await asyncio.sleep(1 / 175)

    return Told(
        f"5 pages asked for 175 times a second; {_ends(await _again(place, one, 5))}"
    )


async def sessions(place: Place, token: str = "") -> Told:
    """Look at pages in forty windows, as strangers or as one with a token."""

    async def one(number: int) -> None:
        async with _page(place, number, token) as page:
            while True:
                await page.send(_rerun(PAGES[number % len(PAGES)]))
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.2):
                        while True:
                            await page.recv()

    return Told(f"40 sessions; {_ends(await _again(place, one, 40))}")


async def walls(place: Place) -> Told:
    """Do so with the wall's token, which stands in the kiosk's command line."""
    return await sessions(place, place.wall_token)


async def sessions_of_a_moment(place: Place) -> Told:
    """Sessions that are begun and left at once, as fast as it goes."""

    async def one(number: int) -> None:
        async with _page(place, number) as page:
            await page.send(_rerun("wall"))

    return Told(
        f"sessions that are left at once; {_ends(await _again(place, one, 20))}"
    )


async def huge_frames(place: Place) -> Told:
    """Messages of 20 MB, whole, in parts without end, and what is no message."""

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1_000_000

    async def one(number: int) -> None:
        async with _page(place, number) as page:
            if number % 3 == 0:
                await page.send(_rerun("now", 20_000_000))
            elif number % 3 == 1:
                await page.send(endless())
            else:
                await page.send(secrets.token_bytes(100_000))
            await page.recv()

    return Told(f"9 pages that say 20 MB; {_ends(await _again(place, one, 9))}")


async def slow_connections(place: Place) -> Told:
    """Begin heads that never end and bodies that never come, or say nothing."""
    firsts = (
        HEAD + b"X-Slow: ",
        HEAD + b"Content-Length: 100000\r\n\r\n",
        b"",
        b"GET ",
    )

    async def one(number: int) -> None:
        reader, writer = await asyncio.open_connection(HOST, place.door)
        try:
            writer.write(firsts[number % len(firsts)])
            while not reader.at_eof():
                if number % len(firsts) < 2:
                    writer.write(b"x")
                with suppress(TimeoutError):
                    async with asyncio.timeout(1.0):
                        await reader.read(1 << 16)
        finally:
            writer.transport.abort()

    return Told(f"{SLOW} slow connections; {_ends(await _again(place, one, SLOW))}")


async def huge_requests(place: Place) -> Told:
    """Long heads, long addresses, long bodies, many ranges, many feeds."""
    stranger = {"X-Forwarded-For": "192.0.2.77"}

    async def one(number: int) -> None:
        url = f"http://{HOST}:{place.door}"
        async with httpx.AsyncClient(timeout=5.0, headers=stranger) as client:
            with suppress(httpx.HTTPError):
                await client.get(f"{url}/lite", headers={"X-Long": "x" * 500_000})
            with suppress(httpx.HTTPError):
                await client.get(f"{url}/{'x' * 60_000}")
            with suppress(httpx.HTTPError):
                await client.post(f"{url}/", content=b"token=" + b"x" * 5_000_000)
            for path in (
                "lite",
                "paper",
                "feed.atom",
                "cap.xml",
                "tests.ics",
                "metrics",
            ):
                await client.get(f"{url}/{path}?lang={number}")

    return Told(
        f"requests of MB, every page in turn; {_ends(await _again(place, one, 10))}"
    )


ATTACKS = {
    "pages asked for 175 times a second": reruns,
    "40 strange sessions": sessions,
    "40 sessions with the wall's token": walls,
    "sessions of a moment": sessions_of_a_moment,
    "huge frames": huge_frames,
    "slow connections": slow_connections,
    "huge requests": huge_requests,
}
