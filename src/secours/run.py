"""Run one probe: deadline, stopwatch, and the only place where exceptions stop.

A probe interprets answers; here exceptions are interpreted. The deadline holds whatever
a probe does: one that does not let go is left behind.
"""

import asyncio
import errno
import logging
import os
import resource
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from secours.model import (
    WARNINGS,
    Instant,
    Outcome,
    Path,
    Probe,
    Reason,
    Result,
    SecretMissing,
    Stop,
    Verdict,
    failed,
    unknown,
)

log = logging.getLogger(__name__)

LET_GO_S = 0.3  # what a probe gets after its deadline to close its connections

FILES_OF_OURS = 100
FILES_OF_A_PROBE = 8  # addresses tried side by side, pipes of a plugin

# What ssl.SSLCertVerificationError.verify_code says, OpenSSL's x509_vfy.h.
TLS_REASONS = {
    9: Reason.CLOCK,  # X509_V_ERR_CERT_NOT_YET_VALID
    10: Reason.TLS_EXPIRED,  # X509_V_ERR_CERT_HAS_EXPIRED
    62: Reason.TLS_NAME,  # X509_V_ERR_HOSTNAME_MISMATCH
    64: Reason.TLS_NAME,  # X509_V_ERR_IP_ADDRESS_MISMATCH
}

OWN_SHORTAGE = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)

ERRNO_REASONS = {
    errno.ECONNREFUSED: Reason.REFUSED,
    errno.EHOSTUNREACH: Reason.UNREACHABLE,
    errno.EHOSTDOWN: Reason.UNREACHABLE,
    errno.ENETUNREACH: Reason.UNREACHABLE,  # none at all is NO_ROUTE, see wire.sockets
    errno.ETIMEDOUT: Reason.TIMEOUT,
}


def make_room(probes: int) -> None:
    """Allow as many open files as so many probes may need at once, where we may.

    With too few a connection fails here, and that says nothing about the peer.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_OF_OURS + FILES_OF_A_PROBE * probes
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    ceiling = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, ceiling), hard))


async def run(
    probe: Probe,
    probing: Callable[[Any, Path | None], Awaitable[Outcome]],
    path: Path | None,
    now: Callable[[], Instant],
) -> Result:
    """Run a probe and always return a Result; only cancellation passes through."""
    at = now()
    start = time.perf_counter()
    outcome = await _settle(probe, probing, path)
    elapsed_s = time.perf_counter() - start
    return Result(probe=probe.id, at=at, outcome=_timed(probe, outcome, elapsed_s))


def _timed(probe: Probe, outcome: Outcome, elapsed_s: float) -> Outcome:
    """Add the latency; a slow ok is degraded."""
    if outcome.verdict not in (Verdict.OK, Verdict.DEGRADED):
        return outcome
    latency_s = elapsed_s if outcome.latency_s is None else outcome.latency_s
    outcome = replace(outcome, latency_s=latency_s)
    only_warned = outcome.verdict is Verdict.OK or outcome.reason in WARNINGS
    if (
        probe.slow_after_s is not None
        and only_warned
        and latency_s > probe.slow_after_s
    ):
        facts = {"latency_s": latency_s, "slow_after_s": probe.slow_after_s}
        return replace(
            outcome, verdict=Verdict.DEGRADED, reason=Reason.SLOW, facts=facts
        )
    return outcome


async def _settle(
    probe: Probe,
    probing: Callable[[Any, Path | None], Awaitable[Outcome]],
    path: Path | None,
) -> Outcome:
    task = asyncio.ensure_future(probing(probe.settings, path))
    late = failed(Reason.TIMEOUT, timeout_s=probe.timeout_s)
    try:
        done, _ = await asyncio.wait({task}, timeout=probe.timeout_s)
        in_time = bool(done)
        if not in_time:
            task.cancel()
            done, _ = await asyncio.wait({task}, timeout=LET_GO_S)
    except asyncio.CancelledError:
        task.cancel()
        task.add_done_callback(_forget)
        raise
    if not done:
        log.warning("probe %s does not let go at its deadline", probe.id)
        task.add_done_callback(_forget)
        return late
    if task.cancelled():
        return unknown(Reason.BROKEN, what="cancelled") if in_time else late
    try:
        return task.result()
    except Exception as error:  # noqa: BLE001 -- the one place where they stop
        return _interpret(probe, error)


def _forget(task: "asyncio.Future[Outcome]") -> None:
    """Fetch what a probe left behind raised, or asyncio would complain."""
    with suppress(BaseException):
        task.exception()


def _interpret(probe: Probe, error: Exception) -> Outcome:
    match error:
        case Stop():
            return error.outcome
        case SecretMissing():
            return unknown(Reason.SECRET_MISSING, what=str(error))
        case TimeoutError():  # an OSError too, so it comes first
            return failed(Reason.TIMEOUT, timeout_s=probe.timeout_s)
        case OSError():
            return _system(error)
        case EOFError():
            return failed(Reason.PROTOCOL, said="connection closed")
    log.error("probe %s is broken: %s", probe.id, type(error).__name__)
    log.debug("probe %s is broken", probe.id, exc_info=error)
    return unknown(Reason.BROKEN, what=type(error).__name__)


def _system(error: OSError) -> Outcome:
    """Tell apart what the system, the resolver and TLS say."""
    match error:
        case PermissionError():
            return unknown(Reason.PERMISSION)
        case ssl.SSLCertVerificationError():
            return _certificate(error)
        case ssl.SSLError():
            return failed(Reason.TLS_FAILED, said=_plain(getattr(error, "reason", "")))
        case socket.gaierror():
            return failed(Reason.DNS, said=_plain(error.strerror or ""))
    if error.errno in OWN_SHORTAGE:
        return unknown(Reason.BROKEN, what=os.strerror(error.errno))
    if error.errno in ERRNO_REASONS:
        return failed(ERRNO_REASONS[error.errno])
    return failed(Reason.PROTOCOL, said=_plain(error.strerror or "connection closed"))


def _certificate(error: ssl.SSLCertVerificationError) -> Outcome:
    """Tell the ways apart in which a certificate is refused."""
    reason = TLS_REASONS.get(error.verify_code, Reason.TLS_UNTRUSTED)
    conclude = unknown if reason is Reason.CLOCK else failed
    return conclude(reason, said=_plain(error.verify_message))


def _plain(said: object) -> str:
    """Cut and clean words of a library, which may quote the peer."""
    text = "".join(c if c.isprintable() else " " for c in str(said))
    return " ".join(text.split())[:200]
