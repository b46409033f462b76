import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from refusals import refusing
from servers.certificates import trusted_file
from servers.dovecot import ACCOUNT, PASSWORD, Dovecot, dovecot
from servers.imap_peer import Script, imap_lines
from servers.postfix import CAN_RUN, postfix
from servers.probe_run import ask, said
from servers.scripted import Peer, closed_port, endless, silent, tcp_server
from servers.smtp_peer import GOOD, lines

from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.secret import Secret
from secours.model.sections.field_types import Duration
from secours.probes import mail_roundtrip
from secours.wire import own_message
from secours.wire.mail.messages import letter
from secours.wire.mail.options import ImapOptions, SmtpOptions
from secours.wire.own_message import signed_mark

OK, DEGRADED, FAILED = Verdict.OK, Verdict.DEGRADED, Verdict.FAILED
NONE, REACHED = Evidence.NONE, Evidence.REACHED
SERVED, AUTHENTICATED = Evidence.SERVED, Evidence.AUTHENTICATED
DELIVERED = Evidence.DELIVERED

LOGIN: dict[str, Any] = {"username": ACCOUNT, "password": Secret(PASSWORD)}
NEEDED = pytest.mark.skipif(
    not CAN_RUN and "CI" not in os.environ,
    reason="as root: apt-get install postfix dovecot-imapd",
)
TAKES_ALL: Script = {**GOOD, "DATA": "354 go on", ".": "250 2.0.0 queued"}
SHORT = Duration(0.5)
LONG_S = 20.0


@pytest.fixture(autouse=True)
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SECOURS_DATA", str(tmp_path / "store"))
    own_message._kept_key.cache_clear()
    yield
    own_message._kept_key.cache_clear()


@asynccontextmanager
async def mail_system(**options: Any) -> AsyncIterator[tuple[int, Dovecot]]:
    """Run Postfix and the Dovecot that it delivers to."""
    async with dovecot(**options) as mailbox, postfix(mailbox) as port:
        yield port, mailbox


async def through(
    smtp_port: int,
    imap_port: int,
    *,
    within: Duration = Duration(10),  # noqa: B008 -- immutable
    timeout_s: float = 20.0,
    smtp: dict[str, Any] | None = None,
    imap: dict[str, Any] | None = None,
) -> Outcome:
    options: dict[str, Any] = {"host": "127.0.0.1", **LOGIN}
    settings = mail_roundtrip.Settings(
        smtp=SmtpOptions(**{**options, "port": smtp_port, **(smtp or {})}),
        imap=ImapOptions(
            **{**options, "port": imap_port, "security": "none", **(imap or {})}
        ),
        within=within,
    )
    return await ask(mail_roundtrip, settings, timeout_s=timeout_s)


# ------------------------------------------------------------------ Postfix, Dovecot


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_message_arrives_and_is_removed(tmp_path: Path) -> None:
    ca = trusted_file(tmp_path)
    other = b"Subject: Secours test\r\n\r\nmine\r\n"
    async with mail_system() as (port, mailbox):
        mailbox.put(other, "1.mine")
        outcome = await through(
            port,
            mailbox.port,
            smtp={"security": "starttls", "ca": ca},
            imap={"security": "starttls", "ca": ca},
        )
        left = mailbox.messages()

    assert said(outcome) == (OK, DELIVERED, Reason.NONE)
    assert outcome.latency_s is not None
    assert "expires" in outcome.facts
    assert left == [other]


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_message_among_the_unwanted_mail_is_degraded_and_removed() -> None:
    async with mail_system() as (port, mailbox):
        to_junk = {"rcpt_to": "spam@example.net"}
        outcome = await through(port, mailbox.port, smtp=to_junk)
        left = mailbox.messages()

    assert said(outcome) == (DEGRADED, DELIVERED, Reason.JUNK)
    assert left == []


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_message_that_is_accepted_and_held_is_not_delivered() -> None:
    async with mail_system() as (port, mailbox):
        held = {"rcpt_to": "held@example.net"}
        outcome = await through(port, mailbox.port, smtp=held, within=SHORT)

    assert said(outcome) == (FAILED, AUTHENTICATED, Reason.NOT_DELIVERED)
    assert SHORT <= float(outcome.facts["within_s"]) < LONG_S


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_deadline_before_the_message_came_is_no_delivery() -> None:
    async with mail_system() as (port, mailbox):
        held = {"rcpt_to": "held@example.net"}
        outcome = await through(port, mailbox.port, smtp=held, timeout_s=6.0)

    assert said(outcome) == (FAILED, AUTHENTICATED, Reason.NOT_DELIVERED)


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_only_what_earlier_runs_of_ours_left_is_removed() -> None:
    now = time.time()
    old = signed_mark(now - 60)
    ours, junk = (letter(ACCOUNT, ACCOUNT, old) for _ in range(2))
    awaited = letter(ACCOUNT, ACCOUNT, signed_mark(now + 60))
    expired = letter(ACCOUNT, ACCOUNT, signed_mark(now - 8 * 86400))
    forged = letter(ACCOUNT, ACCOUNT, old._replace(text=old.text[:-32] + 32 * "0"))
    plain = b"Subject: Secours test\r\nX-Secours-Probe: secours1-\r\n\r\nhello\r\n"
    kept = [awaited, expired, forged, plain]
    async with mail_system() as (port, mailbox):
        for number, message in enumerate([ours, *kept]):
            mailbox.put(message, f"{number}.x")
        mailbox.put(junk, "9.x", junk=True)
        outcome = await through(port, mailbox.port)
        left = mailbox.messages()

    assert said(outcome) == (OK, DELIVERED, Reason.NONE)
    assert sorted(left) == sorted(kept)


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_refusals_of_both_servers_are_told_apart() -> None:
    wrong = {"password": Secret("another")}
    async with mail_system() as (port, mailbox):
        outcomes = [
            await through(port, mailbox.port, **options)
            for options in (
                {"smtp": wrong},
                {"imap": wrong},
                {"smtp": {"rcpt_to": "grey@example.org"}},
                {"smtp": {"rcpt_to": "full@example.org"}},
                {"smtp": {"rcpt_to": "nobody@example.net"}},
                {"smtp": {"security": "starttls"}},
                {"imap": {"security": "starttls"}},
                {"imap": {"mailbox": "Nowhere"}},
            )
        ]

    assert [(o.facts["server"], *said(o)) for o in outcomes] == [
        ("smtp", FAILED, SERVED, Reason.AUTH),
        ("imap", FAILED, SERVED, Reason.AUTH),
        ("smtp", DEGRADED, AUTHENTICATED, Reason.DEFERRED),
        ("smtp", FAILED, AUTHENTICATED, Reason.QUOTA),
        ("smtp", FAILED, AUTHENTICATED, Reason.REJECTED),
        ("smtp", FAILED, SERVED, Reason.TLS_UNTRUSTED),
        ("imap", FAILED, REACHED, Reason.TLS_UNTRUSTED),
        ("imap", FAILED, AUTHENTICATED, Reason.REJECTED),
    ]


# ------------------------------------------------------------------ other servers

CAPABLE = "* CAPABILITY IMAP4rev1\r\nOK done"
MAILBOX: dict[str, str | bytes | None] = {
    "CAPABILITY": CAPABLE,
    "LIST": '* LIST () "/" INBOX\r\nOK done',
    "UID SEARCH": "* SEARCH\r\nOK done",
    "UID FETCH": "OK done",
    "UID STORE": "OK done",
    "EXPUNGE": "OK done",
}


DIGITS = 5000 * "9"


class Relay:
    """An SMTP server whose messages an IMAP server then shows."""

    def __init__(
        self, folder: str = "INBOX", *, rewritten: Callable[[bytes], bytes] = bytes
    ) -> None:
        self.folder, self.rewritten = folder, rewritten
        self.header = b""
        self.heard: list[str] = []

    async def smtp(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Take any message."""
        writer.write(b"220 mail ESMTP\r\n")
        while line := await reader.readline():
            word = line.split()[0].upper()
            if word == b"DATA":
                writer.write(b"354 go on\r\n")
                message = await reader.readuntil(b"\r\n.\r\n")
                header = message.partition(b"\r\n\r\n")[0] + b"\r\n"
                self.header = self.rewritten(header)
            reply = b"250-mail\r\n250 AUTH PLAIN" if word == b"EHLO" else b"250 fine"
            writer.write((b"235 hi" if word == b"AUTH" else reply) + b"\r\n")

    async def imap(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Show it in the folder, once it was sent; another message is marked."""
        script = {
            **MAILBOX,
            "LOGIN": "OK hi",
            "SELECT": "* OK [UIDNEXT 5] x\r\nOK open",
            "LIST": '* LIST () "/" INBOX\r\n* LIST () "/" "Courrier '
            'ind&AOk-sirable"\r\nOK x',
        }
        writer.write(b"* OK ready\r\n")
        folder = ""
        while line := (await reader.readline()).decode():
            tag, _, said = line.strip().partition(" ")
            self.heard.append(said)
            words = said.split(" ")
            word = " ".join(words[:2]) if words[0] == "UID" else words[0]
            if word == "SELECT":
                folder = said.partition(" ")[2].strip('"')
            if word == "UID FETCH" and self.header and folder == self.folder:
                size = len(self.header)
                told = f"* 3 FETCH (UID 5 BODY[HEADER.FIELDS (X)] {{{size}}}\r\n"
                writer.write(told.encode() + self.header + b")\r\n")
            if said == "UID SEARCH DELETED":
                writer.write(b"* SEARCH 2 5\r\n")
            *told_, status = str(script.get(word, "OK x")).split("\r\n")
            writer.write(
                "".join(f"{t}\r\n" for t in (*told_, f"{tag} {status}")).encode()
            )


async def test_other_messages_that_are_marked_are_not_removed_with_ours() -> None:
    relay = Relay()
    async with tcp_server(relay.smtp) as smtp, tcp_server(relay.imap) as imap:
        outcome = await through(smtp, imap)

    assert said(outcome) == (OK, DELIVERED, Reason.NONE)
    assert "UID STORE 5 +FLAGS.SILENT (\\Deleted)" in relay.heard
    assert "EXPUNGE" not in relay.heard


async def test_junk_mailbox_is_known_by_its_usual_name() -> None:
    relay = Relay("Courrier ind&AOk-sirable")
    async with tcp_server(relay.smtp) as smtp, tcp_server(relay.imap) as imap:
        outcome = await through(smtp, imap)

    assert said(outcome) == (DEGRADED, DELIVERED, Reason.JUNK)


@pytest.mark.parametrize("prefix", [b"Undeliverable: ", b"Non remis : ", b"Re: ", b""])
async def test_bounce_that_quotes_the_subject_is_no_delivery(prefix: bytes) -> None:
    def bounce(header: bytes) -> bytes:
        subject = header.partition(b"Subject: ")[2].partition(b"\r\n")[0]
        return b"Message-ID: <1@example.net>\r\nSubject: " + prefix + subject + b"\r\n"

    relay = Relay(rewritten=bounce)
    async with tcp_server(relay.smtp) as smtp, tcp_server(relay.imap) as imap:
        outcome = await through(smtp, imap, within=SHORT)

    assert said(outcome) == (FAILED, AUTHENTICATED, Reason.NOT_DELIVERED)


async def test_message_without_our_header_is_known_by_its_message_id() -> None:
    def wrapped(header: bytes) -> bytes:  # as SpamAssassin does with `report_safe 1`
        tagged = header.replace(b"Subject: ", b"Subject: *SPAM* ")
        return tagged.replace(b"X-Secours-Probe", b"X-Spam")

    relay = Relay(rewritten=wrapped)
    async with tcp_server(relay.smtp) as smtp, tcp_server(relay.imap) as imap:
        outcome = await through(smtp, imap)

    assert said(outcome) == (OK, DELIVERED, Reason.NONE)


async def test_message_holds_nothing_about_anybody() -> None:
    relay = Relay()
    async with tcp_server(relay.smtp) as smtp, tcp_server(relay.imap) as imap:
        await through(smtp, imap)
    names = [line.partition(b":")[0] for line in relay.header.splitlines()]

    assert names == [
        *(b"From", b"To", b"Subject", b"Date", b"Message-ID", b"Auto-Submitted"),
        *(b"X-Auto-Response-Suppress", b"X-Secours-Probe", b"MIME-Version"),
        b"Content-Type",
    ]


@pytest.mark.parametrize(
    ("smtp", "imap", "expected"),
    [
        (silent, imap_lines(MAILBOX), ("smtp", FAILED, REACHED, Reason.TIMEOUT)),
        (
            lines({"AUTH": "454 4.7.0 broken"}),
            imap_lines(MAILBOX),
            ("smtp", FAILED, SERVED, Reason.STATUS),
        ),
        (
            lines({"DATA": "421 4.7.0 too many"}),
            imap_lines(MAILBOX),
            ("smtp", DEGRADED, AUTHENTICATED, Reason.RATE_LIMITED),
        ),
        (
            lines({"DATA": "552 5.2.2 full"}),
            imap_lines(MAILBOX),
            ("smtp", FAILED, AUTHENTICATED, Reason.QUOTA),
        ),
        (silent, silent, ("imap", FAILED, REACHED, Reason.TIMEOUT)),
        (silent, endless(b"x" * 999), ("imap", FAILED, REACHED, Reason.PROTOCOL)),
        (
            silent,
            imap_lines({**MAILBOX, "LOGIN": "NO [UNAVAILABLE] x"}),
            ("imap", FAILED, SERVED, Reason.STATUS),
        ),
        (
            silent,
            imap_lines({**MAILBOX, "SELECT": f"* OK [UIDNEXT {DIGITS}] x\r\nOK x"}),
            ("imap", FAILED, AUTHENTICATED, Reason.PROTOCOL),
        ),
        (
            silent,
            imap_lines(
                {
                    **MAILBOX,
                    "SELECT": "OK x",
                    "UID FETCH": f"* 1 FETCH (UID {DIGITS})\r\nOK x",
                }
            ),
            ("imap", FAILED, AUTHENTICATED, Reason.PROTOCOL),
        ),
        *(
            (
                smtp,
                imap_lines(
                    {**MAILBOX, "SELECT": select, "UID FETCH": f"NO {code}not now"}
                ),
                ("imap", FAILED, AUTHENTICATED, reason),
            )
            for smtp, select in (
                (silent, "* 3 EXISTS\r\nOK x"),
                (Relay().smtp, "* 3 EXISTS\r\n* OK [UIDNEXT 4] x\r\nOK x"),
            )
            for code, reason in (
                ("[UNAVAILABLE] ", Reason.STATUS),
                ("", Reason.REJECTED),
            )
        ),
    ],
)
async def test_hostile_server_ends_with_its_reason(
    smtp: Peer, imap: Peer, expected: tuple[str, Verdict, Evidence, Reason]
) -> None:
    async with tcp_server(smtp) as smtp_port, tcp_server(imap) as imap_port:
        outcome = await through(smtp_port, imap_port, timeout_s=0.8)

    assert (outcome.facts["server"], *said(outcome)) == expected


@pytest.mark.parametrize("uid_next", ["", "* OK [UIDNEXT 1] x\r\n"])
async def test_empty_mailbox_is_not_fetched_from(uid_next: str) -> None:
    select = f"* 0 EXISTS\r\n{uid_next}OK x"
    imap = imap_lines({**MAILBOX, "SELECT": select, "UID FETCH": "BAD no messages"})

    async with tcp_server(Relay().smtp) as smtp, tcp_server(imap) as imap_port:
        outcome = await through(smtp, imap_port, within=Duration(0.5))

    assert said(outcome) == (FAILED, AUTHENTICATED, Reason.NOT_DELIVERED)


async def test_mailbox_that_falls_silent_while_we_wait_proves_no_loss() -> None:
    relay = Relay()
    before = {"SELECT": 2}  # to note where it stands, and to tidy up
    imap = imap_lines({**MAILBOX, "SELECT": "* OK [UIDNEXT 5] x\r\nOK x"}, times=before)

    async with tcp_server(relay.smtp) as smtp, tcp_server(imap) as imap_port:
        outcome = await through(smtp, imap_port, within=SHORT)

    assert said(outcome) == (FAILED, AUTHENTICATED, Reason.TIMEOUT)


async def test_closed_ports_say_which_server_refused() -> None:
    async with tcp_server(imap_lines(MAILBOX)) as imap:
        smtp = await through(closed_port(), imap)
    outcome = await through(1, closed_port())

    assert (smtp.facts["server"], *said(smtp)) == (
        *("smtp", FAILED, NONE),
        Reason.REFUSED,
    )
    assert (outcome.facts["server"], *said(outcome)) == (
        *("imap", FAILED, NONE),
        Reason.REFUSED,
    )


async def test_missing_password_is_unknown() -> None:
    outcome = await through(1, 1, smtp={"password": Secret(None, "MAIL_PASSWORD")})

    assert said(outcome) == (Verdict.UNKNOWN, NONE, Reason.SECRET_MISSING)


def test_addresses_are_those_of_the_accounts_where_none_is_written() -> None:
    imap = ImapOptions(host="x", username="a@b", password=Secret("x"))
    bare = mail_roundtrip.Settings(smtp=SmtpOptions(host="x"), imap=imap)
    written = SmtpOptions(host="x", mail_from="c@d", rcpt_to="e@f")
    other = mail_roundtrip.Settings(smtp=written, imap=imap)

    assert (bare.sender, bare.recipient) == ("a@b", "a@b")
    assert (other.sender, other.recipient) == ("c@d", "e@f")
    assert mail_roundtrip.default_timeout_s(bare) == 150


def test_options_that_make_no_sense_are_refused() -> None:
    account: dict[str, Any] = {"password": Secret("x")}
    smtp = SmtpOptions(host="x")
    named = ImapOptions(host="x", username="a@b", **account)
    wrong: tuple[dict[str, Any], ...] = (
        {"imap": ImapOptions(host="x")},
        {"imap": ImapOptions(host="x", username="probe", **account)},
        {"imap": named, "within": Duration(0)},
    )
    for options in wrong:
        with refusing(r"needs|must"):
            mail_roundtrip.Settings(**{"smtp": smtp, **options})
