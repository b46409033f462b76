"""XMPP: does the chat server let our account in, over a connection that is safe?

With `password` it logs in and binds an address, as a client does before it can send;
without it an ok ends at the stream. It does not show that a message would reach
anybody, nor that this server reaches others.

Source: RFC 6120 sections 4 (streams), 5 (STARTTLS), 6 (SASL), 7 (resource binding).
"""

import re
from collections.abc import Iterator

from secours.message import BadValue
from secours.model.observed import Evidence, Outcome, ok
from secours.model.secret import Secret
from secours.model.sections.channel import Path
from secours.wire.net.tls import ExpiryOptions, with_expiry
from secours.wire.option_checks import check_port
from secours.wire.progress import Progress, followed
from secours.wire.sent_secret import SentSecret
from secours.wire.xmpp.session import Security, XmppServer, XmppSession

BEST = Evidence.AUTHENTICATED
PORTS = {"none": 5222, "starttls": 5222, "tls": 5223}
JID = re.compile(r"(?:([^@/\s]+)@)?([^@/\s]+)(?:/.*)?")  # RFC 7622 section 3.1


class Settings(ExpiryOptions, frozen=True, kw_only=True):
    """Our account, and the server; by default at the domain of the JID."""

    jid: str
    """Our address, name@domain."""
    password: Secret | None = None
    """Password of that account, named as ${NAME}; without it nobody logs in."""
    host: str | None = None
    """Name or address of the server; without it that of the domain."""
    port: int | None = None
    """Port of the server; without it 5222, with TLS from the start 5223."""
    security: Security = "starttls"
    """Encryption: none, from STARTTLS on, or from the beginning."""

    def __post_init__(self) -> None:
        if not (found := JID.fullmatch(self.jid)):
            raise BadValue("plan.option.jid", option="jid")
        if self.password is not None and not found[1]:
            raise BadValue("plan.option.needs-jid-user", option="password")
        if self.port is not None:
            check_port(self.port)

    @property
    def user(self) -> str:
        """Return the user of the JID."""
        found = JID.fullmatch(self.jid)
        return found[1] or "" if found else ""

    def sent_secrets(self) -> Iterator[SentSecret]:
        """Yield the password; without TLS it can be guessed from the login."""
        if self.password is not None:
            yield SentSecret(
                option=("password",),
                host=self.server.host,
                encrypted=self.security != "none",
                verified=self.verify,
            )

    @property
    def server(self) -> XmppServer:
        """Return the server to connect to."""
        domain = self.jid.partition("/")[0].rpartition("@")[2]
        return XmppServer(
            domain=domain,
            host=self.host or domain,
            port=self.port or PORTS[self.security],
            security=self.security,
            ca=self.ca,
            verify=self.verify,
        )


async def probe(settings: Settings, path: Path | None) -> Outcome:
    """Open a stream, and where there is a password log in and bind."""
    password = settings.password.reveal() if settings.password else None
    progress = Progress()
    session = XmppSession(settings.server, progress)
    try:
        async with followed(progress):
            await session.open(path)
            if password is not None:
                await session.log_in(settings.user, password)
                await session.bind()
            session.goodbye()
    finally:
        session.hang_up()
    return with_expiry(ok(progress.proven), session.der, settings.expires_within)
