"""Socket of a server: opened here, or passed by its holder.

The holder is not the server itself, so that nobody else has the port while that
restarts; new connections wait meanwhile.

Source: sd_listen_fds(3); RFC 6761 section 6.3 (localhost).
"""

import errno
import os
import socket
from collections.abc import Collection

from secours.wire.net.addresses import is_loopback

FIRST = 3  # of the open files that systemd passes
PID, COUNT, NAMES = "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"
BACKLOG = 256
LOCALHOST = ("127.0.0.1", "::1")  # where a browser looks for that name
NO_IPV6 = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)  # nobody can have it either
COVERED: dict[str, Collection[str]] = {"0.0.0.0": LOCALHOST[:1], "::": LOCALHOST}


def listen(address: str, port: int) -> socket.socket:
    """Open the socket of a server; port 0 is any free one.

    `localhost` is one address: links that name it lead to whoever has the other.

    Raises:
        OSError: it cannot be had.
    """
    family, *_, target = socket.getaddrinfo(
        numeric(address), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    both = family == socket.AF_INET6 and socket.has_dualstack_ipv6()
    return socket.create_server(
        target[:2], family=family, backlog=BACKLOG, dualstack_ipv6=both
    )


def numeric(address: str) -> str:
    """Return an address by which nobody is led to another one."""
    return LOCALHOST[0] if address.lower().rstrip(".") == "localhost" else address


def rest_of_localhost(addresses: Collection[str]) -> list[str]:
    """Return where else `localhost` leads than to these addresses of a server.

    Nobody goes by it to one that listens beyond this machine alone.
    """
    if not any(is_loopback(each) or each in COVERED for each in addresses):
        return []
    covered = set(addresses).union(*(COVERED.get(each, ()) for each in addresses))
    return [each for each in LOCALHOST if each not in covered]


def passed() -> list[socket.socket]:
    """Return the sockets passed to this process, once: no child has them."""
    ours = os.environ.pop(PID, "") == str(os.getpid())
    count = os.environ.pop(COUNT, "")
    os.environ.pop(NAMES, None)
    if not ours or not count.isdecimal():
        return []
    found = [socket.socket(fileno=FIRST + number) for number in range(int(count))]
    for each in found:
        each.set_inheritable(False)
    return found
