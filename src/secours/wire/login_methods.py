"""Outcomes where a server offers no way to log in that we know.

Source: RFC 5802 sections 1 (SCRAM takes a password) and 6 (`-PLUS`, channel binding).
"""

from collections.abc import Iterable

from secours.model.observed import Evidence, Reason, failed, unknown
from secours.model.runs import Stop
from secours.outside_text import plain

SCRAM = "SCRAM-"


def no_known_login(offered: Iterable[str], proven: Evidence, stage: str) -> Stop:
    """Return the outcome, to be raised.

    A server that wants SCRAM, which we may not speak there, may well accept the
    password: nothing was tested. Other methods do not use a password.
    """
    names = [name.upper() for name in offered]
    facts = {"stage": stage, "problem": "no-known-login" if names else "no-login"}
    if names:
        facts["said"] = plain(" ".join(names))
    if wants_scram(names):
        return Stop(unknown(Reason.BROKEN, **facts))
    return Stop(failed(Reason.AUTH, proven, **facts))


def wants_scram(offered: Iterable[str]) -> bool:
    """Return whether a server takes a password by SCRAM."""
    return any(name.startswith(SCRAM) for name in offered)
