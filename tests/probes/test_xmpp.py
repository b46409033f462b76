import asyncio
import base64
from pathlib import Path
from typing import Any

import pytest
from refusals import refusing
from servers.certificates import trusted_file
from servers.probe_run import ask, said
from servers.prosody import NEEDED, prosody
from servers.scripted import (
    Peer,
    closed_port,
    endless,
    resetting,
    saying,
    silent,
    tcp_server,
)

from secours import texts
from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.secret import Secret
from secours.probes import xmpp

OK, DEGRADED, FAILED = Verdict.OK, Verdict.DEGRADED, Verdict.FAILED
UNKNOWN = Verdict.UNKNOWN
NONE, REACHED = Evidence.NONE, Evidence.REACHED
SERVED, AUTHENTICATED = Evidence.SERVED, Evidence.AUTHENTICATED

ACCOUNT: dict[str, Any] = {"jid": "probe@localhost", "password": Secret("hunter2")}


async def to(port: int, *, timeout_s: float = 20.0, **options: Any) -> Outcome:
    options = {**ACCOUNT, "host": "127.0.0.1", "port": port, **options}
    return await ask(xmpp, xmpp.Settings(**options), timeout_s=timeout_s)


# ------------------------------------------------------------------ Prosody


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_account_is_let_in_over_both_kinds_of_tls(tmp_path: Path) -> None:
    ca = trusted_file(tmp_path)
    async with prosody(tmp_path) as ports:
        starttls = await to(ports.clear, ca=ca)
        tls = await to(ports.secure, ca=ca, security="tls")
        anonymous = await to(ports.clear, ca=ca, password=None)

    assert said(starttls) == (OK, AUTHENTICATED, Reason.NONE)
    assert "expires" in starttls.facts
    assert said(tls) == (OK, AUTHENTICATED, Reason.NONE)
    assert said(anonymous) == (OK, SERVED, Reason.NONE)


@pytest.mark.usefixtures("processes")
@NEEDED
@pytest.mark.parametrize(
    "without",
    [["SCRAM-SHA-256"], ["SCRAM-SHA-256", "SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"]],
)
async def test_older_methods_work_as_well(tmp_path: Path, without: list[str]) -> None:
    ca = trusted_file(tmp_path)
    async with prosody(tmp_path, without=without) as ports:
        outcome = await to(ports.clear, ca=ca)

    assert said(outcome) == (OK, AUTHENTICATED, Reason.NONE)


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_refusals_are_told_apart(tmp_path: Path) -> None:
    ca = trusted_file(tmp_path)
    async with prosody(tmp_path) as ports:
        password = await to(ports.clear, ca=ca, password=Secret("another"))
        nobody = await to(ports.clear, ca=ca, jid="nobody@localhost")
        domain = await to(ports.clear, ca=ca, jid="probe@elsewhere.example")
        untrusted = await to(ports.clear)
        clear = await to(ports.clear, security="none")
        no_tls = await to(ports.clear, security="tls")

    assert said(password) == (FAILED, SERVED, Reason.AUTH)
    assert password.facts == {"stage": "auth", "said": "not-authorized"}
    assert said(nobody) == (FAILED, SERVED, Reason.AUTH)
    assert said(domain) == (FAILED, REACHED, Reason.REJECTED)
    assert domain.facts["said"] == "host-unknown"
    assert said(untrusted) == (FAILED, REACHED, Reason.TLS_UNTRUSTED)
    assert "expires" in untrusted.facts
    assert said(clear) == (FAILED, SERVED, Reason.AUTH)
    assert said(no_tls) == (FAILED, REACHED, Reason.TLS_MISSING)


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
    async with prosody(tmp_path, **certificate) as ports:
        outcome = await to(ports.clear, ca=trusted_file(tmp_path))

    assert said(outcome) == expected
    assert "expires" in outcome.facts


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_scram_that_is_bound_to_tls_cannot_be_tested(tmp_path: Path) -> None:
    others = ("PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "OAUTHBEARER")
    async with prosody(tmp_path, without=others) as ports:
        outcome = await to(ports.clear, ca=trusted_file(tmp_path))

    words = texts.detail("en", outcome.reason, outcome.facts)
    assert said(outcome) == (UNKNOWN, NONE, Reason.BROKEN)
    assert "no way to log in that we know" in words
    assert "-PLUS" in words


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_login_without_tls_uses_scram_alone(tmp_path: Path) -> None:
    async with prosody(tmp_path, encrypted=False) as ports:
        outcome = await to(ports.clear, security="none")

    assert said(outcome) == (OK, AUTHENTICATED, Reason.NONE)


# ------------------------------------------------------------------ other servers

OPEN = (
    b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
    b"xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
)


def features(*methods: str) -> bytes:
    """Offer these methods to log in."""
    each = "".join(f"<mechanism>{method}</mechanism>" for method in methods)
    sasl = f"<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{each}</mechanisms>"
    return OPEN + f"<stream:features>{sasl}</stream:features>".encode()


def failure(condition: str) -> bytes:
    """Refuse a login."""
    namespace = "urn:ietf:params:xml:ns:xmpp-sasl"
    return f"<failure xmlns='{namespace}'><{condition}/></failure>".encode()


def server(*answers: bytes) -> Peer:
    """Answer each element with the next of these, then stay silent."""

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            await reader.readuntil(b">")
            while b"</" not in await reader.read(1 << 12) and answer is not answers[0]:
                continue
            writer.write(answer)
        await asyncio.Event().wait()

    return peer


async def talking(peer: Peer, *, timeout_s: float = 0.5, **options: Any) -> Outcome:
    async with tcp_server(peer) as port:
        return await to(port, timeout_s=timeout_s, **{"security": "none", **options})


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([features("SCRAM-SHA-1")], (FAILED, SERVED, Reason.TIMEOUT)),
        ([features("PLAIN")], (FAILED, SERVED, Reason.AUTH)),
        ([features()], (FAILED, SERVED, Reason.AUTH)),
        ([features("GSSAPI")], (FAILED, SERVED, Reason.AUTH)),
        ([features("SCRAM-SHA-1-PLUS")], (UNKNOWN, NONE, Reason.BROKEN)),
        ([features("EXTERNAL", "SCRAM-SHA-512")], (UNKNOWN, NONE, Reason.BROKEN)),
        (
            [features("SCRAM-SHA-1"), failure("temporary-auth-failure")],
            (FAILED, SERVED, Reason.STATUS),
        ),
        (
            [features("SCRAM-SHA-1"), failure("account-disabled")],
            (FAILED, SERVED, Reason.AUTH),
        ),
        (
            [features("SCRAM-SHA-1"), failure("encryption-required")],
            (FAILED, SERVED, Reason.TLS_MISSING),
        ),
        (
            [
                features("SCRAM-SHA-1"),
                b"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
            ],
            (FAILED, SERVED, Reason.PROTOCOL),
        ),
        ([OPEN + b"<message/>"], (FAILED, REACHED, Reason.PROTOCOL)),
        ([OPEN + b"</stream:stream>"], (FAILED, REACHED, Reason.PROTOCOL)),
        (
            [OPEN + b"<stream:error><system-shutdown/></stream:error>"],
            (FAILED, REACHED, Reason.STATUS),
        ),
    ],
)
async def test_answer_is_judged_by_what_it_says(
    answers: list[bytes], expected: tuple[Verdict, Evidence, Reason]
) -> None:
    outcome = await talking(server(*answers))

    assert said(outcome) == expected


async def test_starttls_that_is_not_offered_is_missing() -> None:
    outcome = await talking(server(features("PLAIN")), security="starttls")

    assert said(outcome) == (FAILED, SERVED, Reason.TLS_MISSING)


async def test_server_that_does_not_know_the_password_is_not_believed() -> None:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b">")
        writer.write(features("SCRAM-SHA-1"))
        first = b""
        while b"</auth>" not in first:
            first += await reader.read(1 << 12)
        text = first.rpartition(b"</auth>")[0].rpartition(b">")[2]
        nonce = base64.b64decode(text).rpartition(b"r=")[2]
        challenge = base64.b64encode(b"r=" + nonce + b"x,s=QUJD,i=10").decode()
        sasl = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
        writer.write(f"<challenge {sasl}>{challenge}</challenge>".encode())
        await reader.readuntil(b"</response>")
        proof = base64.b64encode(b"v=" + base64.b64encode(bytes(20))).decode()
        writer.write(f"<success {sasl}>{proof}</success>".encode())
        await reader.read()

    outcome = await talking(peer)

    assert said(outcome) == (FAILED, SERVED, Reason.PROTOCOL)


@pytest.mark.parametrize(
    ("peer", "reason"),
    [
        (silent, Reason.TIMEOUT),
        (saying(b""), Reason.PROTOCOL),
        (saying(b"SSH-2.0-OpenSSH\r\n", stay=True), Reason.PROTOCOL),
        (saying(b"<html>", stay=True), Reason.PROTOCOL),
        (saying(b"<!DOCTYPE x [<!ENTITY a 'b'>]>", stay=True), Reason.PROTOCOL),
        (endless(b"<a>" * 99, OPEN), Reason.PROTOCOL),
        (endless(b" " * 999, OPEN), Reason.PROTOCOL),
        (endless(b"<a/>" * 99, OPEN), Reason.PROTOCOL),
        (resetting, Reason.PROTOCOL),
        (saying(*(bytes([c]) for c in OPEN[:9]), every_s=0.3), Reason.TIMEOUT),
    ],
)
async def test_hostile_peer_ends_with_its_reason(peer: Peer, reason: Reason) -> None:
    outcome = await talking(peer)

    assert said(outcome) == (FAILED, REACHED, reason)


async def test_closed_port_is_refused() -> None:
    outcome = await to(closed_port())

    assert said(outcome) == (FAILED, NONE, Reason.REFUSED)


async def test_missing_password_is_unknown() -> None:
    outcome = await to(1, password=Secret(None, "XMPP_PASSWORD"))

    assert said(outcome) == (Verdict.UNKNOWN, NONE, Reason.SECRET_MISSING)


def test_server_is_that_of_the_domain() -> None:
    settings = xmpp.Settings(jid="probe@example.org/desk")
    found = (settings.user, settings.server.host, settings.server.port)

    assert found == ("probe", "example.org", 5222)
    assert xmpp.Settings(jid="a@b", security="tls").server.port == 5223


@pytest.mark.parametrize(
    "options",
    [{"jid": "@"}, {"jid": "example.org", "password": Secret("x")}, {"port": 0}],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with refusing(r"."):
        xmpp.Settings(**{"jid": "a@b", **options})
