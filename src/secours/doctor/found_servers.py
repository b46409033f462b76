"""Servers that DNS names for a domain, and those of this machine; none is contacted.

Source: RFC 5321 section 5 (MX); RFC 2782 (SRV); RFC 6186 section 3 and RFC 8314 section
5 (mail); RFC 3263 section 4 (SIP); MS-OXDISCO section 3.1.5 (autodiscover);
proc_pid_net(5).
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from secours.config.sections.hosts import is_host
from secours.model.runs import Stop
from secours.outside_text import plain
from secours.wire.http import dns_transports
from secours.wire.net.resolver import system_resolvers

PATIENCE_S = 2.0
AUTODISCOVER = "autodiscover"
MX, CNAME, SRV = "MX", "CNAME", "SRV"
SERVICES = {  # names before the domain, and probe types; the surest of a type first
    ("_submissions._tcp.", SRV): "smtp",
    ("_submission._tcp.", SRV): "smtp",
    ("_imaps._tcp.", SRV): "imap",
    ("_sips._tcp.", SRV): "sip",
    ("_sip._udp.", SRV): "sip",
    ("", MX): MX,
    (f"{AUTODISCOVER}.", CNAME): AUTODISCOVER,
}
PROC = Path("/proc/net")
LISTENS, BOUND = "0A", "07"  # states of TCP and UDP sockets
PORTS = {25: "smtp", 587: "smtp", 993: "imap", 5060: "sip", 5061: "sip"}


class FoundServer(Struct, frozen=True, kw_only=True):
    """A server to offer to a person."""

    of: str  # the probe type, else MX or autodiscover
    host: str
    port: int | None = None
    by: str  # the record that names it, "" for this machine


def of_domain(domain: str) -> tuple[FoundServer, ...]:
    """Ask the system's first resolver; what is silent for 2 s names nothing."""
    return asyncio.run(_asked(domain))


async def _asked(domain: str) -> tuple[FoundServer, ...]:
    server = system_resolvers().servers[0]

    async def of(prefix: str, record: str) -> list[FoundServer]:
        with suppress(OSError, Stop):  # a TimeoutError too
            async with asyncio.timeout(PATIENCE_S):
                name = f"{prefix}{domain}"
                answer = await dns_transports.ask(name, record, server)
                return [*_named(prefix, record, answer.values)]
        return []

    answers = await asyncio.gather(*(of(*each) for each in SERVICES))
    return tuple(found for answer in answers for found in answer)


def _named(prefix: str, record: str, values: Iterable[str]) -> Iterator[FoundServer]:
    """Yield the best server of an answer; the host `.` says that there is none."""
    for value in sorted(values, key=_preference)[:1]:
        *before, host = value.split()
        host = plain(host.rstrip("."))
        port = before[-1] if record == SRV and before else ""
        if host and is_host(host):
            yield FoundServer(
                of=SERVICES[prefix, record],
                host=host,
                port=int(port) if port.isdecimal() else None,
                by=record if record == MX else f"{record} {prefix}".rstrip("."),
            )


def _preference(value: str) -> int:
    first = value.split()[0]
    return int(first) if first.isdecimal() else 0


def of_machine() -> tuple[FoundServer, ...]:
    """Return the servers that listen here, by their usual ports."""
    listening = dict[str, int]()
    for table, state in (("tcp", LISTENS), ("tcp6", LISTENS), ("udp", BOUND)):
        with suppress(OSError):
            for line in (PROC / table).read_text().splitlines()[1:]:
                _, local, _, now, *_ = line.split()
                port = int(local.rpartition(":")[2], 16)
                if now == state and port in PORTS:
                    listening.setdefault(PORTS[port], port)
    return tuple(
        FoundServer(of=of, host="localhost", port=port, by="")
        for of, port in listening.items()
    )
