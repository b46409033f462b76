"""Plugin: what does a monitoring plugin say, unchanged?

The plugin runs as a process of its own, without a terminal, in the C locale, and with
everything it started is killed at the deadline, or when it ends before. An ok shows
what the plugin shows and no more. Of our environment it sees only PATH, HOME, USER and
the like, and `env`.

It has no rights beside those of the user that the engine runs as: no capabilities, and
none from a program that is setuid or has capabilities in its file. `privileged: true`
leaves it what the system gives, as `sudo`, `check_icmp` and `check_dhcp` need. Of an
engine that runs as root it still is root, and may change root's files: let the engine
run as a user of its own. On other systems than Linux it keeps its rights, and what
leaves its process group is not killed.

Nothing is run, nor a `${file:PATH}` read, where another user or everybody may write the
plan, a folder above it or a link to it.

Source: Monitoring Plugins Development Guidelines, "Plugin Output", "Plugin Return
Codes" and "Performance data"; prctl(2); capabilities(7).
"""

import asyncio
import errno
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from io import FileIO
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
from secours.model.secret import (
    FORM,
    Secret,
    SecretMissing,
    Template,
    names_secret,
)
from secours.outside_text import plain
from secours.wire.nagios import keeper
from secours.wire.nagios.perfdata import perfdata

BEST = Evidence.SERVED
BINDS_PATH = False  # what it does with the network is its own affair

OUTPUT_BYTES = 8 << 10  # of more the rest is read and dropped
INHERITED = ("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TZ")
END_S = 0.2  # for all it started to end, before we go on and it ends later
DRAIN_S = 0.2  # for what is still in the pipe, should somebody else hold it open
NOBODY_ELSE = Secret("")  # could have written the plan that names the command
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
    privileged: bool = False  # may use setuid programs and capabilities
    allowed: Secret = NOBODY_ELSE  # filled in when probes.yaml is read

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
        said = [
            message("plan.advice.in-clear", option=f"env.{name}", form=FORM)
            for name, _ in self._in_clear()
        ]
        program = self.command[0]
        if not self.privileged and _gains_rights(program):
            how = "privileged: true"
            said.append(message("plan.advice.privileged", program=program, option=how))
        return tuple(said)

    def _in_clear(self) -> Iterator[tuple[str, Template]]:
        for name, value in self.env.items():
            with suppress(SecretMissing):
                if names_secret(name) and value.reveal() and not value.parts:
                    yield name, value


def _gains_rights(program: str) -> bool:
    """Tell whether a program is one that runs with more rights than who starts it."""
    found = shutil.which(program)
    if found is None:
        return False
    with suppress(OSError):
        if os.stat(found).st_mode & (stat.S_ISUID | stat.S_ISGID):
            return True
        if sys.platform == "linux":
            return "security.capability" in os.listxattr(found)
    return False


async def probe(settings: Settings, path: Path | None = None) -> Outcome:
    """Run the plugin to its end, and read its return code and its first line.

    Raises:
        SecretMissing: something for its environment could not be read, or somebody
            else could have written the plan.
        Stop: it cannot be started, or time was up.

    """
    settings.allowed.reveal()
    secrets = {name: value.reveal() for name, value in settings.env.items()}
    start = asyncio.get_running_loop().time()
    try:
        code, output = await _run(settings, secrets)
    except asyncio.CancelledError:
        waited_s = round(asyncio.get_running_loop().time() - start, 1)
        raise Stop(unknown(Reason.TIMEOUT, timeout_s=waited_s)) from None
    return _judge(code, output)


async def _run(settings: Settings, secrets: Mapping[str, str]) -> tuple[int, str]:
    """Run the command and everything it starts; return its code and its output."""
    until, ours = os.pipe()  # its keeper reads one end, also when we are killed
    with FileIO(until, "rb") as until_closed, FileIO(ours, "wb") as control:
        async with _pipe() as (report, told), _pipe() as (output, written):
            with until_closed, told, written:
                _start_keeper(settings, secrets, until_closed, told, written)
            try:
                await asyncio.wait({report})
            finally:
                control.close()
                await asyncio.wait({report}, timeout=END_S)
            await asyncio.wait({output}, timeout=DRAIN_S)
    code = _code(settings.command, await report)
    return code, (await output).decode("utf-8", "replace")


def _start_keeper(
    settings: Settings,
    secrets: Mapping[str, str],
    control: FileIO,
    report: FileIO,
    output: FileIO,
) -> None:
    """Start what runs the command; it ends by itself once `control` is closed.

    No process of asyncio, which would kill it where its own loop ends first.
    """
    rights = "privileged" if settings.privileged else "confined"
    ours = {name: os.environ[name] for name in INHERITED if name in os.environ}
    arguments = (str(output.fileno()), rights, *settings.command)
    try:
        process = subprocess.Popen(
            (sys.executable, "-I", "-S", keeper.__file__, *arguments),
            stdin=control,
            stdout=report,
            stderr=subprocess.DEVNULL,
            pass_fds=(output.fileno(),),
            env={**ours, **secrets, "LC_ALL": "C"},
            start_new_session=True,
        )
    except OSError as error:
        raise Stop(_cannot_start(error.errno or 0, settings.command)) from None
    threading.Thread(target=process.wait, daemon=True).start()


def _code(command: tuple[str, ...], report: bytes) -> int:
    """Return the code that the command ended with.

    Raises:
        Stop: it could not be started.

    """
    how, _, number = report.decode().partition(" ")
    if how == "cannot":
        raise Stop(_cannot_start(int(number), command))
    return int(number) if how == "ended" else -signal.SIGKILL  # its keeper was killed


def _cannot_start(number: int, command: tuple[str, ...]) -> Outcome:
    if number in CANNOT_START:
        facts = {"problem": CANNOT_START[number], "what": plain(command[0])}
        return unknown(Reason.BROKEN, **facts)
    if number in (errno.EACCES, errno.EPERM):
        return unknown(Reason.PERMISSION)
    return unknown(Reason.BROKEN, said=os.strerror(number))


@asynccontextmanager
async def _pipe() -> AsyncIterator[tuple["asyncio.Task[bytes]", FileIO]]:
    """Open a pipe, read it from the start to the end, and give its other end.

    A pipe of asyncio would keep us waiting for whoever else holds its other end.
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
