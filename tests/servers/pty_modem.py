"""A modem on a pseudo-terminal: it answers AT commands as a table tells it to.

    async with pty_modem({"AT+CSQ": "+CSQ: 20,99"}) as modem:
        ...  # open modem.port

A command that is not in the table gets ERROR, ATE0 turns the echo off, and `break_`
or a change of `modem.table` makes it fail while it runs.
"""

import asyncio
import os
import tty
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress

Reply = str | bytes | None
"""The lines before OK; with a final result of its own if it ends in one; raw bytes as
they are; None for silence."""

FINALS = ("OK", "ERROR", "+CME ERROR", "+CMS ERROR")


class PtyModem:
    """The far side of the line; `port` is what a probe opens."""

    def __init__(self, table: Mapping[str, Reply], *, echo: bool = True) -> None:
        """Open the pseudo-terminal; `pty_modem` runs it."""
        self.table: dict[str, Reply] = {"AT": "", "ATE0": "", **table}
        self.echo = echo
        self.heard: list[str] = []
        self.mute = False  # hears, and says nothing
        self.pieces = 0  # bytes a write, 0 for all at once
        self.before: Callable[[str], bytes] = lambda command: b""  # unasked messages
        self._master, slave = os.openpty()
        tty.setraw(slave)  # until a probe opens it the line would echo by itself
        self.port = os.ttyname(slave)
        self._slave = slave  # kept open, or the master reads an error when a probe ends
        self._typed = b""
        os.set_blocking(self._master, False)

    def start(self) -> None:
        """Listen, on the running loop."""
        asyncio.get_running_loop().add_reader(self._master, self._read)

    def stop(self) -> None:
        """Unplug it."""
        if self._master >= 0:
            asyncio.get_running_loop().remove_reader(self._master)
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
        with suppress(OSError):  # nobody reads, or it was unplugged meanwhile
            os.write(self._master, piece)

    def _read(self) -> None:
        try:
            self._typed += os.read(self._master, 4096)
        except OSError:
            return
        while b"\r" in self._typed:
            typed, _, self._typed = self._typed.partition(b"\r")
            self._answer(typed.decode("ascii", "replace").strip())

    def _answer(self, command: str) -> None:
        self.heard.append(command)
        if self.mute:
            return
        reply = self.table.get(command, "ERROR")
        echo = f"{command}\r".encode() if self.echo else b""
        if command == "ATE0":
            self.echo = False
        if reply is not None:
            said = reply if isinstance(reply, bytes) else _framed(reply)
            self.say(echo + self.before(command) + said)


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
    modem = PtyModem(table, echo=echo)
    modem.start()
    try:
        yield modem
    finally:
        modem.stop()
