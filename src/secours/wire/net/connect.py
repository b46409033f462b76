"""Sockets to an address over a path; `sockets` resolves names."""

import asyncio
import socket

from secours.model.runs import timer
from secours.model.sections.channel import Path
from secours.wire.net.bind import bound_socket, told_apart
from secours.wire.net.datagrams import Datagrams


async def connect(address: str, port: int, path: Path | None) -> socket.socket:
    """Return a connected, non-blocking TCP socket.

    Raises:
        Stop: this machine has no route to the address.
        OSError: refused, unreachable.
    """
    sock, target = bound_socket(address, port, socket.SOCK_STREAM, path)
    try:
        await asyncio.get_running_loop().sock_connect(sock, target)
    except OSError as error:
        sock.close()
        raise told_apart(error, address, path) from None
    except BaseException:
        sock.close()
        raise
    return sock


def open_datagrams(
    addresses: list[str], port: int, path: Path | None, next_s: float | None = None
) -> Datagrams:
    """Open a UDP socket to the first address with a route, or raise Stop."""
    datagrams = Datagrams(addresses, port, path, next_s)
    timer.get().connects()
    datagrams.connect()
    return datagrams
