import asyncio
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from refusals import refusing
from servers.certificates import server_tls, trusted_file
from servers.probe_run import ask, said
from servers.scripted import (
    closed_port,
    endless,
    resetting,
    saying,
    silent,
    tcp_server,
    udp_server,
)
from servers.sip_peer import Registrar, Reply, answer, answering, over_stream

from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.secret import Secret
from secours.probes import sip
from secours.wire.net import sockets
from secours.wire.sip import connection
from secours.wire.sip import peer as wire

OK, DEGRADED, FAILED = Verdict.OK, Verdict.DEGRADED, Verdict.FAILED
UNKNOWN = Verdict.UNKNOWN
SERVED, AUTHENTICATED = Evidence.SERVED, Evidence.AUTHENTICATED
REACHED, NONE = Evidence.REACHED, Evidence.NONE


async def by_udp(reply: Reply, *, timeout_s: float = 3.0, **options: Any) -> Outcome:
    async with udp_server(reply) as port:
        settings = sip.Settings(host="127.0.0.1", port=port, **options)
        return await ask(sip, settings, timeout_s=timeout_s)


async def registering(registrar: Reply, **options: Any) -> Outcome:
    account = {"username": "alice", "password": Secret("secret"), **options}
    return await by_udp(registrar, **account)


# ------------------------------------------------------------------ OPTIONS


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("200 OK", (OK, SERVED, Reason.NONE)),
        ("202 Accepted", (OK, SERVED, Reason.NONE)),
        ("401 Unauthorized", (OK, SERVED, Reason.NONE)),
        ("407 Proxy Authentication Required", (OK, SERVED, Reason.NONE)),
        ("302 Moved Temporarily", (DEGRADED, SERVED, Reason.STATUS)),
        ("404 Not Found", (DEGRADED, SERVED, Reason.STATUS)),
        ("486 Busy Here", (DEGRADED, SERVED, Reason.STATUS)),
        ("403 Forbidden", (FAILED, SERVED, Reason.STATUS)),
        ("500 Server Internal Error", (FAILED, SERVED, Reason.STATUS)),
        ("503 Service Unavailable", (FAILED, SERVED, Reason.STATUS)),
        ("603 Decline", (FAILED, SERVED, Reason.STATUS)),
    ],
)
async def test_final_answer_decides(
    status: str, expected: tuple[Verdict, Evidence, Reason]
) -> None:
    outcome = await by_udp(answering(status))

    assert said(outcome) == expected
    code, _, phrase = status.partition(" ")
    assert outcome.facts == {"code": int(code), "phrase": phrase}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("404 Not Found", (OK, SERVED, Reason.NONE)),
        ("481 Gone", (OK, SERVED, Reason.NONE)),
        ("200 OK", (FAILED, SERVED, Reason.STATUS)),
    ],
)
async def test_answers_that_are_good_may_be_named(
    status: str, expected: tuple[Verdict, Evidence, Reason]
) -> None:
    outcome = await by_udp(answering(status), expect_status=(404, "480-489"))

    assert said(outcome) == expected


async def test_exchange_that_asks_for_patience_is_heeded() -> None:
    busy = answering("503 Service Unavailable", "Retry-After: 120 (maintenance)")

    outcome = await by_udp(busy)

    assert outcome.retry_after_s == 120.0


async def test_lost_datagram_is_sent_again_the_same_and_ever_less_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wire, "T1_S", 0.1)
    monkeypatch.setattr(wire, "T2_S", 0.4)
    seen: list[bytes] = []
    waits: list[
        float
    ] = []  # that are asked for: a machine that stalls makes longer ones

    def timeout_at(due_s: float) -> asyncio.Timeout:
        waits.append(round(due_s - asyncio.get_running_loop().time(), 1))
        return asyncio.timeout_at(due_s)

    def deaf_at_first(request: bytes) -> bytes | None:
        seen.append(request)
        return answer(request, "200 OK") if len(seen) == 5 else None

    noting = SimpleNamespace(**{**vars(asyncio), "timeout_at": timeout_at})
    monkeypatch.setattr(wire, "asyncio", noting)
    outcome = await by_udp(deaf_at_first, timeout_s=20.0)

    assert outcome.verdict is OK
    assert len(set(seen)) == 1
    assert waits == [0.1, 0.2, 0.4, 0.4, 0.4]


async def test_provisional_answer_is_not_final() -> None:
    outcome = await by_udp(answering("100 Trying"), timeout_s=0.2)

    assert said(outcome) == (FAILED, NONE, Reason.TIMEOUT)


async def test_final_answer_after_a_provisional_one_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wire, "T1_S", 0.02)
    monkeypatch.setattr(wire, "T2_S", 0.05)
    replies = iter(["180 Ringing", "200 OK"])

    outcome = await by_udp(lambda request: answer(request, next(replies)))

    assert said(outcome) == (OK, SERVED, Reason.NONE)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (b"z9hG4bK", b"z9hG4bKx"),
        (b"Call-ID", b"X-Call-ID"),
        (b"CSeq: 1 ", b"CSeq: 2 "),
        (b"SIP/2.0 200 OK", b"\x00\xff not SIP"),
    ],
)
async def test_answer_to_another_request_is_ignored(ours: bytes, theirs: bytes) -> None:
    def stranger(request: bytes) -> bytes:
        return answer(request, "200 OK").replace(ours, theirs)

    outcome = await by_udp(stranger, timeout_s=0.2)

    assert said(outcome) == (FAILED, NONE, Reason.TIMEOUT)


async def test_closed_port_is_refused_at_once() -> None:
    settings = sip.Settings(host="127.0.0.1", port=closed_port(socket.SOCK_DGRAM))

    outcome = await ask(sip, settings)

    assert said(outcome) == (FAILED, NONE, Reason.REFUSED)


async def test_ipv6_works_alike() -> None:
    heard: list[bytes] = []

    def exchange(request: bytes) -> bytes:
        heard.append(request)
        return answer(request, "200 OK")

    async with udp_server(exchange, host="::1") as port:
        outcome = await ask(sip, sip.Settings(host="::1", port=port, user="help"))

    assert said(outcome) == (OK, SERVED, Reason.NONE)
    assert heard[0].startswith(f"OPTIONS sip:help@[::1]:{port} SIP/2.0\r\n".encode())
    assert b"Via: SIP/2.0/UDP [::1]:" in heard[0]


# ------------------------------------------------------------------ TCP and TLS


KEEP_ALIVES = b"\r\n\r\n\r\n"
OF_THEIR_OWN = b"OPTIONS sip:us SIP/2.0\r\nl: 5\r\n\r\nhello\r\n"


@pytest.mark.parametrize("before", [b"", KEEP_ALIVES, OF_THEIR_OWN])
async def test_connection_carries_more_than_our_answer(before: bytes) -> None:
    reply = over_stream(answering("200 OK"), before)
    async with tcp_server(reply) as port:
        settings = sip.Settings(host="127.0.0.1", port=port, transport="tcp")
        outcome = await ask(sip, settings)

    assert said(outcome) == (OK, SERVED, Reason.NONE)


async def test_tls_is_verified(tmp_path: Path) -> None:
    async with tcp_server(over_stream(answering("200 OK")), server_tls()) as port:
        settings = sip.Settings(
            host="127.0.0.1", port=port, transport="tls", ca=trusted_file(tmp_path)
        )
        outcome = await ask(sip, settings)

    assert said(outcome) == (OK, SERVED, Reason.NONE)


@pytest.mark.parametrize(
    ("certificate", "verify", "reason"),
    [
        ({"names": ("other.example",)}, True, Reason.TLS_NAME),
        ({"days": -3}, True, Reason.TLS_EXPIRED),
        ({"trusted": False}, True, Reason.TLS_UNTRUSTED),
        ({"trusted": False}, False, Reason.NONE),
    ],
)
async def test_bad_certificates_are_told_apart(
    tmp_path: Path, certificate: dict[str, Any], verify: bool, reason: Reason
) -> None:
    context = server_tls(*certificate.pop("names", ()), **certificate)
    async with tcp_server(over_stream(answering("200 OK")), context) as port:
        settings = sip.Settings(
            host="127.0.0.1",
            port=port,
            transport="tls",
            ca=trusted_file(tmp_path),
            verify=verify,
        )
        outcome = await ask(sip, settings)

    assert outcome.reason is reason


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        (silent, (FAILED, NONE, Reason.TIMEOUT)),
        (saying(b"SSH-2.0-OpenSSH\r\n", stay=True), (FAILED, REACHED, Reason.PROTOCOL)),
        (saying(b"hello"), (FAILED, REACHED, Reason.PROTOCOL)),
        (saying(b""), (FAILED, NONE, Reason.PROTOCOL)),
        (resetting, (FAILED, NONE, Reason.PROTOCOL)),
        (endless(b"x" * 4096), (FAILED, REACHED, Reason.PROTOCOL)),
        (
            endless(500 * b"X: y\r\n", b"SIP/2.0 200 OK\r\n"),
            (FAILED, REACHED, Reason.PROTOCOL),
        ),
        (endless(b"\r\n"), (FAILED, NONE, Reason.TIMEOUT)),
        (
            saying(b"SIP/2.0 200 OK\r\nl: 99999999\r\n\r\n", stay=True),
            (FAILED, REACHED, Reason.PROTOCOL),
        ),
        (
            saying(b"SIP/2.0 200 OK\r\nl: %b\r\n\r\n" % (5000 * b"9"), stay=True),
            (FAILED, REACHED, Reason.PROTOCOL),
        ),
    ],
)
async def test_hostile_peer_ends_with_its_reason(
    peer: Any, expected: tuple[Verdict, Evidence, Reason]
) -> None:
    async with tcp_server(peer) as port:
        settings = sip.Settings(host="127.0.0.1", port=port, transport="tcp")
        outcome = await ask(sip, settings, timeout_s=0.5)

    assert said(outcome) == expected


# ------------------------------------------------------------------ REGISTER


@pytest.mark.parametrize("algorithm", [None, "MD5", "SHA-256", "SHA-256-sess"])
@pytest.mark.parametrize("qop", ["auth,auth-int", "auth-int", None])
async def test_account_that_is_accepted_is_authenticated(
    algorithm: str | None, qop: str | None
) -> None:
    registrar = Registrar({"alice": "secret"}, algorithm=algorithm, qop=qop)

    outcome = await registering(registrar)

    assert said(outcome) == (OK, AUTHENTICATED, Reason.NONE)


async def test_registration_is_removed_afterwards() -> None:
    registrar = Registrar({"alice": "secret"})
    registrar.contacts = ["<sip:alice@telephone>"]

    await registering(registrar)

    assert [given["expires"] for given in registrar.heard] == ["60", "60", "0", "0"]
    assert registrar.contacts == ["<sip:alice@telephone>"]
    assert len({given["call-id"] for given in registrar.heard}) == 1
    assert [given["cseq"] for given in registrar.heard] == [
        f"{number} REGISTER" for number in (1, 2, 3, 4)
    ]


async def test_removal_that_gets_lost_does_not_undo_the_proof(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sip, "REMOVAL_S", 0.05)
    registrar = Registrar({"alice": "secret"})

    outcome = await registering(
        lambda request: None if b"Expires: 0" in request else registrar(request)
    )

    assert said(outcome) == (OK, AUTHENTICATED, Reason.NONE)


async def test_deadline_during_the_removal_does_not_undo_the_proof() -> None:
    registrar = Registrar({"alice": "secret"})

    outcome = await registering(
        lambda request: None if b"Expires: 0" in request else registrar(request),
        timeout_s=0.4,
    )

    assert said(outcome) == (OK, AUTHENTICATED, Reason.NONE)


async def test_challenge_of_a_proxy_is_answered_too() -> None:
    outcome = await registering(Registrar({"alice": "secret"}, proxy=True))

    assert said(outcome) == (OK, AUTHENTICATED, Reason.NONE)


@pytest.mark.parametrize("qop", ["auth", None])
async def test_edge_that_challenges_before_the_registrar_gets_its_answer_too(
    qop: str | None,
) -> None:
    edge = Registrar({"alice": "secret"}, qop=qop, proxy=True, realm="edge")
    registrar = Registrar({"alice": "secret"}, qop=qop)
    edge.then = registrar

    outcome = await registering(edge)

    assert said(outcome) == (OK, AUTHENTICATED, Reason.NONE)
    first = [
        (given.get("proxy-authorization", ""), given.get("authorization", ""))
        for given in edge.heard[:3]
    ]
    assert [tuple(map(bool, sent)) for sent in first] == [
        (False, False),
        (True, False),
        (True, True),
    ]
    if qop:
        assert "nc=00000001" in first[1][0]
        assert "nc=00000002" in first[2][0]


@pytest.mark.parametrize("wrong", ["edge", "registrar"])
async def test_wrong_password_is_tried_once_at_each_of_two(wrong: str) -> None:
    edge = Registrar(
        {"alice": "x" if wrong == "edge" else "secret"}, proxy=True, realm="edge"
    )
    registrar = Registrar({"alice": "x" if wrong == "registrar" else "secret"})
    edge.then = registrar

    outcome = await registering(edge)

    assert said(outcome) == (FAILED, SERVED, Reason.AUTH)
    assert len(edge.heard) == (2 if wrong == "edge" else 3)


@pytest.mark.parametrize(
    ("grants_s", "expected"),
    [
        (60, (OK, AUTHENTICATED, Reason.NONE)),
        (30, (OK, AUTHENTICATED, Reason.NONE)),
        (3600, (OK, AUTHENTICATED, Reason.NONE)),
        (5, (DEGRADED, AUTHENTICATED, Reason.BRIEF)),
    ],
)
async def test_registrar_that_grants_far_less_than_asked_is_degraded(
    grants_s: int, expected: tuple[Verdict, Evidence, Reason]
) -> None:
    registrar = Registrar({"alice": "secret"})
    registrar.grants_s = grants_s

    outcome = await registering(registrar)

    assert said(outcome) == expected


async def test_time_granted_may_stand_in_a_header_of_its_own() -> None:
    outcome = await registering(answering("200 OK", "Expires: 5"))

    assert said(outcome) == (DEGRADED, AUTHENTICATED, Reason.BRIEF)


async def test_stale_nonce_is_no_wrong_password() -> None:
    registrar = Registrar({"alice": "secret"})
    registrar.stale_once = True

    outcome = await registering(registrar)

    assert said(outcome) == (OK, AUTHENTICATED, Reason.NONE)


async def test_registrar_that_wants_longer_gets_longer() -> None:
    registrar = Registrar({"alice": "secret"}, min_expires=1800)

    outcome = await registering(registrar)

    assert said(outcome) == (OK, AUTHENTICATED, Reason.NONE)
    assert "1800" in [given["expires"] for given in registrar.heard]
    assert registrar.contacts == []


async def test_registrar_that_always_wants_longer_is_left() -> None:
    outcome = await registering(
        answering("423 Interval Too Brief", "Min-Expires: 3600")
    )

    assert said(outcome) == (FAILED, SERVED, Reason.STATUS)
    assert outcome.facts["code"] == 423


async def test_registrar_that_wants_thousands_of_digits_makes_no_sense() -> None:
    outcome = await registering(
        answering("423 Interval Too Brief", f"Min-Expires: {5000 * '9'}")
    )

    assert said(outcome) == (FAILED, SERVED, Reason.PROTOCOL)


@pytest.mark.parametrize("forbids", [True, False])
async def test_wrong_password_is_tried_once(forbids: bool) -> None:
    registrar = Registrar({"alice": "another"})
    registrar.forbids = forbids

    outcome = await registering(registrar)

    assert said(outcome) == (FAILED, SERVED, Reason.AUTH)
    assert len(registrar.heard) == 2


async def test_challenge_that_never_ends_stops_after_two_tries() -> None:
    requests: list[bytes] = []

    def never_content(request: bytes) -> bytes:
        requests.append(request)
        terms = 'WWW-Authenticate: Digest realm="x", nonce="n", stale=true'
        return answer(request, "401 Unauthorized", terms)

    outcome = await registering(never_content)

    assert said(outcome) == (FAILED, SERVED, Reason.AUTH)
    assert sum(b"Authorization:" in request for request in requests) == 2


async def test_registrar_that_is_broken_is_no_wrong_password() -> None:
    registrar = Registrar({"alice": "secret"})
    registrar.after = "500 Database Down"

    outcome = await registering(registrar)

    assert said(outcome) == (FAILED, SERVED, Reason.STATUS)
    assert outcome.facts == {"code": 500, "phrase": "Database Down"}


async def test_challenge_without_terms_makes_no_sense() -> None:
    outcome = await registering(answering("401 Unauthorized"))

    assert said(outcome) == (FAILED, SERVED, Reason.PROTOCOL)


async def test_challenge_we_cannot_answer_proves_nothing() -> None:
    terms = 'WWW-Authenticate: Digest realm="x", nonce="n", algorithm=SHA-999'

    outcome = await registering(answering("401 Unauthorized", terms))

    assert said(outcome) == (UNKNOWN, NONE, Reason.BROKEN)


async def test_missing_password_is_unknown() -> None:
    outcome = await registering(
        Registrar({}), password=Secret(None, "environment variable SIP_PASSWORD")
    )

    assert said(outcome) == (UNKNOWN, NONE, Reason.SECRET_MISSING)


async def test_password_is_never_sent_nor_told() -> None:
    registrar = Registrar({"alice": "secret"})

    outcome = await registering(registrar)

    assert "secret" not in repr(registrar.heard) + repr(outcome)


async def test_registering_works_over_tls(tmp_path: Path) -> None:
    registrar = Registrar({"alice": "secret"}, algorithm="SHA-256")
    async with tcp_server(over_stream(registrar), server_tls()) as port:
        settings = sip.Settings(
            host="127.0.0.1",
            port=port,
            transport="tls",
            ca=trusted_file(tmp_path),
            username="alice",
            password=Secret("secret"),
        )
        outcome = await ask(sip, settings)

    assert said(outcome) == (OK, AUTHENTICATED, Reason.NONE)


@pytest.mark.parametrize(
    "options",
    [
        {"username": "alice"},
        {"port": 0},
        {"expect_status": ("good",)},
        {"user": "a\r\nVia: b"},
        {"domain": "a b"},
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with refusing(r"."):
        sip.Settings(host="pbx", **options)


# ------------------------------------------------- a host with several addresses


def use_addresses(patch: pytest.MonkeyPatch, *addresses: str) -> None:
    async def resolve(*_: object) -> list[str]:
        return list(addresses)

    patch.setattr(sockets, "resolve", resolve)


@pytest.mark.parametrize("account", [{}, {"username": "alice", "password": "secret"}])
async def test_address_that_is_silent_gives_way_to_the_next(
    monkeypatch: pytest.MonkeyPatch, account: dict[str, Any]
) -> None:
    use_addresses(monkeypatch, "::1", "127.0.0.2", "127.0.0.1")
    if account:
        account["password"] = Secret(account["password"])
    registrar, heard = Registrar({"alice": "secret"}), list[bytes]()

    def exchange(request: bytes) -> bytes | None:
        heard.append(request)
        options = request.startswith(b"OPTIONS")
        return answer(request, "200 OK") if options else registrar(request)

    async with (
        udp_server(exchange) as port,
        udp_server(lambda _: None, "127.0.0.2", port),
        udp_server(lambda _: None, "::1", port),
    ):
        settings = sip.Settings(host="two.example", port=port, **account)
        outcome = await ask(sip, settings, timeout_s=20.0)

    assert outcome.verdict is OK
    assert all(b"Via: SIP/2.0/UDP 127.0.0.1:" in request for request in heard)
    assert registrar.contacts == []


async def test_address_out_of_service_gives_way_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_addresses(monkeypatch, "127.0.0.2", "127.0.0.1")
    async with (
        udp_server(answering("200 OK")) as port,
        udp_server(answering("503 Service Unavailable"), "127.0.0.2", port),
    ):
        outcome = await ask(sip, sip.Settings(host="two.example", port=port))

    assert said(outcome) == (OK, SERVED, Reason.NONE)


async def test_addresses_that_answer_no_options_leave_the_first_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_addresses(monkeypatch, "127.0.0.1", "127.0.0.2")
    monkeypatch.setattr(connection, "ANSWER_S", 0.3)
    registrar = Registrar({"alice": "secret"})
    async with (
        udp_server(lambda x: None if x[:7] == b"OPTIONS" else registrar(x)) as port,
        udp_server(lambda _: None, "127.0.0.2", port),
    ):
        account: dict[str, Any] = {"username": "alice", "password": Secret("secret")}
        settings = sip.Settings(host="two.example", port=port, **account)
        outcome = await ask(sip, settings, timeout_s=20.0)

    assert said(outcome) == (OK, AUTHENTICATED, Reason.NONE)


async def test_addresses_that_all_refuse_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_addresses(monkeypatch, "127.0.0.1", "127.0.0.2")
    port = closed_port(socket.SOCK_DGRAM)
    outcome = await ask(sip, sip.Settings(host="two.example", port=port))

    assert said(outcome) == (FAILED, NONE, Reason.REFUSED)
