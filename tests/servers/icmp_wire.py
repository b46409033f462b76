"""ICMP without the right to it: echoes travel inside datagrams to a peer of ours."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import icmplib
import pytest

ECHO_REPLY, UNREACHABLE = b"\x00\x00", b"\x03\x01"  # RFC 792: type and code


def reply(request: bytes) -> bytes:
    """Answer an echo request, RFC 792: same number, sequence and contents."""
    return ECHO_REPLY + request[2:]


def unreachable(request: bytes) -> bytes:
    """Say that the host cannot be reached, RFC 792: the request comes back inside."""
    return UNREACHABLE + bytes(6) + bytes(20) + request[:8]


def sequence(request: bytes) -> int:
    """Return the place of a request in its run."""
    return int.from_bytes(request[6:8], "big")


class Tunnel(socket.socket):
    """A datagram socket that sends all to ports on loopback, by the address asked for.

    As the kernel does for an ordinary user, it puts its own number into each packet.
    """

    ports: dict[str, int]

    def sendto(self, *args: Any) -> int:
        packet, (address, _) = args
        number = int(self.getsockname()[1]).to_bytes(2, "big")
        to = ("127.0.0.1", self.ports[address])
        return super().sendto(packet[:4] + number + packet[6:], to)


@contextmanager
def tunnelled(
    patch: pytest.MonkeyPatch, port: int, **others: int
) -> Iterator[list[Tunnel]]:
    """Let our packets go to a port on loopback, those for `others` to theirs.

    Yields the sockets that are opened meanwhile.
    """
    opened: list[Tunnel] = []

    def create(_: icmplib.ICMPv4Socket, kind: int) -> socket.socket:
        sock = Tunnel(socket.AF_INET, socket.SOCK_DGRAM)
        sock.ports = {"127.0.0.1": port, **others}
        sock.bind(("127.0.0.1", 0))
        opened.append(sock)
        return sock

    with patch.context() as patched:
        patched.setattr(icmplib.ICMPv4Socket, "_create_socket", create)
        yield opened
