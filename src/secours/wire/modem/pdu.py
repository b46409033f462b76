"""A text message as a modem takes and gives it in PDU mode.

Source: 3GPP TS 23.040 sections 9.2.2.1 (SMS-DELIVER), 9.2.2.2 (SMS-SUBMIT), 9.1.2.5
(addresses); TS 23.038 sections 4 (coding), 6.1.2.1 (packing), 6.2.1 (alphabet).
"""

from msgspec import Struct

ALPHABET = (  # TS 23.038 section 6.2.1
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
SUBMIT_LAPSING = 0x11  # TP-MTI SUBMIT, TP-VPF relative, section 9.2.3.1 and .3
DELIVER = 0
HAS_HEADER = 0x40  # TP-UDHI, section 9.2.3.23
FIVE_MINUTES = 0  # TP-VP, section 9.2.3.12.1: a test that cannot arrive soon lapses
INTERNATIONAL, UNKNOWN = 0x91, 0x81  # type of number, section 9.1.2.5
STAMP_BYTES = 7


class Submit(Struct, frozen=True):
    """A message to be sent: hexadecimal, and the length that +CMGS is told."""

    pdu: str
    length: int  # in bytes, without the service centre


def submit(number: str, text: str) -> Submit:
    """Write a message to a number; the text is of the GSM alphabet, without escapes.

    Raises:
        ValueError: the text has other characters, or is too long for one message.

    """
    septets = [ALPHABET.index(character) for character in text]
    if len(septets) > 160:
        raise ValueError("too long for one message")
    digits = number.lstrip("+")
    kind = INTERNATIONAL if number.startswith("+") else UNKNOWN
    tpdu = bytes(
        [SUBMIT_LAPSING, 0, len(digits), kind, *_swapped(digits), 0, 0, FIVE_MINUTES]
    )
    tpdu += bytes([len(septets)]) + packed(septets)
    return Submit("00" + tpdu.hex().upper(), len(tpdu))


def delivered_text(pdu: str) -> str:
    """Return the text of a received message; empty where it has none that we can read.

    A part of a longer message, a message that waits to be sent, a report, or what is
    coded in another way than ours is none of our own.
    """
    try:
        octets = bytes.fromhex(pdu)
        return _text(octets[1 + octets[0] :])
    except (ValueError, IndexError):
        return ""


def _text(tpdu: bytes) -> str:
    first, digits = tpdu[0], tpdu[1]
    if first & 3 != DELIVER or first & HAS_HEADER:
        return ""
    rest = tpdu[3 + (digits + 1) // 2 :]
    coding, length = rest[1], rest[2 + STAMP_BYTES]
    body = rest[3 + STAMP_BYTES :]
    if _is_ucs2(coding):
        return body[:length].decode("utf-16-be")
    return "".join(ALPHABET[septet] for septet in unpacked(body, length))


def _is_ucs2(coding: int) -> bool:
    """Read TP-DCS: groups 00xx and 1110, TS 23.038 section 4."""
    return (coding & 0xC0 == 0 and coding & 0x0C == 8) or coding & 0xF0 == 0xE0


def packed(septets: list[int]) -> bytes:
    """Pack seven bits after seven, the first in the lowest bits of the first byte."""
    bits = sum(septet << 7 * place for place, septet in enumerate(septets))
    return bits.to_bytes((7 * len(septets) + 7) // 8, "little")


def unpacked(octets: bytes, length: int) -> list[int]:
    """Undo `packed`, for so many septets at most as are there."""
    bits = int.from_bytes(octets, "little")
    there = min(length, 8 * len(octets) // 7)
    return [bits >> 7 * place & 0x7F for place in range(there)]


def _swapped(digits: str) -> bytes:
    """Write digits in pairs, the second one first, section 9.1.2.3."""
    even = digits + "F" * (len(digits) % 2)
    pairs = zip(even[::2], even[1::2], strict=True)
    return bytes.fromhex("".join(second + first for first, second in pairs))
