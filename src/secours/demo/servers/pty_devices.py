"""A mobile modem and a satellite terminal, each behind a pseudo-terminal.

Both behave like real ones: an echo until ATE0, one answer per command, OK or ERROR.

Source: 3GPP TS 27.007 sections 7.2 (+CREG), 7.3 (+COPS), 8.3 (+CPIN), 8.5 (+CSQ),
10.1.22 (+CEREG); Iridium ISU AT Command Reference (+CSQ, +SBDREG, +SBDIX).
"""

import asyncio
import os
import tty
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from secours.demo.servers.faults import WHOLE, Fault, Faults

Dialogue = Callable[[str, Faults], str | None]
"""From a command and what is broken to a line, "" for a bare OK, None for ERROR."""

LINE_LIMIT_BYTES = 1 << 10
QUIETLY_OK = ("AT", "ATZ", "AT&F", "AT&K0", "AT+CMEE=0", "AT+CMEE=1")


class Terminal:
    """Serial device under a stable name, whatever the number of its terminal."""

    def __init__(self, link: Path, dialogue: Dialogue) -> None:
        """Appear at `link` once open, and speak by `dialogue`."""
        self._link = link
        self._dialogue = dialogue
        self._faults = WHOLE
        self._ends: tuple[int, int] | None = None
        self._heard = b""
        self._echo = True

    @property
    def address(self) -> str:
        """Return the path of the device."""
        return str(self._link)

    async def open(self) -> None:
        """Plug it in."""
        ours, theirs = self._ends = os.openpty()
        tty.setraw(theirs)  # our end stays open too: a closed one would hang up on us
        os.set_blocking(ours, False)
        self._link.symlink_to(os.ttyname(theirs))
        asyncio.get_running_loop().add_reader(ours, self._read, ours)

    async def show(self, faults: Faults) -> None:
        """Answer from now on with these faults."""
        self._faults = faults

    async def close(self) -> None:
        """Pull it out."""
        if self._ends is None:
            return
        asyncio.get_running_loop().remove_reader(self._ends[0])
        for end in self._ends:
            os.close(end)
        self._ends = None
        self._link.unlink(missing_ok=True)

    def _read(self, ours: int) -> None:
        try:
            received = os.read(ours, 4096)
        except OSError:  # the peer closed it; the next one reopens it
            return
        if self._echo:
            self._write(ours, received)
        *commands, rest = (self._heard + received).replace(b"\n", b"").split(b"\r")
        self._heard = rest[-LINE_LIMIT_BYTES:]
        for command in commands:
            text = command.decode("ascii", "replace").strip().upper()
            if text.startswith("AT"):
                self._write(ours, self._answer(text))

    def _write(self, ours: int, said: bytes) -> None:
        """Write, or drop it without a reader, as a serial line does."""
        with suppress(BlockingIOError):
            os.write(ours, said)

    def _answer(self, command: str) -> bytes:
        if command in ("ATE0", "ATE1", "ATE"):
            self._echo = command == "ATE1"
            reply: str | None = ""
        elif command in QUIETLY_OK:
            reply = ""
        else:
            reply = self._dialogue(command, self._faults)
        if reply is None:
            return b"\r\nERROR\r\n"
        lines = f"\r\n{reply}\r\n" if reply else ""
        return f"{lines}\r\nOK\r\n".encode()


def modem(command: str, faults: Faults) -> str | None:
    """Speak as a mobile modem with an unlocked SIM."""
    lost = Fault.NO_NETWORK in faults
    stat = 2 if lost else 1  # searching, or at home; TS 27.007 section 7.2
    signal = 99 if lost else 4 if Fault.WEAK in faults else 22  # section 8.5
    return {
        "ATI": "Exempleville demo modem",
        "AT+CPIN?": "+CPIN: READY",
        "AT+CREG?": f"+CREG: 0,{stat}",
        "AT+CEREG?": f"+CEREG: 0,{stat}",
        "AT+CSQ": f"+CSQ: {signal},99",
        "AT+COPS?": "+COPS: 0" if lost else '+COPS: 0,0,"Mobile A",7',
    }.get(command)


def satellite(command: str, faults: Faults) -> str | None:
    """Answer as an Iridium data terminal, without +CREG; its sessions succeed."""
    lost = Fault.NO_NETWORK in faults
    signal = 0 if lost else 1 if Fault.WEAK in faults else 5
    session = "32, 7, 2, 0, 0, 0" if lost else "0, 7, 0, 0, 0, 0"
    return {
        "ATI": "Exempleville demo satellite terminal",
        "AT+CPIN?": "+CPIN:READY",
        "AT+CSQ": f"+CSQ:{signal}",
        "AT+CSQF": f"+CSQF:{signal}",
        "AT+SBDREG?": f"+SBDREG:{1 if lost else 2}",
        "AT+SBDS": "+SBDS: 1, 7, 0, -1",
        "AT+SBDIX": f"+SBDIX: {session}",
    }.get(command)
