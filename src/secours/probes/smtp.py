"""SMTP: would the mail server take a message from us now, up to whom it is for?

No message is sent: DATA is never said. With a user name and password an ok shows that
the server accepted our account; with `rcpt_to` that it would take mail for that
address. It does not show that a message would reach the mailbox.

A notice is a mail that the server has taken; whether it arrives is not seen.

Source: RFC 5321 sections 3.1, 4.1.1, 4.2.3 (codes); RFC 3207 (STARTTLS).
"""

import asyncio
from collections.abc import AsyncIterator

from secours.model.notices import Notice, Stage
from secours.model.observed import Evidence, Outcome, ok
from secours.model.runs import Stop, timer
from secours.model.sections.channel import Path
from secours.wire.mail.messages import address, mailed
from secours.wire.mail.options import SmtpOptions
from secours.wire.mail.smtp import SmtpRefusal, Talk
from secours.wire.mail.submission import judge
from secours.wire.net.tls import with_expiry

BEST = Evidence.AUTHENTICATED


class Settings(SmtpOptions, frozen=True, kw_only=True):
    """Address of the server, and how far to test it."""


async def probe(settings: Settings, path: Path | None = None) -> Outcome:
    """Talk to the server as far as the options go, and return its stage."""
    talk, outcome = Talk(settings), None
    try:
        outcome = await _go_far(settings, talk, path)
        timer.get().answered()
        await talk.goodbye()
    except asyncio.CancelledError:
        raise Stop(outcome or talk.silence()) from None
    finally:
        talk.hang_up()
    return outcome


def addressee(settings: Settings, to: str) -> str:
    """Return the address of a notice, by default `rcpt_to`, or raise BadValue."""
    return address(to or settings.rcpt_to or "")


async def send(
    settings: Settings, path: Path | None, notice: Notice
) -> AsyncIterator[Stage]:
    """Send a mail to the server; its arrival is not seen."""
    recipient = addressee(settings, notice.to)
    async with mailed(settings, notice, recipient, path):
        yield Stage.ACCEPTED


async def _go_far(settings: Settings, talk: Talk, path: Path | None) -> Outcome:
    password = settings.password.reveal() if settings.password else None
    try:
        await talk.open(path)
        if settings.username is not None and password is not None:
            await talk.log_in(settings.username, password)
        if settings.mail_from is not None or settings.rcpt_to is not None:
            await talk.mail(settings.mail_from or "")
        if settings.rcpt_to is not None:
            await talk.rcpt(settings.rcpt_to)
    except SmtpRefusal as refused:
        outcome = judge(refused, talk.proven)
    else:
        outcome = ok(talk.proven, stage=talk.stage)
    return with_expiry(outcome, talk.der, settings.expires_within)
