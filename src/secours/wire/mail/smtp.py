"""SMTP up to the login, stage by stage, so that each way to fail keeps its stage.

Source: RFC 5321 sections 3.1 (greeting), 4.1.1.1 (EHLO), 4.1.3 (address literals);
RFC 3207 (STARTTLS); RFC 4954 section 4 (AUTH).
"""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Literal

import aiosmtplib
from msgspec.structs import replace

from secours.model.observed import Evidence, Outcome, Reason, Verdict, failed
from secours.model.runs import Stop
from secours.model.sections.channel import Path
from secours.outside_text import plain
from secours.wire.login_methods import no_known_login
from secours.wire.mail.options import SmtpOptions
from secours.wire.net import sockets, tls

Stage = Literal[
    "connect",
    "greeting",
    "ehlo",
    "starttls",
    "certificate",
    "auth",
    "mail",
    "rcpt",
    "data",
]

ENVELOPE = ("mail", "rcpt")
YES = range(200, 300)  # RFC 5321 section 4.2.1: 252 of RCPT is one
LONGEST_LINE = 512  # octets of a reply, RFC 5321 section 4.5.3.1.5
MALFORMED = -1  # the code that the library gives to what is no SMTP
NO_SUCH_COMMAND = (500, 502, 504)  # RFC 5321 section 4.2.4; 504 of AUTH: RFC 4954
METHODS = ("plain", "login", "cram-md5")  # the most usual first
METHODS_IN_CLEAR = ("cram-md5", "plain", "login")  # without TLS the safest first
QUIT_S = 0.3  # what a server gets to say goodbye
LOOK_S = 2.0  # to read when a bad certificate expires


class SmtpRefusal(Exception):
    """The server refused, with a code, at a stage of the session."""

    def __init__(self, stage: Stage, code: int, text: str) -> None:
        super().__init__(f"{stage}: {code}")
        self.stage = stage
        self.code = code
        self.said = plain(text)


class Talk:
    """Session with a mail server: `stage` is its place, `proven` its evidence."""

    def __init__(self, options: SmtpOptions) -> None:
        """Set the server; `open` connects."""
        self.proven = Evidence.NONE
        self.der: bytes | None = None  # the certificate, once TLS is up
        self._options = options
        self._security = options.security
        self._start_s = asyncio.get_running_loop().time()
        self._stage: Stage = "connect"
        self._client: aiosmtplib.SMTP | None = None

    @property
    def stage(self) -> Stage:
        """Return the stage; the library sends EHLO behind TLS in one go."""
        shaken = self._client is not None and self._client.transport is not None
        if self._stage == "certificate" and self._security == "tls" and shaken:
            return "greeting"
        return self._stage

    @stage.setter
    def stage(self, stage: Stage) -> None:
        self._stage = stage

    async def open(self, path: Path | None) -> None:
        """Connect, read the greeting, say EHLO, and set up TLS.

        Raises:
            Refused: the server said no.
            Stop: no way to the host, TLS failed or is not offered, or no SMTP.
            OSError: the host refuses or cannot be reached.
        """
        options, context = self._options, None
        if self._security != "none":
            context = tls.client_context(ca=options.ca, verify=options.verify)
        sock = await sockets.connected_socket(options.host, options.port, path)
        self.proven = Evidence.REACHED
        self._client = client = aiosmtplib.SMTP(
            hostname=options.host.strip("[]").partition("%")[0].removesuffix("."),
            sock=sock,
            timeout=None,  # the probe's deadline holds
            use_tls=self._security == "tls",
            start_tls=False,
            tls_context=context,
            local_hostname=_literal(sock.getsockname()[0]),
        )
        async with self._told(path):
            self.stage = "certificate" if self._security == "tls" else "greeting"
            await client.connect()
            self.stage = "greeting"
            self._keep_certificate()
            await self._hello()
            if self._security == "starttls":
                await self._encrypt()
                await self._hello()

    async def log_in(self, username: str, password: str) -> None:
        """Send our name and password, by one method: each try may count as one.

        Raises:
            Refused: the server said no.
            Stop: it offers no way to log in, or hung up.
        """
        self.stage = "auth"
        offered = self.client.server_auth_methods
        known = METHODS if self.der else METHODS_IN_CLEAR
        methods = [method for method in known if method in offered]
        if not methods:
            raise no_known_login(offered, self.proven, self.stage)
        async with self._told():
            await self._log_in(methods, username, password)
        self.proven = Evidence.AUTHENTICATED

    async def mail(self, sender: str) -> None:
        """Send a message's sender, "" for the null sender, or raise Refused."""
        self.stage = "mail"
        async with self._told():
            await self.client.mail(sender)

    async def rcpt(self, recipient: str) -> None:
        """Send the recipient of a message; raise Refused if the server said no."""
        self.stage = "rcpt"
        async with self._told():
            await self.client.rcpt(recipient)

    async def data(self, message: bytes) -> None:
        """Send the message, for which the server then answers, or raise Refused."""
        self.stage = "data"
        async with self._told():
            await self.client.data(message)

    def silence(self) -> Outcome:
        """Return the timeout, with its length and stage."""
        waited_s = round(asyncio.get_running_loop().time() - self._start_s, 1)
        return failed(Reason.TIMEOUT, self.proven, timeout_s=waited_s, stage=self.stage)

    async def goodbye(self) -> None:
        """Reset and quit; a silent server is left."""
        if self._client is None or not self._client.is_connected:
            return
        with suppress(aiosmtplib.SMTPException, OSError):
            async with asyncio.timeout(QUIT_S):
                if self.stage in ENVELOPE:
                    await self._client.rset()
                await self._client.quit()

    def hang_up(self) -> None:
        """Close at once, whatever the peer does."""
        if self._client is None:
            return
        transport = self._client.transport
        self._client.close()
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()

    @property
    def client(self) -> aiosmtplib.SMTP:
        """Return the library's client, for other commands."""
        assert self._client is not None, "open comes first"
        return self._client

    async def _hello(self) -> None:
        """Say EHLO, or HELO to an old server where nothing more is needed."""
        self.stage = "ehlo"
        try:
            await self.client.ehlo()
        except aiosmtplib.SMTPHeloError as error:
            if error.code not in NO_SUCH_COMMAND or self._security == "starttls":
                raise
            await self.client.helo()
        self.proven = Evidence.SERVED

    async def _encrypt(self) -> None:
        self.stage = "starttls"
        if not self.client.supports_extension("starttls"):
            raise Stop(failed(Reason.TLS_MISSING, self.proven, stage=self.stage))
        await self.client.starttls()
        self._keep_certificate()

    async def _log_in(self, methods: list[str], username: str, password: str) -> None:
        for method in methods:
            log_in = getattr(self.client, f"auth_{method.replace('-', '')}")
            try:
                await log_in(username, password)
            except aiosmtplib.SMTPAuthenticationError as error:
                if error.code in NO_SUCH_COMMAND and method != methods[-1]:
                    continue  # offered, but not there
                raise
            return

    def _keep_certificate(self) -> None:
        spoken: ssl.SSLObject | None = self.client.get_transport_info("ssl_object")
        self.der = spoken.getpeercert(binary_form=True) if spoken else None

    @asynccontextmanager
    async def _told(self, path: Path | None = None) -> AsyncIterator[None]:
        """Turn errors of the library into outcomes."""
        try:
            yield
        except aiosmtplib.SMTPResponseException as error:
            if self.stage in ENVELOPE and _is_yes(error.code, error.message):
                return  # the library takes 250 alone for one, or 251
            raise self._refused(error.code, error.message) from None
        except (ssl.SSLError, ConnectionError) as error:
            if (cause := _of_tls(error)) is not None:
                raise await self._bad_tls(cause, path) from None
            raise self._nonsense(problem="connection-closed") from None

    def _refused(self, code: int, text: str) -> Exception:
        if self.stage == "certificate":  # who answers has shaken hands
            self.stage = "greeting"
        if code == MALFORMED:
            line = text.removeprefix("Malformed SMTP response line: ")
            return self._nonsense(said=plain(line))
        if not 400 <= code < 600:  # neither what was asked for, nor a refusal
            return self._nonsense(said=plain(f"{code} {text}"))
        return SmtpRefusal(self.stage, code, text)

    def _nonsense(self, **facts: str) -> Stop:
        facts = {**facts, "stage": self.stage}
        return Stop(failed(Reason.PROTOCOL, self.proven, **facts))

    async def _bad_tls(self, error: ssl.SSLError, path: Path | None) -> Stop:
        """Return why TLS failed, and when a bad certificate expires."""
        self.stage = "certificate"
        der = None
        if isinstance(error, ssl.SSLCertVerificationError):
            der = await self._look_at_certificate(path)
        outcome = tls.refusal(error, der)
        facts = {**outcome.facts, "stage": self.stage}
        proven = self.proven if outcome.verdict is Verdict.FAILED else Evidence.NONE
        return Stop(replace(outcome, evidence=proven, facts=facts))

    async def _look_at_certificate(self, path: Path | None) -> bytes | None:
        """Connect again without verification, up to the certificate."""
        again = Talk(replace(self._options, ca=None, verify=False))
        try:
            async with asyncio.timeout(LOOK_S):
                await again.open(path)
        except (OSError, Stop, SmtpRefusal):
            pass
        finally:
            again.hang_up()
        return again.der


def _is_yes(code: int, said: str) -> bool:
    return code in YES and all(len(line) < LONGEST_LINE for line in said.splitlines())


def _of_tls(error: BaseException | None) -> ssl.SSLError | None:
    """Return the failure of TLS behind an error, an alert after the handshake too."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__
    return error


def _literal(address: str) -> str:
    """Write our own address for EHLO; our name may mean nothing there."""
    bare = ipaddress.ip_address(address.partition("%")[0])
    return f"[IPv6:{bare}]" if bare.version == 6 else f"[{bare}]"
