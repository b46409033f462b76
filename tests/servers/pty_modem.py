"""A modem on a pseudo-terminal: it answers AT commands as a table tells it to.

    async with pty_modem({"AT+CSQ": "+CSQ: 20,99"}) as modem:
        ...  # open modem.port

A command that is not in the table gets ERROR, ATE0 turns the echo off, and a change of
`modem.table` makes it fail while it runs. A subclass may `reply` by rules of its own;
where it replies with a `Prompt`, what is typed up to Ctrl-Z is the text, and Escape
takes it back. `mute` makes it fall silent, `slow_s` lets each command wait so long, in
turn or (`at_once`) side by side, and `chatter` has it talk unasked.
"""

import asyncio
import os
import tty
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

Reply = str | bytes | None
"""The lines before OK; with a final result of its own if it ends in one; raw bytes as
they are; None for silence."""

END_OF_TEXT, NO_TEXT = b"\x1a", b"\x1b"
FINALS = ("OK", "ERROR", "+CME ERROR", "+CMS ERROR")


Modem = TypeVar("Modem", bound="PtyModem")


@dataclass(frozen=True)
class Prompt:
    """Ask for a text, and reply to that."""

    take: Callable[[str], Reply]


class PtyModem:
    """The far side of the line; `port` is what a probe opens."""

    def __init__(self, table: Mapping[str, Reply], *, echo: bool = True) -> None:
        """Open the pseudo-terminal; `pty_modem` runs it."""
        self.table: dict[str, Reply] = {"AT": "", "ATE0": "", **table}
        self.echo = echo
        self.heard: list[str] = []
        self.mute = False  # hears, and says nothing
        self.slow_s = 0.0
        self.at_once = False
        self._free_s = 0.0  # when it is done with what it heard
        self.pieces = 0  # bytes a write, 0 for all at once
        self.before: Callable[[str], bytes] = lambda command: b""  # unasked messages
        self._master, slave = os.openpty()
        tty.setraw(slave)  # until a probe opens it the line would echo by itself
        self.port = os.ttyname(slave)
        self._slave = slave  # kept open, or the master reads an error when a probe ends
        self._typed = self._unsaid = b""
        self._prompt: Prompt | None = None
        os.set_blocking(self._master, False)

    def start(self) -> None:
        """Listen, on the running loop."""
        asyncio.get_running_loop().add_reader(self._master, self._read)

    def stop(self) -> None:
        """Unplug it."""
        if self._master >= 0:
            asyncio.get_running_loop().remove_reader(self._master)
            asyncio.get_running_loop().remove_writer(self._master)
            os.close(self._master)
            os.close(self._slave)
            self._master = -1

    def say(self, said: bytes) -> None:
        """Write to the line, in pieces if it was told to."""
        size = self.pieces or max(1, len(said))
        loop = asyncio.get_running_loop()
        for number, start in enumerate(range(0, len(said), size)):
            piece = said[start : start + size]
            if self.pieces:
                loop.call_later(0.002 * number, self._write, piece)
            else:
                self._write(piece)

    def _write(self, piece: bytes) -> None:
        self._unsaid += piece
        self._say_more()

    def _say_more(self) -> None:
        """Write what the line takes now, and the rest when it takes more."""
        if self._master < 0:  # it was unplugged meanwhile
            return
        loop = asyncio.get_running_loop()
        loop.remove_writer(self._master)
        with suppress(BlockingIOError):
            self._unsaid = self._unsaid[os.write(self._master, self._unsaid) :]
        if self._unsaid:
            loop.add_writer(self._master, self._say_more)

    def _read(self) -> None:
        try:
            self._typed += os.read(self._master, 4096)
        except OSError:
            return
        while self._prompt or b"\r" in self._typed:
            if self._prompt:
                if not self._take_text(self._prompt):
                    return
                continue
            typed, _, self._typed = self._typed.partition(b"\r")
            command = typed.decode("ascii", "replace").strip()
            if self.slow_s:
                self._answer_later(command)
            else:
                self._answer(command)

    def _answer_later(self, command: str) -> None:
        loop = asyncio.get_running_loop()
        start_s = loop.time() if self.at_once else max(loop.time(), self._free_s)
        self._free_s = start_s + self.slow_s
        loop.call_at(self._free_s, self._answer, command)

    async def chatter(self, said: bytes, every_s: float) -> None:
        """Say this again and again, until cancelled."""
        while True:
            self.say(said)
            await asyncio.sleep(every_s)

    def _take_text(self, prompt: Prompt) -> bool:
        """Take a text that has ended; tell whether one had."""
        if NO_TEXT in self._typed:
            self._typed = self._typed.rpartition(NO_TEXT)[2]
            self._prompt = None
            self._say(b"", "OK")
            return True
        if END_OF_TEXT not in self._typed:
            return False
        text, _, self._typed = self._typed.partition(END_OF_TEXT)
        self._prompt = None
        self._say(b"", prompt.take(text.decode("ascii")))
        return True

    def reply(self, command: str) -> "Reply | Prompt":
        """Say what answers a command."""
        return self.table.get(command, "ERROR")

    def _answer(self, command: str) -> None:
        self.heard.append(command)
        if self.mute:
            return
        reply = self.reply(command)
        echo = f"{command}\r".encode() if self.echo else b""
        if command == "ATE0":
            self.echo = False
        if isinstance(reply, Prompt):
            self._prompt = reply
            self.say(echo + b"\r\n> ")
        else:
            self._say(echo + self.before(command), reply)

    def _say(self, first: bytes, reply: Reply) -> None:
        if reply is not None:
            self.say(first + (reply if isinstance(reply, bytes) else _framed(reply)))


def _framed(reply: str) -> bytes:
    lines = reply.splitlines()
    if not lines or not lines[-1].startswith(FINALS):
        lines.append("OK")
    return "".join(f"\r\n{line}\r\n" for line in lines).encode()


@asynccontextmanager
async def pty_modem(
    table: Mapping[str, Reply], *, echo: bool = True
) -> AsyncIterator[PtyModem]:
    """Run a modem that answers from `table`."""
    async with running(PtyModem(table, echo=echo)) as modem:
        yield modem


@asynccontextmanager
async def running(modem: Modem) -> AsyncIterator[Modem]:
    """Run a modem while the block lasts."""
    modem.start()
    try:
        yield modem
    finally:
        modem.stop()
