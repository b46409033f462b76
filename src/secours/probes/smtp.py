"""SMTP: would the mail server take a message from us now, up to whom it is for?

No message is sent: DATA is never said. With a user name and password an ok shows that
the server accepted our account; with `rcpt_to` that it would take mail for that
address. It does not show that a message would reach the mailbox.

Source: RFC 5321 sections 3.1, 4.1.1, 4.2.3 (codes); RFC 3207 (STARTTLS); RFC 4954
section 6 (AUTH); RFC 3463 sections 3.3 and 3.8 (X.2.2 mailbox full, X.7 policy).
"""

import asyncio
import re
from dataclasses import dataclass, replace

from secours.model import (
    Duration,
    Evidence,
    Facts,
    Outcome,
    Path,
    Reason,
    Secret,
    Stop,
    Verdict,
    failed,
    ok,
)
from secours.wire.options import check_port
from secours.wire.smtp import Refused, Security, Stage, Talk
from secours.wire.tls import with_expiry

BEST = Evidence.AUTHENTICATED
FORTNIGHT = Duration(14 * 86400)

ACCOUNT_REFUSED = (530, 534, 535, 538)  # RFC 4954 section 6
DEFERRED = (450, 451)
FULL = (452, 552)  # RFC 5321 section 4.2.3
MAILBOX_FULL = ".2.2"  # RFC 3463 section 3.3
OUR_RATE = "4.7."  # a policy, for now: RFC 3463 sections 2 and 3.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the server listens, and how far to go with it."""

    host: str
    port: int = 25
    security: Security = "none"
    username: str | None = None
    password: Secret | None = None
    mail_from: str | None = None
    rcpt_to: str | None = None
    ca: str | None = None
    verify: bool = True
    expires_within: Duration = FORTNIGHT

    def __post_init__(self) -> None:
        check_port(self.port)
        if self.username is not None and self.password is None:
            raise ValueError("username needs a password")
        if self.password is not None and self.username is None:
            raise ValueError("password needs a username")
        for option in ("mail_from", "rcpt_to"):
            address = getattr(self, option)
            if address and not re.fullmatch(r"[!-;=?-~]+@[!-;=?-~]+", address):
                raise ValueError(f"{option} is no address in ASCII: {address!r}")


async def probe(settings: Settings, path: Path | None = None) -> Outcome:
    """Talk to the server as far as the options go, and say where that ended.

    Raises:
        Stop: no way to the host, or time was up (with the stage it was up at).
        OSError: the host refuses or cannot be reached.
        SecretMissing: the password could not be read.

    """
    loop = asyncio.get_running_loop()
    start, outcome = loop.time(), None
    talk = Talk(
        settings.host,
        settings.port,
        settings.security,
        ca=settings.ca,
        verify=settings.verify,
    )
    try:
        outcome = await _go_far(settings, talk, path)
        outcome = replace(outcome, latency_s=loop.time() - start)
        await talk.goodbye()
    except asyncio.CancelledError:
        waited_s = round(loop.time() - start, 1)
        silence = failed(
            Reason.TIMEOUT, talk.proven, timeout_s=waited_s, stage=talk.stage
        )
        raise Stop(outcome or silence) from None
    finally:
        talk.hang_up()
    return outcome


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
    except Refused as refused:
        outcome = _judge(refused, talk.proven)
    else:
        outcome = ok(talk.proven, stage=talk.stage)
    return with_expiry(outcome, talk.der, settings.expires_within)


def _judge(refused: Refused, proven: Evidence) -> Outcome:
    """Read the code of a refusal, which means something else at each stage."""
    verdict, reason = _meaning(refused)
    facts: Facts = {"code": refused.code, "said": refused.said, "stage": refused.stage}
    return Outcome(verdict=verdict, evidence=proven, reason=reason, facts=facts)


def _meaning(refused: Refused) -> tuple[Verdict, Reason]:
    code = refused.code
    found = re.match(r"[245]\.\d{1,3}\.\d{1,3}\b", refused.said)
    enhanced = found[0] if found else ""
    if code == 421 and enhanced.startswith(OUR_RATE):
        return Verdict.DEGRADED, Reason.RATE_LIMITED
    if code == 421:
        return Verdict.FAILED, Reason.STATUS
    match refused.stage:
        case "starttls":
            return Verdict.FAILED, Reason.TLS_MISSING
        case "auth" if code in ACCOUNT_REFUSED:
            return Verdict.FAILED, Reason.AUTH
        case "mail" | "rcpt":
            return _meaning_of_envelope(refused.stage, code, enhanced)
    return Verdict.FAILED, Reason.STATUS


def _meaning_of_envelope(
    stage: Stage, code: int, enhanced: str
) -> tuple[Verdict, Reason]:
    if code in DEFERRED:  # greylisted, most often
        return Verdict.DEGRADED, Reason.DEFERRED
    if stage == "rcpt" and (code in FULL or enhanced.endswith(MAILBOX_FULL)):
        return Verdict.FAILED, Reason.QUOTA
    return Verdict.FAILED, Reason.REJECTED
