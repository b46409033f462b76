"""Mail there and back: does a message that we send arrive in its mailbox, and when?

A short message with a random mark and no personal data is sent by SMTP and looked for
by IMAP; it is removed when found, and so are those that earlier runs of ours left
behind. An ok shows that mail from this sender reached this mailbox. It does not show
that it would reach another one, nor that anybody reads it.

A notice is a mail that the server has taken, by default to that mailbox, where it
stays; whether it arrives is not seen.

Source: RFC 5321 section 6.1 (an accepted message may still be lost or late); RFC 3501;
RFC 6154 (Junk); RFC 3834 section 5 (Auto-Submitted).
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress

from msgspec import Struct
from msgspec.structs import replace

from secours.message import BadValue, Message
from secours.model.notices import Notice, Stage
from secours.model.observed import Evidence, Outcome, Reason, degraded, failed, ok
from secours.model.runs import Stop
from secours.model.sections.channel import Path
from secours.model.sections.field_types import Duration
from secours.outside_text import plain
from secours.wire.mail import mailbox
from secours.wire.mail.imap import ImapSession
from secours.wire.mail.imap_syntax import utf7
from secours.wire.mail.mailbox import Box, Found
from secours.wire.mail.messages import address, letter, mailed
from secours.wire.mail.options import ImapOptions, SmtpOptions, address_of
from secours.wire.mail.submission import submitted
from secours.wire.net.tls import expiry, with_expiry
from secours.wire.own_message import SignedMark, signed_mark
from secours.wire.progress import Progress, followed

BEST = Evidence.DELIVERED
DEFAULT_INTERVAL_S = 300.0
TWO_MINUTES = Duration(120)
LONGEST_SESSIONS_S = 30.0  # for all that is not waiting
TIDY_S = 3.0  # to remove the message once it was found
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0  # between two looks
SILENT_S = 15.0  # a look that takes longer says more of the server than of the mail


class Settings(Struct, frozen=True, kw_only=True):
    """Sending server, mailbox, and the time that a message may take."""

    smtp: SmtpOptions
    """Server over which the message is sent."""
    imap: ImapOptions
    """Mailbox in which it has to arrive."""
    within: Duration = TWO_MINUTES
    """Time limit of the message."""

    def __post_init__(self) -> None:
        if self.imap.username is None:
            raise BadValue("plan.option.needs-username", option="imap")
        if not self.recipient:
            raise BadValue("plan.option.needs-rcpt", option="smtp")
        if self.within <= 0:
            raise BadValue("plan.option.above-zero", option="within")

    @property
    def recipient(self) -> str:
        """Return the address of the mailbox, which may be its user name."""
        return self.smtp.rcpt_to or address_of(self.imap.username)

    @property
    def sender(self) -> str:
        """Return the sender of the message."""
        return self.smtp.sender or self.recipient

    def notice_warnings(self) -> tuple[Message, ...]:
        """Return advice for notices over it."""
        return self.smtp.notice_warnings()


def default_timeout_s(settings: Settings) -> float:
    """Return the time of a run: the waiting, and the commands around it."""
    return settings.within + LONGEST_SESSIONS_S


async def probe(settings: Settings, path: Path | None) -> Outcome:
    """Send a message, wait until it is there, and remove it."""
    passwords = tuple(
        options.password.reveal() if options.password else ""
        for options in (settings.smtp, settings.imap)
    )
    progress = Progress()
    session = ImapSession(settings.imap, progress)
    try:
        with _named("imap"):
            async with followed(progress):
                boxes = await _prepare(session, settings.imap, passwords[1], path)
        mark = signed_mark(time.time() + settings.within)
        start_s = asyncio.get_running_loop().time()
        with _named("smtp"):
            der = await _send(settings, passwords[0], mark, path)
        with _named("imap"):
            async with followed(progress):
                box, found = await _wait(session, boxes, mark, settings.within)
            outcome = _judge(box, asyncio.get_running_loop().time() - start_s)
            await _clear(session, found, outcome)
    finally:
        session.hang_up()
    within = settings.smtp.expires_within, settings.imap.expires_within
    return _with_expiry(outcome, {der: within[0], session.der: within[1]})


def addressee(settings: Settings, to: str) -> str:
    """Return the address of a notice, by default the mailbox's, or raise BadValue."""
    return address(to or settings.recipient)


async def send(
    settings: Settings, path: Path | None, notice: Notice
) -> AsyncIterator[Stage]:
    """Send a mail to the server; its arrival is not seen."""
    recipient = addressee(settings, notice.to)
    with _named("smtp"):
        async with mailed(settings.smtp, notice, recipient, path):
            yield Stage.ACCEPTED


async def _send(
    settings: Settings, password: str, mark: SignedMark, path: Path | None
) -> bytes | None:
    """Send the test message; return the certificate of the server."""
    addresses = settings.sender, settings.recipient
    message = letter(*addresses, mark)
    async with submitted(settings.smtp, password, addresses, message, path) as der:
        return der


async def _prepare(
    session: ImapSession, options: ImapOptions, password: str, path: Path | None
) -> list[Box]:
    """Open the mailbox before sending, and remove our old messages."""
    await session.open(path)
    await session.log_in(options.username or "", password)
    boxes = await mailbox.boxes(session, utf7(options.mailbox))
    for box in boxes:
        with suppress(Stop):  # a mailbox that may only be read
            await mailbox.tidy(session, box)
    return boxes


async def _wait(
    session: ImapSession, boxes: list[Box], mark: SignedMark, within_s: float
) -> tuple[Box, Found]:
    """Look until the message is there; raise Stop if it is late, or nobody can tell."""
    loop = asyncio.get_running_loop()
    start_s = loop.time()
    looked_s: list[float] = []
    session.progress.stage = "wait"
    try:
        async with asyncio.timeout(within_s):
            return await _look(session, boxes, mark, looked_s)
    except (TimeoutError, asyncio.CancelledError):
        now_s = loop.time()
        waited_s = round(now_s - start_s, 1)
        if not looked_s or now_s - looked_s[-1] > SILENT_S:
            raise session.progress.failed(Reason.TIMEOUT, timeout_s=waited_s) from None
        proven = session.progress.proven
        raise Stop(failed(Reason.NOT_DELIVERED, proven, within_s=waited_s)) from None


async def _look(
    session: ImapSession, boxes: list[Box], mark: SignedMark, looked_s: list[float]
) -> tuple[Box, Found]:
    """Look into each mailbox in turn, noting the time of a complete look."""
    loop = asyncio.get_running_loop()
    pause_s = FIRST_PAUSE_S
    while True:
        for box in boxes:
            for found in await mailbox.arrived(session, box):
                if found.mark == mark:
                    return box, found
        looked_s.append(loop.time())
        await asyncio.sleep(pause_s)
        pause_s = min(1.5 * pause_s, LONGEST_PAUSE_S)


def _judge(box: Box, latency_s: float) -> Outcome:
    if box.junk:
        junk = degraded(Reason.JUNK, Evidence.DELIVERED, mailbox=plain(box.name))
        return replace(junk, latency_s=latency_s)
    return ok(Evidence.DELIVERED, latency_s=latency_s)


async def _clear(session: ImapSession, message: Found, outcome: Outcome) -> None:
    """Remove the message from its mailbox; the outcome stands."""
    try:
        async with asyncio.timeout(TIDY_S):
            await mailbox.remove(session, [message.number])
            await session.goodbye()
    except asyncio.CancelledError:
        raise Stop(outcome) from None
    except (OSError, EOFError, Stop):
        return


def _with_expiry(outcome: Outcome, limits: dict[bytes | None, float]) -> Outcome:
    """Add the earliest expiry of the certificates."""
    ends = {}
    for der in limits:
        if der is not None:
            with suppress(ValueError):
                ends[der] = expiry(der)
    if not ends:
        return outcome
    first = min(ends, key=lambda der: ends[der])
    return with_expiry(outcome, first, limits[first])


@contextmanager
def _named(server: str) -> Iterator[None]:
    """Add to a failure the server at which it happened."""
    try:
        yield
    except Stop as stop:
        facts = {"server": server, **stop.outcome.facts}
        raise Stop(replace(stop.outcome, facts=facts)) from None
    except ConnectionRefusedError:
        raise Stop(failed(Reason.REFUSED, server=server)) from None
