"""DNS messages: a question, its transport over UDP or a stream, and the answer.

Source: RFC 1035 sections 4.1 (message) and 4.2 (UDP and TCP); RFC 7766 section 5;
RFC 2181 section 9 (what is truncated is not used).
"""

import asyncio
import struct
from contextlib import suppress
from typing import NamedTuple

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdata
from dns.rdtypes.ANY.TXT import TXT

from secours.model.observed import Evidence, Reason, failed
from secours.model.runs import Stop
from secours.wire.net.datagrams import Datagrams
from secours.wire.net.starttls import Streams

HEADER_BYTES = 12  # RFC 1035 section 4.1.1: at the end four counts of records
MOST_RECORDS = 256  # in one answer
TC = 0x02  # in the third byte, RFC 1035 section 4.1.1
AGAIN_S = 1.0  # a datagram may be lost: the question is sent again

Message = dns.message.Message


class DnsAnswer(NamedTuple):
    """Answer of a server: `values` are the records asked for, as text."""

    rcode_word: str  # "NOERROR", "NXDOMAIN", "SERVFAIL", ...
    values: tuple[str, ...]


def question(name: str, record: str) -> Message:
    """Return the question for a name's records; raise Stop if it cannot be asked."""
    try:
        return dns.message.make_query(name, record)
    except (dns.exception.DNSException, UnicodeError):
        raise Stop(failed(Reason.DNS, host=name, problem="no-such-name")) from None


async def by_datagrams(query: Message, datagrams: Datagrams) -> Message:
    """Ask over UDP until an answer comes: a datagram may be lost.

    Raises:
        Stop: the answer is no DNS message.
        OSError: the server cannot be reached.
    """
    while True:
        datagrams.send(query.to_wire())
        try:
            async with asyncio.timeout(AGAIN_S):
                return await _ours(query, datagrams)
        except TimeoutError:
            continue


async def _ours(query: Message, datagrams: Datagrams) -> Message:
    """Skip datagrams without our number, RFC 5452 section 9.1."""
    while True:
        received = await datagrams.receive()
        if int.from_bytes(received[:2], "big") == query.id:
            return read(query, received)


async def by_stream(query: Message, streams: Streams) -> Message:
    """Ask over TCP or TLS: each message after its length, RFC 1035 section 4.2.2.

    Raises:
        Stop: the answer is no DNS message.
        OSError, EOFError: the server hung up.
    """
    reader, writer = streams
    wire = query.to_wire()
    writer.write(len(wire).to_bytes(2, "big") + wire)
    length = int.from_bytes(await reader.readexactly(2), "big")
    return read(query, await reader.readexactly(length))


def read(query: Message, received: bytes) -> Message:
    """Parse an answer and check that it is to our question.

    Bytes after it are ignored, as other clients do: yadifa sends some with NXDOMAIN.
    Of a truncated one, which may end inside a record, only the question is read.

    Raises:
        Stop: it is none.
    """
    header = received.ljust(HEADER_BYTES)
    cut = bool(header[2] & TC)
    answer = None
    if cut or sum(struct.unpack_from("!4H", header, 4)) <= MOST_RECORDS:
        with suppress(dns.exception.DNSException):
            answer = dns.message.from_wire(
                received, ignore_trailing=True, question_only=cut
            )
    if answer is None or not query.is_response(answer):
        problem = "not-our-question"
        raise Stop(failed(Reason.PROTOCOL, Evidence.REACHED, problem=problem))
    return answer


def is_truncated(answer: Message) -> bool:
    """Tell whether the server wants the question over TCP."""
    return bool(answer.flags & dns.flags.TC)


def answer_of(answer: Message) -> DnsAnswer:
    """Return the response code and the records of an answer.

    Raises:
        Stop: it is truncated, and came over a stream.
    """
    if is_truncated(answer):
        raise Stop(failed(Reason.PROTOCOL, Evidence.SERVED, problem="too-long"))
    return DnsAnswer(dns.rcode.to_text(answer.rcode()), _values(answer))


def _values(answer: Message) -> tuple[str, ...]:
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
