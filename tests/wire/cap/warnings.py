"""Warnings as other organisations send them, signed and not."""

import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import signer

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
NOW = datetime.datetime(2026, 11, 24, 2, 14, 7, tzinfo=datetime.UTC)
INFO = """\
<info><language>en-GB</language><category>Met</category><event>Storm</event>
<urgency>Expected</urgency><severity>Severe</severity><certainty>Likely</certainty>
<headline>Storm tonight</headline><description>Gusts of 120 km/h.</description>
<instruction>Stay inside.</instruction></info>
"""


def alert(info: str = INFO, **given: str) -> bytes:
    """Return a warning; `given` replaces the text of an element, "" leaves it out."""
    said = {
        "identifier": "KMI.2026-17",
        "sender": "alerts@weather.example",
        "sent": "2026-11-24T03:00:00+01:00",
        "status": "Actual",
        "msgType": "Alert",
        "scope": "Public",
    } | given
    head = "".join(f"<{k}>{text}</{k}>" for k, text in said.items() if text)
    return f'<alert xmlns="{CAP}">{head}{info}</alert>'.encode()


class Signer:
    """An organisation with a key, and a certificate for it."""

    def __init__(self, *, valid_days: int = 365) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "weather.example")])
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name)
        made = made.public_key(self._key.public_key()).serial_number(17)
        made = made.not_valid_before(NOW - datetime.timedelta(days=900))
        made = made.not_valid_after(NOW + datetime.timedelta(days=valid_days))
        self.pem = made.sign(self._key, SHA256()).public_bytes(Encoding.PEM).decode()

    def sign(self, body: bytes, part: str | None = None) -> bytes:
        """Put a signature into a warning: of all of it, or of what has this Id."""
        key = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        signed: Any = signer.XMLSigner(signature_algorithm="ecdsa-sha256").sign(
            etree.fromstring(body), key=key, cert=self.pem, reference_uri=part
        )
        return bytes(etree.tostring(signed))
