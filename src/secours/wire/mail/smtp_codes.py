"""Meaning of a mail server's refusal, at each stage.

Source: RFC 5321 section 4.2.3 (codes); RFC 4954 section 6 (AUTH); RFC 3463 sections
3.3 and 3.8 (X.2.2 mailbox full, X.7 policy).
"""

import re

from secours.model.observed import Evidence, Facts, Outcome, Reason, Verdict
from secours.wire.mail.smtp import SmtpRefusal, Stage

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
