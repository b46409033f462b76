"""A person at a terminal: reads the questions, types answers, and is timed.

The terminal is a pseudo-terminal that the program controls, as over ssh. `typed` counts
the keys: at four a second that is the time of the hands. `waited_s` is the machine's.
"""

import asyncio
import fcntl
import os
import pty
import re
import signal
import struct
import sys
import termios
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from soak import SOAK

KEYS_A_SECOND = 4.0
PATIENCE_S = 60.0
AGAIN_S = 3.0
COLUMNS, ROWS = 80, 24
PROMPT = "> "


class Typist:
    """One sitting at `secours`, with all that was shown and typed."""

    def __init__(self, process: asyncio.subprocess.Process, terminal: int) -> None:
        self.process = process
        self.shown = ""
        self.typed = 0
        self.waited_s = 0.0
        self._terminal = terminal
        self._read_to = 0
        self._more = asyncio.Event()
        asyncio.get_running_loop().add_reader(terminal, self._read)

    def _read(self) -> None:
        try:
            found = os.read(self._terminal, 65536)
        except OSError:  # EIO: the other end closed it
            found = b""
        if not found:
            asyncio.get_running_loop().remove_reader(self._terminal)
        self.shown += found.decode("utf-8", "replace").replace("\r\n", "\n")
        self._more.set()

    async def asked(self, question: str) -> str:
        """Wait until this is asked, and return all that was shown since the last."""
        began_s = time.monotonic()
        while not self._asks(question):
            self._more.clear()
            waiting = asyncio.wait_for(self._more.wait(), PATIENCE_S)
            try:
                await waiting
            except TimeoutError:
                raise AssertionError(
                    f"nobody asks {question!r}: {self.shown}"
                ) from None
        self.waited_s += time.monotonic() - began_s
        said, self._read_to = self.shown[self._read_to :], len(self.shown)
        return said

    def _asks(self, question: str) -> bool:
        said = self.shown[self._read_to :]
        return said.endswith(PROMPT) and re.search(question, said) is not None

    async def answer(self, question: str, text: str = "") -> str:
        """Answer a question; return what was shown with it."""
        said = await self.asked(question)
        for key in f"{text}\r":
            self.type(key)
            if SOAK:  # as slowly as a person
                await asyncio.sleep(1 / KEYS_A_SECOND)
        return said

    def type(self, keys: str) -> None:
        """Press keys."""
        self.typed += len(keys)
        os.write(self._terminal, keys.encode())

    async def interrupt(self) -> int:
        """Press Ctrl-C until it ends: one before it reads is not noticed."""
        while self.process.returncode is None:
            self.type("\x03")
            with suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), AGAIN_S)
        return await self.end()

    def hang_up(self) -> None:
        """Close the terminal, as a lost connection does."""
        asyncio.get_running_loop().remove_reader(self._terminal)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, self._terminal)
        os.close(nothing)

    async def end(self) -> int:
        """Wait for the end, and return the exit code."""
        began_s = time.monotonic()
        async with asyncio.timeout(PATIENCE_S):
            code = await self.process.wait()
        self.waited_s += time.monotonic() - began_s
        with suppress(OSError):
            while found := os.read(self._terminal, 65536):
                self.shown += found.decode("utf-8", "replace").replace("\r\n", "\n")
        return code

    @property
    def took_s(self) -> float:
        """Return how long a person who types so fast would have sat there."""
        return self.typed / KEYS_A_SECOND + self.waited_s


@asynccontextmanager
async def typist(
    folder: Path, *argv: str, env: Mapping[str, str]
) -> AsyncIterator[Typist]:
    """Sit down at a command in a folder."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("4H", ROWS, COLUMNS, 0, 0))

    def take_terminal() -> None:
        os.setsid()
        signal.signal(
            signal.SIGINT, signal.SIG_DFL
        )  # a job in the background ignores it
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "secours", *argv),
        cwd=folder,
        env={**env, "TERM": "dumb", "COLUMNS": str(COLUMNS)},
        stdin=its,
        stdout=its,
        stderr=its,
        preexec_fn=take_terminal,
    )
    os.close(its)
    sitting = Typist(process, ours)
    try:
        yield sitting
    finally:
        asyncio.get_running_loop().remove_reader(ours)
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        os.close(ours)
