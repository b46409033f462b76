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
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
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
from secours.model.runs import Stop
from secours.model.secret import (
    FORM,
    Secret,
    SecretMissing,
    Template,
    names_secret,
)
from secours.model.sections.channel import Path
from secours.model.sections.field_types import Ours
from secours.outside_text import plain
from secours.wire.nagios import command
from secours.wire.nagios.perfdata import perfdata

BEST = Evidence.SERVED
BINDS_PATH = False  # what it does with the network is its own affair

NOBODY_ELSE = Secret("")  # could have written the plan that names the command


class Settings(Struct, frozen=True, kw_only=True):
    """Command, and its environment beside the usual one."""

    command: tuple[str, ...]
    """Monitoring plugin to run, with its arguments; no secret may stand there."""
    env: dict[str, Template] = field(default_factory=dict)
    """Variables that it finds in its environment; ${NAME} is filled in."""
    privileged: bool = False
    """True where it may use setuid programs and capabilities."""
    allowed: Ours[Secret] = NOBODY_ELSE

    def __post_init__(self) -> None:
        if not self.command or not self.command[0]:
            raise BadValue("plan.option.program", option="command")
        for word in self.command:
            if "${" in word:  # every user of the machine sees the command line
                raise BadValue("plan.option.secret-in-env", option="command")
            if "\0" in word:
                raise BadValue("plan.option.null-character", option="command")

    def secrets(self) -> Iterator[str]:
        """Return the literal secrets in the options."""
        return (value.reveal() for _, value in self._in_clear())

    def warnings(self) -> tuple[Message, ...]:
        """Return advice on it."""
        warnings = [
            message("plan.advice.in-clear", option=f"env.{name}", form=FORM)
            for name, _ in self._in_clear()
        ]
        program = self.command[0]
        if not self.privileged and _gains_rights(program):
            how = "privileged: true"
            warnings.append(
                message("plan.advice.privileged", program=program, option=how)
            )
        return tuple(warnings)

    def _in_clear(self) -> Iterator[tuple[str, Template]]:
        for name, value in self.env.items():
            with suppress(SecretMissing):
                if names_secret(name) and value.reveal() and not value.parts:
                    yield name, value


def _gains_rights(program: str) -> bool:
    """Tell whether a program runs with more rights than its caller."""
    file = shutil.which(program)
    if file is None:
        return False
    with suppress(OSError):
        if os.stat(file).st_mode & (stat.S_ISUID | stat.S_ISGID):
            return True
        if sys.platform == "linux":
            return "security.capability" in os.listxattr(file)
    return False


async def probe(settings: Settings, path: Path | None = None) -> Outcome:
    """Run the plugin to its end, and read its return code and its first line."""
    settings.allowed.reveal()
    secrets = {name: value.reveal() for name, value in settings.env.items()}
    start = asyncio.get_running_loop().time()
    try:
        ended = await command.run(
            settings.command, secrets, privileged=settings.privileged
        )
    except asyncio.CancelledError:
        waited_s = round(asyncio.get_running_loop().time() - start, 1)
        raise Stop(unknown(Reason.TIMEOUT, timeout_s=waited_s)) from None
    return _judge(ended.code, ended.output)


def _judge(code: int, output: str) -> Outcome:
    """Read the return code; the first line up to the bar is for people."""
    first, *rest = output.strip().splitlines() or [""]
    text, _, numbers = first.partition("|")
    facts: dict[str, Any] = {"said": plain(text)}
    if refused := _refused(numbers, rest):
        facts["refused"] = plain(" ".join(refused))
    if code < 0:
        return unknown(
            Reason.BROKEN, problem="ended-by-signal", what=command.signal_name(-code)
        )
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
    """Return text that is no performance data; it may go on behind a second bar."""
    _, _, more = "\n".join(rest).partition("|")
    return perfdata(f"{numbers} {more}")[1]
