"""A plan that the province hands down: checked as an edit is, then put in its file.

What the file had before stands beside it, under its name and `.before`.
"""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from secours import config
from secours.engine.store.durable_files import force
from secours.message import Refusal, our_user, why
from secours.model.plan import Config, Target
from secours.model.secret import Secret
from secours.model.sites.membership import Sites
from secours.probes import plugin

BEFORE = ".before"
MAY_READ = 0o640  # of a new file; of one that is there its own


class PlanRefused(Refusal):
    """A plan of the province is not taken, and why."""


def check(text: str, file: Path, in_force: Config) -> None:
    """See whether a plan may take the place of the one in force.

    Raises:
        BadConfig: it has mistakes.
        PlanRefused: it is another site's, opens more of this one, or would run what is
            not run here, or use a secret as it is not used here.

    """
    fresh = config.read(text.encode(), os.fspath(file))
    now, then = in_force.sites, fresh.sites
    if now is None or then is None or then.name != now.name:
        name = then.name if then else "—"
        raise PlanRefused("commands.order.plan.name", name=name)
    if (then.hub, then.credentials) != (now.hub, now.credentials):
        raise PlanRefused("commands.order.plan.hub")
    _check_openings(then, now)
    known = _commands(in_force)
    for command in _commands(fresh):
        if command not in known:
            what = " ".join(command.command)
            raise PlanRefused("commands.order.plan.command", what=what)
    used = [thing for _, thing in _with_secrets(in_force)]
    for where, thing in _with_secrets(fresh):
        if thing not in used:
            raise PlanRefused("commands.order.plan.secret", what=where)


def _check_openings(then: Sites, now: Sites) -> None:
    """See that it opens no more of the site: that is for the site to write.

    Raises:
        PlanRefused: it shares more, or accepts more.

    """
    more = [*(set(then.share) - set(now.share)), *(set(then.accept) - set(now.accept))]
    if more:
        raise PlanRefused("commands.order.plan.opens", what=", ".join(sorted(more)))


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


def _commands(plan: Config) -> list[plugin.Settings | Target]:
    """Return the programs that a plan runs, each with all that decides what it does."""
    settings = (probe.settings for probe in plan.probes())
    return [
        *(each for each in settings if isinstance(each, plugin.Settings)),
        *(each for each in plan.notify.targets.values() if each.command),
    ]


def _with_secrets(plan: Config) -> Iterator[tuple[str, Any]]:
    """Yield what uses a secret, with all that decides where it goes, and its place."""
    if _holds_secret(plan.notify.beat_to):
        yield "notify.beat_to", plan.notify.beat_to
    yield from _users(plan.notify.targets, "notify")
    for name in plan.__struct_fields__:
        if name not in ("notify", "sites"):  # credentials are compared by themselves
            yield from _users(getattr(plan, name), name)


def _users(thing: Any, where: str) -> Iterator[tuple[str, Any]]:
    if isinstance(thing, Mapping):
        for key, each in thing.items():
            yield from _users(each, f"{where}.{key}" if "." not in where else where)
    elif isinstance(thing, tuple | frozenset):
        for each in thing:
            yield from _users(each, where)
    elif isinstance(thing, Struct):
        fields = [getattr(thing, name) for name in thing.__struct_fields__]
        if any(map(_holds_secret, fields)):
            yield where, thing
        for each in fields:
            yield from _users(each, where)


def _holds_secret(thing: Any) -> bool:
    if isinstance(thing, Mapping):
        return any(map(_holds_secret, thing.values()))
    if isinstance(thing, tuple | frozenset):
        return any(map(_holds_secret, thing))
    return isinstance(thing, Secret) and (bool(thing.parts) or not thing.is_there)
