"""One DNS question to one server over a path: UDP, TCP, TLS or HTTPS.

Source: RFC 1035 sections 4.1 (message) and 4.2 (UDP and TCP); RFC 7766 section 5;
RFC 7858 section 3 (TLS); RFC 8484 section 4.1 (HTTPS).
"""

import asyncio
import struct
from typing import Literal, NamedTuple

import dns.exception
import dns.message
import dns.rcode
import dns.rdata
from dns.rdtypes.ANY.TXT import TXT

from secours.model import Evidence, Path, Reason, Stop, failed
from secours.wire.net import sockets
from secours.wire.net.tls import client_context

Transport = Literal["udp", "tcp", "tls", "https"]

PORTS = {"udp": 53, "tcp": 53, "tls": 853, "https": 443}  # RFC 1035, 7858, 8484
HEADER_BYTES = 12  # RFC 1035 section 4.1.1: at the end four counts of records
MOST_RECORDS = 256  # in one answer
AGAIN_S = 1.0  # a datagram may be lost: the question is sent again


class Answer(NamedTuple):
    """What a server answered: `values` are the records asked for, as text."""

    rcode_word: str  # "NOERROR", "NXDOMAIN", "SERVFAIL", ...
    values: tuple[str, ...]


async def ask(
    name: str,
    record: str,
    server: str,
    *,
    port: int | None = None,
    transport: Transport = "udp",
    path: Path | None = None,
) -> Answer:
    """Ask one server; a truncated answer is asked for again over TCP.

    Raises:
        Stop: the answer is no DNS message, TLS failed, the name cannot be asked.
        OSError: the server cannot be reached, or hung up.

    """
    try:
        question = dns.message.make_query(name, record)
    except (dns.exception.DNSException, UnicodeError):
        raise Stop(failed(Reason.DNS, host=name, problem="no-such-name")) from None
    port = PORTS[transport] if port is None else port
    wire = question.to_wire()
    if transport == "udp":
        answer = await _by_datagram(question, wire, (server, port), path)
    elif transport == "https":
        answer = await _by_https(question, wire, (server, port), path)
    else:
        answer = await _by_stream(question, wire, (server, port), path, transport)
    return Answer(dns.rcode.to_text(answer.rcode()), _values(answer))


Server = tuple[str, int]


async def _by_datagram(
    question: dns.message.Message, wire: bytes, server: Server, path: Path | None
) -> dns.message.Message:
    async with await sockets.open_udp(*server, path) as datagrams:
        while True:
            datagrams.send(wire)
            try:
                async with asyncio.timeout(AGAIN_S):
                    answer = await _ours(question, datagrams)
                    break
            except TimeoutError:
                continue
    if answer.flags & dns.flags.TC:
        return await _by_stream(question, wire, server, path, "tcp")
    return answer


async def _ours(
    question: dns.message.Message, datagrams: sockets.Datagrams
) -> dns.message.Message:
    """Skip datagrams that do not bear our number, RFC 5452 section 9.1."""
    while True:
        received = await datagrams.receive()
        if int.from_bytes(received[:2], "big") == question.id:
            return _read(question, received)


async def _by_stream(
    question: dns.message.Message,
    wire: bytes,
    server: Server,
    path: Path | None,
    transport: Transport,
) -> dns.message.Message:
    """Ask over TCP or TLS: each message after its length, RFC 1035 section 4.2.2."""
    tls = client_context() if transport == "tls" else None
    async with sockets.connection(*server, path, tls=tls) as (reader, writer):
        writer.write(len(wire).to_bytes(2, "big") + wire)
        length = int.from_bytes(await reader.readexactly(2), "big")
        return _read(question, await reader.readexactly(length))


async def _by_https(
    question: dns.message.Message, wire: bytes, server: Server, path: Path | None
) -> dns.message.Message:
    from secours.wire.http import client  # httpx is slow to import

    host, port = server
    host = f"[{host}]" if ":" in host else host
    kind = "application/dns-message"
    answer = await client.ask(
        "POST",
        f"https://{host}:{port}/dns-query",
        headers={"Content-Type": kind, "Accept": kind},
        body=wire,
        path=path,
        http2=True,  # the least that a server has to speak, RFC 8484 section 5.2
    )
    if answer.status != 200:
        raise Stop(client.refusal(answer))
    return _read(question, answer.body)


def _read(question: dns.message.Message, received: bytes) -> dns.message.Message:
    """Parse an answer and check that it is to our question."""
    records = sum(struct.unpack_from("!4H", received.ljust(HEADER_BYTES), 4))
    try:
        few = records <= MOST_RECORDS
        answer = dns.message.from_wire(received) if few else None
    except dns.exception.DNSException:
        answer = None
    if answer is None or not question.is_response(answer):
        said = "no answer to the question that was asked"
        raise Stop(failed(Reason.PROTOCOL, Evidence.REACHED, said=said))
    return answer


def _values(answer: dns.message.Message) -> tuple[str, ...]:
    """Follow the chain of aliases to the records that were asked for."""
    if not isinstance(answer, dns.message.QueryMessage):
        return ()
    try:
        found = answer.resolve_chaining().answer
    except dns.exception.DNSException:
        return ()
    return tuple(_text(record) for record in found or ())


def _text(record: dns.rdata.Rdata) -> str:
    """Write a record as people do: no quotes around text, no dot after names."""
    if isinstance(record, TXT):
        return b"".join(record.strings).decode("utf-8", "replace")
    return record.to_text().rstrip(".")
