"""Mails that we send: a notice that people read, and the message of a round trip.

Each attempt of a notice has the same Message-ID, so that a mailbox may drop a copy. It
is never from the recipient's own address: filters drop that. A test message holds a
mark, and no personal data.

Source: RFC 5322 sections 3.6 (fields) and 3.6.4 (Message-ID); RFC 2047 (other letters
in a subject); RFC 3834 section 5 (Auto-Submitted, so that no holiday notice answers
it); RFC 4021 section 2.1.54 (Importance).
"""

import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate

from secours.message import BadValue
from secours.model.notices import Notice
from secours.model.sections.channel import Path
from secours.outside_text import plain
from secours.wire.mail.options import SmtpOptions, no_address
from secours.wire.mail.submission import submitted
from secours.wire.own_message import SignedMark

OURS = "secours"  # who sends, where no address of ours is known
ONE_ADDRESS = re.compile(  # a dot-atom, and a domain or an address literal
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@([A-Za-z0-9._-]+|\[[A-Za-z0-9.:]+\])"
)

HEADER = "X-Secours-Probe"
LETTER = """\
From: {sender}
To: {recipient}
Subject: Secours test {mark}
Date: {date}
Message-ID: <{run}@{domain}>
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: All
{header}: {mark}
MIME-Version: 1.0
Content-Type: text/plain; charset=us-ascii

Automatic test of this mail channel. Nothing to do: it is removed by itself.
"""


def address(to: str) -> str:
    """Return a valid mail address; raise BadValue if it is none, or several."""
    if not to:
        raise BadValue("plan.option.no-own", option="to", other="rcpt_to")
    if not ONE_ADDRESS.fullmatch(to):
        raise no_address("to")
    return to


@asynccontextmanager
async def mailed(
    options: SmtpOptions, notice: Notice, recipient: str, path: Path | None
) -> AsyncIterator[None]:
    """Hand a notice to the server; it has taken it when the block begins.

    Raises:
        Stop: the server refused it, or stayed silent.
        OSError: the host refuses or cannot be reached.
        SecretMissing: the password could not be read.
    """
    password = options.password.reveal() if options.password else ""
    addresses = options.sender or f"{OURS}@{_domain(recipient)}", recipient
    letter = written(notice, *addresses)
    async with submitted(options, password, addresses, letter, path):
        yield


def written(notice: Notice, sender: str, recipient: str) -> bytes:
    """Write the notice."""
    mail = EmailMessage(SMTP)
    mail["From"], mail["To"] = sender, recipient
    mail["Subject"] = plain(notice.title)
    mail["Date"] = formatdate(localtime=True)
    mail["Message-ID"] = f"<{_identity(notice, recipient)}@{_domain(sender)}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    if notice.urgent:
        mail["Importance"] = "high"
    text = notice.text.encode("utf-8", "replace").decode()
    mail.set_content(text, charset="utf-8", cte="quoted-printable")
    return mail.as_bytes()


def _domain(address: str) -> str:
    return address.rpartition("@")[2]


def _identity(notice: Notice, recipient: str) -> str:
    """Return the id shared by all attempts of a notice to one recipient."""
    named = "\n".join((notice.key, notice.mark, recipient))
    return hashlib.sha256(named.encode("utf-8", "replace")).hexdigest()[:32]


def letter(sender: str, recipient: str, mark: SignedMark) -> bytes:
    """Write the test message."""
    words = LETTER.format(
        sender=sender,
        recipient=recipient,
        mark=mark.text,
        date=formatdate(),
        run=mark.text.rpartition("-")[0],
        domain=_domain(sender),
        header=HEADER,
    )
    return words.replace("\n", "\r\n").encode("ascii")
