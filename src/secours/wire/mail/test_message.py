"""The message that a mail round trip sends: a mark, and nothing about anybody.

Source: RFC 5322 section 3.6 (fields); RFC 3834 section 5 (Auto-Submitted, so that no
holiday notice answers it).
"""

import asyncio
from email.utils import formatdate

from secours.model.plan import Path
from secours.model.runs import Stop
from secours.wire.mail.options import SmtpOptions
from secours.wire.mail.smtp import SmtpRefusal, Talk
from secours.wire.mail.smtp_codes import judge
from secours.wire.own_message import SignedMark

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


def letter(sender: str, recipient: str, mark: SignedMark) -> bytes:
    """Write the message."""
    words = LETTER.format(
        sender=sender,
        recipient=recipient,
        mark=mark.text,
        date=formatdate(),
        run=mark.text.rpartition("-")[0],
        domain=sender.rpartition("@")[2],
        header=HEADER,
    )
    return words.replace("\n", "\r\n").encode("ascii")


async def send(
    options: SmtpOptions,
    password: str,
    addresses: tuple[str, str],
    mark: SignedMark,
    path: Path | None,
) -> bytes | None:
    """Hand the message to the server; return the server's certificate.

    Raises:
        Stop: the server refused it, or stayed silent.
        OSError: the host refuses or cannot be reached.

    """
    talk = Talk(options)
    try:
        await talk.open(path)
        if options.username is not None:
            await talk.log_in(options.username, password)
        await talk.mail(addresses[0])
        await talk.rcpt(addresses[1])
        await talk.data(letter(*addresses, mark))
        await talk.goodbye()
    except SmtpRefusal as refused:
        raise Stop(judge(refused, talk.proven)) from None
    except asyncio.CancelledError:
        raise Stop(talk.silence()) from None
    finally:
        talk.hang_up()
    return talk.der
