"""The connections of the HTTP client, opened by `wire.sockets` over a path.

What comes back first has to look like HTTP: another protocol's greeting is told at
once, though its peer may wait for ever after it.

Source: RFC 9112 section 2.3 (the version that an answer starts with).
"""

import socket
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore

from secours.model import Evidence, Path, Reason, Stop, failed
from secours.wire import sockets
from secours.wire.words import plain

START = b"HTTP/"
PIECE_BYTES = 1 << 13  # read at once: of more the head of an answer is never parsed


class Network(httpcore.AsyncNetworkBackend):
    """Where the HTTP client gets its connections from."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 -- the interface is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of a host that answers."""
        sock = await sockets.connected_socket(host, port, self._path)
        return _Connection(sock, self._path)


class _Connection(httpcore.AsyncNetworkStream):
    """A connection whose streams are made at first use, when TLS is decided."""

    def __init__(self, sock: socket.socket, path: Path | None) -> None:
        self._sock: socket.socket | None = sock  # until streams are made of it
        self._path = path
        self._streams: sockets.Streams | None = None
        self._heard = b""

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 -- the interface is httpcore's
    ) -> httpcore.AsyncNetworkStream:
        await self._make(tls=ssl_context, server_name=server_hostname or "")
        return self

    async def read(
        self,
        max_bytes: int,
        timeout: float | None = None,  # noqa: ASYNC109 -- the interface is httpcore's
    ) -> bytes:
        reader, _ = await self._open()
        received = await reader.read(min(max_bytes, PIECE_BYTES))
        if not self._heard:  # what is no HTTP may stay silent after its first words
            self._heard = received.lstrip(b"\r\n")
            if not self._heard.startswith(START[: len(self._heard)]):
                said = plain(received)
                raise Stop(failed(Reason.PROTOCOL, Evidence.REACHED, said=said))
        return received

    async def write(
        self,
        buffer: bytes,
        timeout: float | None = None,  # noqa: ASYNC109 -- the interface is httpcore's
    ) -> None:
        _, writer = await self._open()
        writer.write(buffer)
        await writer.drain()

    async def aclose(self) -> None:
        if self._streams is not None:
            sockets.hang_up(self._streams[1])
        elif self._sock is not None:
            self._sock.close()

    def get_extra_info(self, info: str) -> Any:
        return self._streams and self._streams[1].get_extra_info(info)

    async def _open(self) -> sockets.Streams:
        return self._streams or await self._make()

    async def _make(self, **options: Any) -> sockets.Streams:
        assert self._sock is not None, "after a failure httpcore asks for nothing more"
        sock, self._sock = self._sock, None
        self._streams = await sockets.streams(sock, self._path, **options)
        return self._streams
