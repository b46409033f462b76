"""TLS to the hub before anything else: no byte of NATS goes to who is not it.

A NATS client asks a server, in clear, whether it wants TLS, and believes the answer:
whoever stands on the way says no. Here TLS begins with the first byte, and whoever
begins otherwise is refused.

Source: NATS documentation, "TLS", "TLS-first handshake".
"""

import asyncio
import ssl
from typing import Any
from urllib.parse import ParseResult

from nats.aio.transport import TcpTransport


class TlsFirst(TcpTransport):
    """Connects over TLS, whatever is said at the other end."""

    def __init__(self, context: ssl.SSLContext) -> None:
        """Verify who answers as a context says."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._context = context

    def __bool__(self) -> bool:
        """Be there before it is connected: the client makes one of its own else."""
        return True

    async def connect(
        self, uri: ParseResult, buffer_size: int, connect_timeout: int
    ) -> None:
        """Open a connection, and be sure of who is at its end.

        Raises:
            OSError: nobody is reached, or it is not the hub.

        """
        async with asyncio.timeout(connect_timeout):
            reader, writer = await asyncio.open_connection(
                uri.hostname, uri.port, limit=buffer_size, ssl=self._context
            )
        self._bare_io_reader = self._io_reader = reader
        self._bare_io_writer = self._io_writer = writer

    async def readline(self) -> bytes:
        """Read a line of the first talk.

        Raises:
            ConnectionResetError: there is none. Whose certificate is not let in learns
                it so, TLS being done on its side.

        """
        line: bytes = await super().readline()  # type: ignore[no-untyped-call]
        if not line:
            raise ConnectionResetError
        return line

    async def connect_tls(self, *_: Any) -> None:
        """Do nothing more."""


async def is_earlier_hub(host: str, port: int, context: ssl.SSLContext) -> bool:
    """Tell whether who answers in clear proves all the same to be the hub.

    A hub of an earlier version does, once it has said what it says in clear. Nothing is
    said to it but TLS.
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
