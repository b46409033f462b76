"""Plugin: what does a monitoring plugin say, unchanged?

The plugin runs as a process of its own, without a terminal, in the C locale, and with
everything it started is killed at the deadline. An ok shows what the plugin shows and
no more. Of our environment it sees only PATH, HOME, USER and the like, and `env`.

Source: Monitoring Plugins Development Guidelines, "Plugin Output", "Plugin Return
Codes" and "Performance data".
"""

import asyncio
import errno
import os
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from msgspec import Struct, field

from secours.message import BadValue, Message, message
from secours.model.observed import (
    Evidence,
    Outcome,
    Reason,
    degraded,
    failed,
    ok,
    unknown,
)
from secours.model.plan import Path
from secours.model.runs import Stop
from secours.model.secret import FORM, SecretMissing, Template, names_secret
from secours.outside_text import plain
from secours.wire.nagios.perfdata import perfdata

BEST = Evidence.SERVED
BINDS_PATH = False  # what it does with the network is its own affair

OUTPUT_BYTES = 8 << 10  # of more the rest is read and dropped
INHERITED = ("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TZ")
DRAIN_S = 0.2  # for what is still in the pipe, should somebody else hold it open
CANNOT_START = {
    errno.ENOENT: "no-such-command",
    errno.ENOTDIR: "no-such-command",
    errno.ENOEXEC: "not-a-program",
    errno.E2BIG: "arguments-too-long",
}


class Settings(Struct, frozen=True, kw_only=True):
    """What to run, and what it finds in its environment beside the usual."""

    command: tuple[str, ...]
    env: dict[str, Template] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.command or not self.command[0]:
            raise BadValue("plan.option.program", option="command")
        for word in self.command:
            if "${" in word:  # every user of the machine sees the command line
                raise BadValue("plan.option.secret-in-env", option="command")
            if "\0" in word:
                raise BadValue("plan.option.null-character", option="command")

    def secrets(self) -> Iterator[str]:
        """Return the secrets that stand in the options as they are."""
        return (value.reveal() for _, value in self._in_clear())

    def warnings(self) -> tuple[Message, ...]:
        """Return what is unwise in it."""
        names = [f"env.{name}" for name, _ in self._in_clear()]
        return tuple(
            message("plan.advice.in-clear", option=each, form=FORM) for each in names
        )

    def _in_clear(self) -> Iterator[tuple[str, Template]]:
        for name, value in self.env.items():
            with suppress(SecretMissing):
                if names_secret(name) and value.reveal() and not value.parts:
                    yield name, value


async def probe(settings: Settings, path: Path | None = None) -> Outcome:
    """Run the plugin to its end, and read its return code and its first line.

    Raises:
        PermissionError: it may not be executed.
        SecretMissing: something for its environment could not be read.
        Stop: there is no such command, or time was up.

    """
    secrets = {name: value.reveal() for name, value in settings.env.items()}
    start = asyncio.get_running_loop().time()
    try:
        code, output = await _run(settings.command, secrets)
    except asyncio.CancelledError:
        waited_s = round(asyncio.get_running_loop().time() - start, 1)
        raise Stop(unknown(Reason.TIMEOUT, timeout_s=waited_s)) from None
    return _judge(code, output)


async def _run(command: tuple[str, ...], secrets: Mapping[str, str]) -> tuple[int, str]:
    """Run a command and everything it starts; return its code and its output."""
    async with _output() as (reading, end):
        try:
            process = await _start(command, secrets, end)
        finally:
            os.close(end)
        try:
            await process.wait()
        finally:
            with suppress(ProcessLookupError):  # and with it what it left behind
                os.killpg(process.pid, signal.SIGKILL)
            code = await process.wait()
        await asyncio.wait({reading}, timeout=DRAIN_S)
    return code, (await reading).decode("utf-8", "replace")


async def _start(
    command: tuple[str, ...], secrets: Mapping[str, str], output: int
) -> asyncio.subprocess.Process:
    ours = {name: os.environ[name] for name in INHERITED if name in os.environ}
    try:
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.DEVNULL,
            env={**ours, **secrets, "LC_ALL": "C"},
            start_new_session=True,
        )
    except OSError as error:
        if error.errno not in CANNOT_START:
            raise
        facts = {"problem": CANNOT_START[error.errno], "what": plain(command[0])}
        raise Stop(unknown(Reason.BROKEN, **facts)) from None


@asynccontextmanager
async def _output() -> AsyncIterator[tuple["asyncio.Task[bytes]", int]]:
    """Open a pipe of our own, and read it from the start to the end.

    A pipe of asyncio would keep us waiting for whoever else holds its other end.
    """
    ours, theirs = os.pipe()
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(ours, "rb", 0)
    )
    reading = asyncio.create_task(_head(reader))
    try:
        yield reading, theirs
    finally:
        transport.close()
        reader.feed_eof()


async def _head(reader: asyncio.StreamReader) -> bytes:
    """Keep the beginning, and read the rest away: the plugin must not get stuck."""
    kept = b""
    while piece := await reader.read(1 << 16):
        kept += piece[: OUTPUT_BYTES - len(kept)]
    return kept


def _judge(code: int, output: str) -> Outcome:
    """Read the return code; the first line up to the bar is for people."""
    first, *rest = output.strip().splitlines() or [""]
    text, _, numbers = first.partition("|")
    facts: dict[str, Any] = {"said": plain(text)}
    if refused := _refused(numbers, rest):
        facts["refused"] = plain(" ".join(refused))
    if code < 0:
        return unknown(Reason.BROKEN, problem="ended-by-signal", what=_signal(-code))
    if not first:
        return unknown(Reason.BROKEN, problem="no-output", code=code)
    match code:
        case 0:
            return ok(Evidence.SERVED, **facts)
        case 1:
            return degraded(Reason.REPORTED, Evidence.SERVED, **facts)
        case 2:
            return failed(Reason.REPORTED, Evidence.SERVED, **facts)
        case 3:
            return unknown(Reason.REPORTED, **facts)
    return unknown(Reason.BROKEN, problem="exit-code", code=code, **facts)


def _refused(numbers: str, rest: list[str]) -> tuple[str, ...]:
    """Return what is no performance data; it may go on behind a second bar."""
    _, _, more = "\n".join(rest).partition("|")
    return perfdata(f"{numbers} {more}")[1]


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
