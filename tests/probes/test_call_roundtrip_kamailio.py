"""A call between two accounts of Kamailio, and telephones that are no part of it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from servers.baresip import PROGRAM as BARESIP
from servers.baresip import baresip
from servers.certificates import trusted_file
from servers.debian import needs
from servers.kamailio import PROGRAM, TLS_MODULE, TLS_PACKAGE, kamailio
from servers.probe_run import ask, said

from secours.model.observed import Evidence, Reason, Verdict
from secours.model.runs import Stop
from secours.model.secret import Secret
from secours.model.sections.field_types import Duration
from secours.probes import call_roundtrip
from secours.probes.call_roundtrip import Settings, SipEnd
from secours.wire.voice.call import CallState
from secours.wire.voice.legs import open_leg

pytestmark = [
    pytest.mark.usefixtures("processes"),
    needs(str(PROGRAM), "kamailio"),
]

Said = tuple[Verdict, Evidence, Reason]

SERVED = Evidence.SERVED
ARRIVED = Verdict.OK, Evidence.DELIVERED, Reason.NONE
ELSEWHERE = Verdict.FAILED, SERVED, Reason.RANG_ELSEWHERE
SHORT_S, LONG_S = 2.0, 30.0
EXPECTED = {  # by what is called, written before the code that calls it
    "bob": ARRIVED,
    "486": (Verdict.FAILED, SERVED, Reason.BUSY),
    "403": (Verdict.FAILED, SERVED, Reason.REJECTED),
    "603": (Verdict.FAILED, SERVED, Reason.REJECTED),
    "503": (Verdict.FAILED, SERVED, Reason.DEFERRED),
    "404": (Verdict.FAILED, SERVED, Reason.UNREACHABLE),
    "nobody": (Verdict.FAILED, SERVED, Reason.UNREACHABLE),
    "silent": (Verdict.UNKNOWN, Evidence.NONE, Reason.TIMEOUT),
}


def end(port: int, user: str, **options: Any) -> SipEnd:
    options = {"password": Secret("secret"), **options}
    named = {"domain": "example.org", "username": user, **options}
    return SipEnd(host="127.0.0.1", port=port, **named)


async def probed(caller: SipEnd, called: SipEnd, within: float = LONG_S) -> Said:
    settings = Settings(from_=caller, to=called, within=Duration(within))
    return said(await ask(call_roundtrip, settings, timeout_s=60.0))


@pytest.mark.parametrize(
    "transport",
    ["udp", "tcp", pytest.param("tls", marks=needs(TLS_MODULE, TLS_PACKAGE))],
)
async def test_calls_through_kamailio_are_told_apart(
    tmp_path: Path, transport: str
) -> None:
    over: dict[str, Any] = {"transport": transport, "ca": trusted_file(tmp_path)}
    async with kamailio(tmp_path, tls=transport == "tls") as port:
        alice = end(port, "alice", **over)
        outcomes = {
            number: await probed(
                alice,
                end(port, "bob", **over, number=number),
                SHORT_S if number == "silent" else LONG_S,
            )
            for number in EXPECTED
        }

    assert outcomes == EXPECTED


@needs(TLS_MODULE, TLS_PACKAGE)
async def test_exchange_of_another_authority_is_called_by_nobody(
    tmp_path: Path,
) -> None:
    async with kamailio(tmp_path, tls=True) as port:
        alice, bob = (end(port, user, transport="tls") for user in ("alice", "bob"))
        outcome = await probed(alice, bob)

    assert outcome == (Verdict.UNKNOWN, Evidence.NONE, Reason.TLS_UNTRUSTED)


async def test_wrong_password_of_an_end_is_unknown(tmp_path: Path) -> None:
    wrong = {"password": Secret("no-such-password")}
    async with kamailio(tmp_path) as port:
        caller = await probed(end(port, "alice", **wrong), end(port, "bob"))
        called = await probed(end(port, "alice"), end(port, "bob", **wrong))

    assert caller == called == (Verdict.UNKNOWN, Evidence.NONE, Reason.AUTH)


async def test_call_of_a_stranger_is_none_and_goes_on_ringing(tmp_path: Path) -> None:
    async with (
        kamailio(tmp_path) as port,
        open_leg(end(port, "bob")) as desk,
        desk.listening(),  # a telephone of the same account
        open_leg(end(port, "mallory")) as leg,
        leg.dial("bob") as strangers,
    ):
        async with asyncio.timeout(LONG_S):
            assert (await strangers.next()).state is CallState.RINGING
        ours = await probed(end(port, "alice"), end(port, "bob"))
        not_ours = await probed(end(port, "eve"), end(port, "bob", number="503"))
        gone = strangers.over.is_set()

    assert ours == ARRIVED
    assert not_ours == EXPECTED["503"]
    assert not gone


@needs(BARESIP, "baresip-core")
@pytest.mark.parametrize("answers", [False, True])
async def test_call_that_another_telephone_gets_rang_elsewhere(
    tmp_path: Path, answers: bool
) -> None:
    async with (
        baresip(tmp_path, answers=answers) as elsewhere,
        kamailio(tmp_path, elsewhere=elsewhere) as port,
    ):
        found = await probed(
            end(port, "alice"),
            end(port, "bob", number="+3225550100"),
            LONG_S if answers else SHORT_S,
        )

    assert found == ELSEWHERE


async def test_telephone_that_was_pushed_out_is_not_called(tmp_path: Path) -> None:
    async with (
        kamailio(tmp_path, keeps_one=True) as port,
        open_leg(end(port, "bob")) as ours,
        ours.listening() as incoming,
        open_leg(end(port, "bob")) as later,
        later.listening() as others,
    ):
        async with (
            asyncio.timeout(LONG_S),
            open_leg(end(port, "alice")) as leg,
            leg.dial("bob") as call,
        ):
            assert (await call.next()).state is CallState.RINGING
            assert (await others.next()).callers == ("alice",)
        with pytest.raises(Stop, match="not-registered"):
            await incoming.check()
