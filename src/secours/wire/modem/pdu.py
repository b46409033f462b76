"""A text message in a modem's PDU mode.

Source: 3GPP TS 23.040 sections 9.2.2.1 (SMS-DELIVER), 9.2.2.2 (SMS-SUBMIT), 9.2.2.3
(SMS-STATUS-REPORT), 9.1.2.5 (addresses); TS 23.038 sections 4 (coding), 6.1.2.1
(packing).
"""

from msgspec import Struct

from secours.wire.modem.alphabet import (
    ALPHABET,
    MOST_SEPTETS,
    MOST_UCS2,
    is_gsm,
    septets,
    ucs2,
)
from secours.wire.modem.delivery import StatusReport

SUBMIT_LAPSING = 0x11  # TP-MTI SUBMIT, TP-VPF relative, section 9.2.3.1 and .3
REPORTED = 0x20  # TP-SRR, section 9.2.3.5
DELIVER, STATUS_REPORT = 0, 2
ALPHANUMERIC, OF_COUNTRIES = 5, 1  # <type of number>, section 9.1.2.5
SEPTETS, UCS2 = 0, 8  # TP-DCS, TS 23.038 section 4
HAS_HEADER = 0x40  # TP-UDHI, section 9.2.3.23
OF_PARTS = (0x00, 0x08)  # elements of a header, sections 9.2.3.24.1 and .8
FIVE_MINUTES, A_DAY = 0, 167  # TP-VP, section 9.2.3.12.1: what cannot arrive lapses
INTERNATIONAL, UNKNOWN = 0x91, 0x81  # type of number, section 9.1.2.5
STAMP_BYTES = 7


class Submit(Struct, frozen=True):
    """A message to send: hexadecimal, and its length for +CMGS."""

    pdu: str
    length: int  # in bytes, without the service centre


def submit(
    number: str, text: str, *, lapses: int = FIVE_MINUTES, report: bool = False
) -> Submit:
    """Write a message to a number, in UCS2 if need be; raise ValueError if too long."""
    first = SUBMIT_LAPSING | (REPORTED if report else 0)
    digits = number.lstrip("+")
    kind = INTERNATIONAL if number.startswith("+") else UNKNOWN
    coding, count, body = _coded(text)
    address = bytes([len(digits), kind, *_swapped(digits)])
    tpdu = bytes([first, 0]) + address + bytes([0, coding, lapses, count]) + body
    return Submit("00" + tpdu.hex().upper(), len(tpdu))


def _coded(text: str) -> tuple[int, int, bytes]:
    """Return a text's coding, its length as TP-UDL counts it, and its octets."""
    if is_gsm(text):
        found = septets(text)
        if len(found) <= MOST_SEPTETS:
            return SEPTETS, len(found), packed(found)
    elif len(octets := ucs2(text)) <= 2 * MOST_UCS2:
        return UCS2, len(octets), octets
    raise ValueError("too long for one message")


class Delivered(Struct, frozen=True):
    """A received message."""

    sender: str  # with a plus where it is international; else as the network says it
    text: str
    whole: bool  # and no part of a longer one


def delivered(pdu: str) -> Delivered | None:
    """Return a received message; None for unsent ones, reports, and what is damaged."""
    try:
        octets = bytes.fromhex(pdu)
        return _delivered(octets[1 + octets[0] :])
    except (ValueError, IndexError):
        return None


def delivered_text(pdu: str) -> str:
    """Return the text of a received message; empty where we cannot read it.

    Parts of longer messages, unsent ones, reports, and other codings are not ours.
    """
    found = delivered(pdu)
    return found.text if found and found.whole else ""


def status_report(pdu: str) -> StatusReport | None:
    """Return the status report in a message; None where it is something else."""
    try:
        octets = bytes.fromhex(pdu)
        tpdu = octets[1 + octets[0] :]
        digits = tpdu[2]
        end = 4 + (digits + 1) // 2
        status = tpdu[end + 2 * STAMP_BYTES]
    except (ValueError, IndexError):
        return None
    if tpdu[0] & 3 != STATUS_REPORT:
        return None
    return StatusReport(tpdu[1], _digits(tpdu[4:end])[:digits], status)


def _delivered(tpdu: bytes) -> Delivered | None:
    first, digits = tpdu[0], tpdu[1]
    if first & 3 != DELIVER:
        return None
    end = 3 + (digits + 1) // 2
    rest = tpdu[end:]
    coding, length = rest[1], rest[2 + STAMP_BYTES]
    body = rest[3 + STAMP_BYTES :]
    header = 1 + body[0] if first & HAS_HEADER and body else 0  # octets
    if _is_ucs2(coding):
        text = body[header:length].decode("utf-16-be", "replace")
    else:
        found = unpacked(body, length)[-(-8 * header // 7) :]  # section 9.2.3.24
        text = "".join(ALPHABET[septet] for septet in found)
    whole = not _is_of_parts(body[1:header])
    return Delivered(_sender(tpdu[2], digits, tpdu[3:end]), text, whole)


def _is_of_parts(header: bytes) -> bool:
    """Tell whether a header numbers the parts of a longer message."""
    while len(header) > 1:
        if header[0] in OF_PARTS:
            return True
        header = header[2 + header[1] :]
    return False


def _sender(kind: int, digits: int, octets: bytes) -> str:
    """Return an address; an alphanumeric one has letters for digits."""
    number_type = kind >> 4 & 7
    if number_type == ALPHANUMERIC:
        found = unpacked(octets, 4 * digits // 7)
        return "".join(ALPHABET[septet] for septet in found)
    plus = "+" if number_type == OF_COUNTRIES else ""
    return plus + _digits(octets)[:digits]


def _digits(octets: bytes) -> str:
    return "".join(f"{octet & 15:X}{octet >> 4:X}" for octet in octets)


def _is_ucs2(coding: int) -> bool:
    """Read TP-DCS: groups 00xx and 1110, TS 23.038 section 4."""
    return (coding & 0xC0 == 0 and coding & 0x0C == 8) or coding & 0xF0 == 0xE0


def packed(septets: list[int]) -> bytes:
    """Pack seven bits after seven, the first in the lowest bits of the first byte."""
    bits = sum(septet << 7 * place for place, septet in enumerate(septets))
    return bits.to_bytes((7 * len(septets) + 7) // 8, "little")


def unpacked(octets: bytes, length: int) -> list[int]:
    """Undo `packed`, for at most so many septets."""
    bits = int.from_bytes(octets, "little")
    there = min(length, 8 * len(octets) // 7)
    return [bits >> 7 * place & 0x7F for place in range(there)]


def _swapped(digits: str) -> bytes:
    """Write digits in pairs, the second one first, section 9.1.2.3."""
    even = digits + "F" * (len(digits) % 2)
    pairs = zip(even[::2], even[1::2], strict=True)
    return bytes.fromhex("".join(second + first for first, second in pairs))
