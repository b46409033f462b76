"""MQTT 3.1.1, the packets for a message to oneself and for retained messages.

Own, because the usual clients connect in a thread of their own: neither bound to a path
nor stopped at a deadline.

Source: MQTT 3.1.1 (OASIS Standard) sections 2.2 (header), 3.1 to 3.4, 3.8 to 3.10,
3.12, 3.13.
"""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from secours.wire.progress import Nonsense

CONNECT, CONNACK, PUBLISH, PUBACK = 1, 2, 3, 4
SUBSCRIBE, SUBACK, UNSUBSCRIBE, PINGREQ, DISCONNECT = 8, 9, 10, 12, 14
RESERVED = {SUBSCRIBE: 2, UNSUBSCRIBE: 2}  # flags that section 2.2.2 fixes
LEVEL = 4  # 3.1.1
CLEAN, HAS_PASSWORD, HAS_USERNAME = 0x02, 0x40, 0x80  # section 3.1.2.3
HAS_WILL, RETAINED_WILL = 0x04, 0x20
AT_LEAST_ONCE = 0x02  # QoS 1 in the flags of PUBLISH
RETAIN = 0x01  # section 3.3.1.3
KEEP_ALIVE_S = 1200  # longer than we wait for anything, so no ping is due
LONGEST_BYTES = 1 << 20


class Packet(NamedTuple):
    """One packet: its type, its flags, and the rest after the header."""

    kind: int
    flags: int
    body: bytes


async def read(reader: asyncio.StreamReader) -> Packet:
    """Read a packet; raise Nonsense if malformed or too long, EOFError at a hang-up."""
    await asyncio.sleep(0)  # what has come already is read without a pause
    first = (await reader.readexactly(1))[0]
    length = 0
    for place in range(4):  # section 2.2.3
        byte = (await reader.readexactly(1))[0]
        length |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            break
    else:
        raise Nonsense(problem="no-mqtt")
    if length > LONGEST_BYTES:
        raise Nonsense(problem="too-long")
    return Packet(first >> 4, first & 0x0F, await reader.readexactly(length))


def connect(
    client: str,
    username: str | None,
    password: str | None,
    *,
    will: tuple[str, bytes] | None = None,
    keep_alive_s: int = KEEP_ALIVE_S,
) -> bytes:
    """Return the packet that opens a session which ends with the connection.

    The broker keeps the payload of a `will` under its topic when it loses us.
    """
    flags, fields = CLEAN, b""
    if will is not None:
        flags |= HAS_WILL | RETAINED_WILL
        fields += _text(will[0].encode()) + _text(will[1])
    if username is not None:
        flags, fields = flags | HAS_USERNAME, fields + _text(username.encode())
    if password is not None:
        flags, fields = flags | HAS_PASSWORD, fields + _text(password.encode())
    head = _text(b"MQTT") + bytes([LEVEL, flags]) + keep_alive_s.to_bytes(2, "big")
    return _packet(CONNECT, head + _text(client.encode()) + fields)


def subscribe(topics: Sequence[str], number: int) -> bytes:
    """Return the request for messages on topics, at most once each."""
    wanted = (_text(topic.encode()) + b"\0" for topic in topics)
    return _packet(SUBSCRIBE, number.to_bytes(2, "big") + b"".join(wanted))


def unsubscribe(topics: Sequence[str], number: int) -> bytes:
    """Return the request for no more of them."""
    unwanted = (_text(topic.encode()) for topic in topics)
    return _packet(UNSUBSCRIBE, number.to_bytes(2, "big") + b"".join(unwanted))


def publish(topic: str, payload: bytes, number: int) -> bytes:
    """Return a message with acknowledgement, not retained."""
    body = _text(topic.encode()) + number.to_bytes(2, "big") + payload
    return _packet(PUBLISH, body, AT_LEAST_ONCE)


def retain(topic: str, payload: bytes) -> bytes:
    """Return a message to be retained; an empty one clears the topic."""
    return _packet(PUBLISH, _text(topic.encode()) + payload, RETAIN)


def ping() -> bytes:
    """Return a ping."""
    return _packet(PINGREQ, b"")


def disconnect() -> bytes:
    """Return the goodbye."""
    return _packet(DISCONNECT, b"")


def is_new(packet: Packet) -> bool:
    """Tell whether this message was published now, and not retained."""
    return packet.kind == PUBLISH and not packet.flags & RETAIN


def topic(packet: Packet) -> str:
    """Return the topic of a PUBLISH."""
    end = 2 + int.from_bytes(packet.body[:2], "big")
    return packet.body[2:end].decode("utf-8", "replace")


def payload(packet: Packet) -> bytes:
    """Return the payload of a PUBLISH, without its topic and number."""
    start = 2 + int.from_bytes(packet.body[:2], "big")
    return packet.body[start + (2 if packet.flags & 0x06 else 0) :]


def _text(text: bytes) -> bytes:
    return len(text).to_bytes(2, "big") + text


def _packet(kind: int, body: bytes, flags: int = 0) -> bytes:
    header, length = bytearray([kind << 4 | RESERVED.get(kind, flags)]), len(body)
    while True:
        length, byte = length >> 7, length & 0x7F
        header.append(byte | (0x80 if length else 0))
        if not length:
            return bytes(header) + body
