"""Message of a mail round trip: a mark, and no personal data.

Source: RFC 5322 section 3.6 (fields); RFC 3834 section 5 (Auto-Submitted, so that no
holiday notice answers it).
"""

from email.utils import formatdate

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
