"""TLS: does a server prove who it is, and for how long will it?

A pass shows a handshake with a trusted certificate for this name; it does not show that
the service inside TLS works. The expiry is reported for bad certificates as well.

Whether a certificate was revoked is not seen: Python's ssl neither asks for nor reads
the OCSP answer that a server may staple to it, so one that says "revoked" passes, and
no list of revoked certificates is fetched.

Source: RFC 8446 section 4.4.2 (certificate); RFC 5280 section 6 (trust); RFC 9525
section 6 (names); RFC 6066 section 8 (stapled OCSP answers).
"""

from secours.model.observed import Evidence, Outcome, ok
from secours.model.plan import Path
from secours.wire.net import sockets
from secours.wire.net.tls import ExpiryOptions, certificate, client_context, with_expiry
from secours.wire.option_checks import check_port

BEST = Evidence.SERVED


class Settings(ExpiryOptions, frozen=True, kw_only=True):
    """Where to connect, whom to expect there, and whom to trust."""

    host: str
    """Name or address to connect to."""
    port: int = 443
    """Port to connect to."""
    server_name: str | None = None
    """Name that the certificate has to be for; without it the host."""

    def __post_init__(self) -> None:
        check_port(self.port)


async def probe(settings: Settings, path: Path | None) -> Outcome:
    """Shake hands.

    Raises:
        OSError: the host refuses, resets or cannot be reached.

    """
    async with sockets.connection(
        settings.host,
        settings.port,
        path,
        tls=client_context(ca=settings.ca, verify=settings.verify),
        server_name=settings.server_name,
    ) as (_, writer):
        der = certificate(writer)
    return with_expiry(ok(Evidence.SERVED), der, settings.expires_within)
