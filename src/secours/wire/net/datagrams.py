"""Datagrams to one host, with the errors that the network sends back.

Source: RFC 768; RFC 1122 section 4.1.3.3 (ICMP errors reach the sender of a datagram).
"""

import asyncio
import socket
from collections import deque
from contextlib import suppress
from typing import Any

from secours.model.plan import Path
from secours.model.runs import Stop
from secours.wire.net.bind import (
    Target,
    bound_socket,
    drain_errors,
    report_errors,
    told_apart,
)

INBOX = 256  # datagrams kept for the probe; a flood beyond that is dropped


class Datagrams(asyncio.DatagramProtocol):
    """Datagrams to one host. Where its address refuses them, the next is tried."""

    def __init__(self, addresses: list[str], port: int, path: Path | None) -> None:
        """Hold where to send; `connect` opens the socket."""
        self._addresses = deque(addresses)
        self._port = port
        self._path = path
        self._inbox: asyncio.Queue[bytes | Exception] = asyncio.Queue(INBOX)
        self._sent: list[bytes] = []
        self._answered = False
        self._sock: socket.socket | None = None
        self._transport: asyncio.DatagramTransport | None = None

    async def __aenter__(self) -> "Datagrams":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    @property
    def sockname(self) -> tuple[Any, ...]:
        """Return our own address and port."""
        name: tuple[Any, ...] = self._open.get_extra_info("sockname")
        return name

    @property
    def peername(self) -> tuple[Any, ...]:
        """Return the address and port that datagrams go to."""
        name: tuple[Any, ...] = self._open.get_extra_info("peername")
        return name

    def send(self, message: bytes) -> None:
        """Send one datagram."""
        if not self._answered:
            self._sent.append(message)
        self._write(message)

    async def receive(self) -> bytes:
        """Wait for the next datagram.

        Raises:
            OSError: the network sent an error back, such as "port unreachable".

        """
        while True:
            item = await self._inbox.get()
            if isinstance(item, bytes):
                self._answered = True
                return item
            if self._answered or not self._addresses:
                raise item
            await self._try_next(item)

    def close(self) -> None:
        """Close the socket; nothing is awaited."""
        if self._transport is not None:
            self._transport.abort()

    async def connect(self) -> None:
        """Open the socket to the first address that this machine knows a way to."""
        stop: Exception | None = None
        while self._addresses:
            address = self._addresses.popleft()
            try:
                sock, target = bound_socket(
                    address, self._port, socket.SOCK_DGRAM, self._path
                )
                self._transport = await self._endpoint(sock, target)
            except OSError as error:
                stop = told_apart(error, address, self._path)
            except Stop as error:
                stop = error
            else:
                self._sock = sock
                return
        assert stop is not None, "resolve gives at least one address"
        raise stop

    async def _endpoint(
        self, sock: socket.socket, target: Target
    ) -> asyncio.DatagramTransport:
        try:
            report_errors(sock)
            sock.connect(target)
        except BaseException:
            sock.close()
            raise
        loop = asyncio.get_running_loop()  # from here on the transport closes it
        transport, _ = await loop.create_datagram_endpoint(lambda: self, sock=sock)
        return transport

    async def _try_next(self, refused: Exception) -> None:
        """Send again, to the next address, what this one refused."""
        self.close()
        try:
            await self.connect()
        except Stop:
            raise refused from None
        for message in self._sent:
            self._write(message)

    def _write(self, message: bytes) -> None:
        """Send at once: asyncio's own way drops a datagram that is empty."""
        assert self._sock is not None
        try:
            with suppress(BlockingIOError):  # lost, as any may be; it is sent again
                self._sock.send(message)
        except OSError as error:
            self.error_received(error)

    @property
    def _open(self) -> asyncio.DatagramTransport:
        assert self._transport is not None
        return self._transport

    def datagram_received(self, data: bytes, addr: object) -> None:
        """Keep it for `receive`, unless there are too many."""
        if not self._inbox.full():
            self._inbox.put_nowait(data)

    def error_received(self, exc: Exception) -> None:
        """Keep the error for `receive`."""
        if self._sock is not None:
            drain_errors(self._sock)
        if not self._inbox.full():
            self._inbox.put_nowait(exc)
