"""Modems that pass text messages to each other, by the standard and not by our code.

    network = Network()
    async with running(SmsModem(network, "+32470000001")) as modem: ...

To break it: `network.refuses`, `network.loses`, `network.holds` (then `deliver_held`),
`modem.refused` by command, `modem.modes`, `modem.mute`.

`modem.asked` has who was promised a status report; `modem.report(status)` gives it to
the latest, as +CNMI wants it.

Source: 3GPP TS 27.005 (commands), TS 23.040 (the PDUs).
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from servers.pty_modem import Prompt, PtyModem, Reply

HOME: dict[str, Reply] = {
    "AT+CPIN?": "+CPIN: READY",
    "AT+CREG?": "+CREG: 0,1",
    "AT+CMEE=1": "",
    'AT+CSCS="GSM"': "",
    "AT+CNMI?": "+CNMI: 2,1,0,0,0",
    "AT+CSMP?": "+CSMP: 17,167,0,0",
    "AT+CNMA": "+CMS ERROR: 340",
}
STAMP = "62114210000040"  # 24 November 2026
SAID_AT = '"26/11/24,12:00:00+04"'
NATIONAL = {0x00: "@", 0x04: "è", 0x05: "é", 0x0F: "Å", 0x7F: "à"}  # TS 23.038


@dataclass
class Network:
    """The operator: who has which number, and what goes wrong."""

    modems: "dict[str, SmsModem]" = field(default_factory=dict)
    refuses: Reply = ""  # a final result instead of taking a message
    loses: bool = False
    holds: bool = False
    held: list[tuple[str, str, str]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    took: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, sender: str, to: str, text: str) -> Reply:
        """Take a message, as the answer to +CMGS says."""
        if self.refuses != "":
            return self.refuses
        self.sent.append(text)
        self.took.set()
        if self.holds:
            self.held.append((sender, to, text))
        elif not self.loses:
            self._deliver(sender, to, text)
        return f"+CMGS: {len(self.sent)}"

    def deliver_held(self) -> None:
        """Deliver late what was held."""
        for sender, to, text in self.held:
            self._deliver(sender, to, text)
        self.held = []

    def _deliver(self, sender: str, to: str, text: str) -> None:
        if receiver := self.modems.get(to):
            receiver.receive(sender, text)


class SmsModem(PtyModem):
    """A modem with a number, registered at home, and a store of messages."""

    def __init__(
        self, network: Network, number: str, table: Mapping[str, Reply] | None = None
    ) -> None:
        super().__init__({**HOME, **(table or {})})
        self.network, self.number = network, number
        network.modems[number] = self
        self.modes = {"0", "1"}  # that AT+CMGF takes
        self.mode = "0"
        self.store: dict[int, tuple[str, str]] = {}  # sender and text, by index
        self.looked = asyncio.Event()  # set when its messages were listed
        self.refused: dict[str, Reply] = {}  # by the beginning of a command
        self.asked: list[tuple[int, str]] = []  # reference and number
        self.reports: dict[int, str] = {}  # those that are stored
        self.read = "SM"  # the store that is read
        self.lapses = -1  # TP-VP of the latest message
        self.raw: dict[int, str] = {}  # PDUs as they are, by index
        self.room = 30  # messages

    def receive(self, sender: str, text: str) -> int:
        """Store a message; return where."""
        index = next(n for n in range(1, 2000) if n not in self.store)
        self.store[index] = sender, text
        self.raw.pop(index, None)
        return index

    def receive_pdu(self, pdu: str) -> int:
        """Store a message as it is; return where."""
        index = self.receive("", "")
        self.raw[index] = pdu
        return index

    def reply(self, command: str) -> Reply | Prompt:
        """Answer the commands for messages, and the others from the table."""
        for beginning, refusal in self.refused.items():
            if command.startswith(beginning):
                return refusal
        name, _, value = command.partition("=")
        match name:
            case "AT+CMGF":
                self.mode = value if value in self.modes else self.mode
                return "" if value in self.modes else "ERROR"
            case "AT+CMGS":
                return self._prompted(value)
            case "AT+CMGL":
                self.looked.set()
                wanted = "4" if self.mode == "0" else '"ALL"'
                return self._listed() if value == wanted else "+CMS ERROR: 302"
            case "AT+CMGD":
                store: dict[int, Any] = (
                    self.reports if self.read == "SR" else self.store
                )
                return "" if store.pop(int(value), None) else "+CMS ERROR: 321"
            case "AT+CMGR":
                return self._shown(int(value))
        return self._set(name, value) if value else self._told(command)

    def _told(self, command: str) -> Reply | Prompt:
        """Say how full the store is, or what is in the table."""
        if command != "AT+CPMS?" or command in self.table:
            return super().reply(command)
        filled = f'"SM",{len(self.store)},{self.room}'
        return f"+CPMS: {filled},{filled},{filled}"

    def _set(self, name: str, value: str) -> Reply | Prompt:
        """Change a setting; numbers that are not given stay as they are."""
        name = name.removeprefix("AT")
        match name:
            case "+CPMS":
                self.read = value.strip('"')
                return "+CPMS: 0,30,0,30,0,30"
            case "+CNMI" | "+CSMP":
                given = value.split(",")
                rest = self.setting(name)[len(given) :]
                self.table[f"AT{name}?"] = f"{name}: {','.join([*given, *rest])}"
                return ""
        return super().reply(f"AT{name}={value}")

    def setting(self, name: str) -> list[str]:
        """Return what a setting is."""
        return str(self.table[f"AT{name}?"]).partition(": ")[2].split(",")

    def report(
        self, status: int, *, reference: int | None = None, to: str | None = None
    ) -> None:
        """Get a status report from the network, of the latest message or another."""
        latest = self.asked[-1]
        reference = latest[0] if reference is None else reference
        to = latest[1] if to is None else to
        told = _status_report(reference, to, status)
        if self.mode == "1":
            told = f'6,{reference},"{to}",145,{SAID_AT},{SAID_AT},{status}'
        match self.setting("+CNMI")[3]:
            case "1":
                shown = told if self.mode == "1" else f"{len(told) // 2 - 1}\r\n{told}"
                self.say(f"\r\n+CDS: {shown}\r\n".encode())
            case "2":
                place = len(self.reports) + 1
                self.reports[place] = told
                self.say(f'\r\n+CDSI: "SR",{place}\r\n'.encode())

    def _shown(self, place: int) -> Reply:
        if self.read != "SR":
            sender, text = self.store[place]
            return f'+CMGR: "REC UNREAD","{sender}",,{SAID_AT}\n{text}'
        told = self.reports[place]
        if self.mode == "1":
            return f'+CMGR: "REC UNREAD",{told}'
        return f"+CMGR: 0,,{len(told) // 2 - 1}\n{told}"

    def _take(self, to: str, text: str, first: int) -> Reply:
        if first & 0x20 and self.network.refuses == "":
            self.asked.append((len(self.network.sent) + 1, to))
        return self.network.take(self.number, to, text)

    def _prompted(self, value: str) -> Prompt:
        if self.mode == "1":
            to = value.split(",")[0].strip('"')
            first = int(self.setting("+CSMP")[0])
            return Prompt(lambda text: self._take(to, text, first))
        return Prompt(lambda pdu: self._take_pdu(pdu, int(value)))

    def _take_pdu(self, pdu: str, length: int) -> Reply:
        octets = bytes.fromhex(pdu)
        tpdu = octets[1 + octets[0] :]
        if len(tpdu) != length or tpdu[0] & 3 != 1:
            return "+CMS ERROR: 304"
        digits = "".join(f"{octet & 15:X}{octet >> 4:X}" for octet in tpdu[4:])
        to = ("+" if tpdu[3] == 0x91 else "") + digits[: tpdu[2]]
        rest = tpdu[4 + (tpdu[2] + 1) // 2 :]
        coding, count, body = rest[1], rest[3], rest[4:]  # a validity of one octet
        assert tpdu[0] & 0x18 == 0x10
        assert coding in (0, 8)
        self.lapses = rest[2]
        if coding == 8:
            assert count == len(body) <= 140
            return self._take(to, body.decode("utf-16-be"), tpdu[0])
        assert len(body) == -(-7 * count // 8) <= 140
        return self._take(to, _from_seven_bits(body, count), tpdu[0])

    def _listed(self) -> Reply:
        lines: list[str] = []
        for index, (sender, text) in self.store.items():
            if self.mode == "1":
                lines += [f'+CMGL: {index},"REC UNREAD","{sender}",,"26/11/24"', text]
            else:
                pdu = self.raw.get(index) or delivery(sender, text)
                length = len(pdu) // 2 - 1
                lines += [f"+CMGL: {index},0,,{length}", pdu]
        return "\n".join(lines)


def _status_report(reference: int, to: str, status: int) -> str:
    """Write an SMS-STATUS-REPORT."""
    return f"0006{reference:02X}{_address(to)}{STAMP}{STAMP}{status:02X}"


def _address(number: str) -> str:
    if number.isalpha():  # section 9.1.2.5, its length in half octets of what is packed
        packed = _in_seven_bits(number)
        return f"{-(-7 * len(number) // 4):02X}D0{packed}"
    digits = re.sub(r"\D", "", number)
    kind = "91" if number.startswith("+") else "81"
    pairs = re.findall("..", digits + "F" * (len(digits) % 2))
    return f"{len(digits):02X}{kind}" + "".join(pair[::-1] for pair in pairs)


def delivery(sender: str, text: str) -> str:
    """Write an SMS-DELIVER, of seven bits where the text allows, else UCS2."""
    address = _address(sender)
    if text.isascii():
        return f"0004{address}0000{STAMP}{len(text):02X}{_in_seven_bits(text)}"
    body = text.encode("utf-16-be")
    return f"0004{address}0008{STAMP}{len(body):02X}{body.hex().upper()}"


def _in_seven_bits(text: str) -> str:
    bits = "".join(f"{ord(character):07b}" for character in reversed(text))
    number = int(bits or "0", 2)
    size = -(-len(bits) // 8)
    return bytes(number >> 8 * place & 0xFF for place in range(size)).hex().upper()


def _from_seven_bits(octets: bytes, count: int) -> str:
    bits = "".join(f"{octet:08b}" for octet in reversed(octets))
    septets = [bits[len(bits) - 7 * (n + 1) : len(bits) - 7 * n] for n in range(count)]
    codes = [int(septet, 2) for septet in septets]
    return "".join(NATIONAL.get(code, chr(code)) for code in codes)
