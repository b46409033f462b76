"""Did the one whose certificate we hold sign the whole of a warning?

What was signed is read again, and must say the same as the warning that came: a
signature of something else, put into a warning or around it, is none. Only the pinned
certificate counts, whatever the signature brings along.

Source: XML Signature Syntax and Processing 1.1; XML Signature Best Practices, section 2
("see what is signed"); OASIS CAP 1.2, section 3.3.4.1.
"""

import logging
import re
import ssl
from datetime import datetime
from pathlib import Path

from secours.wire.cap import alert
from secours.wire.cap.alert import CapAlert, NoAlert
from secours.wire.net import tls

log = logging.getLogger(__name__)

_CERTIFICATE = re.compile(
    r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL
)


def is_signed(body: bytes, came: CapAlert, certificates: Path, now: datetime) -> bool:
    """Tell whether one of the certificates in a file signed this warning.

    A certificate that has expired signs nothing any more.
    """
    try:
        written = certificates.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        log.warning("the certificate of warnings cannot be read: %s", error)
        return False
    held = [pem for pem in _CERTIFICATE.findall(written) if _holds(pem, now)]
    return any(_says(_signed(body, pem), came) for pem in held)


def _holds(pem: str, now: datetime) -> bool:
    try:
        return now < tls.expiry(ssl.PEM_cert_to_DER_cert(pem))
    except ValueError as error:
        log.warning("a certificate of warnings cannot be read: %s", error)
        return False


def _signed(body: bytes, pem: str) -> bytes:
    """Return what was signed, nothing where the signature is none."""
    try:
        from signxml.verifier import SignatureConfiguration, XMLVerifier
    except ImportError:
        log.warning("no signature can be checked: pip install 'secours[cap]'")
        return b""
    whole = SignatureConfiguration(location="./")
    try:
        found = XMLVerifier().verify(body, x509_cert=pem, expect_config=whole)
    except Exception:  # whatever it stumbles over in what others wrote
        log.debug("a signature does not count", exc_info=True)
        return b""
    return b"" if isinstance(found, list) else bytes(found.signed_data)


def _says(signed: bytes, came: CapAlert) -> bool:
    try:
        return alert.read(signed) == came
    except NoAlert:
        return False
