"""The town's mail server: SMTP with AUTH, for the mailboxes of one domain.

Source: RFC 5321 sections 3.1 (greeting), 3.8 (421), 4.2.3 (550); RFC 4954 (AUTH).
"""

import asyncio
import hmac

from aiosmtpd.smtp import (
    SMTP,
    AuthenticatorType,
    AuthResult,
    Envelope,
    LoginPassword,
    Session,
)

from secours.demo.servers.faults import WHOLE, Fault, Faults
from secours.demo.servers.loopback import Door

DOMAIN = "exempleville.example"
HOST_NAME = f"mail.{DOMAIN}"
CLOSED = f"421 4.3.2 {HOST_NAME} is not accepting messages now\r\n"


class MailServer:
    """Mail server that takes mail and keeps none; greets with 421 if unavailable."""

    def __init__(self, username: str, password: str) -> None:
        """Take a port; only this account may log in."""
        self._door = Door()
        self._account = (username.encode(), password.encode())
        self._faults = WHOLE
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.BaseTransport] = set()

    @property
    def address(self) -> str:
        """Return `127.0.0.1:port`."""
        return self._door.address

    async def open(self) -> None:
        """Start to answer."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._talk, sock=self._door.listener())

    async def show(self, faults: Faults) -> None:
        """Answer from now on with these faults."""
        self._faults = faults

    async def close(self) -> None:
        """Disconnect everybody and release the port."""
        if self._server is not None:
            self._server.close()
        for transport in self._talks:
            assert isinstance(transport, asyncio.Transport)
            transport.abort()
        self._door.close()
        await asyncio.sleep(0)  # until the hung up know

    def _talk(self) -> asyncio.BaseProtocol:
        if Fault.UNAVAILABLE in self._faults:
            return _Closed()
        return _Talk(self._talks, self._logged_in)

    def _logged_in(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        mechanism: str,
        login: object,
    ) -> AuthResult:
        """Judge a login; `handled=False` lets aiosmtpd say 535."""
        good = isinstance(login, LoginPassword) and all(
            map(hmac.compare_digest, (login.login, login.password), self._account)
        )
        return AuthResult(success=good, handled=False)


class _Mailboxes:
    """Handler of aiosmtpd's steps, with its method names."""

    async def handle_RCPT(  # noqa: N802, RUF100 -- the name is aiosmtpd's
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Accept mail for our domain."""
        if not address.lower().endswith(f"@{DOMAIN}"):
            return "550 5.7.1 relaying denied"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802, RUF100 -- the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Accept a message and drop it."""
        return "250 2.0.0 OK"


class _Session(Session):
    """A session whose old attribute does not warn: aiosmtpd itself still sets it."""

    login_data: object = None


class _Talk(SMTP):
    """Connection of one client, registered with the server."""

    def __init__(
        self, talks: set[asyncio.BaseTransport], authenticator: AuthenticatorType
    ):
        super().__init__(
            _Mailboxes(),
            hostname=HOST_NAME,
            ident="ESMTP",
            auth_require_tls=False,  # it never leaves this machine
            authenticator=authenticator,
            loop=asyncio.get_running_loop(),
        )
        self._talks = talks

    def _create_session(self) -> Session:
        return _Session(self.loop)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._mine = transport
        self._talks.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._talks.discard(self._mine)
        super().connection_lost(error)


class _Closed(asyncio.Protocol):
    """Greeting that refuses all mail, RFC 5321 section 3.8."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(CLOSED.encode())
        transport.close()
