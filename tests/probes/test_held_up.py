"""What a peer says decides how long we read, and must not hold up every other probe.

Each peer below says as much as it can of what costs us most. The loop may never stand
still for long, and an answer beyond all measure is no protocol.
"""

import asyncio
import struct
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from servers.pause import longest_pause_s
from servers.probe_run import ask
from servers.scripted import Peer, saying, tcp_server, udp_server

from secours.model.observed import Outcome, Reason
from secours.model.secret import Template
from secours.probes import dns, http, imap, sip, smtp, snmp

LONGEST_PAUSE_S = 0.6  # of computing; usually it is some 10 ms, but for collections


def answering(last: bytes, answer: Callable[[bytes], bytes], greeting: bytes) -> Peer:
    """Make a peer that greets, and answers each line that ends a request."""

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        asked = b""
        while line := await reader.readline():
            asked += line
            if line.endswith(last):
                writer.write(answer(asked))
                asked = b""

    return peer


def of_imap(told: bytes) -> Peer:
    def answer(asked: bytes) -> bytes:
        return told + asked.partition(b" ")[0] + b" OK done\r\n"

    return answering(b"\r\n", answer, b"* OK ready\r\n")


def of_sip(first: bytes, headers: bytes) -> Peer:
    """Answer a request with its own headers, and with more of them."""

    def answer(asked: bytes) -> bytes:
        ours = (b"Via:", b"CSeq:", b"Call-ID:")
        kept = [line for line in asked.splitlines(True) if line.startswith(ours)]
        return first + b"SIP/2.0 200 OK\r\n" + b"".join(kept) + headers + b"\r\n"

    return by_request(answer)


def by_request(answer: Callable[[bytes], bytes]) -> Peer:
    """Answer what ends with an empty line."""

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while asked := await reader.readuntil(b"\r\n\r\n"):
            writer.write(answer(asked))

    return peer


def of_http(head: bytes, body: bytes) -> Peer:
    length = b"" if b"chunked" in head else b"Content-Length: %d\r\n" % len(body)
    return by_request(lambda _: b"HTTP/1.1 200 OK\r\n" + length + head + b"\r\n" + body)


IMAP = {
    "literals": of_imap(b"* X " + b"{0}\r\n" * 16300 + b"\r\n"),
    "lines": of_imap(b"* CAPABILITY A B C\r\n" * 16000),
    "words": of_imap((b"* CAPABILITY" + b" A" * 30000 + b"\r\n") * 16),
    "brackets": of_imap((b"* X " + b"(" * 60000 + b"\r\n") * 16),
}
SIP = {
    "headers of one name": of_sip(b"", b"a:\r\n" * 16000),
    "headers of many names": of_sip(b"", b"".join(b"%x:\r\n" % n for n in range(9000))),
    "folded lines": of_sip(b"", b"a: b" + b"\r\n c" * 16000 + b"\r\n"),
    "provisional answers": of_sip(b"SIP/2.0 100 Trying\r\n\r\n" * 5000, b""),
}
HTTP = {
    "headers": of_http(b"a: b\r\n" * 15000, b""),
    "pieces": of_http(
        b"Transfer-Encoding: chunked\r\n", b"1\r\na\r\n" * 200000 + b"0\r\n\r\n"
    ),
    "values": of_http(b"", b"[" + b"[]," * 340000 + b"[]]"),
}
SMTP = {
    "lines": answering(b"\r\n", lambda _: b"250-A\r\n" * 300000, b"220 ready\r\n"),
    "greeting": saying(b"220-A\r\n" * 300000, stay=True),
}


async def held_up(module: ModuleType, settings: Any) -> tuple[Outcome, float]:
    """Run a probe; return its outcome, and how long it stopped everything else."""
    outcomes: list[Outcome] = []

    async def asking() -> None:
        outcomes.append(await ask(module, settings, timeout_s=5.0))

    longest_s = await longest_pause_s(asking())
    return outcomes[0], longest_s


async def over_tcp(
    module: ModuleType, peer: Peer, options: dict[str, Any]
) -> tuple[Outcome, float]:
    async with tcp_server(peer) as port:
        return await held_up(
            module, module.Settings(host="127.0.0.1", port=port, **options)
        )


CLEAR = {"security": "none"}
CASES = [
    *((imap, what, peer, CLEAR) for what, peer in IMAP.items()),
    *((sip, what, peer, {"transport": "tcp"}) for what, peer in SIP.items()),
    *((smtp, what, peer, {}) for what, peer in SMTP.items()),
]


@pytest.mark.parametrize(
    ("module", "peer", "options"),
    [pytest.param(m, p, o, id=f"{m.__name__[15:]} {what}") for m, what, p, o in CASES],
)
async def test_an_answer_without_measure_is_no_protocol(
    module: ModuleType, peer: Peer, options: dict[str, Any]
) -> None:
    outcome, longest_s = await over_tcp(module, peer, options)

    assert outcome.reason is Reason.PROTOCOL
    assert longest_s < LONGEST_PAUSE_S


async def test_keep_alives_without_end_hold_up_nobody() -> None:
    peer = of_sip(b"\r\n" * 300000, b"")
    _, longest_s = await over_tcp(sip, peer, {"transport": "tcp"})

    assert longest_s < LONGEST_PAUSE_S


@pytest.mark.parametrize("what", HTTP)
async def test_a_page_without_measure_is_no_protocol(what: str) -> None:
    async with tcp_server(HTTP[what]) as port:
        url = Template(f"http://127.0.0.1:{port}/")
        outcome, longest_s = await held_up(
            http, http.Settings(url=url, expect_json={"a": 1})
        )

    assert outcome.reason is Reason.PROTOCOL
    assert longest_s < LONGEST_PAUSE_S


def many_records(asked: bytes) -> bytes:
    """Answer a question with 3,400 records of different names."""
    head = struct.pack(
        "!HHHHHH", int.from_bytes(asked[:2], "big"), 0x8180, 1, 3400, 0, 0
    )
    question = asked[12 : asked.index(b"\0", 12) + 5]
    record = b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4abcd"
    return (
        head
        + question
        + b"".join(b"\2%c%c" % divmod(n, 256) + record for n in range(3400))
    )


async def test_records_without_end_are_no_dns() -> None:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length = int.from_bytes(await reader.readexactly(2), "big")
        answer = many_records(await reader.readexactly(length))
        writer.write(len(answer).to_bytes(2, "big") + answer)
        await reader.read()

    async with tcp_server(peer) as port:
        outcome, longest_s = await held_up(
            dns, dns.Settings(name="a", server=f"127.0.0.1:{port}", transport="tcp")
        )

    assert outcome.reason is Reason.PROTOCOL
    assert longest_s < LONGEST_PAUSE_S


def tlv(tag: int, body: bytes) -> bytes:
    """Write in BER, with a length of two bytes."""
    return bytes([tag, 0x82]) + len(body).to_bytes(2, "big") + body


def many_values(asked: bytes) -> bytes:
    """Answer an SNMP request with 9,000 values that were not asked for."""
    at = asked.index(b"\xa0")
    number = asked[at + 2 : at + 4 + asked[at + 3]]
    values = tlv(0x30, b"\x30\5\6\1\x2b\5\0" * 9000)
    answer = tlv(0xA2, number + b"\2\1\0\2\1\0" + values)
    return tlv(0x30, b"\2\1\1\4\1c" + answer)


async def test_values_without_end_are_no_snmp() -> None:
    async with udp_server(many_values) as port:
        settings = snmp.Settings(host="127.0.0.1", port=port, community=Template("c"))
        outcome, _ = await held_up(snmp, settings)  # the library is slow to load

    assert outcome.reason is Reason.PROTOCOL
