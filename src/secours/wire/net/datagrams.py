"""Datagrams to one host, with the errors that the network sends back.

Source: RFC 768; RFC 1122 section 4.1.3.3 (ICMP errors reach the sender of a datagram).
"""

import asyncio
import socket
from collections import deque
from contextlib import suppress
from typing import Any

from secours.model.runs import Stop
from secours.model.sections.channel import Path
from secours.wire.net.bind import (
    Target,
    bound_socket,
    drain_errors,
    report_errors,
    told_apart,
)

LONGEST_BYTES = 1 << 16
INBOX = 256  # datagrams kept for the probe; a flood beyond that is dropped


class Datagrams:
    """Datagrams to one host. Where its address refuses them, the next is tried.

    They are read from the socket itself: a transport of asyncio costs as much again as
    the question and its answer.
    """

    def __init__(self, addresses: list[str], port: int, path: Path | None) -> None:
        """Set the addresses; `connect` opens the socket."""
        self._addresses = deque(addresses)
        self._port = port
        self._path = path
        self._inbox: asyncio.Queue[bytes | Exception] = asyncio.Queue(INBOX)
        self._sent: list[bytes] = []
        self._answered = False
        self._sock: socket.socket | None = None
        self._loop = asyncio.get_running_loop()

    async def __aenter__(self) -> "Datagrams":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    @property
    def sockname(self) -> tuple[Any, ...]:
        """Return our own address and port."""
        name: tuple[Any, ...] = self._open.getsockname()
        return name

    @property
    def peername(self) -> tuple[Any, ...]:
        """Return the address and port that datagrams go to."""
        name: tuple[Any, ...] = self._open.getpeername()
        return name

    def send(self, message: bytes) -> None:
        """Send one datagram."""
        if not self._answered:
            self._sent.append(message)
        self._write(message)

    async def receive(self) -> bytes:
        """Wait for the next datagram; raise OSError such as "port unreachable"."""
        while True:
            item = await self._inbox.get()
            if isinstance(item, bytes):
                self._answered = True
                return item
            if self._answered or not self._addresses:
                raise item
            self._try_next(item)

    def close(self) -> None:
        """Close the socket; nothing is awaited."""
        if self._sock is not None and self._sock.fileno() >= 0:
            self._loop.remove_reader(self._sock)  # before its number is another's
            self._sock.close()

    def connect(self) -> None:
        """Open the socket to the first address with a route."""
        stop: Exception | None = None
        while self._addresses:
            address = self._addresses.popleft()
            try:
                sock, target = bound_socket(
                    address, self._port, socket.SOCK_DGRAM, self._path
                )
                self._use(sock, target)
            except OSError as error:
                stop = told_apart(error, address, self._path)
            except Stop as error:
                stop = error
            else:
                return
        assert stop is not None, "resolve gives at least one address"
        raise stop

    def _use(self, sock: socket.socket, target: Target) -> None:
        try:
            report_errors(sock)
            sock.connect(target)
        except BaseException:
            sock.close()
            raise
        self._sock = sock
        self._loop.add_reader(sock, self._read)

    def _try_next(self, refused: Exception) -> None:
        """Send a refused datagram again, to the next address."""
        self.close()
        try:
            self.connect()
        except Stop:
            raise refused from None
        for message in self._sent:
            self._write(message)

    def _write(self, message: bytes) -> None:
        try:
            with suppress(BlockingIOError):  # lost, as any may be; it is sent again
                self._open.send(message)
        except OSError as error:
            self._refuse(error)

    @property
    def _open(self) -> socket.socket:
        assert self._sock is not None
        return self._sock

    def _read(self) -> None:
        """Read one datagram, and let others run before the next."""
        try:
            with suppress(BlockingIOError):
                self._keep(self._open.recv(LONGEST_BYTES))
        except OSError as error:
            self._refuse(error)

    def _refuse(self, error: OSError) -> None:
        drain_errors(self._open)
        self._keep(error)

    def _keep(self, item: bytes | Exception) -> None:
        """Keep it for `receive`, unless the inbox is full."""
        if not self._inbox.full():
            self._inbox.put_nowait(item)
