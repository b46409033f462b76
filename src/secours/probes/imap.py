"""IMAP: can the mailbox be opened, and is there room in it?

With a user name and password it logs in, opens the mailbox and asks for its quota: an
ok shows that mail there can be read, not that any arrives: see `mail_roundtrip`.
Nothing in the mailbox is changed. Without them an ok ends at the greeting.

Source: RFC 3501 sections 6.2.3 (LOGIN), 6.3.1 (SELECT); RFC 5530 section 3 (response
codes); RFC 9208 sections 4.1.2 and 5 (GETQUOTAROOT, resources).
"""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from secours.model.observed import Evidence, Outcome, Reason, degraded, ok
from secours.model.runs import Stop
from secours.model.sections.channel import Path
from secours.wire.mail.imap import ImapSession
from secours.wire.mail.imap_syntax import ImapResponse, quoted, utf7
from secours.wire.mail.options import ImapOptions
from secours.wire.net.tls import with_expiry
from secours.wire.numbers import whole
from secours.wire.progress import Progress, followed

BEST = Evidence.AUTHENTICATED
LOGOUT_S = 0.3  # what a server gets to say goodbye
KIB = 1024  # the unit of STORAGE, RFC 9208 section 5.1


class Settings(ImapOptions, frozen=True, kw_only=True):
    """Mailbox, its account, and its limit of use."""


class Quota(NamedTuple):
    """Used and allowed amount of a resource."""

    resource: str
    used: int
    limit: int

    @property
    def share(self) -> float:
        """Return the share in use; a limit of nothing is full."""
        return self.used / self.limit if self.limit else 1.0

    def words(self, amount: int) -> str:
        """Write an amount of it."""
        if self.resource != "STORAGE":
            return str(amount)
        octets = amount * KIB
        for unit, size in (("GB", 10**9), ("MB", 10**6)):
            if octets >= size:
                return f"{octets / size:.1f} {unit}"
        return f"{octets / 1000:.0f} kB"


async def probe(settings: Settings, path: Path | None) -> Outcome:
    """Open the mailbox as far as the options go, and return its use."""
    password = settings.password.reveal() if settings.password else None
    progress, fullest = Progress(), None
    session = ImapSession(settings, progress)
    outcome: Outcome | None = None
    try:
        async with followed(progress):
            await session.open(path)
            if settings.username is not None and password is not None:
                await session.log_in(settings.username, password)
                await session.select(utf7(settings.mailbox))
                fullest = await _fullest(session, utf7(settings.mailbox))
            outcome = _judge(progress.proven, fullest, settings.max_used)
            await _leave(session)
    except Stop as stop:
        outcome = outcome or stop.outcome
    finally:
        session.hang_up()
    return with_expiry(outcome, session.der, settings.expires_within)


async def _fullest(session: ImapSession, mailbox: str) -> Quota | None:
    """Return the quota that will be reached first, None where there is none."""
    if "QUOTA" not in session.can and "QUOTA=RES-STORAGE" not in session.can:
        return None
    session.progress.stage = "quota"
    answer = await session.command(f"GETQUOTAROOT {quoted(mailbox)}")
    return max(
        _quotas(answer, session.progress.proven),
        key=lambda quota: quota.share,
        default=None,
    )


def _quotas(answer: ImapResponse, proven: Evidence) -> Iterator[Quota]:
    """Read `* QUOTA root (STORAGE 10 512 MESSAGE 3 100)`."""
    for line in answer.lines("QUOTA"):
        told = line[-1] if line else None
        numbers = [str(word) for word in told] if isinstance(told, list) else []
        for resource, used, limit in zip(
            numbers[::3], numbers[1::3], numbers[2::3], strict=False
        ):
            if used.isdecimal() and limit.isdecimal():
                yield Quota(resource.upper(), whole(used, proven), whole(limit, proven))


def _judge(proven: Evidence, fullest: Quota | None, max_used: float) -> Outcome:
    if fullest is None:
        return ok(proven)
    used, limit = fullest.words(fullest.used), fullest.words(fullest.limit)
    if fullest.share >= max_used:
        return degraded(Reason.QUOTA, proven, used=used, limit=limit)
    return ok(proven, used=used, limit=limit)


async def _leave(session: ImapSession) -> None:
    with suppress(OSError, EOFError, Stop):
        async with asyncio.timeout(LOGOUT_S):
            await session.goodbye()
