"""Strangers at the door of the province's screens, from elsewhere and from here.

Who comes through a proxy that says so is from elsewhere: he may see the wall. Who comes
from this machine has to have its token.
"""

import asyncio
import os
import random
import secrets
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from time import monotonic

import httpx
from faults.afternoon.place import Place, Told, say
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Subprotocol

HOST = "127.0.0.1"
PAGES = ("now", "wall", "channels", "journal", "plan", "why", "sites", "outages")
HOW = "number 4711"  # of what the plan says of how channels are used
ENDED = (OSError, WebSocketException, TimeoutError)
NOBODY = 65534
SLOW = 500
HEAD = b"GET /lite HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: 192.0.2.9\r\n"


@asynccontextmanager
async def _page(
    place: Place, number: int, path: str = "/_stcore/stream"
) -> AsyncIterator[ClientConnection]:
    async with connect(
        f"ws://{HOST}:{place.door}{path}",
        proxy=None,
        subprotocols=[Subprotocol("streamlit")],
        additional_headers={"X-Forwarded-For": f"192.0.2.{number}"},
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
    ends, end_s = Counter[str](), monotonic() + place.lasts_s

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


async def sessions(place: Place) -> Told:
    """Forty strangers who look at pages."""

    async def one(number: int) -> None:
        async with _page(place, number) as page:
            while True:
                await page.send(_rerun(PAGES[number % len(PAGES)]))
                async with asyncio.timeout(1.0):
                    while True:
                        await page.recv()

    return Told(f"40 sessions; {_ends(await _again(place, one, 40))}")


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
            await client.get(f"{url}/lite", headers={"X-Long": "x" * 500_000})
            await client.get(f"{url}/{'x' * 60_000}")
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


async def foreign_hosts(place: Place) -> Told:
    """Come with a token that leaked, by a name that is not ours."""
    won, asked = [], 0
    for token in (place.wall_token, place.full_token):
        kind = "wall's" if token == place.wall_token else "full"
        for host in (
            "evil.example",
            "evil.example:80",
            "127.0.0.1.evil.example",
            "localhost.",
        ):
            for path in (
                "/lite",
                "/paper",
                "/api/v1/snapshot",
                "/api/v1/sites",
                "/metrics",
            ):
                headers = {"Host": host, "Authorization": f"Bearer {token}"}
                for forwarded in ({}, {"X-Forwarded-For": "192.0.2.5"}):
                    asked += 1
                    async with httpx.AsyncClient(timeout=10.0) as client:
                        answer = await client.get(
                            f"http://{HOST}:{place.door}{path}",
                            headers=headers | forwarded,
                        )
                    if answer.is_success or HOW in answer.text:
                        won.append(f"{path} by {host} with the {kind} token")
    return Told(f"{asked} requests by names that are not ours, with real tokens", won)


async def wall_token_elsewhere(place: Place) -> Told:
    """Use the wall's token beside the wall: to act, and to see what only we do."""
    won, asked = [], 0
    headers = {"Authorization": f"Bearer {place.wall_token}"}
    async with httpx.AsyncClient(timeout=10.0, headers=headers) as client:
        for method, path in (
            *(("GET", p) for p in ("/api/v1/snapshot", "/api/v1/standby", "/metrics")),
            *(("GET", p) for p in ("/paper", "/feed.atom", "/tests.ics")),
            *(
                ("POST", p)
                for p in ("/api/v1/beat/x", "/api/v1/mark", "/ack/" + "x" * 20)
            ),
        ):
            asked += 1
            answer = await client.request(method, f"http://{HOST}:{place.door}{path}")
            if HOW in answer.text or (method == "POST" and answer.is_success):
                won.append(f"{method} {path} with the wall's token")
    return Told(f"{asked} requests with the wall's token", won)


async def cookies(place: Place) -> Told:
    """Guess the cookie, the token in the address, and the one in the form."""
    won, asked, rng = [], 0, random.Random(place.seed)
    end_s = monotonic() + place.lasts_s
    async with httpx.AsyncClient(timeout=10.0) as client:
        url = f"http://{HOST}:{place.door}"
        while monotonic() < end_s:
            guess = rng.randbytes(32).hex()
            name = rng.choice(("secours", "secours_token", "token", "session", "_st"))
            asked += 3
            for answer in (
                await client.get(f"{url}/lite", headers={"Cookie": f"{name}={guess}"}),
                await client.get(f"{url}/lite?token={guess}"),
                await client.post(f"{url}/", data={"token": guess}),
            ):
                if answer.is_success or "set-cookie" in answer.headers:
                    won.append(f"{answer.request.method} {answer.request.url.path}")
    return Told(f"{asked} guesses of cookie and token", won)


async def dead_port(place: Place) -> Told:
    """Bind the port of the dashboard the moment it dies, as another user."""
    if os.getuid() != 0:
        say("began")
        return Told("not tried: only root can be another user")
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    end_s, tried, won = monotonic() + 2 * place.lasts_s, 0, set[str]()
    say("began")
    while monotonic() < end_s and not won:
        for option in (None, socket.SO_REUSEADDR, socket.SO_REUSEPORT):
            for address in (HOST, "0.0.0.0"):
                with socket.socket() as trap, suppress(OSError):
                    if option:
                        trap.setsockopt(socket.SOL_SOCKET, option, 1)
                    tried += 1
                    trap.bind((address, place.door))
                    trap.listen()
                    won.add(f"bound {address} of the dead dashboard")
        await asyncio.sleep(0.01)
    return Told(f"{tried} times tried, while it died and came again", sorted(won))


ATTACKS = {
    "pages asked for 175 times a second": reruns,
    "40 strange sessions": sessions,
    "sessions of a moment": sessions_of_a_moment,
    "huge frames": huge_frames,
    "slow connections": slow_connections,
    "huge requests": huge_requests,
    "foreign hosts": foreign_hosts,
    "the wall's token elsewhere": wall_token_elsewhere,
    "cookies and tokens guessed": cookies,
    "the port of a dead dashboard": dead_port,
}
