"""TLS: contexts, failed handshakes, and the expiry of certificates.

The expiry is read from the certificate itself (DER), because Python decodes only
trusted ones, and the date of a bad one matters most.

Source: RFC 5280 sections 4.1 (certificate) and 4.1.2.5 (validity); X.690 section 8.1;
RFC 9525 section 2 (no common name).
"""

import asyncio
import ssl
from datetime import UTC, datetime
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from secours.model.observed import (
    REFUSED_CERTIFICATES,
    Evidence,
    Outcome,
    Reason,
    Verdict,
    failed,
    unknown,
)
from secours.model.runs import Stop
from secours.model.sections.field_types import Duration
from secours.outside_text import openssl_words, plain
from secours.wire import remedies

# What OpenSSL says when the first bytes of the answer are no TLS record.
NO_TLS = frozenset(
    {
        *("wrong version number", "unknown protocol", "http request"),
        *("packet length too long", "record layer failure", "record too small"),
        *("bad record type", "unexpected message", "invalid alert"),
    }
)
SEQUENCE, VERSION, UTC_TIME = 0x30, 0xA0, 0x17  # X.690 section 8.1.2; RFC 5280 4.1


class TlsOptions(Struct, frozen=True, kw_only=True):
    """Trust of a probe."""

    ca: str | None = None
    """PEM file of the authorities to trust, instead of the system's."""
    verify: bool = True
    """True where the certificate of the peer has to be valid."""


class ExpiryOptions(TlsOptions, frozen=True, kw_only=True):
    """Trust of a probe, and its warning time before a certificate expires."""

    ca: str | None = None  # again: they are listed in this order
    verify: bool = True
    expires_within: Duration = Duration(14 * 86400)
    """Time before its end from which a certificate is told of, such as 14d."""


def client_context(
    *, ca: str | None = None, verify: bool = True, alpn: tuple[str, ...] = ()
) -> ssl.SSLContext:
    """Return a shared context: do not alter it.

    `alpn` names the protocols offered inside TLS, rarely needed.

    Raises:
        Stop: the file `ca` is missing or holds no certificate; nothing is tested.
    """
    if ca is None or not verify:
        return _shared(verify, alpn)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.hostname_checks_common_name = False
    if alpn:
        context.set_alpn_protocols(alpn)
    try:
        context.load_verify_locations(ca)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        if isinstance(error, PermissionError):
            raise Stop(unknown(Reason.PERMISSION, **remedies.of_file(ca))) from None
        no_certificate = isinstance(error, ssl.SSLError | ValueError)
        problem = "no-certificate" if no_certificate else "unreadable"
        facts = {"problem": problem, "what": plain(ca)}
        raise Stop(unknown(Reason.BROKEN, **facts)) from None
    return context


@lru_cache(maxsize=8)
def _shared(verify: bool, alpn: tuple[str, ...]) -> ssl.SSLContext:
    """Load the system's trusted roots once; it takes 10 ms."""
    context = ssl.create_default_context()
    context.hostname_checks_common_name = False
    if alpn:
        context.set_alpn_protocols(alpn)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def refusal(error: ssl.SSLError, der: bytes | None = None) -> Outcome:
    """Return why a handshake failed; `der` is the certificate, if known."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        said = openssl_words(error)
        if said in NO_TLS:
            return failed(Reason.TLS_MISSING, Evidence.REACHED)
        return failed(Reason.TLS_FAILED, Evidence.REACHED, said=said)
    facts = {"said": plain(error.verify_message), **expiry_facts(der)}
    reason = REFUSED_CERTIFICATES.get(error.verify_code, Reason.TLS_UNTRUSTED)
    if reason is Reason.TLS_EXPIRED and int(facts.get("days", -1)) >= 0:
        # The one that we can see has not.
        facts = {"said": facts["said"], "problem": "certificate-above"}
    if reason is Reason.CLOCK:
        return unknown(reason, **facts)
    return failed(reason, Evidence.REACHED, **facts)


def certificate(writer: asyncio.StreamWriter) -> bytes | None:
    """Return the peer's certificate (DER), trusted or not; None without TLS."""
    spoken: ssl.SSLObject | None = writer.get_extra_info("ssl_object")
    return spoken.getpeercert(binary_form=True) if spoken else None


def with_expiry(outcome: Outcome, der: bytes | None, within_s: float) -> Outcome:
    """Add the certificate's expiry to an outcome, and warn when it is near.

    With nothing worse to say the outcome becomes degraded, `tls-expiring`.
    """
    facts = expiry_facts(der)
    if not facts:
        return outcome
    outcome = replace(outcome, facts={**outcome.facts, **facts})
    if der is None or (expiry(der) - _now()).total_seconds() > within_s:
        return outcome
    warned = replace(outcome, warnings=(*outcome.warnings, Reason.TLS_EXPIRING))
    if outcome.verdict is not Verdict.OK:
        return warned
    return replace(warned, verdict=Verdict.DEGRADED, reason=Reason.TLS_EXPIRING)


def expiry_facts(der: bytes | None) -> dict[str, str | int]:
    """Return `expires` (a date) and `days` until then, negative when it is past."""
    if der is None:
        return {}
    try:
        until = expiry(der)
    except ValueError:
        return {}
    return {"expires": until.date().isoformat(), "days": (until - _now()).days}


def _now() -> datetime:
    return datetime.now(UTC)


def expiry(der: bytes) -> datetime:
    """Return when a certificate expires; raise ValueError if it is none."""
    tbs = _inside(_inside(der))  # Certificate, TBSCertificate
    if tbs[:1] == bytes([VERSION]):
        tbs = _after(tbs)
    for _ in ("serialNumber", "signature", "issuer"):
        tbs = _after(tbs)
    not_after = _after(_inside(tbs))
    tag, start, end = _element(not_after)
    text = not_after[start:end].decode("ascii")
    if tag == UTC_TIME:  # RFC 5280 section 4.1.2.5.1: 50 and above is 19YY
        text = ("19" if text[:2] >= "50" else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _element(der: bytes) -> tuple[int, int, int]:
    """Return the tag of the first element, and where its contents start and end."""
    if len(der) < 2:
        raise ValueError("a certificate that is cut short")
    length, start = der[1], 2
    if length & 0x80:  # the long form, X.690 section 8.1.3.5
        start += length & 0x7F
        length = int.from_bytes(der[2:start], "big")
    if start + length > len(der):
        raise ValueError("a certificate that is cut short")
    return der[0], start, start + length


def _inside(der: bytes) -> bytes:
    tag, start, end = _element(der)
    if tag != SEQUENCE:
        raise ValueError("no certificate")
    return der[start:end]


def _after(der: bytes) -> bytes:
    return der[_element(der)[2] :]
