"""Run a command under a keeper: output and exit code.

It runs without a terminal, in the C locale; of our environment it sees only PATH, HOME,
USER and the like. It is ended with everything that it started when it is over, when its
caller is cancelled, or when we are killed.
"""

import asyncio
import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from io import FileIO

from msgspec import Struct

from secours.message import our_user
from secours.model.observed import Outcome, Reason, unknown
from secours.model.runs import Stop
from secours.outside_text import plain
from secours.wire.nagios import keeper

OUTPUT_BYTES = 8 << 10  # the rest is read and dropped
INPUT_BYTES = 32 << 10  # capacity of a pipe while nobody reads
INHERITED = ("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TZ")
END_S = 0.2  # for its processes to end, before they end in the background
DRAIN_S = 0.2  # for the rest in the pipe, if another process holds it open
CANNOT_START = {
    errno.ENOENT: "no-such-command",
    errno.ENOTDIR: "no-such-command",
    errno.ENOEXEC: "not-a-program",
    errno.E2BIG: "arguments-too-long",
}


class CommandResult(Struct, frozen=True):
    """End of a command: its return code, negative for a signal, and its output."""

    code: int
    output: str


async def run(
    command: Sequence[str],
    env: Mapping[str, str],
    *,
    privileged: bool = False,
    stdin: bytes = b"",
    grace_s: float = 0.0,
) -> CommandResult:
    """Run it to its end, with `stdin` on its standard input.

    It may take `grace_s` from SIGTERM on when it is to end early, else none.

    Raises:
        Stop: it cannot be started.
    """
    until, ours = os.pipe()  # its keeper reads one end, also when we are killed
    with FileIO(until, "rb") as until_closed, FileIO(ours, "wb") as control:
        async with _pipe() as (report, told), _pipe() as (output, written):
            with until_closed, told, written, _filled(stdin) as reading:
                files = _Files(until_closed, told, reading, written)
                how = "privileged" if privileged else "confined", str(grace_s)
                _start_keeper((*how, *command), env, files)
            try:
                await asyncio.wait({report})
            finally:
                control.close()
                await asyncio.wait({report}, timeout=END_S + grace_s)
            await asyncio.wait({output}, timeout=DRAIN_S)
    code = _code(command, await report)
    return CommandResult(code, (await output).decode("utf-8", "replace"))


class _Files(Struct, frozen=True):
    """Files of a keeper: two of its own, two of the command."""

    control: FileIO
    report: FileIO
    reading: FileIO
    output: FileIO


def _filled(content: bytes) -> FileIO:
    """Return a file to read that already holds all input."""
    if not content:
        return FileIO(os.devnull, "rb")
    reading, writing = os.pipe()
    with FileIO(writing, "wb") as file:
        file.write(content[:INPUT_BYTES])
    return FileIO(reading, "rb")


def _start_keeper(argv: Sequence[str], env: Mapping[str, str], files: _Files) -> None:
    """Start the keeper of the command; it ends by itself once `control` is closed.

    No process of asyncio, which would kill it where its own loop ends first.
    """
    ours = {name: os.environ[name] for name in INHERITED if name in os.environ}
    theirs = (files.reading.fileno(), files.output.fileno())
    try:
        process = subprocess.Popen(
            (
                *(sys.executable, "-I", "-S", keeper.__file__),
                *(*map(str, theirs), *argv),
            ),
            stdin=files.control,
            stdout=files.report,
            stderr=subprocess.DEVNULL,
            pass_fds=theirs,
            env={**ours, **env, "LC_ALL": "C"},
            start_new_session=True,
        )
    except OSError as error:
        raise Stop(_cannot_start(error.errno or 0, argv[2:])) from None
    threading.Thread(target=process.wait, daemon=True).start()


def _code(command: Sequence[str], report: bytes) -> int:
    """Return the command's exit code; raise Stop if it could not be started."""
    how, _, number = report.decode().partition(" ")
    if how == "cannot":
        raise Stop(_cannot_start(int(number), command))
    return int(number) if how == "ended" else -signal.SIGKILL  # its keeper was killed


def _cannot_start(number: int, command: Sequence[str]) -> Outcome:
    if number in CANNOT_START:
        facts = {"problem": CANNOT_START[number], "what": plain(command[0])}
        return unknown(Reason.BROKEN, **facts)
    if number in (errno.EACCES, errno.EPERM):
        facts = {"what": plain(command[0]), "user": our_user()}
        return unknown(Reason.PERMISSION, problem="may-not-run", **facts)
    return unknown(Reason.BROKEN, said=os.strerror(number))


def signal_name(number: int) -> str:
    """Return the name of a signal."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


@asynccontextmanager
async def _pipe() -> AsyncIterator[tuple["asyncio.Task[bytes]", FileIO]]:
    """Open a pipe, read it to its end, and yield its other end.

    A pipe of asyncio would keep us waiting for other holders of its other end.
    """
    ours, theirs = os.pipe()
    with FileIO(theirs, "wb") as writing:
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), FileIO(ours, "rb")
        )
        reading = asyncio.create_task(_head(reader))
        try:
            yield reading, writing
        finally:
            transport.close()
            reader.feed_eof()


async def _head(reader: asyncio.StreamReader) -> bytes:
    """Keep the beginning, and discard the rest: the command must not get stuck."""
    kept = b""
    while piece := await reader.read(1 << 16):
        kept += piece[: OUTPUT_BYTES - len(kept)]
    return kept
