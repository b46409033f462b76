"""TLS to the hub before anything else: no byte of NATS goes to another peer.

A NATS client asks a server, in clear, whether it wants TLS, and believes the answer: an
attacker on the way says no. Here TLS starts with the first byte, and a peer that starts
otherwise is refused.

Source: NATS documentation, "TLS", "TLS-first handshake".
"""

import asyncio
import ssl
from typing import Any
from urllib.parse import ParseResult

from nats.aio.transport import TcpTransport


class TlsFirst(TcpTransport):
    """Transport over TLS, whatever the other end says."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._context = context

    def __bool__(self) -> bool:
        """Count as present before the connection: else the client makes its own."""
        return True

    async def connect(
        self, uri: ParseResult, buffer_size: int, connect_timeout: int
    ) -> None:
        """Open a connection, and verify the peer; raise OSError if not the hub."""
        async with asyncio.timeout(connect_timeout):
            reader, writer = await asyncio.open_connection(
                uri.hostname, uri.port, limit=buffer_size, ssl=self._context
            )
        self._bare_io_reader = self._io_reader = reader
        self._bare_io_writer = self._io_writer = writer

    async def readline(self) -> bytes:
        """Read a line of the handshake.

        Raises:
            ConnectionResetError: there is none; so a client learns that its
                certificate is refused, TLS being done on its side.
        """
        line: bytes = await super().readline()  # type: ignore[no-untyped-call]
        if not line:
            raise ConnectionResetError
        return line

    async def connect_tls(self, *_: Any) -> None:
        """Do nothing more."""


async def is_earlier_hub(host: str, port: int, context: ssl.SSLContext) -> bool:
    """Tell whether a peer that answers in clear still proves to be the hub.

    A hub of an earlier version does, after its words in clear. Only TLS is sent to it.
    """
    try:
        reader, writer = await asyncio.open_connection(host, port)
        try:
            await reader.readline()
            await writer.start_tls(context, server_hostname=host)
        finally:
            writer.transport.abort()
    except (OSError, ValueError):  # ValueError: a line without end
        return False
    return True
