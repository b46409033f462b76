"""Notices by mail: what people then read, and who refuses them."""

import asyncio
import imaplib
import os
import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from types import ModuleType
from typing import Any

import pytest
from msgspec.structs import replace
from refusals import refusing
from servers.certificates import trusted_file
from servers.dovecot import ACCOUNT, PASSWORD, dovecot
from servers.notice_run import ACCEPTED, NOTICE, Told, tell
from servers.postfix import CAN_RUN, postfix
from servers.scripted import closed_port, silent, tcp_server

from secours.model.notices import Notice
from secours.model.observed import Evidence, Reason
from secours.model.secret import Secret
from secours.probes import mail_roundtrip, smtp
from secours.wire.mail.messages import written
from secours.wire.mail.options import ImapOptions, SmtpOptions

DUTY, SENDER = "duty@example.org", "secours@example.org"
LOGIN: dict[str, Any] = {"username": ACCOUNT, "password": Secret(PASSWORD)}
NEEDED = pytest.mark.skipif(
    not CAN_RUN and "CI" not in os.environ,
    reason="as root: apt-get install postfix dovecot-imapd",
)
DELIVERY_S = 60.0


def as_read(raw: bytes) -> EmailMessage:
    found = message_from_bytes(raw, policy=default)
    assert isinstance(found, EmailMessage)
    return found


def settings_of(kind: ModuleType, port: int, **options: Any) -> Any:
    """Return the settings of either type that sends mail."""
    if kind is smtp:
        return smtp.Settings(host="127.0.0.1", port=port, **options)
    return mail_roundtrip.Settings(
        smtp=SmtpOptions(host="127.0.0.1", port=port, **options),
        imap=ImapOptions(host="127.0.0.1", **LOGIN),
    )


EACH = pytest.mark.parametrize("kind", [smtp, mail_roundtrip])

# ------------------------------------------------------------------ Postfix, Dovecot


@pytest.mark.usefixtures("processes")
@NEEDED
@EACH
async def test_notice_is_read_in_the_mailbox(kind: ModuleType, tmp_path: Any) -> None:
    options = {"security": "starttls", "ca": trusted_file(tmp_path), **LOGIN}
    async with dovecot() as mailbox, postfix(mailbox) as port:
        told = await tell(
            kind,
            settings_of(kind, port, **options),
            timeout_s=DELIVERY_S,
            to=ACCOUNT,
            title="Sécours : l\u2019alerte par SMS",
            text="ALERTER : SMS\n.\nDéjà coupé : e-mail\u202f!\n" + 99 * "long " + "\n",
        )
        assert told == ([ACCEPTED], None)
        mail = as_read(await asyncio.to_thread(_fetched, mailbox.port))

    assert mail["Subject"] == "Sécours : l\u2019alerte par SMS"
    assert (mail["From"], mail["To"]) == (ACCOUNT, ACCOUNT)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Importance"] == "high"
    assert mail["Message-ID"].endswith("@example.net>")
    assert mail["Date"].datetime.tzinfo
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content_charset() == "utf-8"
    lines = mail.get_content().splitlines()
    assert lines[:3] == ["ALERTER : SMS", ".", "Déjà coupé : e-mail\u202f!"]
    assert lines[3].strip() == (99 * "long ").strip()
    assert "X-Secours-Probe" not in mail, "a probe would remove it"


def _fetched(port: int) -> bytes:
    """Return the one message of the mailbox, once it is there."""
    with imaplib.IMAP4("127.0.0.1", port, timeout=DELIVERY_S) as session:
        session.login(ACCOUNT, PASSWORD)
        session.select("INBOX")
        while session.search(None, "ALL")[1] == [b""]:
            session.noop()
        _, found = session.fetch("1", "(RFC822)")
    assert isinstance(found[0], tuple)
    return found[0][1]


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_postfix_refuses_whom_it_does_not_know() -> None:
    async with postfix() as port:
        told = {
            to: await tell(smtp, settings_of(smtp, port), to=to)
            for to in ("grey@example.org", "full@example.org", "x@elsewhere.example")
        }

    assert {to: (t.stages, t.reason) for to, t in told.items()} == {
        "grey@example.org": ([], Reason.DEFERRED),
        "full@example.org": ([], Reason.QUOTA),
        "x@elsewhere.example": ([], Reason.REJECTED),
    }


# ------------------------------------------------------------------ other servers


class Server:
    """A mail server that takes a message and says `last`; None is silence."""

    def __init__(self, last: bytes | None = b"250 2.0.0 queued\r\n") -> None:
        self.last = last
        self.heard: list[str] = []
        self.message = b""
        self.data = asyncio.Event()

    async def __call__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Be the peer of one talk."""
        writer.write(b"220 mail ESMTP\r\n")
        while line := (await reader.readline()).decode().strip():
            self.heard.append(line)
            if line == "DATA":
                writer.write(b"354 go on\r\n")
                raw = await reader.readuntil(b"\r\n.\r\n")
                self.message = raw.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
                self.data.set()
                if self.last is None:
                    await reader.read()
                    return
                writer.write(self.last)
            elif line == "QUIT":
                await reader.read()  # who has the message need not say goodbye
                return
            else:
                writer.write(b"250 fine\r\n")

    @property
    def mail(self) -> EmailMessage:
        """Return the message as a reader sees it."""
        return as_read(self.message)


async def told_by(server: Server, timeout_s: float = 10.0, **changed: Any) -> Told:
    async with tcp_server(server) as port:
        settings = settings_of(smtp, port, mail_from=SENDER)
        return await tell(
            smtp, settings, timeout_s=timeout_s, **{"to": DUTY, **changed}
        )


async def test_server_that_says_no_goodbye_has_the_message() -> None:
    server = Server()

    assert await told_by(server) == ([ACCEPTED], None)
    assert server.mail.get_content().splitlines() == NOTICE.text.splitlines()
    assert f"MAIL FROM:<{SENDER}>" in server.heard
    assert f"RCPT TO:<{DUTY}>" in server.heard


async def test_silence_after_the_message_is_no_acceptance() -> None:
    told = await told_by(server := Server(None), timeout_s=1.0)

    assert server.data.is_set()
    assert (told.stages, told.reason) == ([], Reason.TIMEOUT)
    assert told.outcome
    assert told.outcome.facts["stage"] == "data"


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (b"550 5.7.1 spam\r\n", Reason.REJECTED),
        (b"451 4.3.0 later\r\n", Reason.DEFERRED),
        (b"552 5.2.2 full\r\n", Reason.QUOTA),
        (b"354 K7Q2-9FTD go on\r\n", Reason.PROTOCOL),
        (b"K7Q2-9FTD 250 queued\r\n", Reason.PROTOCOL),
    ],
)
async def test_refusal_after_the_message_is_no_acceptance(
    last: bytes, reason: Reason
) -> None:
    told = await told_by(Server(last))

    assert (told.stages, told.reason) == ([], reason)


async def test_dead_servers_accept_nothing() -> None:
    closed = settings_of(smtp, closed_port())
    refused = await tell(smtp, closed, to=DUTY)
    async with tcp_server(silent) as port:
        mute = await tell(smtp, settings_of(smtp, port), timeout_s=0.5, to=DUTY)
    named = await tell(mail_roundtrip, settings_of(mail_roundtrip, closed_port()))

    assert (refused.stages, refused.reason) == ([], Reason.REFUSED)
    assert (mute.stages, mute.reason) == ([], Reason.TIMEOUT)
    assert mute.outcome
    assert mute.outcome.evidence is Evidence.REACHED
    assert named.outcome
    assert named.outcome.facts == {"server": "smtp"}


async def test_missing_password_is_told() -> None:
    missing = {"username": "x", "password": Secret(None, "MAIL_PASSWORD")}
    told = await tell(smtp, settings_of(smtp, 1, **missing), to=DUTY)

    assert (told.stages, told.reason) == ([], Reason.SECRET_MISSING)


# ------------------------------------------------------------------ what is written


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028"])
async def test_title_adds_no_header(end: str) -> None:
    title = f"Alert{end}Bcc: all@example.org{end}{end}body"
    server = Server()
    told = await told_by(server, title=title)

    assert told.stages == [ACCEPTED]
    assert server.mail["Bcc"] is None
    assert " ".join(server.mail["Subject"].split()) == (
        "Alert Bcc: all@example.org body"
    )
    assert b"\nBcc" not in server.message
    assert [line for line in server.heard if line.startswith("RCPT")] == [
        f"RCPT TO:<{DUTY}>"
    ]


async def test_text_ends_no_message() -> None:
    text = "a\r\n.\r\nMAIL FROM:<x@y>\r\n.\nb\ud800\x00"
    server = Server()
    told = await told_by(server, text=text)

    assert told.stages == [ACCEPTED]
    assert server.mail.get_content().splitlines()[:4] == [
        *("a", ".", "MAIL FROM:<x@y>", "."),
    ]
    assert "MAIL FROM:<x@y>" not in server.heard


def test_message_is_in_ascii_with_short_lines() -> None:
    raw = written(
        Notice(title=999 * "é", text=9999 * "é", brief="", mark=""),
        SENDER,
        DUTY,
    )

    assert raw.isascii()
    assert max(map(len, raw.splitlines())) <= 78
    assert parsedate_to_datetime(as_read(raw)["Date"])


def test_notice_that_can_wait_does_not_say_that_it_is_urgent() -> None:
    calm = Notice(title="x", text="x", brief="x", mark="", urgent=False)

    assert "Importance" not in as_read(written(calm, SENDER, DUTY))


def identity(notice: Notice, recipient: str = DUTY) -> str:
    return str(as_read(written(notice, SENDER, recipient))["Message-ID"])


def test_each_attempt_of_a_notice_has_its_identity_and_nothing_else_has() -> None:
    notice = replace(NOTICE, key="duty 2026-01-01T00:00:00")
    again = replace(notice, title="Again: Use SMS", text="Again. Use SMS")
    others = (
        replace(notice, mark="ABC124"),
        replace(notice, key="chief 2026-01-01T00:00:00"),
        replace(notice, key="duty 2026-01-01T00:00:01"),
    )

    assert identity(notice) == identity(again)
    assert re.fullmatch(r"<[0-9a-f]{32}@example\.org>", identity(notice))
    different = [*map(identity, (notice, *others)), identity(notice, "bo@example.org")]
    assert len(set(different)) == len(different)


# ------------------------------------------------------------------ whom it goes to


@pytest.mark.parametrize(
    ("options", "sender"),
    [
        ({"mail_from": SENDER, **LOGIN}, SENDER),
        (LOGIN, ACCOUNT),
        ({"mail_from": ""}, ""),
        ({}, ""),
    ],
)
async def test_sender_is_the_one_that_is_written_or_the_account(
    options: dict[str, Any], sender: str
) -> None:
    settings = SmtpOptions(host="x", **options)

    assert settings.sender == sender
    assert bool(settings.notice_warnings()) == (not sender)


@EACH
async def test_mail_is_never_from_the_addressee(kind: ModuleType) -> None:
    sender, server = "secours@example.org", Server()
    async with tcp_server(server) as port:
        told = await tell(kind, settings_of(kind, port), to=DUTY)

    assert told.stages == [ACCEPTED]
    assert server.mail["From"] == sender
    assert f"MAIL FROM:<{sender}>" in server.heard


@EACH
def test_addressee_is_one_address(kind: ModuleType) -> None:
    settings = settings_of(kind, 25, rcpt_to=DUTY)

    assert kind.addressee(settings, "") == DUTY
    assert kind.addressee(settings, "o'neil+sms@[192.0.2.1]") == (
        "o'neil+sms@[192.0.2.1]"
    )
    wrong = (
        *("duty", "a@b,c@d", "a@b, c@d", "a@b\r\nRCPT TO:<c@d>", "<a@b>", "é@b"),
        *("a@b ", "Duty <a@b>", "a@b@c", "@b", "a@", "a@b>", "+32470000001"),
    )
    for to in wrong:
        with refusing("must be a mail address such as duty@example.org"):
            kind.addressee(settings, to)


def test_addressee_has_to_be_known() -> None:
    with refusing("must say to whom"):
        smtp.addressee(settings_of(smtp, 25), "")
    roundtrip = settings_of(mail_roundtrip, 25)
    assert mail_roundtrip.addressee(roundtrip, "") == ACCOUNT
