"""Certificates of every kind, good and bad, and server contexts that present them."""

import ssl
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import trustme

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
