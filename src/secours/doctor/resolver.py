"""Do the name servers of this machine answer?

They are asked for the name servers of the root, which any of them knows.

Source: resolv.conf(5); RFC 1035 section 4.1.
"""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import dns.message

from secours.doctor.finding import Case, MachineFinding, fine, mend
from secours.message import message
from secours.outside_text import plain
from secours.wire.net.resolver import RESOLV_CONF, system_resolvers

LIMIT_S = 2.0
MOST = 3  # that the system asks
HEADER_BYTES = 12
ANSWERED = (0, 3)  # NOERROR, NXDOMAIN; dnsmasq without an upstream says REFUSED


def look(_case: Case) -> Iterator[MachineFinding]:
    """Say which of them answer."""
    servers = system_resolvers().servers[:MOST]
    with ThreadPoolExecutor(len(servers)) as pool:
        codes = list(pool.map(answer, servers))
    for server, code in zip(servers, codes, strict=True):
        yield _of_server(server, code)


def _of_server(server: str, code: int | None) -> MachineFinding:
    facts = {"server": plain(server)}
    if code is None:
        sentence = message("commands.doctor.resolver.silent", **facts)
    elif code in ANSWERED:
        return fine("resolver", message("commands.doctor.resolver.answers", **facts))
    else:
        sentence = message("commands.doctor.resolver.failing", **facts)
    return mend("resolver", sentence, "ip route", f"cat {RESOLV_CONF}")


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
