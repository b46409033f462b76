import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from servers.pause import longest_pause_s
from servers.scripted import LOOPBACK
from servers.sip_callee import Callee, running, sip_callee
from servers.sip_peer import headers_of

from secours.model.observed import Outcome, Reason, Verdict
from secours.model.secret import Secret
from secours.wire.sip.options import SipOptions
from secours.wire.voice.call import Call, CallState
from secours.wire.voice.legs import open_leg

LIMIT_S = 60.0
CONTACT = "Contact: <sip:pbx@127.0.0.1:{port};lr-not>"


def account(exchange: Callee) -> SipOptions:
    return SipOptions(
        host=LOOPBACK,
        port=exchange.port,
        domain="example.org",
        username="alice",
        password=Secret("secret"),
    )


@asynccontextmanager
async def calling(exchange: Callee) -> AsyncIterator[Call]:
    async with open_leg(account(exchange)) as leg, leg.dial("101") as call:
        yield call


async def until(call: Call, state: CallState) -> Outcome | None:
    async with asyncio.timeout(LIMIT_S):
        while (event := await call.next()).state is not state:
            pass
    return event.why


async def ended(*answers: str | tuple[str, ...]) -> Outcome:
    async with (
        sip_callee({"INVITE": ["100 Trying", *answers]}) as exchange,
        calling(exchange) as call,
    ):
        why = await until(call, CallState.ENDED)
        await exchange.came("ACK")
    assert why is not None
    assert exchange.heard == ["INVITE", "ACK"]
    return why


async def test_ringing_call_is_cancelled_and_its_end_acknowledged() -> None:
    async with (
        sip_callee({"INVITE": ["100 Trying", "180 Ringing"]}) as exchange,
        calling(exchange) as call,
    ):
        await until(call, CallState.RINGING)
        await call.stop()

    assert exchange.heard == ["INVITE", "CANCEL", "ACK"]
    invite, cancel, ack = map(headers_of, exchange.requests)
    assert exchange.requests[0].startswith(b"INVITE sip:101@example.org SIP/2.0")
    assert invite["via"] == cancel["via"] == ack["via"]
    assert cancel["cseq"] == "1 CANCEL"
    assert ack["cseq"] == "1 ACK"
    assert ack["to"] == "<sip:101@example.org>;tag=there"


async def test_offer_is_speech_at_a_port_of_ours() -> None:
    async with (
        sip_callee({"INVITE": ["180 Ringing"]}) as exchange,
        calling(exchange) as call,
    ):
        await until(call, CallState.RINGING)

    offer = exchange.requests[0].partition(b"\r\n\r\n")[2].decode()
    port = re.search(r"m=audio (\d+) RTP/AVP 8 0", offer)
    assert "c=IN IP4 127.0.0.1\r\n" in offer
    assert port
    assert int(port[1]) >= 1024
    assert headers_of(exchange.requests[0])["content-length"] == str(len(offer))


async def test_early_media_is_no_ringing() -> None:
    async with (
        sip_callee({"INVITE": ["183 Session Progress"]}) as exchange,
        calling(exchange) as call,
    ):
        await exchange.came("INVITE")
        exchange.say("183 Session Progress")
        exchange.say("486 Busy Here")
        event = await call.next()

    assert event.state is CallState.ENDED


@pytest.mark.parametrize(
    ("status", "reason", "verdict"),
    [
        ("486 Busy Here", Reason.BUSY, Verdict.FAILED),
        ("600 Busy Everywhere", Reason.BUSY, Verdict.FAILED),
        ("403 Forbidden", Reason.REJECTED, Verdict.FAILED),
        ("603 Decline", Reason.REJECTED, Verdict.FAILED),
        ("503 Service Unavailable", Reason.DEFERRED, Verdict.FAILED),
        ("404 Not Found", Reason.UNREACHABLE, Verdict.FAILED),
        ("480 Temporarily Unavailable", Reason.UNREACHABLE, Verdict.FAILED),
        ("408 Request Timeout", Reason.TIMEOUT, Verdict.FAILED),
        ("302 Moved Temporarily", Reason.RANG_ELSEWHERE, Verdict.FAILED),
        ("500 Server Error", Reason.STATUS, Verdict.FAILED),
        ("488 Not Acceptable Here", Reason.BROKEN, Verdict.UNKNOWN),
    ],
)
async def test_refusals_of_an_exchange_are_told_apart(
    status: str, reason: Reason, verdict: Verdict
) -> None:
    outcome = await ended(status)

    assert (outcome.reason, outcome.verdict) == (reason, verdict)


async def test_cause_of_the_telephone_network_counts_more_than_the_code() -> None:
    congested = "Reason: SIP ;cause=500 ;text=x, Q.850 ;cause=34 ;text=none"

    outcome = await ended(("500 Server Error", congested))

    assert (outcome.reason, outcome.facts["problem"]) == (Reason.DEFERRED, "congestion")


async def test_exchange_says_when_to_try_again() -> None:
    outcome = await ended(("503 Service Unavailable", "Retry-After: 120 (busy)"))

    assert outcome.retry_after_s == 120.0


async def test_answered_call_is_hung_up_where_its_contact_is() -> None:
    answers = ("200 OK", "Contact: <sip:box@127.0.0.1:9>", "Record-Route: <sip:r1;lr>")
    async with sip_callee({"INVITE": [answers]}) as exchange, calling(exchange) as call:
        await until(call, CallState.ANSWERED)
        await exchange.came("ACK")
        await call.stop()

    assert exchange.heard == ["INVITE", "ACK", "BYE"]
    ack, bye = exchange.requests[1:]
    assert ack.startswith(b"ACK sip:box@127.0.0.1:9 ")
    assert bye.startswith(b"BYE sip:box@127.0.0.1:9 ")
    assert headers_of(bye)["route"] == "<sip:r1;lr>"
    assert headers_of(bye)["cseq"] == "2 BYE"


async def test_exchange_that_wants_a_login_to_hang_up_gets_one() -> None:
    class Guarded(Callee):
        def answers(self, method, request):  # type: ignore[no-untyped-def]  # as its parent
            challenge = 'Proxy-Authenticate: Digest realm="x", nonce="n"'
            if method == "BYE" and "proxy-authorization" not in headers_of(request):
                return [("407 Proxy Authentication Required", challenge)]
            return super().answers(method, request)

    async with (
        running(Guarded({"INVITE": ["200 OK"]})) as exchange,
        calling(exchange) as call,
    ):
        await until(call, CallState.ANSWERED)
        await call.stop()

    assert exchange.heard == ["INVITE", "ACK", "BYE", "BYE"]
    cseqs = [headers_of(request)["cseq"] for request in exchange.requests]
    assert cseqs == ["1 INVITE", "1 ACK", "2 BYE", "3 BYE"]


@pytest.mark.parametrize(
    ("status", "header"),
    [
        ("200 OK", f"Contact: ;{'<' * 30_000}"),
        ("200 OK", f"Record-Route: {'<' * 30_000}"),
        ("500 Server Error", f"Reason: {'Q.850;' * 8_000}"),
    ],
)
async def test_endless_header_of_an_exchange_holds_nothing_up(
    status: str, header: str
) -> None:
    async with sip_callee({"INVITE": [(status, header)]}) as exchange:

        async def one_call() -> None:
            async with calling(exchange) as call:
                await call.next()

        assert await longest_pause_s(one_call()) < 0.25


async def test_repeated_answer_is_acknowledged_again() -> None:
    async with (
        sip_callee({"INVITE": ["200 OK"]}) as exchange,
        calling(exchange) as call,
    ):
        await until(call, CallState.ANSWERED)
        first = await exchange.came("ACK")
        exchange.say("200 OK")
        again = await exchange.came("ACK", 2)
        await call.stop()

    assert first == again
    assert exchange.heard == ["INVITE", "ACK", "ACK", "BYE"]


async def test_answer_that_crosses_the_cancel_is_acknowledged_and_hung_up() -> None:
    async with sip_callee({"INVITE": ["180 Ringing"]}) as exchange:
        exchange.cancels = ["200 OK"]
        async with calling(exchange) as call:
            await until(call, CallState.RINGING)
            await call.stop()

    assert exchange.heard == ["INVITE", "CANCEL", "ACK", "BYE"]


async def test_cancel_waits_for_the_exchange_to_react() -> None:
    async with sip_callee({"INVITE": []}) as exchange, calling(exchange) as call:
        await exchange.came("INVITE")
        ending = asyncio.create_task(call.stop())
        await exchange.came("INVITE", 2)
        before = list(exchange.heard)
        exchange.say("100 Trying")
        await ending

    assert set(before) == {"INVITE"}
    assert exchange.heard[-2:] == ["CANCEL", "ACK"]


@pytest.mark.usefixtures("processes")
async def test_lost_requests_are_sent_again() -> None:
    async with sip_callee({"INVITE": ["180 Ringing"]}) as exchange:
        exchange.drops = {"INVITE": 2, "CANCEL": 1}
        async with calling(exchange) as call:
            await until(call, CallState.RINGING)
            await call.stop()

    assert exchange.heard == ["INVITE", "CANCEL", "ACK"]


async def test_repeated_refusal_is_acknowledged_again() -> None:
    async with (
        sip_callee({"INVITE": ["486 Busy Here"]}) as exchange,
        calling(exchange) as call,
    ):
        await until(call, CallState.ENDED)
        await exchange.came("ACK")
        exchange.say("486 Busy Here")
        await exchange.came("ACK", 2)

    assert exchange.heard == ["INVITE", "ACK", "ACK"]


async def test_wrong_password_is_no_fault_of_the_network() -> None:
    class Guarded(Callee):
        def answers(self, method, request):  # type: ignore[no-untyped-def]  # as its parent
            challenge = 'Proxy-Authenticate: Digest realm="x", nonce="n"'
            if method == "INVITE":
                return [("407 Proxy Authentication Required", challenge)]
            return super().answers(method, request)

    async with running(Guarded({})) as exchange, calling(exchange) as call:
        why = await until(call, CallState.ENDED)
        await exchange.came("ACK", 2)

    assert why is not None
    assert (why.verdict, why.reason) == (Verdict.UNKNOWN, Reason.AUTH)
    assert exchange.heard == ["INVITE", "ACK", "INVITE", "ACK"]


async def test_call_that_is_unwanted_at_its_challenge_is_not_placed_again() -> None:
    challenge = 'WWW-Authenticate: Digest realm="x", nonce="n"'
    async with sip_callee({"INVITE": []}) as exchange, calling(exchange) as call:
        await exchange.came("INVITE")
        ending = asyncio.create_task(call.stop())
        await asyncio.sleep(0)  # it is unwanted from now on
        exchange.say("401 Unauthorized", challenge)
        await ending

    assert exchange.heard == ["INVITE", "ACK"]
