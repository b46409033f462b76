"""Options of mail servers: `smtp` and `imap` take them, `mail_roundtrip` both.

Source: RFC 5321 section 4.1.2 (addresses); RFC 8314 section 3 (ports with TLS).
"""

import re
from typing import Literal

from secours.message import BadValue, Message, message
from secours.model.secret import Secret
from secours.wire.net.tls import ExpiryOptions
from secours.wire.option_checks import check_port

Security = Literal["none", "starttls", "tls"]
ADDRESS = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")  # ASCII without `<` and `>`
EXAMPLE = "duty@example.org"


class SmtpOptions(ExpiryOptions, frozen=True, kw_only=True):
    """Address of the server, and how far to test it."""

    host: str
    """Name or address of the mail server."""
    port: int = 25
    """Port of the server: 25 between servers, 587 or 465 for submission."""
    security: Security = "none"
    """Encryption: none, from STARTTLS on, or from the beginning."""
    username: str | None = None
    """User name of our account there."""
    password: Secret | None = None
    """Password of that user, named as ${NAME}."""
    mail_from: str | None = None
    """Address that mail is sent from."""
    rcpt_to: str | None = None
    """Address that the server is asked to take mail for."""

    def __post_init__(self) -> None:
        check_port(self.port)
        _check_account(self.username, self.password)
        for option in ("mail_from", "rcpt_to"):
            address = getattr(self, option)
            if address and not ADDRESS.fullmatch(address):
                raise no_address(option)

    @property
    def sender(self) -> str:
        """Return the sender: empty where only the recipient is known."""
        return self.mail_from or address_of(self.username)

    def notice_warnings(self) -> tuple[Message, ...]:
        """Return advice for notices over this server."""
        return () if self.sender else (message("plan.advice.mail-from"),)


class ImapOptions(ExpiryOptions, frozen=True, kw_only=True):
    """Mailbox, its account, and its limit of use."""

    host: str
    """Name or address of the mail server."""
    port: int = 993
    """Port of the server: 993 with TLS, 143 with STARTTLS."""
    security: Security = "tls"
    """Encryption: none, from STARTTLS on, or from the beginning."""
    username: str | None = None
    """User name of our mailbox."""
    password: Secret | None = None
    """Password of that user, named as ${NAME}."""
    mailbox: str = "INBOX"
    """Folder to look into."""
    max_used: float = 0.9
    """Share of the quota above which the mailbox counts as too full."""

    def __post_init__(self) -> None:
        check_port(self.port)
        _check_account(self.username, self.password)
        if not self.mailbox or not self.mailbox.isprintable():
            raise BadValue("plan.option.name", option="mailbox")
        if not 0 < self.max_used <= 1:
            raise BadValue("plan.option.share-above", option="max_used")


def no_address(option: str) -> BadValue:
    """Return the error of an option that has to be one address."""
    return BadValue("plan.option.mail-address", option=option, example=EXAMPLE)


def address_of(username: str | None) -> str:
    """Return a user name that is an address."""
    return username if username and ADDRESS.fullmatch(username) else ""


def _check_account(username: str | None, password: Secret | None) -> None:
    if username is not None and password is None:
        raise BadValue("plan.option.needs", option="username", other="password")
    if password is not None and username is None:
        raise BadValue("plan.option.needs", option="password", other="username")
    if username is not None and not username.isprintable():
        raise BadValue("plan.option.printable", option="username")
