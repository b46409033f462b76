"""Peers of a probe that lie: a portal that greens, and an echo of another's secret."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from faults.afternoon.place import SECRET, Place, Told

HOST = "127.0.0.1"


@asynccontextmanager
async def _answering(port: int, said: bytes) -> AsyncIterator[list[int]]:
    """Answer whoever comes with the same; count them."""
    came: list[int] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, TimeoutError):
            writer.write(said if said.startswith(b"*") else b"")
            async with asyncio.timeout(1.0):
                await reader.read(1 << 16)
            came.append(1)
            writer.write(said)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, HOST, port)
    try:
        yield came
    finally:
        server.close()


async def captive_portal(place: Place) -> Told:
    """Send who asks in clear to a page of ours, which says that all is well."""
    page = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\nwelcome"
    moved = (
        "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nConnection: close\r\n"
        "Location: http://localhost:{}/login\r\n\r\n"
    )
    async with (
        _answering(place.login, page) as logins,
        _answering(place.portal, moved.format(place.login).encode()) as came,
    ):
        await asyncio.sleep(2 * place.lasts_s)
    won = [] if came and logins else ["the probe never came"]
    return Told(f"{len(came)} tests redirected to a page elsewhere", won)


async def echoed_secret(place: Place) -> Told:
    """Say the secret of another probe, as it is and in other letters."""
    said = f"* 550 no, not {SECRET}, nor {SECRET}\r\n".encode()
    async with _answering(place.echo, said) as came:
        await asyncio.sleep(2 * place.lasts_s)
    won = [] if came else ["the probe never came"]
    return Told(f"{len(came)} tests told the secret of another probe", won)


ATTACKS = {"a captive portal": captive_portal, "another's secret said": echoed_secret}
