"""A DNS server on loopback, over UDP and TCP on one port, that answers from a list."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from servers.scripted import Peer, tcp_server, udp_server

Reply = Callable[[dns.message.Message], dns.message.Message | bytes | None]
Records = Mapping[tuple[str, str], tuple[str, ...]]  # (name, type): values


def zone(records: Records) -> Reply:
    """Answer from these records; a name that is in none of them does not exist."""
    names = {name for name, _ in records}

    def reply(question: dns.message.Message) -> dns.message.Message:
        asked = question.question[0]
        name = asked.name.to_text(omit_final_dot=True)
        kind = dns.rdatatype.to_text(asked.rdtype)
        answer = dns.message.make_response(question, recursion_available=True)
        for known in ("CNAME", kind):
            if values := records.get((name, known)):
                rrset = dns.rrset.from_text(f"{name}.", 60, "IN", known, *values)
                answer.answer.append(rrset)
                if known == "CNAME":
                    name = values[0].rstrip(".")
        if name not in names:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer

    return reply


def saying(rcode: str) -> Reply:
    """Answer everything with one response code."""

    def reply(question: dns.message.Message) -> dns.message.Message:
        answer = dns.message.make_response(question)
        answer.set_rcode(dns.rcode.from_text(rcode))
        return answer

    return reply


def truncating(reply: Reply) -> Reply:
    """Answer with "too long for a datagram", and nothing else."""

    def short(question: dns.message.Message) -> dns.message.Message:
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.TC
        return answer

    return short


def _wire(reply: Reply, received: bytes) -> bytes | None:
    answer = reply(dns.message.from_wire(received))
    return answer.to_wire() if isinstance(answer, dns.message.Message) else answer


def by_stream(reply: Reply) -> Peer:
    """Answer over TCP, each message after its length."""

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            length = int.from_bytes(await reader.readexactly(2), "big")
            if (answer := _wire(reply, await reader.readexactly(length))) is not None:
                writer.write(len(answer).to_bytes(2, "big") + answer)

    return peer


@asynccontextmanager
async def dns_server(
    reply: Reply, by_datagram: Reply | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[int]:
    """Serve over TCP with `reply`, and over UDP with it or with `by_datagram`."""
    short = by_datagram or reply
    async with (
        tcp_server(by_stream(reply), host=host) as port,
        udp_server(lambda received: _wire(short, received), host, port),
    ):
        yield port


def use_resolver(folder: Path, patch: pytest.MonkeyPatch, text: str = "") -> None:
    """Let resolv.conf name a server on loopback, or hold this text."""
    conf = folder / "resolv.conf"
    conf.write_text(text or "nameserver 127.0.0.1\n")
    patch.setattr("secours.wire.net.resolver.RESOLV_CONF", conf)
