"""Connection to an exchange, over the first of its addresses that answers.

A request over UDP goes to one address alone: of two at once, each would ring. So where
a host has several, each is asked for OPTIONS before, the next one beside a silent one.

Source: RFC 3263 section 4.3 (the next address after silence or a 503); RFC 3261
sections 8.1.1 (headers) and 11.1 (Accept).
"""

import asyncio
import secrets
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from secours.model.runs import Stop
from secours.model.sections.channel import Path
from secours.wire.net import sockets
from secours.wire.sip.messages import Request, Transport, host_in_uri
from secours.wire.sip.peer import Peer

ANSWER_S = 3.0  # for one of several addresses; who answers no OPTIONS is asked anyway
OUT_OF_SERVICE = 503


def options(peer: Peer, domain: str, user: str = "") -> Request:
    """Return the request that asks whether a domain, or a user there, is served."""
    by = "" if peer.transport == "udp" else f";transport={peer.transport}"
    whom = f"{user}@{domain}" if user else domain
    return Request(
        method="OPTIONS",
        uri=f"sip:{whom}{by}",
        call_id=secrets.token_hex(12),
        number=1,
        headers=(
            ("From", f"<sip:secours@{peer.here}>;tag={secrets.token_hex(4)}"),
            ("To", f"<sip:{whom}>"),
            ("Contact", peer.contact("secours")),
            ("Accept", "application/sdp"),
        ),
    )


@asynccontextmanager
async def open_peer(
    host: str,
    port: int,
    transport: Transport,
    path: Path | None,
    *,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Peer]:
    """Open a connection to an exchange, and close it at the end.

    Raises:
        Stop: the name does not resolve, no way out, or TLS failed.
        OSError: refused, unreachable, reset.
    """
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        if transport == "udp":
            datagrams = await enter(await _datagrams(host, port, path))
            peer = Peer(transport, datagrams, datagrams.sockname)
        else:
            secured = {"tls": tls} if transport == "tls" else {}
            streams = await enter(sockets.connection(host, port, path, **secured))
            peer = Peer(transport, streams, streams[1].get_extra_info("sockname"))
        yield await enter(_heard(peer))


@asynccontextmanager
async def _heard(peer: Peer) -> AsyncIterator[Peer]:
    """Read what comes while the block lasts."""
    listening = asyncio.create_task(peer.listen())
    try:
        yield peer
    finally:
        peer.broken = peer.broken or EOFError()  # nothing is sent from now on
        listening.cancel()


async def _datagrams(host: str, port: int, path: Path | None) -> sockets.Datagrams:
    """Open datagrams to the first address that answers, or else to the first."""
    addresses = await sockets.resolve(host, path)

    async def reach(address: str) -> sockets.Datagrams:
        way = sockets.open_datagrams([address], port, path)
        try:
            async with _heard(Peer("udp", way, way.sockname)) as peer:
                asked = options(peer, f"{host_in_uri(host)}:{port}")
                answer = await peer.send(asked).next()
        except BaseException:
            way.close()
            raise
        if answer.code == OUT_OF_SERVICE:
            way.close()
            raise EOFError
        return way

    if len(addresses) > 1:
        with suppress(TimeoutError, OSError, EOFError, Stop):
            async with asyncio.timeout(ANSWER_S):
                return await sockets.race(addresses, reach)
    return sockets.open_datagrams(addresses, port, path)
