"""A plan that the province hands down: checked as an edit is, then put in its file.

What the file had before stands beside it, under its name and `.before`.
"""

import os
import stat
from pathlib import Path

from secours import config
from secours.engine.store.durable_files import force
from secours.message import Refusal, our_user, why
from secours.model.plan import Config
from secours.probes import plugin

BEFORE = ".before"
MAY_READ = 0o640  # of a new file; of one that is there its own


class PlanRefused(Refusal):
    """A plan of the province is not taken, and why."""


def check(text: str, file: Path, in_force: Config) -> None:
    """See whether a plan may take the place of the one in force.

    Raises:
        BadConfig: it has mistakes.
        PlanRefused: it is another site's, or would run what is not run here.

    """
    fresh = config.read(text.encode(), os.fspath(file))
    now, then = in_force.sites, fresh.sites
    if now is None or then is None or then.name != now.name:
        name = then.name if then else "—"
        raise PlanRefused("commands.order.plan.name", name=name)
    if (then.hub, then.credentials) != (now.hub, now.credentials):
        raise PlanRefused("commands.order.plan.hub")
    known = _commands(in_force)
    for command in _commands(fresh):
        if command not in known:
            what = " ".join(command.command)
            raise PlanRefused("commands.order.plan.command", what=what)


def put(text: str, file: Path) -> None:
    """Put a plan in its file, and what that had beside it.

    Raises:
        PlanRefused: the file or its folder cannot be written.

    """
    file = file.resolve()
    try:
        before, mode = file.read_bytes(), stat.S_IMODE(file.stat().st_mode)
        _replace(file.with_name(file.name + BEFORE), before, mode)
        _replace(file, text.encode(), mode)
        force(file.parent)
    except OSError as error:
        facts = {"path": str(file), "why": why(error), "user": our_user()}
        raise PlanRefused("commands.order.plan.file", **facts) from None


def _replace(file: Path, text: bytes, mode: int) -> None:
    """Put a file in place whole; it may be read by whom the one before might."""
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        with open(os.open(fresh, flags, mode & MAY_READ), "wb") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        fresh.chmod(mode)
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)


def _commands(plan: Config) -> list[plugin.Settings]:
    """Return the programs that a plan runs, each with all that decides what it does."""
    settings = (probe.settings for probe in plan.probes())
    return [each for each in settings if isinstance(each, plugin.Settings)]
