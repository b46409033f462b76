"""An agent of SNMP v2c that says whatever bytes a test wants, and a long way to one.

async with udp_server(holding(tlv(0x46, bytes(1)))) as port: ...
async with far_away(port_of_an_agent, there_and_back_s=1.4) as port: ...
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from pyasn1.codec.ber import decoder, encoder  # type: ignore[import-untyped]  # no stubs
from pysnmp.proto.api import v2c  # type: ignore[import-untyped]  # no stubs

RESPONSE = 0xA2  # RFC 3416 section 3
INTEGER, OCTETS, SEQUENCE = 0x02, 0x04, 0x30


def tlv(tag: int, contents: bytes) -> bytes:
    """Write one element, X.690 section 8.1."""
    length = len(contents)
    if length < 0x80:
        return bytes([tag, length]) + contents
    return bytes([tag, 0x82]) + length.to_bytes(2, "big") + contents


def holding(value: bytes, named: str | None = None) -> Callable[[bytes], bytes]:
    """Answer the first question of each datagram with this element.

    It is of the object that was asked for, or of the one `named`.
    """

    def reply(question: bytes) -> bytes:
        message, _ = decoder.decode(question, asn1Spec=v2c.Message())
        asked = v2c.apiMessage.get_pdu(message)
        number = int(v2c.apiPDU.get_request_id(asked)).to_bytes(5, "big")
        first = v2c.apiPDU.get_varbinds(asked)[0][0]
        oid = encoder.encode(v2c.ObjectIdentifier(named) if named else first)
        found = tlv(SEQUENCE, tlv(SEQUENCE, oid + value))
        zero = tlv(INTEGER, b"\0")
        pdu = tlv(RESPONSE, tlv(INTEGER, number) + zero + zero + found)
        community = tlv(OCTETS, b"public-word")
        return tlv(SEQUENCE, tlv(INTEGER, b"\1") + community + pdu)

    return reply


@asynccontextmanager
async def far_away(port: int, *, there_and_back_s: float) -> AsyncIterator[int]:
    """Carry datagrams to a port of this machine and back, each late by half of that."""
    loop = asyncio.get_running_loop()
    half_s = there_and_back_s / 2
    clients: list[tuple[str, int]] = []

    class Carrier(asyncio.DatagramProtocol):
        def __init__(self, there: Callable[[bytes, tuple[str, int]], None]) -> None:
            self.there = there

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            loop.call_later(half_s, self.there, data, addr)

    def outwards(data: bytes, addr: tuple[str, int]) -> None:
        clients[:] = [addr]
        if not far.is_closing():
            far.sendto(data)

    def back(data: bytes, addr: tuple[str, int]) -> None:
        if not near.is_closing():
            near.sendto(data, clients[0])

    near, _ = await loop.create_datagram_endpoint(
        lambda: Carrier(outwards), ("127.0.0.1", 0)
    )
    far, _ = await loop.create_datagram_endpoint(
        lambda: Carrier(back), remote_addr=("127.0.0.1", port)
    )
    try:
        yield near.get_extra_info("sockname")[1]
    finally:
        near.abort()
        far.abort()
