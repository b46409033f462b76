"""AT commands on a serial line: one command, its lines, its final result.

Echo on or off, answers in pieces, messages of the modem's own in between and noise are
all told apart here. One probe speaks on a line at a time, whatever process it is in.

Source: ITU-T V.250 sections 5.2.1 (command line), 5.7.1 (result codes); 3GPP TS 27.007
section 9.2 (+CME ERROR).
"""

import asyncio
import errno
import fcntl
import os
import re
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from urllib.parse import quote

from secours import places
from secours.model import Evidence, Outcome, Reason, Stop, failed, unknown
from secours.wire.words import plain

BAUD = 115200
WAKE_S = 1.0  # a modem that finds out our speed may miss the first command
TURN_S = 0.05  # between two looks at a line that another probe speaks on
CLOSE_S = 0.2
QUIET_S = 0.15  # without a byte for so long, no late answer is on its way
NOISE_BYTES = 1 << 14  # more than any answer to the commands of ours

GONE = frozenset({errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO, errno.ENOTDIR})
NOT_SERIAL = frozenset({errno.ENOTTY, errno.EISDIR, errno.EINVAL})
FINAL = re.compile(
    r"(OK|0)|(ERROR|4|COMMAND NOT SUPPORT|NO CARRIER|BUSY|NO ANSWER|NO DIAL ?TONE"
    r"|\+CM[ES] ERROR: ?.*)",
    re.IGNORECASE,
)
CME = {  # 3GPP TS 27.007 section 9.2.1
    "sim not inserted": 10,
    "sim pin required": 11,
    "sim puk required": 12,
    "sim failure": 13,
    "sim busy": 14,
    "sim wrong": 15,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a modem said to one command; `error` is empty where it ended in OK."""

    lines: tuple[str, ...] = ()
    error: str = ""

    @property
    def cme(self) -> int | None:
        """Return the number of a +CME ERROR, also where it came in words."""
        name, found, told = self.error.partition(":")
        if not found or name.strip().upper() != "+CME ERROR":
            return None
        told = told.strip()
        return int(told) if told.isdecimal() else CME.get(told.lower())

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
        """Speak through these streams; `open_line` makes them."""
        self._reader = reader
        self._writer = writer
        self._buffer = b""
        self._heard = 0  # bytes since the latest answer
        self._spoke_at = False  # whether anything here ever was an answer

    async def wake(self) -> None:
        """Turn the echo off, and wait until the modem has answered once."""
        tries = 0
        while True:
            tries += 1
            try:
                async with asyncio.timeout(WAKE_S):
                    answer = await self.ask("ATE0")
            except TimeoutError:
                continue
            if answer.error and tries == 1:  # behind what somebody else had begun
                continue
            break
        if tries > 1:
            await self._until_quiet()

    async def ask(self, command: str) -> Answer:
        """Send a command and return its answer.

        Raises:
            Stop: the line carries noise, or the device went away.

        """
        self._writer.write(command.encode("ascii") + b"\r")
        lines: list[str] = []
        while True:
            line = await self._line()
            if line.upper() == command.upper():  # the echo
                continue
            if final := FINAL.fullmatch(line):
                self._spoke_at, self._heard = True, 0
                return Answer(tuple(lines), "" if final[1] else line)
            lines.append(line)

    def silence(self, timeout_s: float) -> Outcome:
        """Say what a deadline means here: silence, or noise that is no answer."""
        if self._heard and not self._spoke_at:
            return failed(Reason.PROTOCOL, Evidence.REACHED, said=plain(self._buffer))
        reached = Evidence.REACHED if self._spoke_at else Evidence.NONE
        return failed(Reason.TIMEOUT, reached, timeout_s=round(timeout_s, 1))

    async def _line(self) -> str:
        """Return the next line that is not empty, without its end."""
        while True:
            line, found, rest = self._buffer.replace(b"\r", b"\n").partition(b"\n")
            if not found:
                self._buffer += await self._more()
                continue
            self._buffer = rest
            if text := line.decode("ascii", "replace").strip(" \t\0"):
                return text

    async def _more(self) -> bytes:
        piece = await self._reader.read(4096)
        if not piece:
            raise Stop(unknown(Reason.NO_DEVICE, what="unplugged"))
        self._heard += len(piece)
        if self._heard > NOISE_BYTES:
            raise Stop(failed(Reason.PROTOCOL, Evidence.REACHED, said=plain(piece)))
        return piece

    async def _until_quiet(self) -> None:
        """Read away late answers to what was asked more than once."""
        while True:
            try:
                async with asyncio.timeout(QUIET_S):
                    await self._more()
            except TimeoutError:
                self._buffer = b""
                return


@asynccontextmanager
async def open_line(port: str, baud: int = BAUD) -> AsyncIterator[Dialogue]:
    """Open a serial port for us alone, wake the modem, and hang up at the end.

    The deadline of the probe, which cancels, becomes the outcome that it means.

    Raises:
        Stop: no such device, held by another program, or silence at the deadline.

    """
    start = asyncio.get_running_loop().time()
    async with _turn(port):
        reader, writer = await _open(port, baud)
        dialogue = Dialogue(reader, writer)
        try:
            await dialogue.wake()
            yield dialogue
        except asyncio.CancelledError:
            waited_s = asyncio.get_running_loop().time() - start
            raise Stop(dialogue.silence(waited_s)) from None
        except OSError as error:
            raise _told_apart(error, port) from None
        finally:
            await _close(writer)


async def _close(writer: asyncio.StreamWriter) -> None:
    """Give the port back before our turn ends; a driver that hangs may keep it."""
    writer.transport.abort()
    with suppress(TimeoutError, OSError):
        async with asyncio.timeout(CLOSE_S):
            await writer.wait_closed()


async def _open(
    port: str, baud: int
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    # Imported when a line is opened: half a configuration has no modem, and the
    # command line starts without it.
    import serialx

    try:
        return await serialx.open_serial_connection(port, baud)
    except serialx.UnsupportedSetting:
        raise Stop(unknown(Reason.BROKEN, what=f"baud {baud}")) from None
    except termios.error as error:
        raise _told_apart(OSError(*error.args), port) from None
    except OSError as error:
        raise _told_apart(error, port) from None


def _told_apart(error: OSError, port: str) -> Exception:
    """Tell the ways apart in which a device is not there for us."""
    if "://" in port and error.errno not in (errno.EBUSY, errno.EIO):
        return error  # a terminal server on the network
    if error.errno == errno.EBUSY:
        return Stop(unknown(Reason.DEVICE_BUSY, what=plain(port)))
    if error.errno in GONE:
        return Stop(unknown(Reason.NO_DEVICE, what=plain(port)))
    if error.errno in NOT_SERIAL:
        what = plain(f"{port} is no serial port")
        return Stop(unknown(Reason.NO_DEVICE, what=what))
    return error


@asynccontextmanager
async def _turn(port: str) -> AsyncIterator[None]:
    """Wait for our turn on a device: `check` and the engine may want it at once.

    Raises:
        Stop: another probe still spoke on it at the deadline.

    """
    try:
        folder = places.ours_alone(places.runtime_root() / "lines")
    except places.NoPlace:  # then the lock on the port itself has to do
        yield
        return
    lock = os.open(folder / _file_name(port), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not _locked(lock):  # noqa: ASYNC110 -- processes share no Event
            await asyncio.sleep(TURN_S)
    except asyncio.CancelledError:
        os.close(lock)
        raise Stop(unknown(Reason.DEVICE_BUSY, what=plain(port))) from None
    try:
        yield
    finally:
        os.close(lock)


def _file_name(port: str) -> str:
    """Name a device the same under each of its links."""
    return quote(os.path.realpath(port), safe="")[-200:]


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
