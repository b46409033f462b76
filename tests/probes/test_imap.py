from pathlib import Path
from typing import Any

import pytest
from refusals import refusing
from servers import imap4d
from servers.certificates import trusted_file
from servers.dovecot import ACCOUNT, NEEDED, PASSWORD, dovecot
from servers.imap_peer import Script, imap_lines
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

from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.secret import Secret
from secours.probes import imap

OK, DEGRADED, FAILED = Verdict.OK, Verdict.DEGRADED, Verdict.FAILED
UNKNOWN = Verdict.UNKNOWN
NONE, REACHED = Evidence.NONE, Evidence.REACHED
SERVED, AUTHENTICATED = Evidence.SERVED, Evidence.AUTHENTICATED

LOGIN: dict[str, Any] = {"username": ACCOUNT, "password": Secret(PASSWORD)}


async def to(port: int, *, timeout_s: float = 20.0, **options: Any) -> Outcome:
    options = {"security": "none", **LOGIN, **options}
    settings = imap.Settings(host="127.0.0.1", port=port, **options)
    return await ask(imap, settings, timeout_s=timeout_s)


async def talking(peer: Peer, *, timeout_s: float = 1.5, **options: Any) -> Outcome:
    async with tcp_server(peer) as port:
        return await to(port, timeout_s=timeout_s, **options)


# ------------------------------------------------------------------ Dovecot


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_mailbox_is_opened_over_every_kind_of_connection(tmp_path: Path) -> None:
    ca = trusted_file(tmp_path)
    async with dovecot() as mail:
        tls = await to(mail.tls_port, security="tls", ca=ca)
        starttls = await to(mail.port, security="starttls", ca=ca)
        clear = await to(mail.port)
        nobody = await to(mail.port, username=None, password=None)

    assert said(tls) == (OK, AUTHENTICATED, Reason.NONE)
    assert "expires" in tls.facts
    assert tls.facts["limit"] == "1.0 MB"
    assert said(starttls) == (OK, AUTHENTICATED, Reason.NONE)
    assert said(clear) == (OK, AUTHENTICATED, Reason.NONE)
    assert said(nobody) == (OK, SERVED, Reason.NONE)


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_mailbox_that_is_nearly_full_is_a_warning() -> None:
    async with dovecot(quota_kib=100) as mail:
        mail.put(b"Subject: big\r\n\r\n" + 1000 * b"x" * 95, "1.big")
        full = await to(mail.port)
        less = await to(mail.port, max_used=0.99)

    assert said(full) == (DEGRADED, AUTHENTICATED, Reason.QUOTA)
    assert full.warnings == (Reason.QUOTA,)
    assert full.facts["limit"] == "102 kB"
    assert said(less) == (OK, AUTHENTICATED, Reason.NONE)


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_refusals_are_told_apart(tmp_path: Path) -> None:
    async with dovecot() as mail:
        tls: dict[str, Any] = {"security": "tls", "ca": trusted_file(tmp_path)}
        password = await to(mail.tls_port, **tls, password=Secret("another"))
        mailbox = await to(mail.tls_port, **tls, mailbox="Überall")
        untrusted = await to(mail.port, security="starttls")
        no_tls = await to(mail.port, security="tls")

    assert said(password) == (FAILED, SERVED, Reason.AUTH)
    assert password.facts["said"] == "[AUTHENTICATIONFAILED] Authentication failed."
    assert said(mailbox) == (FAILED, AUTHENTICATED, Reason.REJECTED)
    assert mailbox.facts["stage"] == "select"
    assert said(untrusted) == (FAILED, REACHED, Reason.TLS_UNTRUSTED)
    assert "expires" in untrusted.facts
    assert said(no_tls) == (FAILED, REACHED, Reason.TLS_MISSING)


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_login_service_that_is_broken_is_no_wrong_password() -> None:
    async with dovecot(broken=True) as mail:
        outcome = await to(mail.port)

    assert said(outcome) == (FAILED, SERVED, Reason.STATUS)
    assert "[UNAVAILABLE]" in str(outcome.facts["said"])


@pytest.mark.usefixtures("processes")
@NEEDED
@pytest.mark.parametrize(
    ("certificate", "expected"),
    [
        ({"names": ["other.example"]}, (FAILED, REACHED, Reason.TLS_NAME)),
        ({"days": -3.0}, (FAILED, REACHED, Reason.TLS_EXPIRED)),
        ({"days": 3.5}, (DEGRADED, AUTHENTICATED, Reason.TLS_EXPIRING)),
    ],
)
async def test_certificates_are_looked_at(
    tmp_path: Path,
    certificate: dict[str, Any],
    expected: tuple[Verdict, Evidence, Reason],
) -> None:
    ca = trusted_file(tmp_path)
    async with dovecot(**certificate) as mail:
        starttls = await to(mail.port, security="starttls", ca=ca)
        tls = await to(mail.tls_port, security="tls", ca=ca)

    assert said(starttls) == said(tls) == expected
    assert starttls.facts["expires"] == tls.facts["expires"]


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_nothing_in_the_mailbox_is_changed() -> None:
    message = b"X-Secours-Probe: 1.not.ours\r\nSubject: Secours\r\n\r\nhello\r\n"
    async with dovecot() as mail:
        mail.put(message, "1.mine")
        await to(mail.port)
        left = mail.messages()

    assert left == [message]


# ------------------------------------------------------------------ GNU imap4d


@pytest.mark.usefixtures("processes")
@imap4d.NEEDED
async def test_server_that_knows_us_already_wants_no_login(tmp_path: Path) -> None:
    async with imap4d.preauth(tmp_path) as port:
        outcome = await to(port)
        nobody = await to(port, username=None, password=None)
        starttls = await to(port, security="starttls")

    assert said(outcome) == (OK, AUTHENTICATED, Reason.NONE)
    assert said(nobody) == (OK, SERVED, Reason.NONE)
    assert said(starttls) == (FAILED, SERVED, Reason.TLS_MISSING)


# ------------------------------------------------------------------ other servers


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ({}, (OK, AUTHENTICATED, Reason.NONE)),
        ({"": "* BYE too busy"}, (FAILED, REACHED, Reason.STATUS)),
        (
            {"": "* PREAUTH welcome", "LOGIN": "BAD you are in"},
            (OK, AUTHENTICATED, Reason.NONE),
        ),
        ({"CAPABILITY": "BAD what?"}, (OK, AUTHENTICATED, Reason.NONE)),
        ({"LOGIN": "NO wrong"}, (FAILED, SERVED, Reason.AUTH)),
        ({"LOGIN": "NO [EXPIRED] old"}, (FAILED, SERVED, Reason.AUTH)),
        ({"LOGIN": "NO [UNAVAILABLE] no"}, (FAILED, SERVED, Reason.STATUS)),
        ({"LOGIN": "NO [LIMIT] slow"}, (DEGRADED, SERVED, Reason.RATE_LIMITED)),
        (
            {"LOGIN": "NO [PRIVACYREQUIRED] TLS"},
            (FAILED, SERVED, Reason.TLS_MISSING),
        ),
        ({"LOGIN": "BAD what?"}, (FAILED, SERVED, Reason.PROTOCOL)),
        ({"LOGIN": "* BYE shutting down"}, (FAILED, SERVED, Reason.STATUS)),
        ({"LOGIN": None}, (FAILED, SERVED, Reason.TIMEOUT)),
        ({"SELECT": "NO [INUSE] not now"}, (FAILED, AUTHENTICATED, Reason.STATUS)),
        ({"SELECT": "NO no such"}, (FAILED, AUTHENTICATED, Reason.REJECTED)),
        ({"GETQUOTAROOT": "NO none"}, (OK, AUTHENTICATED, Reason.NONE)),
        (
            {"GETQUOTAROOT": '* QUOTA "" (STORAGE 5 0)\r\nOK x'},
            (DEGRADED, AUTHENTICATED, Reason.QUOTA),
        ),
        (
            {"GETQUOTAROOT": '* QUOTA "" (STORAGE 1 9 MESSAGE 95 100)\r\nOK x'},
            (DEGRADED, AUTHENTICATED, Reason.QUOTA),
        ),
        (
            {"GETQUOTAROOT": '* QUOTA "" (STORAGE x)\r\nOK x'},
            (OK, AUTHENTICATED, Reason.NONE),
        ),
        (
            {"GETQUOTAROOT": f'* QUOTA "" (STORAGE 1 {5000 * "9"})\r\nOK x'},
            (FAILED, AUTHENTICATED, Reason.PROTOCOL),
        ),
        ({"LOGOUT": None}, (OK, AUTHENTICATED, Reason.NONE)),
    ],
)
async def test_answer_is_judged_by_what_it_says(
    script: Script, expected: tuple[Verdict, Evidence, Reason]
) -> None:
    outcome = await talking(imap_lines(script))

    assert said(outcome) == expected


async def test_password_is_given_once_and_never_told() -> None:
    heard: list[str] = []
    script = {"LOGIN": f"NO I heard {PASSWORD}"}

    outcome = await talking(imap_lines(script, heard))

    assert [line for line in heard if "LOGIN" in line] == [
        f'LOGIN "{ACCOUNT}" "{PASSWORD}"'
    ]
    assert outcome.facts["said"] == "I heard ***"


async def test_password_beyond_ascii_goes_another_way() -> None:
    heard: list[str] = []
    script: Script = {
        "CAPABILITY": "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\nOK done",
        "AUTHENTICATE": "OK welcome",
    }

    outcome = await talking(imap_lines(script, heard), password=Secret("clé"))

    assert said(outcome) == (OK, AUTHENTICATED, Reason.NONE)
    assert any(line.startswith("AUTHENTICATE PLAIN ") for line in heard)


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_dovecot_with_scram_alone_cannot_be_tested() -> None:
    async with dovecot(methods="scram-sha-256") as mail:
        outcome = await to(mail.port)

    assert said(outcome) == (UNKNOWN, NONE, Reason.BROKEN)
    assert outcome.facts["said"] == "SCRAM-SHA-256"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("NO [ALERT] Unsupported", (UNKNOWN, NONE, Reason.BROKEN)),
        ("NO Login failed", (UNKNOWN, NONE, Reason.BROKEN)),
        ("NO [AUTHENTICATIONFAILED] wrong", (FAILED, SERVED, Reason.AUTH)),
        ("OK in", (OK, AUTHENTICATED, Reason.NONE)),
    ],
)
async def test_server_that_offers_scram_alone_may_refuse_any_other_login(
    answer: str, expected: tuple[Verdict, Evidence, Reason]
) -> None:
    offered = "* CAPABILITY IMAP4rev1 AUTH=SCRAM-SHA-256-PLUS\r\nOK done"

    outcome = await talking(imap_lines({"CAPABILITY": offered, "LOGIN": answer}, []))

    assert said(outcome) == expected


async def test_login_that_is_disabled_is_refused_without_trying() -> None:
    heard: list[str] = []
    script: Script = {"CAPABILITY": "* CAPABILITY IMAP4rev1 LOGINDISABLED\r\nOK done"}

    outcome = await talking(imap_lines(script, heard))

    assert said(outcome) == (FAILED, SERVED, Reason.AUTH)
    assert not any(PASSWORD in line for line in heard)


async def test_starttls_that_is_not_offered_is_missing() -> None:
    outcome = await talking(imap_lines({}), security="starttls")

    assert said(outcome) == (FAILED, SERVED, Reason.TLS_MISSING)


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        (silent, (FAILED, REACHED, Reason.TIMEOUT)),
        (saying(b""), (FAILED, REACHED, Reason.PROTOCOL)),
        (saying(b"220 mail ESMTP\r\n", stay=True), (FAILED, REACHED, Reason.PROTOCOL)),
        (endless(b"x" * 4096), (FAILED, REACHED, Reason.PROTOCOL)),
        (
            endless(99 * b"* OK hello\r\n", b"* OK hi\r\n"),
            (FAILED, SERVED, Reason.PROTOCOL),
        ),
        (
            saying(b"* OK hi\r\n* OK {4000000000}\r\n", stay=True),
            (FAILED, SERVED, Reason.PROTOCOL),
        ),
        (
            saying(b"* OK hi\r\n* OK {%b}\r\n" % (5000 * b"9"), stay=True),
            (FAILED, SERVED, Reason.PROTOCOL),
        ),
        (resetting, (FAILED, REACHED, Reason.TIMEOUT)),
        (saying(*(9 * [b"*"]), every_s=0.3), (FAILED, REACHED, Reason.TIMEOUT)),
    ],
)
async def test_hostile_server_ends_with_its_reason(
    peer: Peer, expected: tuple[Verdict, Evidence, Reason]
) -> None:
    outcome = await talking(peer)

    assert said(outcome) == expected


async def test_closed_port_is_refused() -> None:
    outcome = await to(closed_port())

    assert said(outcome) == (FAILED, NONE, Reason.REFUSED)


async def test_missing_password_is_unknown() -> None:
    outcome = await to(1, password=Secret(None, "IMAP_PASSWORD"))

    assert said(outcome) == (Verdict.UNKNOWN, NONE, Reason.SECRET_MISSING)


@pytest.mark.parametrize(
    "options",
    [
        {"port": 0},
        {"username": "x"},
        {"password": Secret("x")},
        {"max_used": 0.0},
        {"max_used": 1.5},
        {"mailbox": "IN\r\nBOX"},
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with refusing(r"must|needs"):
        imap.Settings(host="mail", **options)
