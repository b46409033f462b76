import asyncio
import codecs
import gzip
import json
import logging
import sys
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path as File
from typing import Any

import hpack
import pytest
from refusals import refusing
from servers import http2
from servers.certificates import server_tls, trusted_file
from servers.dns_server import dns_server, use_resolver, zone
from servers.http_server import Asked, answer, answering
from servers.nginx import PROGRAM, nginx
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

from secours import texts
from secours.languages import LANGUAGES
from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.secret import SecretMissing, Template
from secours.model.sections.channel import Path
from secours.probes import http as http_probe
from secours.wire.net import resolver

GOOD = (Verdict.OK, Evidence.SERVED, Reason.NONE)
WRONG = (Verdict.FAILED, Evidence.SERVED, Reason.CONTENT)
NOT_LOOKED_AT = (Verdict.UNKNOWN, Evidence.NONE, Reason.CONTENT)
MIB = 1 << 20
LATIN_HTML = "text/html; charset=ISO-8859-1"
UMLAUT = "bürgermeister"


async def against(peer: Peer, target: str = "/", **options: Any) -> Outcome:
    tls = options.pop("tls", None)
    asking = {
        name: options.pop(name) for name in ("timeout_s", "path") & options.keys()
    }
    async with tcp_server(peer, tls) as port:
        url = f"{'https' if tls else 'http'}://127.0.0.1:{port}{target}"
        settings = http_probe.Settings(url=Template(url), **options)
        return await ask(http_probe, settings, **asking)


def always(status: str = "200 OK", body: bytes = b"", **headers: str) -> Peer:
    return answering(lambda _: answer(status, body, **headers))


@pytest.mark.parametrize(
    ("status", "options"),
    [
        ("200 OK", {}),
        ("204 No Content", {}),
        ("404 Not Found", {"expect_status": (404,)}),
        ("418 I'm a teapot", {"expect_status": ("200-299", "400-420")}),
        ("302 Found", {"expect_status": ("302",), "follow": False}),
        ("401 Unauthorized", {"expect_status": (200, 401)}),
        ("200 OK", {"path": Path(name="lo", source="127.0.0.1")}),
    ],
)
async def test_expected_status_is_served(status: str, options: dict[str, Any]) -> None:
    outcome = await against(always(status, location="/elsewhere"), **options)

    assert said(outcome) == GOOD
    assert outcome.facts == {"code": int(status[:3])}


@pytest.mark.parametrize(
    ("status", "verdict", "reason"),
    [
        ("401 Unauthorized", Verdict.FAILED, Reason.AUTH),
        ("403 Forbidden", Verdict.FAILED, Reason.AUTH),
        ("404 Not Found", Verdict.FAILED, Reason.STATUS),
        ("429 Too Many Requests", Verdict.DEGRADED, Reason.DEFERRED),
        ("503 Service Unavailable", Verdict.FAILED, Reason.STATUS),
    ],
)
async def test_other_status_has_its_reason(
    status: str, verdict: Verdict, reason: Reason
) -> None:
    outcome = await against(always(status))

    assert said(outcome) == (verdict, Evidence.SERVED, reason)
    assert outcome.facts == {"code": int(status[:3]), "phrase": status[4:]}


async def test_retry_after_is_read_in_seconds_and_as_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=1800), usegmt=True)
    limited = "429 Too Many Requests"

    seconds = await against(always(limited, retry_after="7"))
    date = await against(always(limited, retry_after=later))
    nonsense = await against(always(limited, retry_after="soon"))

    assert seconds.retry_after_s == 7.0
    assert 1700 < (date.retry_after_s or 0) <= 1800
    assert nonsense.retry_after_s is None


async def test_request_is_sent_as_written() -> None:
    seen: list[Asked] = []

    def remember(asked: Asked) -> bytes:
        seen.append(asked)
        return answer()

    await against(
        answering(remember),
        "/a?b=c",
        method="POST",
        headers={"X-Token": Template("hush")},
        body=Template("hello"),
    )

    assert (seen[0].method, seen[0].target, seen[0].body) == (
        "POST",
        "/a?b=c",
        b"hello",
    )
    assert seen[0].headers["x-token"] == "hush"
    assert seen[0].headers["host"].startswith("127.0.0.1:")


@pytest.mark.parametrize(
    ("body", "options", "expected", "facts"),
    [
        (b"all well", {"expect_text": "well"}, GOOD, {"code": 200}),
        (b"oops\x1b", {"expect_text": "well"}, WRONG, {"what": "well"}),
        (b"Fatal error", {"forbid_text": "error"}, WRONG, {"said": "error"}),
        (b"all well", {"forbid_text": "error"}, GOOD, {"code": 200}),
        (b'{"a":{"b":[0,{"c":true}]}}', {"expect_json": {"a.b.1.c": True}}, GOOD, None),
        (
            b'{"a":{"b":[0,{"c":true}]}}',
            {"expect_json": {"a.b[1].c": True}},
            GOOD,
            None,
        ),
        (b"[1, 2]", {"expect_json": {"0": 1, "1": 2}}, GOOD, None),
        (
            b'{"status":"red"}',
            {"expect_json": {"status": "green"}},
            WRONG,
            {"what": 'status = "green"', "said": '"red"'},
        ),
        (b'{"ok":1}', {"expect_json": {"ok": True}}, WRONG, None),
        (b"{}", {"expect_json": {"a.b": 1}}, WRONG, {"what": "a.b = 1", "said": ""}),
        (b"[]", {"expect_json": {"3": 1}}, WRONG, None),
    ],
)
async def test_body_is_judged(
    body: bytes,
    options: dict[str, Any],
    expected: tuple[Verdict, Evidence, Reason],
    facts: dict[str, Any] | None,
) -> None:
    outcome = await against(always(body=body), **options)

    assert said(outcome) == expected
    assert facts is None or outcome.facts == facts


async def test_body_that_is_no_json_is_no_answer() -> None:
    outcome = await against(always(body=b"<html>"), expect_json={"a": 1})

    assert said(outcome) == (Verdict.FAILED, Evidence.SERVED, Reason.PROTOCOL)


async def test_compressed_body_is_read() -> None:
    packed = gzip.compress(b"all well")

    outcome = await against(
        always(body=packed, content_encoding="gzip"), expect_text="all well"
    )

    assert said(outcome) == GOOD


@pytest.mark.parametrize("left", [60, 1])
async def test_what_is_broken_off_while_packed_is_no_answer(left: int) -> None:
    packed = gzip.compress(bytes(range(256)) * 4)[:left]
    peer = always(body=packed, content_encoding="gzip")

    outcome = await against(peer, forbid_text="bad")

    assert said(outcome) == (Verdict.FAILED, Evidence.SERVED, Reason.PROTOCOL)
    assert outcome.facts == {"problem": "bad-compression"}


@pytest.mark.parametrize(
    "packed",
    [gzip.compress(b"all ") + gzip.compress(b"well"), gzip.compress(b"all well\0")],
    ids=["in parts", "padded"],
)
async def test_packed_in_parts_or_padded_is_read_whole(packed: bytes) -> None:
    peer = always(body=packed + bytes(8), content_encoding="gzip")

    assert said(await against(peer, expect_text="all well")) == GOOD


@pytest.mark.parametrize("name", ["GZIP", "identity, gzip", "gzip,identity", ", gzip"])
async def test_packed_once_is_read_however_it_is_called(name: str) -> None:
    peer = always(body=gzip.compress(b"all well"), content_encoding=name)

    assert said(await against(peer, expect_text="all well")) == GOOD
    assert said(await against(peer, forbid_text="all well")) == WRONG


@pytest.mark.parametrize(
    "name", ["br", "zstd", "compress", "gzip, gzip", "gzip, br", "x"]
)
@pytest.mark.parametrize(
    "options", [{"expect_text": "b"}, {"forbid_text": "b"}, {"expect_json": {"a": 1}}]
)
async def test_what_cannot_be_unpacked_is_not_looked_at(
    name: str, options: dict[str, Any]
) -> None:
    peer = always(body=b"\x0b\x02\x80b", content_encoding=name)

    outcome = await against(peer, **options)

    words = texts.detail("en", outcome.reason, outcome.facts)
    assert said(outcome) == NOT_LOOKED_AT
    assert "not looked at" in words
    assert name in words
    assert said(await against(peer)) == GOOD


async def test_identity_is_not_packed() -> None:
    peer = always(body=b"all well", content_encoding="identity")

    assert said(await against(peer, expect_text="all well")) == GOOD
    assert said(await against(peer, forbid_text="alarm")) == GOOD


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
async def test_status_without_contents_does_not_show_that_a_text_is_absent(
    status: str,
) -> None:
    codes: dict[str, Any] = {"expect_status": (204, 304)}

    assert said(await against(always(status), forbid_text="x", **codes)) == (
        NOT_LOOKED_AT
    )
    assert said(await against(always(status), expect_text="x", **codes)) == WRONG


async def test_nothing_is_nothing_though_it_is_called_packed() -> None:
    assert said(await against(always(content_encoding="gzip"))) == GOOD


async def test_what_follows_a_packed_body_is_not_read() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
    peer = endless(65536 * b"x", head + gzip.compress(b"all well"))

    assert said(await against(peer, expect_text="all well")) == GOOD


async def test_gzip_bomb_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    packer = zlib.compressobj(wbits=31)
    bomb = b"".join(packer.compress(bytes(MIB)) for _ in range(64)) + packer.flush()
    peer = always(body=bomb, content_encoding="gzip")

    outcome = await against(peer, expect_text="well", max_bytes=1000)

    assert said(outcome) == NOT_LOOKED_AT


@pytest.mark.parametrize(
    "options",
    [
        {"expect_text": "the end"},
        {"forbid_text": "the end"},
        {"expect_json": {"a": 1}},
        {"expect_text": "xx", "forbid_text": "alarm"},
    ],
)
async def test_what_stands_beyond_the_limit_is_not_looked_at(
    options: dict[str, Any],
) -> None:
    peer = always(body=2000 * b"x" + b"the end")

    outcome = await against(peer, max_bytes=1000, **options)

    words = texts.detail("en", outcome.reason, outcome.facts)
    assert said(outcome) == NOT_LOOKED_AT
    assert "not looked at beyond 1000 bytes" in words
    assert "not the expected one" not in words


async def test_what_was_found_before_the_limit_decides() -> None:
    peer = always(body=b"well, alarm" + 2000 * b"x")

    found = await against(peer, max_bytes=1000, expect_text="well")
    forbidden = await against(
        peer, max_bytes=1000, forbid_text="alarm", expect_text="beyond"
    )

    assert said(found) == GOOD
    assert said(forbidden) == WRONG


async def test_wrongly_compressed_body_is_told() -> None:
    outcome = await against(always(body=b"not gzip", content_encoding="gzip"))

    assert said(outcome) == (Verdict.FAILED, Evidence.SERVED, Reason.PROTOCOL)


async def test_endless_body_is_read_up_to_the_limit() -> None:
    chunk = b"400\r\n" + 1024 * b"x" + b"\r\n"
    peer = endless(chunk, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")

    outcome = await against(peer, max_bytes=50_000)

    assert said(outcome) == GOOD


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok", "bad-http"),
        (b"Transfer-Encoding: gzip, chunked\r\n\r\n", "bad-http"),
        (b"Content-Length : 2\r\n\r\nok", "bad-http"),
        (b"X: a\rb\r\nContent-Length: 2\r\n\r\nok", "bad-http"),
        (b"Content-Length: 99\r\n\r\nshort", "connection-closed"),
        (b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", "connection-closed"),
        (b"Content-Len", "connection-closed"),
        (b"Location: http://[::1\r\n\r\n", "redirect-to-no-web-address"),
        (b"Location: http://x:99999/\r\n\r\n", "redirect-to-no-web-address"),
    ],
)
async def test_words_of_the_library_are_no_words_of_the_server(
    answer: bytes, problem: str
) -> None:
    status = b"302 Found" if answer.startswith(b"Location") else b"200 OK"
    outcome = await against(saying(b"HTTP/1.1 " + status + b"\r\n" + answer))

    assert outcome.verdict is Verdict.FAILED
    assert outcome.facts == {"problem": problem}


@pytest.mark.parametrize(
    "peer",
    [
        endless(200 * b"X-Header: 1234567890\r\n", b"HTTP/1.1 200 OK\r\n"),
        endless(b"x" * 1000),
        saying(b"220 relay ready\r\n", stay=True),
        saying(b"\x00\xff\xfe garbage\r\n\r\n"),
        saying(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort"),
        saying(b"HTTP/1.1 200 OK\r\nContent-Len"),
        always("302 Found", location="http://x:port/"),
    ],
    ids=["headers", "banner", "smtp", "garbage", "short", "half", "location"],
)
async def test_what_is_no_http_is_told(peer: Peer) -> None:
    outcome = await against(peer)

    assert said(outcome) == (Verdict.FAILED, Evidence.REACHED, Reason.PROTOCOL)


@pytest.mark.parametrize(
    "peer",
    [silent, saying(*[b"H"] * 99, every_s=0.1)],
    ids=["silent", "slow"],
)
async def test_answer_that_does_not_come_is_a_timeout(peer: Peer) -> None:
    outcome = await against(peer, timeout_s=0.3)

    assert said(outcome) == (Verdict.FAILED, Evidence.NONE, Reason.TIMEOUT)


async def test_reset_is_a_closed_connection() -> None:
    outcome = await against(resetting)

    assert said(outcome) == (Verdict.FAILED, Evidence.NONE, Reason.PROTOCOL)


async def test_closed_port_is_refused() -> None:
    url = Template(f"http://127.0.0.1:{closed_port()}/")

    outcome = await ask(http_probe, http_probe.Settings(url=url))

    assert said(outcome) == (Verdict.FAILED, Evidence.NONE, Reason.REFUSED)


async def test_name_is_looked_up_through_the_path(
    tmp_path: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = zone({("www.example.org", "A"): ("127.0.0.1",)})
    use_resolver(tmp_path, monkeypatch)
    lo = Path(name="lo", interface="lo")
    seen: list[str] = []

    def remember(asked: Asked) -> bytes:
        seen.append(asked.headers["host"])
        return answer()

    async with (
        dns_server(town) as asked,
        tcp_server(answering(remember)) as port,
    ):
        monkeypatch.setattr(resolver, "PORT", asked)
        outcomes = [
            await ask(
                http_probe,
                http_probe.Settings(url=Template(f"http://{name}.example.org:{port}/")),
                path=lo,
            )
            for name in ("www", "nowhere")
        ]

    assert said(outcomes[0]) == GOOD
    assert seen == [f"www.example.org:{port}"]
    assert said(outcomes[1]) == (Verdict.FAILED, Evidence.NONE, Reason.DNS)
    assert outcomes[1].facts["rcode"] == "NXDOMAIN"


def _redirecting(times: int) -> Peer:
    def reply(asked: Asked) -> bytes:
        step = int(asked.target.strip("/") or 0)
        if step == times:
            return answer()
        return answer("302 Found", location=f"/{step + 1}")

    return answering(reply)


async def test_ten_redirects_are_followed_and_no_more() -> None:
    ten = await against(_redirecting(10))
    eleven = await against(_redirecting(11))

    assert said(ten) == GOOD
    assert said(eleven) == (Verdict.FAILED, Evidence.SERVED, Reason.STATUS)
    assert eleven.facts == {"problem": "too-many-redirects", "limit": 10}


async def test_redirect_away_from_the_web_is_told() -> None:
    outcome = await against(always("302 Found", location="ftp://192.0.2.1/"))

    assert said(outcome) == (Verdict.FAILED, Evidence.SERVED, Reason.STATUS)


async def test_token_does_not_follow_to_another_host() -> None:
    seen: list[Asked] = []

    def remember(asked: Asked) -> bytes:
        seen.append(asked)
        return answer()

    async with tcp_server(answering(remember)) as other:
        peer = always("307 Temporary Redirect", location=f"http://127.0.0.1:{other}/")
        outcome = await against(peer, headers={"X-Token": Template("hush")})

    assert said(outcome) == GOOD
    assert "x-token" not in seen[0].headers


@pytest.mark.parametrize("status", ["307 Temporary Redirect", "308 Permanent Redirect"])
async def test_body_does_not_follow_to_another_host(status: str) -> None:
    seen: list[Asked] = []

    def remember(asked: Asked) -> bytes:
        seen.append(asked)
        return answer()

    async with tcp_server(answering(remember)) as other:
        for host in ("127.0.0.1", "localhost"):
            peer = always(status, location=f"http://{host}:{other}/")
            body = Template("password=hush")
            outcome = await against(peer, method="POST", body=body)
            assert outcome.verdict is Verdict.OK

    assert [(each.method, each.body) for each in seen] == [("POST", b"")] * 2


async def test_trusted_certificate_is_told_with_its_expiry(tmp_path: File) -> None:
    outcome = await against(always(), tls=server_tls(), ca=trusted_file(tmp_path))

    assert said(outcome) == GOOD
    assert outcome.facts["days"] == 89


async def test_certificate_that_expires_soon_is_a_warning(tmp_path: File) -> None:
    tls, ca = server_tls(days=2.5), trusted_file(tmp_path)

    good = await against(always(), tls=tls, ca=ca)
    bad = await against(always("500 Oops"), tls=tls, ca=ca)

    expiring = (Verdict.DEGRADED, Evidence.SERVED, Reason.TLS_EXPIRING)
    assert said(good) == expiring
    assert said(bad) == (Verdict.FAILED, Evidence.SERVED, Reason.STATUS)
    assert good.warnings == bad.warnings == (Reason.TLS_EXPIRING,)


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
    tls = server_tls(*certificate.pop("names", ()), **certificate)

    outcome = await against(always(), tls=tls, ca=trusted_file(tmp_path))

    assert said(outcome) == (Verdict.FAILED, Evidence.REACHED, reason)
    assert "expires" in outcome.facts


async def test_unverified_certificate_passes() -> None:
    tls = server_tls("other.example", trusted=False)

    outcome = await against(always(), tls=tls, verify=False)

    assert said(outcome) == GOOD


async def test_plain_text_means_no_tls() -> None:
    async with tcp_server(saying(b"HTTP/1.0 400 Bad Request\r\n\r\n")) as port:
        url = Template(f"https://127.0.0.1:{port}/")
        outcome = await ask(http_probe, http_probe.Settings(url=url))

    assert said(outcome) == (Verdict.FAILED, Evidence.REACHED, Reason.TLS_MISSING)


async def test_secrets_are_in_no_fact_and_no_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    peer = answering(
        lambda asked: answer(
            body=b'{"echo": "%s"}' % asked.headers["x-token"].encode(), server="x"
        )
    )

    outcome = await against(
        peer,
        "/bot/hush-in-url",
        headers={"X-Token": Template("hush-in-header")},
        expect_json={"echo": "no"},
    )

    assert said(outcome) == WRONG
    assert outcome.facts["said"] == '"***"'
    assert "hush" not in f"{outcome}{caplog.text}"


async def test_ca_that_cannot_be_read_is_found_out_before_it_is_needed() -> None:
    outcome = await against(always(), ca="nowhere.pem")

    assert said(outcome) == (Verdict.UNKNOWN, Evidence.NONE, Reason.BROKEN)
    assert "nowhere.pem" in str(outcome.facts["what"])


async def test_secret_that_is_missing_proves_nothing() -> None:
    url = Template(None, "${TOKEN}")

    outcome = await ask(http_probe, http_probe.Settings(url=url))

    assert said(outcome) == (Verdict.UNKNOWN, Evidence.NONE, Reason.SECRET_MISSING)
    with pytest.raises(SecretMissing):
        url.reveal()


@pytest.mark.parametrize(
    "options",
    [
        {"url": Template("example.org")},
        {"expect_status": ("2xx",)},
        {"expect_status": ("200-",)},
        {"max_bytes": 0},
        {"method": "HEAD", "expect_text": "x"},
        {"method": "HEAD", "forbid_text": "x"},
        {"method": "HEAD", "expect_json": {"a": 1}},
    ],
    ids=str,
)
def test_option_that_makes_no_sense_is_refused(options: dict[str, Any]) -> None:
    with refusing(r"http://|expect_status|max_bytes|HEAD"):
        http_probe.Settings(**{"url": Template("http://x/")} | options)


@pytest.mark.usefixtures("processes")
@pytest.mark.skipif(not PROGRAM.exists(), reason="nginx is not installed")
async def test_nginx_is_understood(tmp_path: File) -> None:
    async with nginx(tmp_path) as port:

        async def asked(target: str, **options: Any) -> Outcome:
            url = Template(f"http://127.0.0.1:{port}{target}")
            return await ask(http_probe, http_probe.Settings(url=url, **options))

        good = await asked("/health", expect_json={"status": "ok"})
        moved = await asked("/moved", expect_text="ok")
        others = [await asked(page) for page in ("/private", "/limited", "/broken")]

    assert said(good) == said(moved) == GOOD
    assert [o.reason for o in others] == [
        Reason.AUTH,
        Reason.DEFERRED,
        Reason.STATUS,
    ]
    assert others[1].retry_after_s == 7.0


# ------------------------------------------------------------------ charsets


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (LATIN_HTML, UMLAUT.encode("latin-1")),
        ("text/html", UMLAUT.encode("latin-1")),
        ("text/html", UMLAUT.encode()),
        ("text/html; charset=utf-8", UMLAUT.encode("latin-1")),
        (LATIN_HTML, UMLAUT.encode()),
        ("text/html", b"\xef\xbb\xbf" + UMLAUT.encode()),
        (LATIN_HTML, b"\xef\xbb\xbf" + UMLAUT.encode()),
        (LATIN_HTML, UMLAUT.encode("utf-16")),
        ("text/html", b"\xfe\xff" + UMLAUT.encode("utf-16-be")),
        ("text/html; charset='windows-1252'", UMLAUT.encode("cp1252")),
        ("text/html", b"<meta charset=latin1>" + UMLAUT.encode("latin-1")),
        ("text/html; charset=x-none", b"<META charset=cp850>" + UMLAUT.encode()),
        ("text/html; charset=base64", UMLAUT.encode("latin-1")),
    ],
)
async def test_text_is_found_in_the_charset_of_the_page_and_in_utf8(
    content_type: str, body: bytes
) -> None:
    peer = always(body=body, content_type=content_type)

    expected = await against(peer, expect_text=UMLAUT)
    forbidden = await against(peer, forbid_text=UMLAUT)

    assert said(expected) == GOOD
    assert said(forbidden) == WRONG


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (LATIN_HTML, "<meta charset=latin2>zagrożenie".encode("latin2")),
        (
            "text/html; charset=utf-8",
            "<meta charset=latin2>zagrożenie".encode("latin2"),
        ),
        ("a/b; x-charset=utf-8; charset=latin2", "zagrożenie".encode("latin2")),
        ("text/html", b"zagro&#380;enie"),
        ("application/json", rb'{"now": "zagro\u017cenie"}'),
        ("text/html", "zagroz\u0307enie".encode()),
    ],
)
@pytest.mark.parametrize("text", ["zagrożenie", "zagroz\u0307enie"])
async def test_text_is_found_however_it_is_written(
    content_type: str, body: bytes, text: str
) -> None:
    peer = always(body=body, content_type=content_type)

    assert said(await against(peer, expect_text=text)) == GOOD
    assert said(await against(peer, forbid_text=text)) == WRONG


@pytest.mark.usefixtures("processes")
@pytest.mark.skipif(not PROGRAM.exists(), reason="nginx is not installed")
@pytest.mark.parametrize(
    ("folder", "body"),
    [
        ("plain", UMLAUT.encode("latin-1")),
        ("plain", UMLAUT.encode()),
        ("plain", b"<meta charset=iso-8859-1>" + UMLAUT.encode("latin-1")),
        ("plain", codecs.BOM_UTF16_LE + UMLAUT.encode("utf-16-le")),
        ("latin", UMLAUT.encode("latin-1")),
        ("latin", UMLAUT.encode()),
        ("latin", codecs.BOM_UTF8 + UMLAUT.encode()),
    ],
)
async def test_page_of_nginx_is_read_in_its_charset(
    tmp_path: File, folder: str, body: bytes
) -> None:
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "page.html").write_bytes(body)
    async with nginx(tmp_path) as port:
        url = Template(f"http://127.0.0.1:{port}/{folder}/page.html")
        expected, forbidden = [
            await ask(http_probe, settings)
            for settings in (
                http_probe.Settings(url=url, expect_text=UMLAUT),
                http_probe.Settings(url=url, forbid_text=UMLAUT),
            )
        ]

    assert said(expected) == GOOD
    assert said(forbidden) == WRONG


async def test_page_may_declare_latin_and_mean_that_of_browsers() -> None:
    peer = always(body="100 €".encode("cp1252"), content_type=LATIN_HTML)

    assert said(await against(peer, expect_text="100 €")) == GOOD


async def test_json_is_read_in_its_own_charset_and_in_the_declared_one() -> None:
    text = json.dumps({"who": UMLAUT}, ensure_ascii=False)
    kind = "application/json; charset=iso-8859-1"
    wanted = {"who": UMLAUT}

    outcomes = [
        await against(always(body=body, content_type=kind), expect_json=wanted)
        for body in (text.encode("latin-1"), text.encode(), text.encode("utf-16"))
    ]

    assert [said(outcome) for outcome in outcomes] == 3 * [GOOD]


# ------------------------------------------------------------------ HTTP/2


@pytest.mark.usefixtures("processes")
@http2.NEEDED_NGHTTPD
@pytest.mark.parametrize("tls", [True, False])
async def test_server_that_speaks_only_http2_is_understood(
    tmp_path: File, tls: bool
) -> None:
    scheme = "https" if tls else "http"
    async with http2.nghttpd(tmp_path, tls=tls) as port:

        async def asked(page: str, **options: Any) -> Outcome:
            url = Template(f"{scheme}://localhost:{port}{page}")
            ca = trusted_file(tmp_path) if tls else None
            return await ask(http_probe, http_probe.Settings(url=url, ca=ca, **options))

        good = await asked("/health", expect_text="all is well")
        missing = await asked("/nothing")

    assert said(good) == GOOD
    assert ("expires" in good.facts) is tls
    assert said(missing) == (Verdict.FAILED, Evidence.SERVED, Reason.STATUS)
    assert missing.facts["code"] == 404


@pytest.mark.usefixtures("processes")
@http2.NEEDED_NGHTTPD
async def test_server_that_refuses_http1_by_an_alert_is_asked_in_http2(
    tmp_path: File,
) -> None:
    async with (
        http2.nghttpd(tmp_path, tls=True) as port,
        http2.behind_alpn(port) as front,
    ):
        url = Template(f"https://localhost:{front}/health")
        settings = http_probe.Settings(url=url, ca=trusted_file(tmp_path))
        outcome = await ask(http_probe, settings)

    assert said(outcome) == GOOD


async def test_alert_of_tls_is_named_in_each_language(tmp_path: File) -> None:
    peer = saying(http2.NO_APPLICATION_PROTOCOL, stay=True)
    async with tcp_server(peer) as port:
        url = Template(f"https://127.0.0.1:{port}/")
        outcome = await ask(http_probe, http_probe.Settings(url=url))

    alert = "tlsv1 alert no application protocol"
    assert said(outcome) == (Verdict.FAILED, Evidence.REACHED, Reason.TLS_FAILED)
    assert outcome.facts["said"] == alert
    for language in LANGUAGES:
        assert alert in texts.detail(language, outcome.reason, outcome.facts)


ONCE = """
import asyncio, sys
from secours.wire.http import client
async def main():
    answer = await client.ask("GET", sys.argv[1])
    print(answer.status, *{"h2", "httpcore", "anyio"} & {*sys.modules})
asyncio.run(main())
"""


@pytest.mark.usefixtures("processes")
async def test_http2_is_not_even_loaded_where_nobody_speaks_it() -> None:
    async with tcp_server(answering(lambda _: answer())) as port:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", ONCE, f"http://127.0.0.1:{port}/"),
            env={"PYTHONPATH": "src"},
            stdout=asyncio.subprocess.PIPE,
        )
        shown, _ = await process.communicate()

    assert shown == b"200\n"


async def test_server_that_hangs_up_is_not_asked_twice(tmp_path: File) -> None:
    asked: list[bytes] = []

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.read(1 << 16))
        writer.close()

    async with tcp_server(peer, server_tls()) as port:
        settings = http_probe.Settings(
            url=Template(f"https://localhost:{port}/"),
            method="POST",
            body=Template("a message"),
            ca=trusted_file(tmp_path),
        )
        outcome = await ask(http_probe, settings)

    assert said(outcome) == (Verdict.FAILED, Evidence.REACHED, Reason.PROTOCOL)
    assert sum(b"POST /" in request for request in asked) == 1


SETTINGS = b"\0\0\0\x04\0\0\0\0\0"
HEADERS, RESET, GOODBYE = 1, 3, 7  # RFC 9113 section 6


def frame(kind: int, payload: bytes, stream: int = 1, flags: int = 4) -> bytes:
    head = len(payload).to_bytes(3, "big") + bytes([kind, flags])
    return head + stream.to_bytes(4, "big") + payload


def status(*values: str) -> bytes:
    packed = hpack.Encoder().encode([(":status", value) for value in values])
    return frame(HEADERS, packed)


@pytest.mark.parametrize(
    "after",
    [
        b"",
        b"hello",
        frame(HEADERS, b"\xff" * 40),
        status("many"),
        status(5000 * "9"),
        status("200") + frame(0, b"abc", flags=0) + frame(0, b"\xff" * 9, stream=4),
        frame(RESET, bytes(4)),
        frame(GOODBYE, bytes(8), stream=0),
        b"\xff\xff\xff\0\0\0\0\0\1",  # a frame without end
    ],
)
async def test_http2_that_makes_no_sense_is_failed(after: bytes) -> None:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1 << 16)
        writer.write(SETTINGS + after)
        writer.write_eof()
        await reader.read()

    async with tcp_server(peer) as port:
        url = Template(f"http://127.0.0.1:{port}/")
        outcome = await ask(http_probe, http_probe.Settings(url=url))

    assert (outcome.verdict, outcome.reason) == (Verdict.FAILED, Reason.PROTOCOL)
