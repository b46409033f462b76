"""A message handed to a mail server, and the meaning of a refusal at each stage.

Source: RFC 5321 sections 3.3 and 6.1 (after the 250 to DATA the server answers for it)
and 4.2.3 (codes); RFC 4954 section 6 (AUTH); RFC 3463 sections 3.3 and 3.8 (X.2.2
mailbox full, X.7 policy).
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from secours.model.observed import Evidence, Facts, Outcome, Reason, Verdict
from secours.model.runs import Stop
from secours.model.sections.channel import Path
from secours.wire.mail.options import SmtpOptions
from secours.wire.mail.smtp import SmtpRefusal, Stage, Talk

ACCOUNT_REFUSED = (530, 534, 535, 538)  # RFC 4954 section 6
DEFERRED = (450, 451)
FULL = (452, 552)  # RFC 5321 section 4.2.3
MAILBOX_FULL = ".2.2"  # RFC 3463 section 3.3
OUR_RATE = "4.7."  # a policy, for now: RFC 3463 sections 2 and 3.8


def judge(refused: SmtpRefusal, proven: Evidence) -> Outcome:
    """Interpret the code of a refusal, by stage."""
    verdict, reason = _meaning(refused)
    facts: Facts = {"code": refused.code, "said": refused.said, "stage": refused.stage}
    return Outcome(verdict=verdict, evidence=proven, reason=reason, facts=facts)


def _meaning(refused: SmtpRefusal) -> tuple[Verdict, Reason]:
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
        case "mail" | "rcpt" | "data":
            return _meaning_of_envelope(refused.stage, code, enhanced)
    return Verdict.FAILED, Reason.STATUS


def _meaning_of_envelope(
    stage: Stage, code: int, enhanced: str
) -> tuple[Verdict, Reason]:
    full = enhanced.endswith(MAILBOX_FULL) if enhanced else code in FULL
    if stage != "mail" and full:
        return Verdict.FAILED, Reason.QUOTA
    if code in DEFERRED:  # greylisted, most often
        return Verdict.DEGRADED, Reason.DEFERRED
    return Verdict.FAILED, Reason.REJECTED


@asynccontextmanager
async def submitted(
    options: SmtpOptions,
    password: str,
    addresses: tuple[str, str],
    message: bytes,
    path: Path | None,
) -> AsyncIterator[bytes | None]:
    """Hand a message from one address to another; yield the server's certificate.

    The server then has taken it; its later words do not matter.

    Raises:
        Stop: the server refused it, or stayed silent.
        OSError: the host refuses or cannot be reached.
    """
    talk = Talk(options)
    try:
        try:
            await talk.open(path)
            if options.username is not None:
                await talk.log_in(options.username, password)
            await talk.mail(addresses[0])
            await talk.rcpt(addresses[1])
            await talk.data(message)
        except SmtpRefusal as refused:
            raise Stop(judge(refused, talk.proven)) from None
        except asyncio.CancelledError:
            raise Stop(talk.silence()) from None
        yield talk.der
        await talk.goodbye()
    finally:
        talk.hang_up()
