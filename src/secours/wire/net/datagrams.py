"""Datagrams to one host, with the errors that the network sends back.

Source: RFC 768; RFC 1122 section 4.1.3.3 (ICMP errors reach the sender of a datagram).
"""

import asyncio
import socket
from collections import deque
from contextlib import suppress
from typing import Any

from secours.model.runs import Stop, timer
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
    """Datagrams to one host, whose next address is tried after a refusal or silence.

    All that are sent go to each address tried; the first that answers is used alone.
    They are read from the socket itself: a transport of asyncio costs as much again as
    the question and its answer.
    """

    def __init__(
        self, addresses: list[str], port: int, path: Path | None, next_s: float | None
    ) -> None:
        """Set the addresses, and the silence before the next; `open_datagrams` does."""
        self._addresses = deque(addresses)
        self._port = port
        self._path = path
        self._next_s = next_s
        self._inbox: asyncio.Queue[bytes | Exception] = asyncio.Queue(INBOX)
        self._sent: list[bytes] = []
        self._answered = False
        self._socks: list[socket.socket] = []
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> "Datagrams":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    @property
    def sockname(self) -> tuple[Any, ...]:
        """Return our own address and port."""
        name: tuple[Any, ...] = self._socks[0].getsockname()
        return name

    def send(self, message: bytes) -> None:
        """Send one datagram."""
        if not self._answered:
            self._sent.append(message)
        for sock in [*self._socks]:
            self._write(sock, message)

    async def receive(self) -> bytes:
        """Wait for the next datagram; raise OSError such as "port unreachable"."""
        item = await self._inbox.get()
        if isinstance(item, bytes):
            return item
        raise item

    def close(self) -> None:
        """Close the sockets; nothing is awaited."""
        if self._timer is not None:
            self._timer.cancel()
        while self._socks:
            self._drop(self._socks[-1])

    def connect(self) -> None:
        """Open a socket to the next address with a route, and send it what was sent."""
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
        self._socks.append(sock)
        self._loop.add_reader(sock, self._read, sock)
        if self._addresses and self._next_s is not None:
            self._timer = self._loop.call_later(self._next_s, self._try_next)
        for message in [*self._sent]:
            self._write(sock, message)

    def _try_next(self) -> bool:
        """Go on to the next address, unless one answered; tell whether there is one."""
        if self._answered or not self._addresses:
            return False
        if self._timer is not None:
            self._timer.cancel()
        with suppress(Stop, OSError):
            self.connect()
            return True
        return False

    def _drop(self, sock: socket.socket) -> None:
        self._loop.remove_reader(sock)  # before its number is another's
        self._socks.remove(sock)
        sock.close()

    def _write(self, sock: socket.socket, message: bytes) -> None:
        if sock not in self._socks:  # given up by an earlier one
            return
        try:
            with suppress(BlockingIOError):  # lost, as any may be; it is sent again
                sock.send(message)
        except OSError as error:
            self._refuse(sock, error)

    def _read(self, sock: socket.socket) -> None:
        """Read one datagram, and let others run before the next."""
        try:
            with suppress(BlockingIOError):
                self._keep(sock.recv(LONGEST_BYTES))
                self._answered = True
                for other in [each for each in self._socks if each is not sock]:
                    self._drop(other)
        except OSError as error:
            self._refuse(sock, error)

    def _refuse(self, sock: socket.socket, error: OSError) -> None:
        """Give an address up for another; of the last the error is kept."""
        drain_errors(sock)
        if not self._answered:
            self._drop(sock)
        if self._answered or not (self._try_next() or self._socks):
            self._keep(error)

    def _keep(self, item: bytes | Exception) -> None:
        """Keep it for `receive`, unless the inbox is full."""
        if not self._inbox.full():
            self._inbox.put_nowait(item)


def open_datagrams(
    addresses: list[str], port: int, path: Path | None, next_s: float | None = None
) -> Datagrams:
    """Open a UDP socket to the first address with a route, or raise Stop."""
    datagrams = Datagrams(addresses, port, path, next_s)
    timer.get().connects()
    datagrams.connect()
    return datagrams
