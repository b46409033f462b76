"""TLS: does a server prove who it is, and for how long will it?

A pass shows a handshake with a trusted certificate for this name; it does not show that
the service inside TLS works. The expiry is reported for bad certificates as well.

A server that wants a certificate of its client says so after the handshake of TLS 1.3,
by an alert: it is waited for a moment. Silence and a goodbye are a pass.

Whether a certificate was revoked is not seen: Python's ssl neither asks for nor reads
the OCSP answer that a server may staple to it, so one that says "revoked" passes, and
no list of revoked certificates is fetched.

Source: RFC 8446 sections 4.4.2 (certificate) and 6.2 (alerts); RFC 5280 section 6
(trust); RFC 9525 section 6 (names); RFC 6066 section 8 (stapled OCSP answers).
"""

import asyncio
import ssl
from asyncio import CancelledError
from contextlib import suppress

from secours.model.observed import Evidence, Outcome, ok
from secours.model.runs import timer
from secours.model.sections.channel import Path
from secours.wire.net import sockets
from secours.wire.net.tls import (
    ExpiryOptions,
    certificate,
    client_context,
    refusal,
    with_expiry,
)
from secours.wire.option_checks import check_port

BEST = Evidence.SERVED
ALERT_S = 0.2  # until an alert has come back, should one come


class Settings(ExpiryOptions, frozen=True, kw_only=True):
    """Address, expected name, and trusted authorities."""

    host: str
    """Name or address to connect to."""
    port: int = 443
    """Port to connect to."""
    server_name: str | None = None
    """Name that the certificate has to be for; without it the host."""

    def __post_init__(self) -> None:
        check_port(self.port)


async def probe(settings: Settings, path: Path | None) -> Outcome:
    """Shake hands; raise OSError if the host refuses, resets or cannot be reached."""
    async with sockets.connection(
        settings.host,
        settings.port,
        path,
        tls=client_context(ca=settings.ca, verify=settings.verify),
        server_name=settings.server_name,
    ) as streams:
        timer.get().answered()
        der = certificate(streams[1])
        outcome = await _afterwards(streams)
    return with_expiry(outcome, der, settings.expires_within)


async def _afterwards(streams: sockets.Streams) -> Outcome:
    """Read once: what TLS 1.2 refuses in the handshake, TLS 1.3 refuses after it."""
    reader, writer = streams
    if writer.get_extra_info("ssl_object").version() == "TLSv1.3":
        with suppress(TimeoutError, CancelledError):  # silence, also at the deadline
            async with asyncio.timeout(ALERT_S):
                try:
                    await reader.read(1)
                except ssl.SSLError as error:
                    return refusal(error)
    return ok(Evidence.SERVED)
