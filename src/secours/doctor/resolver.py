"""Do the name servers of this machine answer?

They are asked for the name servers of the root, which any of them knows.

Source: resolv.conf(5); RFC 1035 section 4.1.
"""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import dns.message

from secours.doctor.finding import Case, MachineFinding, fine, mend
from secours.message import message
from secours.outside_text import plain

FILE = Path("/etc/resolv.conf")
LIMIT_S = 2.0
MOST = 3  # that the system asks
HEADER_BYTES = 12
SERVFAIL = 2


def look(_case: Case) -> Iterator[MachineFinding]:
    """Say which of them answer."""
    servers = named()
    if not servers:
        said = message("commands.doctor.resolver.none", file=str(FILE))
        yield mend("resolver", said, f"cat {FILE}")
        return
    with ThreadPoolExecutor(len(servers)) as pool:
        codes = list(pool.map(answer, servers))
    for server, code in zip(servers, codes, strict=True):
        yield _of_server(server, code)


def _of_server(server: str, code: int | None) -> MachineFinding:
    facts = {"server": plain(server)}
    if code is None:
        sentence = message("commands.doctor.resolver.silent", **facts)
    elif code == SERVFAIL:
        sentence = message("commands.doctor.resolver.failing", **facts)
    else:
        return fine("resolver", message("commands.doctor.resolver.answers", **facts))
    return mend("resolver", sentence, "ip route", f"cat {FILE}")


def named() -> list[str]:
    """Return the name servers of the system."""
    with suppress(OSError):
        lines = FILE.read_text("utf-8", "replace").splitlines()
        words = [line.split() for line in lines]
        return [w[1] for w in words if len(w) > 1 and w[0] == "nameserver"][:MOST]
    return []


def answer(server: str, port: int = 53) -> int | None:
    """Return the response code of a name server, None where it is silent."""
    question = dns.message.make_query(".", "NS").to_wire()
    with suppress(OSError):
        (family, kind, *_, target), *_ = socket.getaddrinfo(
            server, port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST
        )
        with socket.socket(family, kind) as sock:
            sock.settimeout(LIMIT_S)
            sock.connect(target)
            sock.send(question)
            reply = sock.recv(512)
        if len(reply) >= HEADER_BYTES and reply[:2] == question[:2]:
            return reply[3] & 15
    return None
