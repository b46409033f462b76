"""Socket of a server: opened here, or passed by its holder.

The holder is not the server itself, so that nobody else has the port while that
restarts; new connections wait meanwhile.

Source: sd_listen_fds(3).
"""

import os
import socket

FIRST = 3  # of the open files that systemd passes
PID, COUNT, NAMES = "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"
BACKLOG = 256


def listen(address: str, port: int) -> socket.socket:
    """Open the socket of a server; port 0 is any free one.

    Raises:
        OSError: it cannot be had.

    """
    family, *_, target = socket.getaddrinfo(
        address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    both = family == socket.AF_INET6 and socket.has_dualstack_ipv6()
    return socket.create_server(
        target[:2], family=family, backlog=BACKLOG, dualstack_ipv6=both
    )


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
