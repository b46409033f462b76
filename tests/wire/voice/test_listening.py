"""Who calls us, and what is never done to them."""

import asyncio

import pytest
from servers import sip_callee
from servers.pty_modem import running
from servers.scripted import LOOPBACK
from servers.sip_callee import Switchboard
from servers.sip_peer import headers_of
from servers.voice_modem import VoiceModem

from secours.model.observed import Reason
from secours.model.runs import Stop
from secours.model.secret import Secret
from secours.probes.modem import Settings
from secours.wire.sip import messages, peer
from secours.wire.sip.options import SipOptions
from secours.wire.voice.legs import open_leg
from secours.wire.voice.sip_listener import callers

LIMIT_S = 60.0
MOBILE = "+32470999999"


def account(exchange: Switchboard) -> SipOptions:
    return SipOptions(
        host=LOOPBACK,
        port=exchange.port,
        username="bob",
        password=Secret("secret"),
    )


@pytest.mark.parametrize(
    ("headers", "named"),
    [
        ("From: <sip:+3225550100@x>;tag=1", ("+3225550100",)),
        ("f: sip:101@x;tag=1", ("101",)),
        ('From: "sip" <sips:%2B3225550100;phone-context=x@y>', ("+3225550100",)),
        ("From: <tel:+32-2-555-01-00>", ("+32-2-555-01-00",)),
        ("From: <sip:anonymous@anonymous.invalid>", ()),
        (
            "From: <sip:Anonymous@x>\r\nP-Asserted-Identity: <sip:1@x>, <tel:2>",
            ("1", "2"),
        ),
        ("From: <sip:1@x>\r\nRemote-Party-ID: <sip:2@x>;party=calling", ("2", "1")),
        ('From: "sip:1@x" <sip:2@x>;tag=1', ("2",)),
        (r'From: "a\" <sip:1@x>" <sip:2@x>', ("2",)),
        ("From: <sip:2@x;user=tel:1?From=sip:1@x>;note=tel:1", ("2",)),
        ("From: nonsense", ()),
        ("To: <sip:1@x>", ()),
    ],
)
def test_caller_is_read_from_each_header_that_names_one(
    headers: str, named: tuple[str, ...]
) -> None:
    invite = messages.read_request(
        f"INVITE sip:bob@x SIP/2.0\r\n{headers}\r\n\r\n".encode()
    )

    assert invite is not None
    assert callers(invite) == named


async def test_call_that_is_heard_rings_and_is_let_go_when_it_is_cancelled() -> None:
    caller = "<sip:101@x>;tag=a"
    async with (
        sip_callee.running(Switchboard()) as exchange,
        open_leg(account(exchange)) as leg,
        leg.listening() as incoming,
    ):
        take_back = exchange.ring(caller, "Record-Route: <sip:edge;lr>")
        async with asyncio.timeout(LIMIT_S):
            heard = await incoming.next()
        await exchange.got(caller, "180")
        take_back()
        await exchange.got(caller, "487")

    assert heard.callers == ("101",)
    assert exchange.answered[caller] == ["180 Ringing", "487 Request Terminated"]


async def test_refusal_is_repeated_until_it_is_acknowledged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(peer, "T1_S", 0.05)
    monkeypatch.setattr(peer, "T2_S", 0.1)
    first, second = "<sip:101@x>;tag=a", "<sip:102@x>;tag=b"
    async with (
        sip_callee.running(Switchboard()) as exchange,
        open_leg(account(exchange)) as leg,
        leg.listening(),
    ):
        exchange.acknowledges = False
        await refused(exchange, first)
        exchange.acknowledge(first)
        before = len(exchange.answered[first])
        await refused(exchange, second)

    assert len(exchange.answered[first]) <= before + 1  # one was on its way


async def refused(exchange: Switchboard, caller: str) -> None:
    take_back = exchange.ring(caller)
    await exchange.got(caller, "180")
    take_back()
    await exchange.got(caller, "487", 5)


async def test_caller_that_is_shown_later_is_waited_for() -> None:
    modem = VoiceModem()
    async with (
        running(modem),
        open_leg(Settings(port=modem.port)) as leg,
        leg.listening() as incoming,
    ):
        place = modem.ring("")
        await modem.came("AT+CLCC", modem.heard.count("AT+CLCC") + 2)
        modem.calls[place][2] = MOBILE
        async with asyncio.timeout(LIMIT_S):
            heard = await incoming.next()

    assert heard.callers == (MOBILE,)


async def test_telephone_registers_off_at_the_end() -> None:
    async with (
        sip_callee.running(Switchboard()) as exchange,
        open_leg(account(exchange)) as leg,
        leg.listening(),
    ):
        kept = headers_of(exchange.registered[-1])["expires"]

    assert int(kept) > 0
    assert headers_of(exchange.registered[-1])["expires"] == "0"


async def test_exchange_that_goes_away_ends_the_listening() -> None:
    async with (
        sip_callee.running(Switchboard()) as exchange,
        open_leg(account(exchange)) as leg,
        leg.listening() as incoming,
    ):
        exchange.transport.abort()
        await asyncio.sleep(0)  # it is closed in the next turn of the loop
        with pytest.raises((Stop, OSError)):
            async with asyncio.timeout(LIMIT_S):
                await incoming.check()


async def test_modem_tells_of_each_call_once() -> None:
    modem = VoiceModem()
    async with (
        running(modem),
        open_leg(Settings(port=modem.port)) as leg,
        leg.listening() as incoming,
    ):
        modem.ring(MOBILE)
        async with asyncio.timeout(LIMIT_S):
            first = await incoming.next()
        modem.ring_again(MOBILE)
        modem.ring("0470111111")
        async with asyncio.timeout(LIMIT_S):
            second = await incoming.next()

    assert (first.callers, second.callers) == ((MOBILE,), ("0470111111",))
    assert not {"ATA", "ATH", "AT+CHUP"} & set(modem.heard)


async def test_modem_that_lists_no_callers_names_the_one_shown_last() -> None:
    modem = VoiceModem()
    modem.lists_callers = False
    async with (
        running(modem),
        open_leg(Settings(port=modem.port)) as leg,
        leg.listening() as incoming,
        asyncio.timeout(LIMIT_S),
    ):
        place = modem.ring("0470111111")
        first = await incoming.next()
        modem.stop_ringing(place)
        await modem.came("AT+CLCC", modem.heard.count("AT+CLCC") + 2)
        modem.ring(MOBILE)
        second = await incoming.next()

    assert (first.callers, second.callers) == (("0470111111",), (MOBILE,))


async def test_modem_that_loses_its_network_could_not_be_called() -> None:
    modem = VoiceModem()
    async with (
        running(modem),
        open_leg(Settings(port=modem.port)) as leg,
        leg.listening() as incoming,
    ):
        modem.table["AT+CREG?"] = "+CREG: 0,3"
        with pytest.raises(Stop) as stop:
            await incoming.check()

    assert stop.value.outcome.reason is Reason.NOT_REGISTERED
