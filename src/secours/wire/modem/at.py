"""AT commands on a serial line: one command, its lines, its final result.

Echo on or off, answers in pieces, unsolicited messages of the modem, late answers and
noise are all told apart here.

Source: ITU-T V.250 sections 5.2.1 (command line), 5.7.1 (result codes); 3GPP TS 27.007
section 9.2 (+CME ERROR); 3GPP TS 27.005 sections 3.2.5 (+CMS ERROR), 3.5.1 (the prompt
for a text).
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec import Struct

from secours.model.observed import Evidence, Outcome, Reason, failed, unknown
from secours.model.runs import Stop
from secours.outside_text import plain
from secours.wire.modem.serial_port import open_port
from secours.wire.numbers import whole

BAUD = 115200
# A modem that finds out our speed may miss the first command; one that is only slow is
# not to be asked often, as it answers each in its turn.
WAKE_S = (1.0, 4.0)
SLOW_S = 2.0  # most modems answer these commands at once
PATIENCE_S = 1.0  # for an answer, beyond the time that the first one took
NOISE_BYTES = 1 << 14  # more than most answers to our commands
LINE_BYTES = 1 << 12  # more than any line of an answer
MOST_LINES = 2048  # of one answer; 500 messages take half of them
END_OF_TEXT, NO_TEXT = b"\x1a", b"\x1b"  # Ctrl-Z and Escape, TS 27.005 section 3.5.1

FINAL = re.compile(
    r"(OK|0)|(ERROR|4|COMMAND NOT SUPPORT|\+CM[ES] ERROR: ?.*)", re.IGNORECASE
)  # other results end calls, and come unsolicited during one
CALL_ENDS = re.compile(r"NO CARRIER|BUSY|NO ANSWER|NO DIAL ?TONE", re.IGNORECASE)
FINAL_OF_CALL = re.compile(f"{FINAL.pattern}|({CALL_ENDS.pattern})", re.IGNORECASE)
NAMED = re.compile(r"AT(\+\w+)(?:\?|$)")  # a question, and how its answer begins
CME = {  # 3GPP TS 27.007 section 9.2.1
    "sim not inserted": 10,
    "sim pin required": 11,
    "sim puk required": 12,
    "sim failure": 13,
    "sim busy": 14,
    "sim wrong": 15,
}


class AtResponse(Struct, frozen=True):
    """Response to one command; `error` is empty where it ended in OK."""

    lines: tuple[str, ...] = ()
    error: str = ""

    @property
    def cme(self) -> int | None:
        """Return the number of a +CME ERROR, also in words; raise Stop if too long."""
        told = self.told("+CME ERROR")
        return whole(told) if told.isdecimal() else CME.get(told)

    def told(self, name: str) -> str:
        """Return what follows `NAME:` in the error, in small letters."""
        head, _, tail = self.error.partition(":")
        return tail.strip().lower() if head.strip().upper() == name else ""

    def value(self, name: str) -> str | None:
        """Return what follows `+NAME:` in the first line that begins so."""
        for line in self.lines:
            head, found, tail = line.partition(":")
            if found and head.strip().upper() == name:
                return tail.strip()
        return None


class Dialogue:
    """An open line. One command at a time; `ask` before the former ended is a bug."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Use these streams; `open_line` makes them."""
        self._reader = reader
        self._writer = writer
        self._buffer = b""
        self._heard = 0  # bytes since the latest answer
        self._limit_bytes = NOISE_BYTES
        self._spoke_at = False  # whether the modem ever answered
        self._owed = 0  # answers to earlier commands that may still come
        self._patience_s = PATIENCE_S
        self._asked_s = self._now_s
        self.slowest_s = 0.0  # of the answers so far
        self.meanwhile: Outcome | None = None  # the outcome if time runs out now

    async def wake(self) -> None:
        """Turn the echo off, and wait for the modem's first answer."""
        start_s, tries = self._now_s, 0
        while True:
            self._say("ATE0")
            self._owed += 1
            try:
                async with asyncio.timeout(WAKE_S[min(tries, len(WAKE_S) - 1)]):
                    answer = await self._answer("ATE0")
            except TimeoutError:
                if tries:  # it may wait for a text begun by another program
                    self._writer.write(NO_TEXT + b"\r")
                    self._owed += 1
            else:
                self._owed -= 1
                if tries or not answer.error:
                    break  # else the error is of a line begun by another program
            tries += 1
        self._patience_s += self._now_s - start_s

    async def dial(self, number: str) -> AtResponse:
        """Call a number by voice; many modems answer before the call is put through.

        Raises:
            Stop: the line carries noise, or the device went away.
        """
        self._limit_bytes = NOISE_BYTES
        command = f"ATD{number};"
        self._say(command)
        try:
            return await self._answer(command, FINAL_OF_CALL)
        except asyncio.CancelledError:
            self._owed += 1  # whatever is typed next ends the dialling
            raise

    async def ask(self, command: str, *, limit_bytes: int = NOISE_BYTES) -> AtResponse:
        """Send a command; return so many bytes of its answer, or raise Stop."""
        self._limit_bytes = limit_bytes
        self._say(command)
        answer, came_s = await self._answer(command), self._now_s
        while self._owed and not _fits(command, answer):
            self._owed -= 1
            try:
                async with asyncio.timeout(self._patience_s):
                    answer, came_s = await self._answer(command), self._now_s
            except TimeoutError:  # the others never come: it was the answer to this
                break
        self._owed = 0
        self.slowest_s = max(self.slowest_s, came_s - self._asked_s)
        return answer

    @property
    def slow(self) -> bool:
        """Tell whether the modem answers slowly."""
        return self.slowest_s > SLOW_S

    async def compose(self, command: str, text: str) -> AtResponse:
        """Send a command and a text; return the answer to it, or raise Stop."""
        self._limit_bytes = NOISE_BYTES
        self._say(command)
        try:
            refused = await self._prompted(command)
        except asyncio.CancelledError:
            self._writer.write(NO_TEXT)
            raise
        if refused:
            return refused
        self._writer.write(text.encode("ascii") + END_OF_TEXT)
        return await self._answer(text)

    async def unasked(self) -> str:
        """Return the next unsolicited line; raise Stop for noise, or no device."""
        self._limit_bytes, self._heard = NOISE_BYTES, 0
        return await self._line()

    async def _answer(self, echo: str, finals: re.Pattern[str] = FINAL) -> AtResponse:
        lines: list[str] = []
        while len(lines) < MOST_LINES:
            line = await self._line()
            if line.upper() == echo.upper():  # the echo
                continue
            if final := finals.fullmatch(line):
                self._spoke_at, self._heard = True, 0
                return AtResponse(tuple(lines), "" if final[1] else line)
            lines.append(line)
        raise Stop(_noise(lines[-1]))

    async def _prompted(self, command: str) -> AtResponse | None:
        """Wait for `> `, which ends no line; return an answer in its place."""
        while True:
            self._buffer = self._buffer.lstrip(b"\r\n \t\0")
            if self._buffer.startswith(b">"):
                self._buffer = self._buffer[1:]
                return None
            if not {13, 10} & set(self._buffer):
                self._buffer += await self._more()
                continue
            line = await self._line()
            final = FINAL.fullmatch(line)
            if final and line.upper() != command.upper():
                return AtResponse((), line)

    def silence(self, timeout_s: float) -> Outcome:
        """Return the outcome of a deadline: silence, or noise.

        A slow modem that is not overdue has not fallen silent.
        """
        waited_s = self._now_s - self._asked_s
        if self.meanwhile and self.slow and waited_s < 2 * self.slowest_s:
            return self.meanwhile
        if self._heard and not self._spoke_at:
            return _noise(self._buffer)
        reached = Evidence.REACHED if self._spoke_at else Evidence.NONE
        return failed(Reason.TIMEOUT, reached, timeout_s=round(timeout_s, 1))

    async def _line(self) -> str:
        """Return the next line that is not empty, without its end."""
        while True:
            buffer = self._buffer.lstrip(b"\r\n \t\0")
            line, found, rest = buffer.replace(b"\r", b"\n").partition(b"\n")
            if not found:
                if len(buffer) > LINE_BYTES:
                    raise Stop(_noise(buffer))
                self._buffer = buffer + await self._more()
                continue
            self._buffer = rest
            if text := line.decode("ascii", "replace").strip(" \t\0"):
                return text

    async def _more(self) -> bytes:
        piece = await self._reader.read(4096)
        if not piece:
            raise Stop(unknown(Reason.NO_DEVICE, problem="unplugged"))
        self._heard += len(piece)
        if self._heard > self._limit_bytes:
            raise Stop(_noise(piece))
        await asyncio.sleep(0)  # what has come already is read without a pause
        return piece

    def _say(self, command: str) -> None:
        self._asked_s = self._now_s
        self._writer.write(command.encode("ascii") + b"\r")

    @property
    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()


def _fits(command: str, answer: AtResponse) -> bool:
    """Tell whether an answer can only belong to this question."""
    asked = NAMED.match(command)
    return asked is not None and any(
        line.upper().startswith(asked[1]) for line in answer.lines
    )


def _noise(said: bytes | str) -> Outcome:
    return failed(Reason.PROTOCOL, Evidence.REACHED, said=plain(said))


@asynccontextmanager
async def open_line(port: str, baud: int = BAUD) -> AsyncIterator[Dialogue]:
    """Open a serial port exclusively, wake the modem, and hang up at the end.

    The probe's deadline, which cancels, becomes the outcome of `silence`.

    Raises:
        Stop: no such device, held by another program, or silence at the deadline.
    """
    start = asyncio.get_running_loop().time()
    async with open_port(port, baud) as (reader, writer):
        dialogue = Dialogue(reader, writer)
        try:
            await dialogue.wake()
            yield dialogue
        except asyncio.CancelledError:
            waited_s = asyncio.get_running_loop().time() - start
            raise Stop(dialogue.silence(waited_s)) from None
