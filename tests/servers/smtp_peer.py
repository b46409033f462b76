"""Mail servers: a real one (aiosmtpd), and one that says what a test tells it to.

    async with mail_server(accounts={"probe": "secret"}) as port: ...
    async with tcp_server(lines({"RCPT": "452 4.2.2 full"})) as port: ...

Nothing is ever delivered.
"""

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from servers.scripted import Peer, silent

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of aiosmtpd's own making
    from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

Script = Mapping[str, str | bytes | None]
"""What to say to a command by its first word; `""` is the greeting. None is silence."""

GOOD: dict[str, str | bytes | None] = {
    "": "220 mail.example ESMTP",
    "EHLO": "250-mail.example\r\n250-AUTH PLAIN LOGIN\r\n250 ENHANCEDSTATUSCODES",
    "HELO": "250 mail.example",
    "AUTH": "235 2.7.0 welcome",
    "MAIL": "250 2.1.0 fine",
    "RCPT": "250 2.1.5 fine",
    "RSET": "250 2.0.0 fine",
    "QUIT": "221 2.0.0 bye",
}


def lines(changes: Script, heard: list[str] | None = None) -> Peer:
    """Answer by a script; a 421 or a 221 hangs up after it. It speaks no TLS."""
    script = {**GOOD, **changes}

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = ""
        while True:
            word = line.split(" ")[0].upper()
            reply = script.get(word, "502 5.5.1 what?")
            if reply is not None:
                said = reply.encode() + b"\r\n" if isinstance(reply, str) else reply
                writer.write(said)
                await writer.drain()
                if said.startswith((b"421", b"221")):
                    writer.write_eof()
                    return
                if word == "STARTTLS" and said.startswith(b"220"):
                    await silent(reader, writer)  # what comes is TLS, in no lines
            line = (await reader.readuntil(b"\r\n")).decode().strip()
            if heard is not None:
                heard.append(line)

    return peer


class Mailbox:
    """What aiosmtpd asks when somebody talks to it."""

    def __init__(self, accounts: Mapping[str, str]) -> None:
        self.accounts = accounts
        self.recipients = {"crisis@example.org"}
        self.heard: list[str] = []

    def authenticate(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        mechanism: str,
        given: Any,
    ) -> Any:
        """Check a name and password."""
        self.heard.append(f"AUTH {mechanism}")
        right = (
            isinstance(given, LoginPassword)
            and self.accounts.get(given.login.decode()) == given.password.decode()
        )
        # handled=False, or it never answers a bad login.
        return AuthResult(success=right, handled=right)

    async def handle_RCPT(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Take mail for those we know."""
        self.heard.append(f"RCPT {address}")
        if address not in self.recipients:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Note that a message was sent, which no probe may do."""
        self.heard.append("DATA")
        return "250 2.0.0 taken"


@asynccontextmanager
async def mail_server(
    mailbox: Mailbox | None = None,
    *,
    tls: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
) -> AsyncIterator[int]:
    """Run aiosmtpd on a free port; with `accounts` it asks for a login."""
    mailbox = mailbox or Mailbox({})

    def server() -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of aiosmtpd's own making
            return SMTP(
                mailbox,
                hostname="mail.example",
                authenticator=mailbox.authenticate if mailbox.accounts else None,
                auth_require_tls=False,
                tls_context=starttls,
            )

    loop = asyncio.get_running_loop()
    listening = await loop.create_server(server, "127.0.0.1", 0, ssl=tls)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
