"""Interpretation of exceptions from probes: the peer's fault, or ours."""

import errno
import logging
import os
import socket
import ssl
from typing import Any

from secours.message import our_user
from secours.model.observed import (
    REFUSED_CERTIFICATES,
    Outcome,
    Reason,
    failed,
    unknown,
)
from secours.model.runs import Stop
from secours.model.secret import SecretMissing
from secours.model.sections.channel import Probe
from secours.outside_text import openssl_words, plain

log = logging.getLogger(__package__)  # one name for the room

OWN_SHORTAGE = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)

ERRNO_REASONS = {
    errno.ECONNREFUSED: Reason.REFUSED,
    errno.EHOSTUNREACH: Reason.UNREACHABLE,
    errno.EHOSTDOWN: Reason.UNREACHABLE,
    errno.ENETUNREACH: Reason.UNREACHABLE,  # see net.sockets for NO_ROUTE
    errno.ETIMEDOUT: Reason.TIMEOUT,
}


def interpret(probe: Probe, error: Exception) -> Outcome:
    """Make an outcome of what a probe raised."""
    if outcome := outcome_of(error, timeout_s=probe.timeout_s):
        return outcome
    log.error("probe %s is broken: %s", probe.id, type(error).__name__)
    log.debug("probe %s is broken", probe.id, exc_info=error)
    return unknown(Reason.BROKEN, what=type(error).__name__)


def outcome_of(error: Exception, **limit: Any) -> Outcome | None:
    """Make an outcome of what a talk with a peer raised; None of a defect of ours."""
    match error:
        case Stop():
            return error.outcome
        case SecretMissing():
            return unknown(error.reason, **error.facts)
        case TimeoutError():  # an OSError too, so it comes first
            return failed(Reason.TIMEOUT, **limit)
        case OSError():
            return of_system(error)
        case EOFError():
            return failed(Reason.PROTOCOL, problem="connection-closed")
    return None


def of_system(error: OSError) -> Outcome:
    """Map system, resolver and TLS errors."""
    match error:
        case PermissionError():
            return _forbidden(error)
        case ssl.SSLCertVerificationError():
            return _certificate(error)
        case ssl.SSLError():
            return failed(Reason.TLS_FAILED, said=openssl_words(error))
        case socket.gaierror():
            return failed(Reason.DNS, said=plain(error.strerror or ""))
    if error.errno in OWN_SHORTAGE:
        return unknown(Reason.BROKEN, said=os.strerror(error.errno))
    if error.errno in ERRNO_REASONS:
        return failed(ERRNO_REASONS[error.errno])
    if not error.strerror:
        return failed(Reason.PROTOCOL, problem="connection-closed")
    return failed(Reason.PROTOCOL, said=plain(error.strerror))


def _forbidden(error: PermissionError) -> Outcome:
    """Report the file that may not be read, if any."""
    if not error.filename:
        return unknown(Reason.PERMISSION)
    facts = {"problem": "may-not-read", "what": plain(error.filename)}
    return unknown(Reason.PERMISSION, **facts, user=our_user())


def _certificate(error: ssl.SSLCertVerificationError) -> Outcome:
    """Map certificate errors to reasons."""
    reason = REFUSED_CERTIFICATES.get(error.verify_code, Reason.TLS_UNTRUSTED)
    conclude = unknown if reason is Reason.CLOCK else failed
    return conclude(reason, said=plain(error.verify_message))
