"""Options of an account at an exchange: `sip` and `call_roundtrip` take them."""

import re
import ssl

from secours.message import BadValue
from secours.model.secret import Secret
from secours.wire.net.tls import TlsOptions, client_context
from secours.wire.option_checks import check_port
from secours.wire.sip.login import Account
from secours.wire.sip.messages import PORTS, Transport, host_in_uri


class SipOptions(TlsOptions, frozen=True, kw_only=True):
    """Exchange, and our account there."""

    host: str
    """Name or address of the exchange."""
    port: int | None = None
    """Port of the exchange; without it 5060, with TLS 5061."""
    transport: Transport = "udp"
    """Transport of the messages."""
    user: str | None = None
    """Whom to ask for; with a password, whom to register."""
    domain: str | None = None
    """Domain of that user; without it the host."""
    username: str | None = None
    """Name to log in with, where it is not the user."""
    password: Secret | None = None
    """Password of that user, named as ${NAME}; with it the probe registers."""

    def __post_init__(self) -> None:
        if self.port is not None:
            check_port(self.port)
        if self.username is not None and self.password is None:
            raise BadValue("plan.option.needs", option="username", other="password")
        if self.password is not None and self.username is None:
            raise BadValue("plan.option.needs", option="password", other="username")
        for option in ("host", "user", "domain", "username"):
            text = getattr(self, option)
            if text is not None and not re.fullmatch(r"[^\s<>\"\x00-\x1f\x7f]+", text):
                raise BadValue("plan.option.not-sip", option=option, text=repr(text))

    @property
    def account(self) -> Account:
        """Return the login, None without a password, or raise SecretMissing."""
        password = self.password.reveal() if self.password else ""
        return Account(self.username or "", password)

    @property
    def port_used(self) -> int:
        """Return the port, by default that of the transport."""
        return self.port or PORTS[self.transport]

    @property
    def registered_user(self) -> str:
        """Return the user who registers and calls."""
        return self.user or (self.username or "").partition("@")[0]

    @property
    def registered_domain(self) -> str:
        """Return the domain of that user."""
        return self.domain or host_in_uri(self.host)

    def tls(self) -> ssl.SSLContext | None:
        """Return a connection's trust, None in clear; raise Stop for a bad `ca`."""
        if self.transport != "tls":
            return None
        return client_context(ca=self.ca, verify=self.verify)
