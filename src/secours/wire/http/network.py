"""The connections of the HTTP client, opened by `wire.net.sockets` over a path.

What comes back first has to look like HTTP: another protocol's greeting is told at
once, though its peer may wait for ever after it. A server that speaks nothing but
HTTP/2 is told as well, whichever way it turns HTTP/1.1 away. An answer from afar leads
nobody back to this machine or its link, where a service may believe what is near.

Source: RFC 9112 section 2.3 (the version that an answer starts with); RFC 9113 sections
3.3 and 3.4 (HTTP/2 begins with SETTINGS); RFC 7301 section 3.2 (no protocol in common).
"""

import socket
import ssl
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Any

# httpcore would import HTTP/2 at once (8 ms). Where a server speaks it, it tries again.
sys.modules.setdefault("h2", None)  # type: ignore[arg-type] # as Python allows
# It would look on the disk seven times a request for a package that tells asyncio from
# trio (1 ms), and without it takes asyncio.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type] # likewise

import httpcore  # noqa: E402 -- after the line above

if sys.modules["h2"] is None:
    del sys.modules["h2"]

from secours.model.observed import Evidence, Outcome, Reason, failed  # noqa: E402
from secours.model.plan import Path  # noqa: E402
from secours.model.runs import Stop  # noqa: E402
from secours.outside_text import plain  # noqa: E402
from secours.wire.net import sockets  # noqa: E402
from secours.wire.net.addresses import Distance, distance  # noqa: E402

START = b"HTTP/"
PIECE_BYTES = 1 << 13  # read at once: of more the head of an answer is never parsed
HEADER_BYTES = 9  # of a frame of HTTP/2, RFC 9113 section 4.1
SETTINGS = b"\x04\0\0\0\0\0"  # its type, flags and stream, RFC 9113 section 6.5
NO_PROTOCOL = "no application protocol"  # the alert of RFC 7301 section 3.2
NO_ANSWER = "Server disconnected without sending a response."  # as httpcore says it


class Version(Enum):
    """What is spoken: the old HTTP, the new one, or whichever the server chooses."""

    HTTP1 = "http/1.1"
    HTTP2 = "h2"
    EITHER = "either"


class OnlyHttp2(Exception):
    """A server that may speak nothing but HTTP/2, or else is what the outcome says."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class NotHttp2(Exception):
    """A server that was to speak HTTP/2, and does not."""


class Bounds:
    """Where requests may go: no nearer than the farthest answer came from.

    It looks at addresses, not at names: whoever answers may own a name, and change
    what it resolves to.
    """

    def __init__(self, *, anywhere: bool = False) -> None:
        self._anywhere = anywhere
        self._nearest = Distance.HERE

    def answered(self, address: str) -> None:
        """Note that an answer came from this address."""
        self._nearest = max(self._nearest, distance(address))

    def check(self, *addresses: str) -> list[str]:
        """Return those of the addresses that a request may be sent to.

        Raises:
            Stop: none of them.

        """
        if self._anywhere:
            return list(addresses)
        allowed = [each for each in addresses if distance(each) >= self._nearest]
        if not allowed:
            problem = "redirect-inward"
            raise Stop(failed(Reason.STATUS, Evidence.SERVED, problem=problem))
        return allowed


class Network(httpcore.AsyncNetworkBackend):
    """Where the HTTP client gets its connections from."""

    def __init__(self, path: Path | None, version: Version, bounds: Bounds) -> None:
        self._path = path
        self.version = version
        self.bounds = bounds
        self.speaks_http2 = version is Version.HTTP2

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 -- the interface is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of a host that answers."""
        addresses = self.bounds.check(*await sockets.resolve(host, self._path))
        sock = await sockets.first_to_answer(addresses, port, self._path)
        return _Connection(sock, self._path, self)


class _Connection(httpcore.AsyncNetworkStream):
    """A connection whose streams are made at first use, when TLS is decided."""

    def __init__(
        self, sock: socket.socket, path: Path | None, network: Network
    ) -> None:
        self._sock: socket.socket | None = sock  # until streams are made of it
        self._address = _peer(sock)
        self._path = path
        self._network = network
        self._streams: sockets.Streams | None = None
        self._heard = b""

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 -- the interface is httpcore's
    ) -> httpcore.AsyncNetworkStream:
        """Shake hands.

        Raises:
            OnlyHttp2: the server turns away whoever does not offer HTTP/2.
            NotHttp2: it does not take what was asked of it.

        """
        try:
            await self._make(tls=ssl_context, server_name=server_hostname or "")
        except Stop as stop:
            if str(stop.outcome.facts.get("said", "")).endswith(NO_PROTOCOL):
                raise OnlyHttp2(stop.outcome) from None
            raise
        chosen = self._chosen()
        if self._network.version is Version.HTTP2 and chosen != Version.HTTP2.value:
            await self.aclose()
            raise NotHttp2
        self._network.speaks_http2 |= chosen == Version.HTTP2.value
        return self

    async def read(
        self,
        max_bytes: int,
        timeout: float | None = None,  # noqa: ASYNC109 -- the interface is httpcore's
    ) -> bytes:
        """Read what came.

        Raises:
            OnlyHttp2: it shows, or the silence lets suspect, that this is all there is.
            Stop: it is no HTTP.

        """
        reader, _ = await self._open()
        with self._hanging_up():
            received = await reader.read(min(max_bytes, PIECE_BYTES))
        self._network.bounds.answered(self._address)
        if not self._heard and not self._network.speaks_http2:
            self._heard = received.lstrip(b"\r\n")
            self._look_at_first(received)
        return received

    def _look_at_first(self, received: bytes) -> None:
        """Look at the first words: what is no HTTP may stay silent after them."""
        if not received and self._may_be_turned_away:
            raise OnlyHttp2(no_http(problem="connection-closed"))
        if received[3:HEADER_BYTES] == SETTINGS:
            raise OnlyHttp2(no_http(said=plain(received)))
        if not self._heard.startswith(START[: len(self._heard)]):
            raise Stop(no_http(said=plain(received)))

    async def write(
        self,
        buffer: bytes,
        timeout: float | None = None,  # noqa: ASYNC109 -- the interface is httpcore's
    ) -> None:
        """Write; a connection that was kept may have come to be too near.

        Raises:
            Stop: it has.

        """
        self._network.bounds.check(self._address)
        _, writer = await self._open()
        with self._hanging_up():
            writer.write(buffer)
            await writer.drain()

    async def aclose(self) -> None:
        if self._streams is not None:
            sockets.hang_up(self._streams[1])
        elif self._sock is not None:
            self._sock.close()

    def get_extra_info(self, info: str) -> Any:
        return self._streams and self._streams[1].get_extra_info(info)

    @contextmanager
    def _hanging_up(self) -> Iterator[None]:
        """Ask why it hangs up before its first word."""
        try:
            yield
        except ConnectionError:
            if self._heard or not self._may_be_turned_away:
                raise
            raise OnlyHttp2(no_http(problem="connection-closed")) from None

    @property
    def _may_be_turned_away(self) -> bool:
        """Tell whether the server took none of what was offered inside TLS."""
        return bool(self.get_extra_info("ssl_object")) and not self._chosen()

    def _chosen(self) -> str | None:
        """Return the protocol that the server chose inside TLS, if it chose any."""
        spoken: ssl.SSLObject | None = self.get_extra_info("ssl_object")
        return spoken.selected_alpn_protocol() if spoken else None

    async def _open(self) -> sockets.Streams:
        return self._streams or await self._make()

    async def _make(self, **options: Any) -> sockets.Streams:
        assert self._sock is not None, "after a failure httpcore asks for nothing more"
        sock, self._sock = self._sock, None
        self._streams = await sockets.streams(sock, self._path, **options)
        return self._streams


def _peer(sock: socket.socket) -> str:
    """Return whom a socket is connected to, "" where it has hung up already."""
    try:
        return str(sock.getpeername()[0])
    except OSError:
        return ""


def no_http(**facts: str) -> Outcome:
    """Say of what answers that it is no HTTP."""
    return failed(Reason.PROTOCOL, Evidence.REACHED, **facts)
