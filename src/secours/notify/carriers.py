"""Carriers of a notice for each kind of target, and what keeps one from use.

A channel of the plan sends by its probe's code. An address of Apprise is used in a
child process, as that library has its own threads and no deadline; a command gets the
notice as JSON. Both run as plugins do: without our rights, and ended with all they
started.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from importlib.util import find_spec
from pathlib import Path as File
from typing import Any

import msgspec
from msgspec.structs import replace

from secours import probes
from secours.message import Message, message
from secours.model.notices import Notice, Stage
from secours.model.observed import Outcome, Reason, failed, unknown
from secours.model.plan import Config
from secours.model.runs import Stop
from secours.model.secret import SecretMissing
from secours.model.sections.channel import Path, Probe
from secours.model.sections.notify import Target
from secours.notify.calls.ring import LONGEST_S, ring
from secours.outside_text import plain
from secours.probes import ProbeType
from secours.run.tidy import told_apart
from secours.wire.nagios import command
from secours.wire.nagios.command import CommandResult
from secours.wire.option_checks import called

LEAST_S = 20.0  # for a peer to take a notice, however short its tests may be
PROGRAM_S = 30.0
SERVICE_SHARE = 2 / 3  # of that time, for a service to take a notice
RECEIPT_S = 60.0  # within which a receipt is to come, where the probe has no such time
MOST_RECEIPT_S = 180.0
TEXT_LENGTH = 6000  # characters that a program is given

APPRISE, EXTRA = "apprise", "secours[notify]"
INSTALL = "secours doctor"
CHILD = str(File(__file__).parent / "apprise" / "child.py")


class Carrier(msgspec.Struct, frozen=True, kw_only=True):
    """Carrier of a notice over one target."""

    probe: Probe  # by whose settings and within whose timeout it sends
    path: Path | None = None
    to: str = ""  # the address, in the form that the protocol wants
    secrets: frozenset[str] = frozenset()  # beside those of the settings
    others: frozenset[str] = frozenset()  # of the whole plan
    kind: ProbeType | None = None  # None: a program, or a call
    rings: bool = False
    program: tuple[str, ...] = ()
    url: str = ""

    @property
    def receipt_s(self) -> float:
        """Return the usual time until its receipt."""
        return receipt_s(self.probe)

    def send(self, notice: Notice) -> AsyncIterator[Stage]:
        """Send, and yield each stage; errors are raised, as by a probe."""
        if self.rings:
            return ring(self.probe.settings, self.path, replace(notice, to=self.to))
        if self.kind is not None and self.kind.send is not None:
            addressed = replace(notice, to=self.to)
            return self.kind.send(self.probe.settings, self.path, addressed)
        failure = _of_service if self.url else _of_command
        return _by_program(self.program, _told(notice, self.url), failure)


def receipt_s(probe: Probe | None) -> float:
    """Return how long to wait for a receipt before another target is tried."""
    settings = probe.settings if probe else None
    return min(float(getattr(settings, "within", RECEIPT_S)), MOST_RECEIPT_S)


class Shortage(msgspec.Struct, frozen=True):
    """A reason why a target cannot be used at all."""

    said: Message | str
    what: str = ""  # that is missing


def lack(target: Target) -> Shortage | None:
    """Return why a target cannot be used, None if it can."""
    try:
        if target.command:
            target.allowed.reveal()
        for needed in (target.to, target.url):
            if needed is not None:
                needed.reveal()
    except SecretMissing as error:
        missing = error.reason is Reason.SECRET_MISSING
        return Shortage(error.said, error.facts.get("what", "") if missing else "")
    if target.url is not None and find_spec(APPRISE) is None:
        facts = {"type": "url", "package": APPRISE, "extra": EXTRA}
        return Shortage(
            message("plan.probe.package", **facts), f"{APPRISE} ({INSTALL})"
        )
    return None


def carrier(config: Config, target: Target) -> Carrier:
    """Return the carrier of a notice over a target; raise SecretMissing or BadValue."""
    if target.command:
        target.allowed.reveal()
    if target.carrier is not None:
        return _channel(config, target, target.carrier)
    url = target.url.reveal() if target.url else ""
    own = Probe(
        id=f"notify/{target.name}",
        owner=target.name,
        name=target.name,
        type=APPRISE if url else "command",
        settings=None,
        timeout_s=PROGRAM_S,
    )
    program = (sys.executable, "-I", CHILD) if url else target.command
    parts = target.url.parts if target.url else ()
    secrets = frozenset({url, *parts} - {""})
    others = told_apart(config)
    return Carrier(probe=own, program=program, url=url, secrets=secrets, others=others)


def _channel(config: Config, target: Target, probe: Probe) -> Carrier:
    kind = probes.find(probe.type)
    written = target.to.reveal() if target.to else ""
    to, least_s = written, LEAST_S
    if target.rings:
        to, least_s = called(written), LONGEST_S
    elif kind.addressee:
        to = kind.addressee(probe.settings, written)
    return Carrier(
        probe=replace(probe, timeout_s=max(probe.timeout_s, least_s)),
        rings=target.rings,
        path=config.paths[probe.via] if probe.via else None,
        to=to,
        secrets=frozenset({written, to} - {""}),
        others=told_apart(config),
        kind=kind,
    )


def _told(notice: Notice, url: str) -> bytes:
    """Encode a notice for a program, without what it need not know."""
    fields: dict[str, Any] = {
        "title": plain(notice.title),
        "text": notice.text[:TEXT_LENGTH],
        "brief": notice.brief,
        "code": notice.mark,
        "urgent": notice.urgent,
    }
    if url:
        fields |= {"url": url, "within_s": PROGRAM_S * SERVICE_SHARE}
    return msgspec.json.encode(fields)


async def _by_program(
    program: tuple[str, ...], body: bytes, failure: Callable[[CommandResult], Outcome]
) -> AsyncIterator[Stage]:
    """Run a program that has taken the notice if it exits with 0."""
    try:
        ended = await command.run(program, {}, stdin=body)
    except asyncio.CancelledError:
        raise Stop(failed(Reason.TIMEOUT, timeout_s=PROGRAM_S)) from None
    if ended.code < 0:
        what = command.signal_name(-ended.code)
        raise Stop(unknown(Reason.BROKEN, problem="ended-by-signal", what=what))
    if ended.code:
        raise Stop(failure(ended))
    yield Stage.ACCEPTED


def _of_command(ended: CommandResult) -> Outcome:
    """Return the failure of a command."""
    said = plain(ended.output)
    facts: dict[str, Any] = {"said": said} if said else {}
    return failed(Reason.REPORTED, code=ended.code, **facts)


class _Problem(msgspec.Struct, frozen=True):
    """Error of the child that uses Apprise."""

    failed: str = "not-taken"
    code: int = 0
    said: str = ""


def _of_service(ended: CommandResult) -> Outcome:
    """Return why a service did not take it, in our words."""
    try:
        problem = msgspec.json.decode(ended.output, type=_Problem)
    except msgspec.DecodeError:  # the child itself failed
        problem = _Problem()
    facts: dict[str, Any] = {"code": problem.code} if problem.code else {}
    if said := plain(problem.said):
        facts["said"] = said
    match problem.failed:
        case "timeout":
            return failed(Reason.TIMEOUT, timeout_s=PROGRAM_S * SERVICE_SHARE)
        case "unreachable" | "tls-failed" | "status":
            return failed(Reason(problem.failed), **facts)
        case "connection-closed":
            return failed(Reason.PROTOCOL, problem=problem.failed)
        case "bad-address":
            return failed(Reason.REPORTED, problem=problem.failed)
    return failed(Reason.REPORTED, problem="not-taken", **facts)
