import asyncio
import errno
import ssl
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path as File
from typing import Any

import pytest
from servers import openssl
from servers.certificates import (
    below_an_expired_authority,
    for_a_common_name_alone,
    server_tls,
    trusted_file,
)
from servers.probe_run import ask, said
from servers.scripted import (
    Peer,
    closed_port,
    endless,
    reset,
    resetting,
    saying,
    silent,
    tcp_server,
)

from secours import probes, texts
from secours.message import our_user
from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.secret import Secret, Template
from secours.model.sections.channel import Path
from secours.probes import tls


async def against(
    folder: File, context: ssl.SSLContext | None, peer: Peer = silent, **options: Any
) -> Outcome:
    timeout_s = options.pop("timeout_s", 20.0)
    path = options.pop("path", None)
    options = {"host": "127.0.0.1", "ca": trusted_file(folder)} | options
    async with tcp_server(peer, context) as port:
        settings = tls.Settings(**options, port=port)
        return await ask(tls, settings, timeout_s=timeout_s, path=path)


def day(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


async def test_trusted_certificate_is_served_with_its_expiry(tmp_path: File) -> None:
    outcome = await against(tmp_path, server_tls(days=90.5))

    assert said(outcome) == (Verdict.OK, Evidence.SERVED, Reason.NONE)
    assert outcome.facts == {"expires": day(90.5), "days": 90}


@pytest.mark.parametrize("name", ["mail.example", "mail.example."])
async def test_another_name_may_be_expected(tmp_path: File, name: str) -> None:
    outcome = await against(tmp_path, server_tls("mail.example"), server_name=name)

    assert said(outcome) == (Verdict.OK, Evidence.SERVED, Reason.NONE)


async def test_certificate_that_expires_soon_is_a_warning(tmp_path: File) -> None:
    outcome = await against(tmp_path, server_tls(days=3.5))

    assert said(outcome) == (Verdict.DEGRADED, Evidence.SERVED, Reason.TLS_EXPIRING)
    assert outcome.warnings == (Reason.TLS_EXPIRING,)
    assert outcome.facts["days"] == 3


@pytest.mark.parametrize(
    ("certificate", "reason"),
    [
        ({"days": -2.5}, Reason.TLS_EXPIRED),
        ({"names": ("other.example",)}, Reason.TLS_NAME),
        ({"trusted": False}, Reason.TLS_UNTRUSTED),
    ],
)
async def test_bad_certificate_fails_with_its_expiry(
    tmp_path: File, certificate: dict[str, Any], reason: Reason
) -> None:
    names = certificate.pop("names", ())

    outcome = await against(tmp_path, server_tls(*names, **certificate))

    assert said(outcome) == (Verdict.FAILED, Evidence.REACHED, reason)
    assert outcome.facts["expires"] == day(certificate.get("days", 90.0))


async def test_common_name_of_a_certificate_is_not_the_name_of_a_service(
    tmp_path: File,
) -> None:
    outcome = await against(tmp_path, for_a_common_name_alone(), host="localhost")

    assert said(outcome) == (Verdict.FAILED, Evidence.REACHED, Reason.TLS_NAME)


async def test_expired_authority_is_not_given_the_date_of_the_certificate_below(
    tmp_path: File,
) -> None:
    outcome = await against(tmp_path, below_an_expired_authority(), host="localhost")

    assert said(outcome) == (Verdict.FAILED, Evidence.REACHED, Reason.TLS_EXPIRED)
    assert outcome.facts == {
        "said": "certificate has expired",
        "problem": "certificate-above",
    }
    words = texts.detail("en", outcome.reason, outcome.facts)
    assert words == "certificate expired: that of an intermediate authority"


async def test_certificate_of_the_future_says_that_our_clock_is_wrong(
    tmp_path: File,
) -> None:
    outcome = await against(tmp_path, server_tls(starts=2.0))

    assert said(outcome) == (Verdict.UNKNOWN, Evidence.NONE, Reason.CLOCK)


async def test_unverified_certificate_passes_but_its_expiry_is_told(
    tmp_path: File,
) -> None:
    context = server_tls("other.example", days=-2.5, trusted=False)

    outcome = await against(tmp_path, context, verify=False)

    assert said(outcome) == (Verdict.DEGRADED, Evidence.SERVED, Reason.TLS_EXPIRING)
    assert outcome.facts["days"] == -3


@pytest.mark.parametrize(
    "peer",
    [
        saying(b"220 relay ready\r\n", stay=True),
        saying(b"HTTP/1.0 400 Bad Request\r\n\r\n"),
        endless(b"\x00\x01garbage"),
    ],
    ids=["smtp", "http", "garbage"],
)
async def test_plain_text_means_no_tls(tmp_path: File, peer: Peer) -> None:
    outcome = await against(tmp_path, None, peer)

    assert said(outcome) == (Verdict.FAILED, Evidence.REACHED, Reason.TLS_MISSING)


async def test_reset_in_the_handshake_is_a_closed_connection(tmp_path: File) -> None:
    outcome = await against(tmp_path, None, resetting)

    assert said(outcome) == (Verdict.FAILED, Evidence.NONE, Reason.PROTOCOL)


@pytest.mark.parametrize(
    "peer",
    [silent, saying(b"\x16\x03\x03\x40\x00", *[b"x"] * 99, every_s=0.1)],
    ids=["silent", "slow"],
)
async def test_handshake_that_never_ends_is_a_timeout(
    tmp_path: File, peer: Peer
) -> None:
    outcome = await against(tmp_path, None, peer, timeout_s=0.3)

    assert said(outcome) == (Verdict.FAILED, Evidence.NONE, Reason.TIMEOUT)


async def test_closed_port_is_refused() -> None:
    outcome = await ask(tls, tls.Settings(host="127.0.0.1", port=closed_port()))

    assert said(outcome) == (Verdict.FAILED, Evidence.NONE, Reason.REFUSED)


async def test_refused_handshake_is_told(tmp_path: File) -> None:
    handshake_failure = b"\x15\x03\x03\x00\x02\x02\x28"  # RFC 5246 section 7.2

    outcome = await against(tmp_path, None, saying(handshake_failure, stay=True))

    assert said(outcome) == (Verdict.FAILED, Evidence.REACHED, Reason.TLS_FAILED)


# ------------------------------------------------------------------ after the handshake


async def saying_goodbye(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    writer.close()
    await reader.read()


@pytest.mark.usefixtures("processes")
@openssl.NEEDED
@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
async def test_server_that_demands_a_certificate_refuses_us(
    tmp_path: File, version: str
) -> None:
    async with openssl.demanding(tmp_path, version) as port:
        ca = trusted_file(tmp_path)
        outcome = await ask(tls, tls.Settings(host="localhost", port=port, ca=ca))

    words = texts.detail("en", outcome.reason, outcome.facts)
    assert said(outcome) == (Verdict.FAILED, Evidence.REACHED, Reason.TLS_FAILED)
    assert "alert" in words
    if version == "-tls1_3":
        assert "certificate required" in words


@pytest.mark.usefixtures("processes")
@openssl.NEEDED
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("http", {}),
        ("imap", {"username": "x", "password": Secret("password")}),
        ("sip", {"transport": "tls"}),
        ("smtp", {"security": "tls"}),
    ],
)
async def test_no_probe_passes_where_a_certificate_is_demanded(
    tmp_path: File, kind: str, options: dict[str, Any]
) -> None:
    async with openssl.demanding(tmp_path) as port:
        where: dict[str, Any] = {"host": "localhost", "port": port}
        if kind == "http":
            where = {"url": Template(f"https://localhost:{port}/")}
        probe = probes.find(kind)
        settings = probe.settings(**where, **options, ca=trusted_file(tmp_path))
        outcome = await ask(sys.modules[probe.settings.__module__], settings)

    assert (outcome.verdict, outcome.reason) == (Verdict.FAILED, Reason.TLS_FAILED)
    assert "certificate required" in str(outcome.facts["said"])


async def hanging_up(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    writer.transport.abort()  # no close_notify, RFC 8446 section 6.1


@pytest.mark.parametrize(
    "peer", [silent, saying_goodbye, hanging_up, saying(b"220 relay\r\n")]
)
async def test_silence_goodbye_and_words_after_the_handshake_pass(
    tmp_path: File, peer: Peer
) -> None:
    outcome = await against(tmp_path, server_tls(), peer)

    assert said(outcome) == (Verdict.OK, Evidence.SERVED, Reason.NONE)


async def test_reset_after_the_handshake_is_a_closed_connection(
    tmp_path: File,
) -> None:
    async def peer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reset(writer)

    outcome = await against(tmp_path, server_tls(), peer)

    assert said(outcome) == (Verdict.FAILED, Evidence.NONE, Reason.PROTOCOL)


async def test_wait_for_an_alert_is_no_part_of_the_latency(
    tmp_path: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls, "ALERT_S", 1.0)
    loop = asyncio.get_running_loop()
    start_s = loop.time()
    outcome = await against(tmp_path, server_tls(), timeout_s=30.0)

    assert outcome.verdict is Verdict.OK
    assert (outcome.latency_s or 0.0) < loop.time() - start_s - 0.9


async def test_deadline_in_the_wait_for_an_alert_is_no_timeout(
    tmp_path: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls, "ALERT_S", 60.0)
    outcome = await against(tmp_path, server_tls(), timeout_s=3.0)

    assert said(outcome) == (Verdict.OK, Evidence.SERVED, Reason.NONE)


async def test_nothing_is_waited_for_after_tls_1_2(
    tmp_path: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls, "ALERT_S", 60.0)
    context = server_tls()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    loop = asyncio.get_running_loop()
    start_s = loop.time()

    outcome = await against(tmp_path, context, timeout_s=30.0)

    assert said(outcome) == (Verdict.OK, Evidence.SERVED, Reason.NONE)
    assert loop.time() - start_s < 30.0


@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_authority_file_that_is_bad_proves_nothing(
    tmp_path: File, content: str | None
) -> None:
    file = tmp_path / "bad.pem"
    if content:
        file.write_text(content)

    outcome = await against(tmp_path, server_tls(), ca=str(file))

    assert said(outcome) == (Verdict.UNKNOWN, Evidence.NONE, Reason.BROKEN)
    assert "bad.pem" in str(outcome.facts["what"])


async def test_authority_file_that_we_may_not_read_names_who_should(
    tmp_path: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_context: ssl.SSLContext, file: str) -> None:  # root may read anything
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", refused)
    outcome = await against(tmp_path, server_tls(), ca="/etc/ours.pem")

    facts = {"problem": "may-not-read", "what": "/etc/ours.pem", "user": our_user()}
    assert said(outcome) == (Verdict.UNKNOWN, Evidence.NONE, Reason.PERMISSION)
    assert outcome.facts == facts


async def test_path_is_honoured(tmp_path: File) -> None:
    outcome = await against(
        tmp_path, server_tls(), path=Path(name="lo", interface="lo")
    )

    assert said(outcome) == (Verdict.OK, Evidence.SERVED, Reason.NONE)
