"""DNS: does a server answer a question, and rightly?

A pass shows that the server has such a record; unless `expect` says which one is right
it does not show that the answer is true. Over UDP, TCP, TLS or HTTPS.

Source: RFC 1035 section 4.2; RFC 7858; RFC 8484.
"""

from contextlib import suppress
from ipaddress import ip_address
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from secours.model.observed import Evidence, Outcome, Reason, failed, ok
from secours.model.sections.channel import Path
from secours.outside_text import plain
from secours.wire.http import dns_transports
from secours.wire.net.resolver import no_record, system_resolvers
from secours.wire.option_checks import host_port

BEST = Evidence.SERVED

Address = Literal["A", "AAAA", "HTTPS", "SVCB"]
Name = Literal["CNAME", "MX", "NAPTR", "NS", "PTR", "SOA", "SRV"]
Other = Literal["CAA", "DNSKEY", "DS", "TLSA", "TXT"]
Record = Literal[Address, Name, Other]


class Settings(Struct, frozen=True, kw_only=True):
    """Question, server, and the right answers."""

    name: str
    """Domain name to ask for."""
    server: str | None = None
    """Server to ask, HOST or HOST:PORT; without it the system's first resolver."""
    record: Record = "A"
    """Type of the record to ask for."""
    expect: str | tuple[str, ...] | None = None
    """Values of which one has to be in the answer."""
    transport: Literal["udp", "tcp", "tls", "https"] = "udp"
    """Transport of the question."""

    def __post_init__(self) -> None:
        if self.server is not None:
            host_port(self.server)


async def probe(settings: Settings, path: Path | None) -> Outcome:
    """Ask the server; raise OSError if it refuses, resets or cannot be reached."""
    server, port = host_port(settings.server or system_resolvers(path).servers[0])
    answer = await dns_transports.ask(
        settings.name,
        settings.record,
        server,
        port=port,
        transport=settings.transport,
        path=path,
    )
    if answer.rcode_word != "NOERROR" or not answer.values:
        outcome = no_record(settings.name, answer.rcode_word)
        return replace(outcome, evidence=Evidence.SERVED)
    return _judge(settings, answer.values)


def _judge(settings: Settings, values: tuple[str, ...]) -> Outcome:
    expect = settings.expect
    if expect is None:
        return ok(Evidence.SERVED)
    expected = (expect,) if isinstance(expect, str) else expect
    names = () if settings.record == "TXT" else [v.split(" ")[-1] for v in values]
    if set(map(_same, expected)) & set(map(_same, (*values, *names))):
        return ok(Evidence.SERVED)
    return failed(
        Reason.CONTENT,
        Evidence.SERVED,
        what=plain(", ".join(expected)),
        said=plain(", ".join(sorted(values))),
    )


def _same(value: str) -> str:
    """Normalise answers: addresses by value, names in ASCII without case and dot."""
    with suppress(ValueError):
        return str(ip_address(value))
    with suppress(UnicodeError):  # of a text, or no name: RFC 3490 section 4
        value = value.encode("idna").decode()
    return value.rstrip(".").lower()
