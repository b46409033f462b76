import ssl
from collections.abc import Callable
from pathlib import Path as File
from socket import SOCK_DGRAM
from typing import Any

import dns.flags
import dns.message
import dns.rrset
import pytest
from refusals import refusing
from servers import http2
from servers.certificates import server_tls, trusted_file
from servers.dns_server import (
    Reply,
    by_stream,
    dns_server,
    saying,
    truncating,
    use_resolver,
    zone,
)
from servers.probe_run import ask, said
from servers.scripted import closed_port, silent, tcp_server, udp_server
from servers.unbound import PROGRAM, unbound

from secours import texts
from secours.languages import LANGUAGES
from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.sections.channel import Path
from secours.probes import dns as dns_probe
from secours.wire.http import dns_transports
from secours.wire.net import dns_message
from secours.wire.net.tls import client_context

NO_SUCH_NAME = "no-such-name"


def with_bytes_after(reply: Reply) -> Reply:
    """Answer with some bytes more, as yadifa does."""

    def longer(question: dns.message.Message) -> bytes:
        answer = reply(question)
        assert isinstance(answer, dns.message.Message)
        return answer.to_wire() + bytes(31)

    return longer


TOWN = zone(
    {
        ("www.example.org", "A"): ("192.0.2.7", "192.0.2.8"),
        ("www.example.org", "AAAA"): ("2001:db8::7",),
        ("alias.example.org", "CNAME"): ("www.example.org.",),
        ("example.org", "MX"): ("10 Mail.example.org.",),
        ("example.org", "TXT"): ('"v=spf1 " "-all"',),
        ("xn--bcher-kva.example.org", "NS"): ("dns.xn--bcher-kva.example.",),
    }
)


async def against(
    reply: Reply, by_datagram: Reply | None = None, **options: Any
) -> Outcome:
    timeout_s = options.pop("timeout_s", 20.0)
    path = options.pop("path", None)
    options = {"name": "www.example.org"} | options
    async with dns_server(reply, by_datagram) as port:
        settings = dns_probe.Settings(**options, server=f"127.0.0.1:{port}")
        return await ask(dns_probe, settings, timeout_s=timeout_s, path=path)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"transport": "tcp"},
        {"expect": "192.0.2.8"},
        {"expect": ("198.51.100.1", "192.0.2.7")},
        {"record": "AAAA", "expect": "2001:0db8:0::7"},
        {"name": "alias.example.org", "expect": "192.0.2.7"},
        {"name": "alias.example.org", "record": "CNAME", "expect": "WWW.example.org."},
        {"name": "example.org", "record": "MX", "expect": "mail.example.org"},
        {"name": "example.org", "record": "MX", "expect": "10 mail.example.org."},
        {"name": "example.org", "record": "TXT", "expect": "v=spf1 -all"},
        {"name": "bücher.example.org", "record": "NS", "expect": "dns.bücher.example"},
        {"path": Path(name="lo", interface="lo")},
    ],
    ids=str,
)
async def test_right_answer_is_served(options: dict[str, Any]) -> None:
    outcome = await against(TOWN, **options)

    assert said(outcome) == (Verdict.OK, Evidence.SERVED, Reason.NONE)


async def test_truncated_answer_is_asked_for_again_over_tcp() -> None:
    outcome = await against(TOWN, by_datagram=truncating(TOWN), expect="192.0.2.7")

    assert said(outcome) == (Verdict.OK, Evidence.SERVED, Reason.NONE)


def cut_inside_a_record(question: dns.message.Message) -> bytes:
    """Answer with as many bytes as fit, as old servers and proxies in routers do."""
    answer = dns.message.make_response(question)
    answer.flags |= dns.flags.TC
    many = [f"192.0.2.{n}" for n in range(60)]
    asked = question.question[0].name
    answer.answer.append(dns.rrset.from_text(asked, 60, "IN", "A", *many))
    return answer.to_wire()[:512]


async def test_answer_cut_inside_a_record_is_asked_for_again_over_tcp() -> None:
    outcome = await against(TOWN, cut_inside_a_record, expect="192.0.2.7")

    assert said(outcome) == (Verdict.OK, Evidence.SERVED, Reason.NONE)


@pytest.mark.parametrize("expect", ["192.0.2.7", None])
async def test_answer_truncated_over_tcp_too_is_not_used(expect: str | None) -> None:
    outcome = await against(truncating(TOWN), expect=expect)

    assert said(outcome) == (Verdict.FAILED, Evidence.SERVED, Reason.PROTOCOL)
    assert outcome.facts["problem"] == "too-long"


async def test_last_word_of_a_text_is_not_the_text() -> None:
    outcome = await against(TOWN, name="example.org", record="TXT", expect="-all")

    assert said(outcome) == (Verdict.FAILED, Evidence.SERVED, Reason.CONTENT)


@pytest.mark.parametrize(
    ("reply", "options", "problem", "rcode"),
    [
        (TOWN, {"name": "no.example.org"}, "no-such-name", "NXDOMAIN"),
        (TOWN, {"record": "MX"}, "no-data", "NOERROR"),
        (saying("SERVFAIL"), {}, "resolver-failed", "SERVFAIL"),
        (saying("REFUSED"), {}, "resolver-refused", "REFUSED"),
        (with_bytes_after(TOWN), {"name": "no.example.org"}, NO_SUCH_NAME, "NXDOMAIN"),
    ],
)
async def test_each_refusal_has_its_word(
    reply: Reply, options: dict[str, Any], problem: str, rcode: str
) -> None:
    outcome = await against(reply, **options)

    assert said(outcome) == (Verdict.FAILED, Evidence.SERVED, Reason.DNS)
    assert (outcome.facts["problem"], outcome.facts["rcode"]) == (problem, rcode)


async def test_server_that_refuses_is_not_called_down() -> None:
    outcome = await against(saying("REFUSED"))

    for language in LANGUAGES:
        refused = texts.detail(language, outcome.reason, outcome.facts)
        failing = {**outcome.facts, "problem": "resolver-failed"}
        assert refused != texts.detail(language, outcome.reason, failing)
        assert "resolver-refused" not in refused


async def test_wrong_answer_is_wrong_content() -> None:
    outcome = await against(TOWN, expect="198.51.100.1")

    assert said(outcome) == (Verdict.FAILED, Evidence.SERVED, Reason.CONTENT)
    assert outcome.facts == {"what": "198.51.100.1", "said": "192.0.2.7, 192.0.2.8"}


async def test_answer_to_another_question_is_ignored() -> None:
    def stranger(question: dns.message.Message) -> dns.message.Message:
        answer = dns.message.make_response(question)
        answer.id ^= 1
        return answer

    outcome = await against(stranger, timeout_s=0.2)

    assert said(outcome) == (Verdict.FAILED, Evidence.NONE, Reason.TIMEOUT)


async def test_garbage_with_our_number_is_no_dns() -> None:
    outcome = await against(lambda question: question.to_wire()[:2] + b"\xff" * 9)

    assert said(outcome) == (Verdict.FAILED, Evidence.REACHED, Reason.PROTOCOL)


async def test_question_that_was_lost_is_sent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dns_message, "AGAIN_S", 0.05)
    asked: list[int] = []

    def deaf_once(question: dns.message.Message) -> dns.message.Message | bytes | None:
        asked.append(question.id)
        return TOWN(question) if len(asked) > 1 else None

    outcome = await against(deaf_once)

    assert outcome.verdict is Verdict.OK
    assert asked[0] == asked[1]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_silence_is_a_timeout(transport: str) -> None:
    outcome = await against(lambda _: None, transport=transport, timeout_s=0.2)

    assert said(outcome) == (Verdict.FAILED, Evidence.NONE, Reason.TIMEOUT)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_closed_port_is_refused(transport: Any) -> None:
    settings = dns_probe.Settings(
        name="www.example.org",
        server=f"127.0.0.1:{closed_port(SOCK_DGRAM)}",
        transport=transport,
    )

    outcome = await ask(dns_probe, settings)

    assert said(outcome) == (Verdict.FAILED, Evidence.NONE, Reason.REFUSED)


async def test_length_that_lies_is_a_closed_connection() -> None:
    async def peer(reader, writer) -> None:  # type: ignore[no-untyped-def] # is a Peer
        await reader.readexactly(2)
        writer.write(b"\xff\xff12345")
        writer.write_eof()
        await reader.read()

    async with tcp_server(peer) as port:
        settings = dns_probe.Settings(
            name="x.org", server=f"127.0.0.1:{port}", transport="tcp"
        )
        outcome = await ask(dns_probe, settings)

    assert said(outcome) == (Verdict.FAILED, Evidence.NONE, Reason.PROTOCOL)


@pytest.fixture
def trusted(tmp_path: File, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Trust the tests' authority as if it were the system's."""
    context = client_context(ca=trusted_file(tmp_path))

    def shared(*, alpn: tuple[str, ...] = (), **_: object) -> ssl.SSLContext:
        context.set_alpn_protocols(alpn)
        return context

    monkeypatch.setattr("secours.wire.http.dns_transports.client_context", shared)
    monkeypatch.setattr("secours.wire.http.network.client_context", shared)
    return context


@pytest.mark.usefixtures("trusted")
async def test_dns_over_tls_is_served() -> None:
    async with tcp_server(by_stream(TOWN), server_tls()) as port:
        settings = dns_probe.Settings(
            name="www.example.org",
            server=f"127.0.0.1:{port}",
            transport="tls",
            expect="192.0.2.7",
        )
        outcome = await ask(dns_probe, settings)

    assert said(outcome) == (Verdict.OK, Evidence.SERVED, Reason.NONE)


async def over_https(status: bytes) -> Outcome:
    async def peer(reader, writer) -> None:  # type: ignore[no-untyped-def] # is a Peer
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        assert head.startswith(b"post /dns-query http/1.1")
        length = int(head.partition(b"content-length: ")[2].split(b"\r\n")[0])
        answer = TOWN(dns.message.from_wire(await reader.readexactly(length)))
        assert isinstance(answer, dns.message.Message)
        body = answer.to_wire()
        writer.write(b"HTTP/1.1 %b\r\ncontent-length: %d\r\n\r\n" % (status, len(body)))
        writer.write(body)
        await reader.read()

    async with tcp_server(peer, server_tls()) as port:
        settings = dns_probe.Settings(
            name="www.example.org",
            server=f"localhost:{port}",
            transport="https",
            expect="192.0.2.7",
        )
        return await ask(dns_probe, settings)


@pytest.mark.usefixtures("trusted")
async def test_dns_over_https_is_served() -> None:
    outcome = await over_https(b"200 OK")

    assert said(outcome) == (Verdict.OK, Evidence.SERVED, Reason.NONE)


@pytest.mark.usefixtures("trusted")
async def test_dns_over_https_that_is_refused_is_a_status() -> None:
    outcome = await over_https(b"502 Bad Gateway")

    assert said(outcome) == (Verdict.FAILED, Evidence.SERVED, Reason.STATUS)


async def test_untrusted_resolver_is_told() -> None:
    async with tcp_server(silent, server_tls()) as port:
        settings = dns_probe.Settings(
            name="x.org", server=f"127.0.0.1:{port}", transport="tls"
        )
        outcome = await ask(dns_probe, settings)

    assert said(outcome) == (Verdict.FAILED, Evidence.REACHED, Reason.TLS_UNTRUSTED)


async def test_first_resolver_of_the_system_is_asked(
    tmp_path: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "search example.org\nnameserver 127.0.0.53 # stub\n"
    use_resolver(tmp_path, monkeypatch, text)
    asked: list[bytes] = []

    def remember(question: bytes) -> None:
        asked.append(question)

    async with udp_server(remember, host="127.0.0.53") as port:
        monkeypatch.setitem(dns_transports.PORTS, "udp", port)
        await ask(dns_probe, dns_probe.Settings(name="x.org"), timeout_s=0.2)

    assert b"\x01x\x03org" in asked[0]


async def test_path_that_is_not_there_proves_nothing() -> None:
    outcome = await against(TOWN, path=Path(name="4g", interface="wwan77"))

    assert said(outcome) == (Verdict.UNKNOWN, Evidence.NONE, Reason.NO_ROUTE)


@pytest.mark.parametrize("server", ["a:b:c", "host:0", "host:99999", "", "[::1"])
def test_server_that_makes_no_sense_is_refused(server: str) -> None:
    with refusing(r"must be"):
        dns_probe.Settings(name="x.org", server=server)


@pytest.mark.usefixtures("processes")
@pytest.mark.skipif(not PROGRAM.exists(), reason="unbound is not installed")
async def test_unbound_is_understood(tmp_path: File) -> None:
    async with unbound(tmp_path) as port:

        async def asked(name: str, record: Any = "A", **options: Any) -> Outcome:
            server = f"127.0.0.1:{port}"
            settings = dns_probe.Settings(
                name=name, record=record, server=server, **options
            )
            return await ask(dns_probe, settings)

        good = await asked("mail.example.org", expect="192.0.2.10")
        mail = await asked("mail.example.org", "MX", expect="mail.example.org")
        long = await asked("long.example.org", "TXT", expect="x" * 1250)
        none = await asked("no.example.org")
        empty = await asked("mail.example.org", "AAAA")
        refused = await asked("example.net")

    assert [o.verdict for o in (good, mail, long)] == 3 * [Verdict.OK]
    assert [o.facts["rcode"] for o in (none, empty, refused)] == [
        "NXDOMAIN",
        "NOERROR",
        "REFUSED",
    ]


@pytest.mark.usefixtures("processes", "trusted")
@pytest.mark.parametrize(
    "resolver",
    [
        pytest.param(http2.kresd, marks=http2.NEEDED),
        pytest.param(http2.dnsdist, marks=http2.NEEDED_DNSDIST),
    ],
)
async def test_resolver_that_speaks_only_http2_is_understood(
    tmp_path: File, resolver: Callable[[File], Any]
) -> None:
    async with resolver(tmp_path) as port:

        async def asked(name: str) -> Outcome:
            settings = dns_probe.Settings(
                name=name, server=f"localhost:{port}", transport="https"
            )
            return await ask(dns_probe, settings)

        good = await asked("mail.example.org")
        refused = await asked("example.net")

    assert said(good) == (Verdict.OK, Evidence.SERVED, Reason.NONE)
    assert said(refused) == (Verdict.FAILED, Evidence.SERVED, Reason.DNS)
    assert refused.facts["rcode"] == "REFUSED"
