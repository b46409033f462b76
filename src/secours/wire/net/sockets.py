"""Connections over a path: TCP, TLS and UDP, to the first address that answers.

Every connection of a probe is opened here, so that `via` binds it, name resolution
included, and so that it closes at once whatever the peer does.

Source: RFC 8305 section 5 (next address after a quarter of a second).
"""

import asyncio
import socket
import ssl
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from secours.model.runs import Stop, timer
from secours.model.sections.channel import Path
from secours.wire.net.bind import connect
from secours.wire.net.datagrams import Datagrams, open_datagrams
from secours.wire.net.resolver import resolve
from secours.wire.net.starttls import LINE_LIMIT_BYTES, Streams, encrypt

__all__ = ["Datagrams", "Streams", "connected_socket", "connection"]
__all__ += ["first_to_answer", "hang_up", "open_datagrams", "open_tcp", "open_udp"]
__all__ += ["race", "resolve", "streams"]

Way = TypeVar("Way", socket.socket, Datagrams)

NEXT_ADDRESS_S = 0.25  # RFC 8305 section 5, Connection Attempt Delay


async def open_tcp(
    host: str,
    port: int,
    path: Path | None,
    *,
    tls: ssl.SSLContext | None = None,
    server_name: str | None = None,
    limit: int = LINE_LIMIT_BYTES,
) -> Streams:
    """Connect to a host, with TLS from the first byte where `tls` is given.

    `server_name` is the name in the certificate, by default the host.

    Raises:
        Stop: the name does not resolve, no way out, or TLS failed (with the reason).
        OSError: refused, unreachable, reset.
    """
    sock = await connected_socket(host, port, path)
    return await streams(
        sock, path, tls=tls, server_name=server_name or host, limit=limit
    )


@asynccontextmanager
async def connection(
    host: str, port: int, path: Path | None, **options: Any
) -> AsyncIterator[Streams]:
    """Connect as `open_tcp` does, and hang up at the end."""
    reader, writer = await open_tcp(host, port, path, **options)
    try:
        yield reader, writer
    finally:
        hang_up(writer)


def hang_up(writer: asyncio.StreamWriter) -> None:
    """Close at once: a peer that reads no more must not keep the probe waiting."""
    writer.transport.abort()


async def streams(
    sock: socket.socket,
    path: Path | None,
    *,
    tls: ssl.SSLContext | None = None,
    server_name: str = "",
    limit: int = LINE_LIMIT_BYTES,
) -> Streams:
    """Make streams of a connected socket; from now on their transport closes it.

    Closing it beside the transport would give its number to the next connection while
    the loop still takes it for this one's.

    Raises:
        Stop: TLS failed; the outcome says why, and when a bad certificate expires.
    """
    if tls is None:
        return await asyncio.open_connection(sock=sock, limit=limit)
    loop = asyncio.get_running_loop()
    clear, _ = await loop.create_connection(asyncio.Protocol, sock=sock)
    peer = clear.get_extra_info("peername")

    async def look() -> bytes | None:
        return await _look_at_certificate(peer, path, server_name)

    return await encrypt(clear, tls, server_name, look, limit)


async def _look_at_certificate(
    peer: tuple[Any, ...] | None, path: Path | None, name: str
) -> bytes | None:
    """Shake hands again without verification, to read a bad certificate."""
    if peer is None:  # it had hung up before we looked who it was
        return None
    from secours.wire.net import tls as tls_facts  # which talk in clear needs not

    context = tls_facts.client_context(verify=False)
    sock = await connect(peer[0], peer[1], path)
    _, writer = await streams(sock, path, tls=context, server_name=name)
    try:
        return tls_facts.certificate(writer)
    finally:
        hang_up(writer)


async def connected_socket(host: str, port: int, path: Path | None) -> socket.socket:
    """Return a connected, non-blocking TCP socket to the first address that answers.

    The next address is tried as soon as one fails, or beside a slow one.

    Raises:
        Stop: the name does not resolve, or this machine has no route to any address.
        OSError: the error of the first address tried.
    """
    return await first_to_answer(await resolve(host, path), port, path)


async def first_to_answer(
    addresses: list[str], port: int, path: Path | None
) -> socket.socket:
    """Do as `connected_socket` with a resolved host.

    Raises:
        Stop: this machine has no route to any address.
        OSError: the error of the first address tried.
    """
    timer.get().connects()
    return await race(addresses, lambda address: connect(address, port, path))


async def race(
    addresses: list[str], reach: Callable[[str], Coroutine[Any, Any, Way]]
) -> Way:
    """Return a way to the first address that is reached, see `connected_socket`."""
    if len(addresses) == 1:
        return await reach(addresses[0])
    waiting = deque(addresses)
    trying: set[asyncio.Task[Way]] = set()
    errors: list[BaseException] = []
    try:
        while waiting or trying:
            if waiting:
                trying.add(asyncio.create_task(reach(waiting.popleft())))
            done, _ = await asyncio.wait(
                trying,
                timeout=NEXT_ADDRESS_S if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in done:
                trying.remove(task)
                if (error := task.exception()) is None:
                    return task.result()
                errors.append(error)
    finally:
        for task in trying:
            task.cancel()
            task.add_done_callback(_discard)
    raise min(errors, key=lambda error: isinstance(error, Stop))


def _discard(task: "asyncio.Task[Way]") -> None:
    """Close a late connection."""
    if not task.cancelled() and task.exception() is None:
        task.result().close()


async def open_udp(host: str, port: int, path: Path | None) -> Datagrams:
    """Open a socket for datagrams to and from one host, or raise Stop.

    After a quarter of a second of silence the next address is asked too.
    """
    addresses = await resolve(host, path)
    return open_datagrams(addresses, port, path, NEXT_ADDRESS_S)
