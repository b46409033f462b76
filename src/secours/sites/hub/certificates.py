"""Authority of a hub, and its certificates for servers and sites.

All end with the authority: a certificate that ends in one year stops a site in one
year, at an hour that nobody chose. A site is shut out by removal from the roster.

Source: RFC 5280, sections 4.2.1 and 4.1.2.5; NATS documentation, "TLS Authentication".
"""

import hashlib
import ipaddress
from collections.abc import Iterable
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from msgspec import Struct

YEARS = 10
BEFORE = timedelta(days=30)  # the clock of a site may be wrong
LONGEST_NAME = 64  # of a subject

CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH


class KeyAndCertificate(Struct, frozen=True):
    """A private key and the certificate for it, both PEM."""

    key: str
    certificate: str


def authority(now: datetime) -> KeyAndCertificate:
    """Make an authority, which certifies itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _named("Secours hub")
    ends = now + timedelta(days=365.25 * YEARS)
    builder = _begun(name, name, key.public_key(), now, ends).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    builder = builder.add_extension(_usage(certifies=True), critical=True)
    return _signed(builder, key, key)


def for_server(
    ours: KeyAndCertificate, name: str, hosts: Iterable[str], now: datetime
) -> KeyAndCertificate:
    """Make the certificate of a server, also as a client of other members."""
    names = x509.SubjectAlternativeName([*map(_general_name, hosts)])
    return _leaf(ours, name, now, (SERVER, CLIENT), names)


def for_site(ours: KeyAndCertificate, name: str, now: datetime) -> KeyAndCertificate:
    """Make the certificate of a site."""
    return _leaf(ours, name, now, (CLIENT,))


def pin(certificate: str) -> str:
    """Return the pin by which the server knows a certificate."""
    public = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    written = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(written).hexdigest()


def ends(certificate: str) -> datetime:
    """Return the end of a certificate's validity."""
    return x509.load_pem_x509_certificate(certificate.encode()).not_valid_after_utc


def _leaf(
    ours: KeyAndCertificate,
    name: str,
    now: datetime,
    uses: Iterable[x509.ObjectIdentifier],
    names: x509.SubjectAlternativeName | None = None,
) -> KeyAndCertificate:
    above = x509.load_pem_x509_certificate(ours.certificate.encode())
    above_key = serialization.load_pem_private_key(ours.key.encode(), None)
    assert isinstance(above_key, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        _begun(
            _named(name),
            above.subject,
            key.public_key(),
            now,
            above.not_valid_after_utc,
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(certifies=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(above_key.public_key()),
            critical=False,
        )
    )
    if names is not None:
        builder = builder.add_extension(names, critical=False)
    return _signed(builder, key, above_key)


def _begun(
    name: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    now: datetime,
    ends: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BEFORE)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
    )


def _signed(
    builder: x509.CertificateBuilder,
    key: ec.EllipticCurvePrivateKey,
    by: ec.EllipticCurvePrivateKey,
) -> KeyAndCertificate:
    certificate = builder.sign(by, hashes.SHA256())
    written = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    whole = certificate.public_bytes(serialization.Encoding.PEM)
    return KeyAndCertificate(written.decode(), whole.decode())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:LONGEST_NAME])])


def _usage(*, certifies: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certifies,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certifies,
        crl_sign=certifies,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
