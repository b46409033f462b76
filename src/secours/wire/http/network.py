"""The connections of the HTTP client, opened by `wire.net.sockets` over a path.

The first bytes must look like HTTP: another protocol's greeting is an outcome at once,
though its peer may wait for ever after it. So is a server that speaks only HTTP/2,
however it refuses HTTP/1.1. Redirects from beyond to this machine or its link, where a
service may trust its neighbours, are refused.

Source: RFC 9112 section 2.3 (the version that an answer starts with); RFC 9113 sections
3.3 and 3.4 (HTTP/2 begins with SETTINGS); RFC 7301 section 3.2 (no protocol in common);
RFC 5735 section 3, RFC 4291 sections 2.5.2, 2.5.3, 2.5.5.2 and 2.5.6 (near addresses).
"""

import socket
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum, IntEnum
from ipaddress import ip_address
from typing import Any

from msgspec import Struct

from secours.model.observed import Evidence, Outcome, Reason, failed
from secours.model.runs import Stop
from secours.model.sections.channel import Path
from secours.outside_text import plain
from secours.wire.net import sockets
from secours.wire.net.tls import TlsOptions, certificate, client_context

PORTS = {"http": 80, "https": 443}  # RFC 9110 sections 4.2.1 and 4.2.2
START = b"HTTP/"
PIECE_BYTES = 1 << 13  # read at once: of more the head of an answer is never parsed
HEADER_BYTES = 9  # of a frame of HTTP/2, RFC 9113 section 4.1
SETTINGS = b"\x04\0\0\0\0\0"  # its type, flags and stream, RFC 9113 section 6.5
NO_PROTOCOL = "no application protocol"  # the alert of RFC 7301 section 3.2

Headers = list[tuple[bytes, bytes]]


class Distance(IntEnum):
    """Distance of an address."""

    HERE = 0
    LINK = 1
    BEYOND = 2


class Bounds:
    """Addresses allowed next: none nearer than the farthest that answered.

    It checks addresses, not names: the peer may own a name, and change its address.
    """

    def __init__(self, *, anywhere: bool = False) -> None:
        self._anywhere = anywhere
        self._nearest = Distance.HERE

    def answered(self, address: str) -> None:
        """Note an answer from this address."""
        self._nearest = max(self._nearest, distance(address))

    def check(self, *addresses: str) -> list[str]:
        """Return the addresses that a request may be sent to; raise Stop if none."""
        if self._anywhere:
            return list(addresses)
        allowed = [each for each in addresses if distance(each) >= self._nearest]
        if not allowed:
            problem = "redirect-inward"
            raise Stop(failed(Reason.STATUS, Evidence.SERVED, problem=problem))
        return allowed


def distance(address: str) -> Distance:
    """Return the distance of an address, in any notation."""
    try:
        ip = ip_address(address)
    except ValueError:
        return Distance.BEYOND
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if ip.is_loopback or ip.is_unspecified:  # to the latter connects to here
        return Distance.HERE
    return Distance.LINK if ip.is_link_local else Distance.BEYOND


class HttpRequest(Struct, frozen=True, kw_only=True):
    """Request over a connection."""

    method: bytes
    scheme: str
    host: str
    port: int | None
    target: bytes
    headers: Headers
    body: AsyncIterable[bytes]


class HttpAnswer(Struct, frozen=True, kw_only=True):
    """Start of an answer; the body is read as it comes."""

    status: int
    headers: Headers
    extensions: Mapping[str, Any]  # as httpx names them
    body: AsyncIterator[bytes]


class Version(Enum):
    """Version of HTTP: 1.1, 2, or the server's choice."""

    HTTP1 = "http/1.1"
    HTTP2 = "h2"
    EITHER = "either"


class OnlyHttp2(Exception):
    """A server that may speak only HTTP/2; else the outcome holds."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class NotHttp2(Exception):
    """A server that does not speak the HTTP/2 expected of it."""


class Network:
    """Source of the HTTP client's connections."""

    def __init__(self, path: Path | None, tls: TlsOptions, bounds: Bounds) -> None:
        self._path = path
        self._tls = tls
        self._bounds = bounds

    async def connect(self, request: HttpRequest, version: Version) -> "Connection":
        """Connect to the first address of a host that answers, for one request.

        Raises:
            OnlyHttp2: the server refuses clients without HTTP/2.
            NotHttp2: it does not speak it.
        """
        secure = request.scheme == "https"
        # A `ca` that cannot be read is found out also where nothing is encrypted yet.
        tls = self._context(version) if secure or self._tls.ca else None
        port = request.port or PORTS[request.scheme]
        found = await sockets.resolve(request.host, self._path)
        addresses = self._bounds.check(*found)
        sock = await sockets.first_to_answer(addresses, port, self._path)
        connection = Connection(sock, self._path, self._bounds)
        if tls is None or not secure:
            connection.speaks_http2 = version is Version.HTTP2  # as is known already
            return connection
        await connection.start_tls(tls, request.host)
        if version is Version.HTTP2 and not connection.speaks_http2:
            connection.close()
            raise NotHttp2
        return connection

    def _context(self, version: Version) -> ssl.SSLContext:
        known, new = Version.HTTP1.value, Version.HTTP2.value
        alpn = (known,) if version is Version.HTTP1 else (known, new)
        return client_context(ca=self._tls.ca, verify=self._tls.verify, alpn=alpn)


class Connection:
    """A connection whose streams are made at first use, when TLS is decided."""

    def __init__(self, sock: socket.socket, path: Path | None, bounds: Bounds) -> None:
        self.speaks_http2 = False
        self._sock: socket.socket | None = sock  # until streams are made of it
        self._address = _peer(sock)
        self._path = path
        self._bounds = bounds
        self._streams: sockets.Streams | None = None
        self._heard = b""

    @property
    def certificate(self) -> bytes | None:
        """Return the peer's certificate (DER), None without TLS."""
        return certificate(self._streams[1]) if self._streams else None

    async def start_tls(self, context: ssl.SSLContext, server_name: str) -> None:
        """Shake hands; raise OnlyHttp2 if the server refuses clients without HTTP/2."""
        try:
            await self._make(tls=context, server_name=server_name)
        except Stop as stop:
            if str(stop.outcome.facts.get("said", "")).endswith(NO_PROTOCOL):
                raise OnlyHttp2(stop.outcome) from None
            raise
        self.speaks_http2 = self._chosen() == Version.HTTP2.value

    async def read(self) -> bytes:
        """Read what came.

        Raises:
            OnlyHttp2: its words, or its silence, show that it speaks only that.
            Stop: it is no HTTP.
        """
        reader, _ = await self._open()
        with self._hanging_up():
            received = await reader.read(PIECE_BYTES)
        self._bounds.answered(self._address)
        if not self._heard and not self.speaks_http2:
            self._heard = received.lstrip(b"\r\n")
            self._look_at_first(received)
        return received

    async def write(self, buffer: bytes) -> None:
        """Write, and wait while there is too much to be sent."""
        _, writer = await self._open()
        with self._hanging_up():
            writer.write(buffer)
            await writer.drain()

    def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            sockets.hang_up(self._streams[1])
        elif self._sock is not None:
            self._sock.close()

    def _look_at_first(self, received: bytes) -> None:
        """Check the first bytes: a peer without HTTP may stay silent after them."""
        if not received and self._may_be_turned_away:
            raise OnlyHttp2(no_http(problem="connection-closed"))
        if received[3:HEADER_BYTES] == SETTINGS:
            raise OnlyHttp2(no_http(said=plain(received)))
        if not self._heard.startswith(START[: len(self._heard)]):
            raise Stop(no_http(said=plain(received)))

    @contextmanager
    def _hanging_up(self) -> Iterator[None]:
        """Interpret a hang-up before its first word."""
        try:
            yield
        except ConnectionError:
            if self._heard or not self._may_be_turned_away:
                raise
            raise OnlyHttp2(no_http(problem="connection-closed")) from None

    @property
    def _may_be_turned_away(self) -> bool:
        """Tell whether the server accepted no protocol offered inside TLS."""
        return self._inside_tls is not None and not self._chosen()

    @property
    def _inside_tls(self) -> ssl.SSLObject | None:
        return self._streams and self._streams[1].get_extra_info("ssl_object")

    def _chosen(self) -> str | None:
        """Return the protocol chosen inside TLS, if any."""
        spoken = self._inside_tls
        return spoken.selected_alpn_protocol() if spoken else None

    async def _open(self) -> sockets.Streams:
        return self._streams or await self._make()

    async def _make(self, **options: Any) -> sockets.Streams:
        assert self._sock is not None, "after a failure nothing more is asked for"
        sock, self._sock = self._sock, None
        self._streams = await sockets.streams(sock, self._path, **options)
        return self._streams


def _peer(sock: socket.socket) -> str:
    """Return the address of a socket's peer, "" after a hang-up."""
    try:
        return str(sock.getpeername()[0])
    except OSError:
        return ""


def no_http(**facts: str) -> Outcome:
    """Return that the peer speaks no HTTP."""
    return failed(Reason.PROTOCOL, Evidence.REACHED, **facts)
