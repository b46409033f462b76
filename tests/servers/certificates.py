"""Certificates of every kind, good and bad, and server contexts that present them."""

import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NAMES = ("localhost", "127.0.0.1", "::1")


@cache
def authority() -> trustme.CA:
    """Return the authority that tests may trust."""
    return trustme.CA()


@cache
def stranger() -> trustme.CA:
    """Return an authority that nobody trusts."""
    return trustme.CA()


def trusted_file(folder: Path) -> str:
    """Write the PEM file of the trusted authority."""
    file = folder / "ca.pem"
    authority().cert_pem.write_to_path(str(file))
    return str(file)


def certify(folder: Path) -> None:
    """Write the key and the trusted certificate of a server: key.pem and cert.pem."""
    issued = authority().issue_cert(*NAMES)
    issued.private_key_pem.write_to_path(str(folder / "key.pem"))
    pems = b"".join(pem.bytes() for pem in issued.cert_chain_pems)
    (folder / "cert.pem").write_bytes(pems)


def server_tls(
    *names: str, days: float = 90.0, starts: float = -365.0, trusted: bool = True
) -> ssl.SSLContext:
    """Return a server's context; its certificate starts and ends so many days off."""
    now = datetime.now(UTC)
    certificate = (authority() if trusted else stranger()).issue_cert(
        *(names or NAMES),
        not_before=now + timedelta(days=starts),
        not_after=now + timedelta(days=days),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def for_a_common_name_alone() -> ssl.SSLContext:
    """Return a server's context whose trusted certificate has no other name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert(common_name="localhost").configure_cert(context)
    return context


def below_an_expired_authority() -> ssl.SSLContext:
    """Return a server's context whose own certificate is good and whose issuer's not.

    The issuer is one below the trusted authority, and expired a month ago.
    """
    now = datetime.now(UTC)
    root_key = serialization.load_pem_private_key(
        authority().private_key_pem.bytes(), None
    )
    root = x509.load_pem_x509_certificate(authority().cert_pem.bytes())
    assert isinstance(root_key, ec.EllipticCurvePrivateKey)
    middle_key, leaf_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    until = (now - timedelta(days=30), now + timedelta(days=400))
    middle = _issued("middle", middle_key, root.subject, root_key, until[0])
    leaf = _issued("localhost", leaf_key, middle.subject, middle_key, until[1])
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(
            leaf_key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        for certificate in (leaf, middle):
            file.write(certificate.public_bytes(serialization.Encoding.PEM))
        file.flush()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file.name)
    return context


def _issued(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    until: datetime,
) -> x509.Certificate:
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(until - timedelta(days=500))
        .not_valid_after(until)
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(name == "middle", None), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )
