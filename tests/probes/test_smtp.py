import base64
from pathlib import Path
from typing import Any

import pytest
from refusals import refusing
from servers.certificates import server_tls, trusted_file
from servers.probe_run import ask, said
from servers.scripted import (
    Peer,
    closed_port,
    endless,
    resetting,
    saying,
    silent,
    tcp_server,
)
from servers.smtp_peer import GOOD, Mailbox, Script, lines, mail_server

from secours import texts
from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.secret import Secret
from secours.model.sections.field_types import Duration
from secours.probes import smtp

OK, DEGRADED, FAILED = Verdict.OK, Verdict.DEGRADED, Verdict.FAILED
UNKNOWN = Verdict.UNKNOWN
NONE, REACHED = Evidence.NONE, Evidence.REACHED
SERVED, AUTHENTICATED = Evidence.SERVED, Evidence.AUTHENTICATED

ACCOUNT: dict[str, Any] = {"username": "probe", "password": Secret("hunter2")}
ENVELOPE: dict[str, Any] = {
    "mail_from": "probe@example.org",
    "rcpt_to": "crisis@example.org",
}


async def to(port: int, *, timeout_s: float = 20.0, **options: Any) -> Outcome:
    settings = smtp.Settings(host="127.0.0.1", port=port, **options)
    return await ask(smtp, settings, timeout_s=timeout_s)


async def talking(peer: Peer, *, timeout_s: float = 5.0, **options: Any) -> Outcome:
    async with tcp_server(peer) as port:
        return await to(port, timeout_s=timeout_s, **options)


# ------------------------------------------------------------------ a real server


async def test_server_that_greets_is_served() -> None:
    async with mail_server() as port:
        outcome = await to(port)

    assert said(outcome) == (OK, SERVED, Reason.NONE)
    assert outcome.latency_s is not None


async def test_account_and_recipient_are_accepted_and_no_message_is_sent() -> None:
    mailbox = Mailbox({"probe": "hunter2"})
    async with mail_server(mailbox) as port:
        outcome = await to(port, **ACCOUNT, **ENVELOPE)

    assert said(outcome) == (OK, AUTHENTICATED, Reason.NONE)
    assert mailbox.heard == ["AUTH PLAIN", "RCPT crisis@example.org"]


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_login_over_tls(tmp_path: Path, security: Any) -> None:
    context: dict[str, Any] = {security: server_tls(days=90.5)}
    async with mail_server(Mailbox({"probe": "hunter2"}), **context) as port:
        outcome = await to(
            port, security=security, ca=trusted_file(tmp_path), **ACCOUNT
        )

    assert said(outcome) == (OK, AUTHENTICATED, Reason.NONE)
    assert outcome.facts["days"] == 90


async def test_wrong_password_is_tried_once() -> None:
    mailbox = Mailbox({"probe": "another"})
    async with mail_server(mailbox) as port:
        outcome = await to(port, **ACCOUNT)

    assert said(outcome) == (FAILED, SERVED, Reason.AUTH)
    assert outcome.facts["code"] == 535
    assert outcome.facts["stage"] == "auth"
    assert len(mailbox.heard) == 1


async def test_unknown_recipient_is_rejected() -> None:
    async with mail_server() as port:
        outcome = await to(port, rcpt_to="nobody@example.org")

    assert said(outcome) == (FAILED, SERVED, Reason.REJECTED)
    assert outcome.facts == {
        "code": 550,
        "said": "5.1.1 no such user",
        "stage": "rcpt",
    }


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize(
    ("certificate", "reason"),
    [
        ({"names": ("other.example",)}, Reason.TLS_NAME),
        ({"days": -3.5}, Reason.TLS_EXPIRED),
        ({"trusted": False}, Reason.TLS_UNTRUSTED),
    ],
)
async def test_bad_certificates_are_told_apart(
    tmp_path: Path, security: Any, certificate: dict[str, Any], reason: Reason
) -> None:
    options = dict(certificate)
    context: dict[str, Any] = {
        security: server_tls(*options.pop("names", ()), **options)
    }
    async with mail_server(**context) as port:
        outcome = await to(port, security=security, ca=trusted_file(tmp_path))

    assert (outcome.verdict, outcome.reason) == (FAILED, reason)
    assert outcome.facts["stage"] == "certificate"
    assert outcome.facts["days"] == (-4 if reason is Reason.TLS_EXPIRED else 89)


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_certificate_that_expires_soon_is_a_warning(
    tmp_path: Path, security: Any
) -> None:
    context: dict[str, Any] = {security: server_tls(days=3.5)}
    async with mail_server(**context) as port:
        ca = trusted_file(tmp_path)
        outcome = await to(port, security=security, ca=ca)
        later = await to(port, security=security, ca=ca, expires_within=Duration(86400))

    assert said(outcome) == (DEGRADED, SERVED, Reason.TLS_EXPIRING)
    assert outcome.warnings == (Reason.TLS_EXPIRING,)
    assert said(later) == (OK, SERVED, Reason.NONE)


async def test_certificate_may_go_unverified() -> None:
    async with mail_server(starttls=server_tls(trusted=False)) as port:
        outcome = await to(port, security="starttls", verify=False)

    assert said(outcome) == (OK, SERVED, Reason.NONE)


async def test_starttls_that_is_not_offered_is_missing() -> None:
    async with mail_server() as port:
        outcome = await to(port, security="starttls")

    assert said(outcome) == (FAILED, SERVED, Reason.TLS_MISSING)
    assert outcome.facts["stage"] == "starttls"


async def test_server_without_tls_where_tls_is_wanted_is_missing_it() -> None:
    async with mail_server() as port:
        outcome = await to(port, security="tls")

    assert said(outcome) == (FAILED, REACHED, Reason.TLS_MISSING)


# ------------------------------------------------------------------ each code


@pytest.mark.parametrize(
    ("script", "stage", "expected"),
    [
        ({"": "554 no service"}, "greeting", (FAILED, REACHED, Reason.STATUS)),
        ({"": "421 4.3.2 later"}, "greeting", (FAILED, REACHED, Reason.STATUS)),
        (
            {"": "421 4.7.0 too many"},
            "greeting",
            (DEGRADED, REACHED, Reason.RATE_LIMITED),
        ),
        ({"EHLO": "554 no"}, "ehlo", (FAILED, REACHED, Reason.STATUS)),
        ({"AUTH": "535 5.7.8 no"}, "auth", (FAILED, SERVED, Reason.AUTH)),
        ({"AUTH": "534 5.7.9 no"}, "auth", (FAILED, SERVED, Reason.AUTH)),
        ({"AUTH": "530 5.7.0 TLS first"}, "auth", (FAILED, SERVED, Reason.AUTH)),
        ({"AUTH": "454 4.7.0 later"}, "auth", (FAILED, SERVED, Reason.STATUS)),
        ({"AUTH": "451 4.3.0 broken"}, "auth", (FAILED, SERVED, Reason.STATUS)),
        ({"AUTH": "503 5.5.1 what?"}, "auth", (FAILED, SERVED, Reason.STATUS)),
        ({"AUTH": "421 4.7.0 slow"}, "auth", (DEGRADED, SERVED, Reason.RATE_LIMITED)),
        ({"EHLO": "250 mail"}, "auth", (FAILED, SERVED, Reason.AUTH)),
        ({"EHLO": "250-x\r\n250 AUTH NTLM"}, "auth", (FAILED, SERVED, Reason.AUTH)),
        (
            {"EHLO": "250-x\r\n250 AUTH SCRAM-SHA-256-PLUS"},
            "auth",
            (UNKNOWN, NONE, Reason.BROKEN),
        ),
        ({"MAIL": "550 5.7.1 no"}, "mail", (FAILED, AUTHENTICATED, Reason.REJECTED)),
        ({"MAIL": "451 4.3.0"}, "mail", (DEGRADED, AUTHENTICATED, Reason.DEFERRED)),
        ({"MAIL": "452 4.3.1"}, "mail", (FAILED, AUTHENTICATED, Reason.REJECTED)),
        ({"RCPT": "450 4.2.0"}, "rcpt", (DEGRADED, AUTHENTICATED, Reason.DEFERRED)),
        ({"RCPT": "451 4.7.1"}, "rcpt", (DEGRADED, AUTHENTICATED, Reason.DEFERRED)),
        ({"RCPT": "450 4.2.2"}, "rcpt", (FAILED, AUTHENTICATED, Reason.QUOTA)),
        ({"RCPT": "452 4.2.2"}, "rcpt", (FAILED, AUTHENTICATED, Reason.QUOTA)),
        ({"RCPT": "452 4.3.1"}, "rcpt", (FAILED, AUTHENTICATED, Reason.REJECTED)),
        ({"RCPT": "552 5.2.2"}, "rcpt", (FAILED, AUTHENTICATED, Reason.QUOTA)),
        ({"RCPT": "550 5.2.2"}, "rcpt", (FAILED, AUTHENTICATED, Reason.QUOTA)),
        ({"RCPT": "252 2.0.0 will try"}, "rcpt", (OK, AUTHENTICATED, Reason.NONE)),
        ({"MAIL": "299 2.0.0 fine"}, "rcpt", (OK, AUTHENTICATED, Reason.NONE)),
        ({"RCPT": "2" * 600}, "rcpt", (FAILED, AUTHENTICATED, Reason.PROTOCOL)),
        ({"RCPT": "354 go on"}, "rcpt", (FAILED, AUTHENTICATED, Reason.PROTOCOL)),
        ({"RCPT": "454 4.7.1"}, "rcpt", (FAILED, AUTHENTICATED, Reason.REJECTED)),
        ({"RCPT": "550 5.1.1"}, "rcpt", (FAILED, AUTHENTICATED, Reason.REJECTED)),
        (
            {"RCPT": "421 4.7.28 slow"},
            "rcpt",
            (DEGRADED, AUTHENTICATED, Reason.RATE_LIMITED),
        ),
        ({"RCPT": "421 4.3.0 down"}, "rcpt", (FAILED, AUTHENTICATED, Reason.STATUS)),
    ],
)
async def test_code_means_what_it_means_at_its_stage(
    script: Script, stage: str, expected: tuple[Verdict, Evidence, Reason]
) -> None:
    outcome = await talking(lines(script), **ACCOUNT, **ENVELOPE)

    assert said(outcome) == expected
    assert outcome.facts["stage"] == stage


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ("552 5.2.2 over quota", "full (552): “5.2.2 over quota”"),
        ("452 4.2.2 mailbox full", "full (452): “4.2.2 mailbox full”"),
    ],
)
async def test_mailbox_that_refuses_as_full_is_not_nearly_full(
    reply: str, words: str
) -> None:
    outcome = await talking(lines({"RCPT": reply}), **ENVELOPE)

    shown = texts.detail("en", outcome.reason, outcome.facts)
    assert words in shown
    assert "nearly" not in shown


async def test_starttls_that_is_refused_is_missing() -> None:
    script: Script = {
        "EHLO": "250-mail\r\n250 STARTTLS",
        "STARTTLS": "454 4.7.0 not now",
    }

    outcome = await talking(lines(script), security="starttls")

    assert said(outcome) == (FAILED, SERVED, Reason.TLS_MISSING)
    assert outcome.facts["code"] == 454


async def test_server_of_old_is_greeted_with_helo() -> None:
    outcome = await talking(lines({"EHLO": "502 what?"}))

    assert said(outcome) == (OK, SERVED, Reason.NONE)


async def test_method_that_is_offered_but_not_there_is_passed_over() -> None:
    heard: list[str] = []
    script: Script = {
        "EHLO": "250-mail\r\n250 AUTH CRAM-MD5 PLAIN",
        "AUTH": "504 5.5.4 not that one",
    }

    outcome = await talking(lines(script, heard), **ACCOUNT)

    assert said(outcome) == (FAILED, SERVED, Reason.STATUS)
    assert [line.split()[1] for line in heard if line.startswith("AUTH")] == [
        "CRAM-MD5",
        "PLAIN",
    ]


async def test_challenge_that_is_none_makes_no_sense() -> None:
    script: Script = {
        "EHLO": "250-mail\r\n250 AUTH CRAM-MD5",
        "AUTH": "334 a",
    }

    outcome = await talking(lines(script), **ACCOUNT)

    assert said(outcome) == (FAILED, SERVED, Reason.PROTOCOL)


async def test_talk_ends_politely_and_without_a_message() -> None:
    heard: list[str] = []

    await talking(lines({}, heard), rcpt_to="crisis@example.org")

    assert heard == [
        "EHLO [127.0.0.1]",
        "MAIL FROM:<>",
        "RCPT TO:<crisis@example.org>",
        "RSET",
        "QUIT",
    ]


async def test_server_that_echoes_our_password_gets_it_cut_out() -> None:
    sent = base64.b64encode(b"\0probe\0hunter2").decode()
    script = {"AUTH": f"500 unknown: AUTH PLAIN {sent} (hunter2)"}

    outcome = await talking(lines(script), **ACCOUNT)

    assert outcome.facts["said"] == "unknown: AUTH PLAIN *** (***)"


async def test_missing_password_is_unknown() -> None:
    missing: dict[str, Any] = {
        "username": "probe",
        "password": Secret(None, "MAIL_PASSWORD"),
    }

    outcome = await talking(lines({}), **missing)

    assert said(outcome) == (Verdict.UNKNOWN, NONE, Reason.SECRET_MISSING)


# ------------------------------------------------------------------ hostile peers


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        (silent, (FAILED, REACHED, Reason.TIMEOUT)),
        (saying(b"SSH-2.0-OpenSSH\r\n", stay=True), (FAILED, REACHED, Reason.PROTOCOL)),
        (saying(b""), (FAILED, REACHED, Reason.PROTOCOL)),
        (saying(b"\r\n220 x", stay=True), (FAILED, REACHED, Reason.PROTOCOL)),
        (endless(300 * b"220-welcome\r\n"), (FAILED, REACHED, Reason.PROTOCOL)),
        (endless(b"x" * 4096), (FAILED, REACHED, Reason.PROTOCOL)),
        (resetting, (FAILED, REACHED, Reason.TIMEOUT)),
        (
            saying(*(b"2" for _ in range(99)), every_s=0.05),
            (FAILED, REACHED, Reason.TIMEOUT),
        ),
        (lines({"EHLO": None}), (FAILED, REACHED, Reason.TIMEOUT)),
        (lines({"QUIT": None}), (OK, SERVED, Reason.NONE)),
        (lines({"QUIT": b"x" * 99}), (OK, SERVED, Reason.NONE)),
    ],
)
async def test_hostile_peer_ends_with_its_reason(
    peer: Peer, expected: tuple[Verdict, Evidence, Reason]
) -> None:
    outcome = await talking(peer, timeout_s=0.6)

    assert said(outcome) == expected


@pytest.mark.parametrize(
    ("word", "stage"),
    [("", "greeting"), ("EHLO", "ehlo"), ("AUTH", "auth"), ("RCPT", "rcpt")],
)
async def test_silence_names_its_stage(word: str, stage: str) -> None:
    outcome = await talking(lines({word: None}), timeout_s=0.4, **ACCOUNT, **ENVELOPE)

    assert (outcome.verdict, outcome.reason) == (FAILED, Reason.TIMEOUT)
    assert outcome.facts["stage"] == stage


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_handshake_that_never_ends_is_a_timeout(security: Any) -> None:
    script = {**GOOD, "EHLO": "250-mail\r\n250 STARTTLS", "STARTTLS": "220 go"}
    peer = silent if security == "tls" else lines(script)

    outcome = await talking(peer, timeout_s=0.4, security=security)

    assert (outcome.verdict, outcome.reason) == (FAILED, Reason.TIMEOUT)


async def test_closed_port_is_refused() -> None:
    outcome = await to(closed_port())

    assert said(outcome) == (FAILED, NONE, Reason.REFUSED)


@pytest.mark.parametrize(
    "options",
    [
        {"port": 0},
        {"username": "probe"},
        {"password": Secret("x")},
        {"rcpt_to": "a@b>\r\nDATA"},
        {"mail_from": "nobody"},
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with refusing(r"."):
        smtp.Settings(host="mail", **options)
