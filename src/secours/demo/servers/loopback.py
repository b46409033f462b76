"""TCP ports and UDP sockets of 127.0.0.1, chosen by the system and reserved."""

import asyncio
import socket

from secours.demo.servers.faults import WHOLE, Fault, Faults

HOST = "127.0.0.1"


class Door:
    """TCP port that stays reserved while closed."""

    def __init__(self) -> None:
        """Take a free port. A bound socket that does not listen refuses callers."""
        self._keeper = _bound(0)
        self.port: int = self._keeper.getsockname()[1]

    @property
    def address(self) -> str:
        """Return `127.0.0.1:port`."""
        return f"{HOST}:{self.port}"

    def listener(self) -> socket.socket:
        """Return a second socket on the port, which may listen and be closed again."""
        return _bound(self.port)

    def close(self) -> None:
        """Release the port."""
        self._keeper.close()


def _bound(port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setblocking(False)
        sock.bind((HOST, port))
    except BaseException:
        sock.close()
        raise
    return sock


class UdpServer(asyncio.DatagramProtocol):
    """UDP server that answers each datagram by `reply`, or not at all."""

    def __init__(self) -> None:
        """Start closed, no faults."""
        self.faults = WHOLE
        self.address = ""
        self._transport: asyncio.DatagramTransport | None = None

    def reply(self, datagram: bytes, sender: tuple[str, int]) -> bytes | None:
        """Return the answer; None is silence."""
        raise NotImplementedError

    async def open(self) -> None:
        """Take a free port and answer on it."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: self, (HOST, 0)
        )
        self.address = "{}:{}".format(*self._transport.get_extra_info("sockname"))

    async def show(self, faults: Faults) -> None:
        """Answer from now on with these faults."""
        self.faults = faults

    async def close(self) -> None:
        """Release the port."""
        if self._transport is not None:
            self._transport.abort()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer, or do not."""
        answer = None if Fault.SILENCE in self.faults else self.reply(data, addr)
        if answer is not None and self._transport is not None:
            self._transport.sendto(answer, addr)
