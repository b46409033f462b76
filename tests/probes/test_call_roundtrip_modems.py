"""A call to and from modems, on a pseudo-terminal and behind ModemManager."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from servers import pty_modem, sip_callee
from servers.modemmanager import INCOMING as INCOMING_CALL
from servers.modemmanager import (
    RINGING_IN,
    RINGING_OUT,
    TERMINATED,
    FakeCall,
    FakeModem,
    modem_manager,
    private_bus,
)
from servers.probe_run import ask, said
from servers.scripted import LOOPBACK
from servers.sip_callee import Callee, Switchboard
from servers.voice_modem import VoiceModem

from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.secret import Secret
from secours.model.sections.field_types import Duration
from secours.probes import call_roundtrip
from secours.probes.call_roundtrip import ModemEnd, Settings, SipEnd
from secours.wire.voice.legs import open_leg

TRUNK, MOBILE, STRANGER = "+3225550100", "+32470000001", "+32470999999"
FAILED, UNKNOWN = Verdict.FAILED, Verdict.UNKNOWN
ARRIVED = Verdict.OK, Evidence.DELIVERED, Reason.NONE
SHORT_S, LONG_S = 2.0, 20.0


def failed(reason: Reason) -> tuple[Verdict, Evidence, Reason]:
    return FAILED, Evidence.SERVED, reason


def unknown(reason: Reason) -> tuple[Verdict, Evidence, Reason]:
    return UNKNOWN, Evidence.NONE, reason


def sip_end(exchange: Callee, number: str = TRUNK) -> SipEnd:
    return SipEnd(
        host=LOOPBACK,
        port=exchange.port,
        username="bob",
        password=Secret("secret"),
        number=number,
    )


def modem_end(modem: VoiceModem, number: str = MOBILE) -> ModemEnd:
    return ModemEnd(port=modem.port, number=number)


async def probed(caller: Any, called: Any, within: float = LONG_S) -> Outcome:
    settings = Settings(from_=caller, to=called, within=Duration(within))
    return await ask(call_roundtrip, settings, timeout_s=60.0)


# ------------------------------------------------------------------ called: a modem

CALLED: dict[str, tuple[Verdict, Evidence, Reason]] = {  # written first
    "it rings": ARRIVED,
    "it rings, and the modem lists no calls": ARRIVED,
    "it rings, and the list lacks its caller": ARRIVED,
    "a stranger's call rings too": ARRIVED,
    "only a stranger's call rings": failed(Reason.RANG_ELSEWHERE),
    "a call without a number rings": unknown(Reason.BROKEN),
    "the modem is busy with a stranger": unknown(Reason.DEVICE_BUSY),
    "the modem is busy, and a voicemail answers": unknown(Reason.DEVICE_BUSY),
    "the modem was busy and is free": failed(Reason.BUSY),
    "it rang before we called": failed(Reason.RANG_ELSEWHERE),
    "the modem loses its network": unknown(Reason.NOT_REGISTERED),
    "the modem is registered for text alone": unknown(Reason.NOT_REGISTERED),
    "the modem is unplugged": unknown(Reason.BROKEN),
    "the modem has no SIM": unknown(Reason.NO_SIM),
    "the modem has no network": unknown(Reason.NOT_REGISTERED),
    "the modem is locked": unknown(Reason.SIM_LOCKED),
}


@dataclass
class Called:
    """A modem that is called, from an exchange."""

    modem: VoiceModem = field(default_factory=VoiceModem)
    answers: list[str] = field(default_factory=lambda: ["100 Trying", "180 Ringing"])
    rings: tuple[str, ...] = (TRUNK,)  # the numbers that call when we do
    rang: tuple[str, ...] = ()  # and before
    within: float = LONG_S
    meanwhile: Callable[[VoiceModem], None] = lambda modem: None

    def comes(self) -> None:
        """Do what happens when the exchange gets our INVITE."""
        for number in self.rings:
            self.modem.ring(number)
        self.meanwhile(self.modem)


def table(**answers: str) -> VoiceModem:
    return VoiceModem({f"AT+{name}?": answer for name, answer in answers.items()})


def without(*able: str) -> VoiceModem:
    modem = VoiceModem()
    for name in able:
        setattr(modem, name, False)
    return modem


def lose_network(modem: VoiceModem) -> None:
    modem.table["AT+CREG?"] = "+CREG: 0,2"


BUSY, LOST = ["100 Trying", "486 Busy Here"], ["100 Trying", "480 Gone"]
TAKEN = ["100 Trying", "200 OK"]
CALLED_COURSES: dict[str, Callable[[], Called]] = {
    "it rings": Called,
    "it rings, and the modem lists no calls": lambda: Called(without("lists")),
    "it rings, and the list lacks its caller": lambda: Called(without("lists_callers")),
    "a stranger's call rings too": lambda: Called(rings=(STRANGER, TRUNK)),
    "only a stranger's call rings": lambda: Called(rings=(STRANGER,), within=SHORT_S),
    "a call without a number rings": lambda: Called(rings=("",), within=3.0),
    "the modem is busy with a stranger": lambda: Called(
        answers=BUSY, rings=(), rang=(STRANGER,)
    ),
    "the modem is busy, and a voicemail answers": lambda: Called(
        answers=TAKEN, rings=(), rang=(STRANGER,)
    ),
    "the modem was busy and is free": lambda: Called(answers=BUSY, rings=()),
    "it rang before we called": lambda: Called(rings=(), rang=(TRUNK,), within=SHORT_S),
    "the modem loses its network": lambda: Called(
        answers=LOST, rings=(), meanwhile=lose_network
    ),
    "the modem is registered for text alone": lambda: Called(
        table(CREG="+CREG: 0,6"), answers=LOST, rings=()
    ),
    "the modem is unplugged": lambda: Called(meanwhile=VoiceModem.stop),
    "the modem has no SIM": lambda: Called(table(CPIN="+CME ERROR: 10")),
    "the modem has no network": lambda: Called(table(CREG="+CREG: 0,2")),
    "the modem is locked": lambda: Called(table(CPIN="+CPIN: SIM PIN")),
}


SLOW = {  # they wait for a clock
    "a call without a number rings",
    "it rang before we called",
    "it rings elsewhere",
    "only a stranger's call rings",
    "the modem is silent",
    "the modem loses its network in silence",
    "the network is silent",
}


def names(table: Iterable[str]) -> list[Any]:
    """Return the names of a table; what is slow is part of `make check`."""
    slow = pytest.mark.process
    return [pytest.param(n, marks=slow) if n in SLOW else n for n in table]


@pytest.mark.parametrize("name", names(CALLED))
async def test_modem_that_is_called_proves_what_the_table_says(name: str) -> None:
    course = CALLED_COURSES[name]()
    modem = course.modem
    async with pty_modem.running(modem), sip_callee.sip_callee({}) as exchange:
        exchange.script = {**exchange.script, "INVITE": course.answers}
        exchange.on["INVITE"] = course.comes
        for number in course.rang:
            modem.ring(number)
        called = modem_end(modem)
        outcome = await probed(sip_end(exchange), called, course.within)

    assert said(outcome) == CALLED[name]
    assert not {"ATA", "ATH", "AT+CHUP"} & set(modem.heard)
    if outcome.verdict is Verdict.OK:
        assert exchange.heard == ["INVITE", "CANCEL", "ACK"]


# ------------------------------------------------------------------ calling: a modem

CALLING: dict[str, tuple[Verdict, Evidence, Reason]] = {  # written first
    "it rings": ARRIVED,
    "it rings before the modem says so": ARRIVED,
    "BUSY": failed(Reason.BUSY),
    "NO CARRIER": failed(Reason.REJECTED),
    "NO ANSWER": failed(Reason.TIMEOUT),
    "no circuit": failed(Reason.DEFERRED),
    "+CME ERROR: 42": failed(Reason.DEFERRED),
    "the number is barred": failed(Reason.REJECTED),
    "it rings elsewhere": failed(Reason.RANG_ELSEWHERE),
    "a voicemail answers": failed(Reason.RANG_ELSEWHERE),
    "the network is silent": failed(Reason.TIMEOUT),
    "the modem is silent": unknown(Reason.TIMEOUT),
    "the modem has no network": unknown(Reason.NOT_REGISTERED),
    "the modem loses its network": unknown(Reason.NOT_REGISTERED),
    "the modem loses its network in silence": unknown(Reason.NOT_REGISTERED),
    "the modem is registered for text alone": unknown(Reason.NOT_REGISTERED),
}


@dataclass
class Calling:
    """A modem that calls, and what its network does."""

    network: Callable[[VoiceModem], None]
    rings: bool = False  # whether the called account does
    within: float = LONG_S
    dial_reply: pty_modem.Reply = ""


def cut_off(modem: VoiceModem) -> None:
    lose_network(modem)
    modem.end("NO CARRIER")


def text_only(modem: VoiceModem) -> None:
    modem.table["AT+CREG?"] = "+CREG: 0,6"
    modem.end("NO CARRIER")


CALLING_COURSES: dict[str, Calling] = {
    "it rings": Calling(VoiceModem.alert, rings=True),
    "it rings before the modem says so": Calling(lambda _: None, rings=True),
    "BUSY": Calling(lambda modem: modem.end("BUSY")),
    "NO CARRIER": Calling(lambda modem: modem.end("NO CARRIER")),
    "NO ANSWER": Calling(lambda modem: modem.end("NO ANSWER")),
    "no circuit": Calling(lambda modem: modem.end("NO CARRIER", "34,No circuit")),
    "the number is barred": Calling(lambda modem: modem.end("NO CARRIER", "8")),
    "+CME ERROR: 42": Calling(lambda _: None, dial_reply="+CME ERROR: 42"),
    "it rings elsewhere": Calling(VoiceModem.alert, within=SHORT_S),
    "a voicemail answers": Calling(VoiceModem.answer),
    "the network is silent": Calling(lambda _: None, within=SHORT_S),
    "the modem is silent": Calling(lambda _: None, within=SHORT_S, dial_reply=None),
    "the modem has no network": Calling(lambda _: None, dial_reply="+CME ERROR: 30"),
    "the modem loses its network": Calling(cut_off),
    "the modem loses its network in silence": Calling(lose_network, within=SHORT_S),
    "the modem is registered for text alone": Calling(text_only),
}


@pytest.mark.parametrize("name", names(CALLING))
async def test_modem_that_calls_proves_what_the_table_says(name: str) -> None:
    course, modem = CALLING_COURSES[name], VoiceModem()
    modem.dial_reply = course.dial_reply
    async with (
        pty_modem.running(modem),
        sip_callee.running(Switchboard()) as exchange,
    ):

        def dialled(_: str) -> None:
            course.network(modem)
            if course.rings:
                modem.hung_up = exchange.ring(f"<sip:{MOBILE}@gateway>;tag=a")

        modem.dialled = dialled
        outcome = await probed(modem_end(modem), sip_end(exchange), course.within)

    assert said(outcome) == CALLING[name]
    assert not modem.calls


@pytest.mark.usefixtures("processes")
async def test_modem_in_use_is_unknown() -> None:
    modem = VoiceModem()
    async with (
        pty_modem.running(modem),
        sip_callee.running(Switchboard()) as exchange,
        open_leg(modem_end(modem)),
    ):
        settings = Settings(from_=modem_end(modem), to=sip_end(exchange))
        outcome = await ask(call_roundtrip, settings, timeout_s=2.0)

    assert said(outcome) == unknown(Reason.DEVICE_BUSY)


async def test_modem_that_is_not_there_takes_no_channel_down() -> None:
    absent = ModemEnd(port="/dev/secours-absent", number=MOBILE)
    async with sip_callee.running(Switchboard()) as exchange:
        outcome = await probed(sip_end(exchange), absent)

    assert said(outcome) == unknown(Reason.BROKEN)
    facts = {"problem": "end-missing", "what": "/dev/secours-absent"}
    assert outcome.facts == facts


async def test_two_modems_call_each_other() -> None:
    caller, called = VoiceModem(), VoiceModem()
    async with pty_modem.running(caller), pty_modem.running(called):
        place: list[int] = []

        def comes(number: str) -> None:
            assert number == MOBILE
            caller.alert()
            place.append(called.ring("0480000002"))

        caller.dialled = comes
        caller.hung_up = lambda: called.stop_ringing(place[0])
        outcome = await probed(modem_end(caller, "+32480000002"), modem_end(called))

    assert said(outcome) == ARRIVED
    assert not caller.calls
    assert not called.calls


# ------------------------------------------------------------------ ModemManager


@asynccontextmanager
async def two_modems(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[FakeModem, FakeModem]]:
    caller, called = FakeModem(), FakeModem()
    async with (
        private_bus(folder) as address,
        modem_manager(address, {0: caller, 1: called}),
    ):
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        yield caller, called


BY_MODEMMANAGER: dict[str, tuple[Verdict, Evidence, Reason]] = {  # written first
    "it rings": ARRIVED,
    "a stranger's call rings too": ARRIVED,
    "only a stranger's call rings": failed(Reason.RANG_ELSEWHERE),
    "it is refused or busy": failed(Reason.BUSY),
    "it is busy with a stranger": unknown(Reason.DEVICE_BUSY),
    "it is deflected": failed(Reason.RANG_ELSEWHERE),
    "the caller is busy with a stranger": unknown(Reason.DEVICE_BUSY),
    "the caller has no voice": unknown(Reason.BROKEN),
    "the called one has no voice": unknown(Reason.BROKEN),
    "the called one has no network": unknown(Reason.NOT_REGISTERED),
    "the called one loses its network": unknown(Reason.NOT_REGISTERED),
    "the caller loses its network": unknown(Reason.NOT_REGISTERED),
}


@dataclass
class Between:
    """Two modems of ModemManager's, and what becomes of a call."""

    state: int = RINGING_OUT
    why: int = 0
    rings: tuple[str, ...] = ()  # the numbers that call when we do
    rang: tuple[str, ...] = ()  # and before
    caller: dict[str, Any] = field(default_factory=dict)
    called: dict[str, Any] = field(default_factory=dict)
    then: dict[str, Any] = field(default_factory=dict)  # of the called one, meanwhile
    leaves: dict[str, Any] = field(default_factory=dict)  # of the caller
    within: float = LONG_S
    engaged: bool = False  # whether the caller is in another call


MUTE, GONE = {"voice": False}, {"registration": 2, "state": 6}
COURSES = {
    "it rings": Between(rings=(TRUNK,)),
    "a stranger's call rings too": Between(rings=(STRANGER, TRUNK)),
    "only a stranger's call rings": Between(rings=(STRANGER,), within=SHORT_S),
    "it is refused or busy": Between(TERMINATED, 5),
    "it is busy with a stranger": Between(TERMINATED, 5, rang=(STRANGER,)),
    "it is deflected": Between(TERMINATED, 9),
    "the caller is busy with a stranger": Between(engaged=True),
    "the caller has no voice": Between(caller=MUTE),
    "the called one has no voice": Between(called=MUTE),
    "the called one has no network": Between(called={"registration": 2}),
    "the called one loses its network": Between(TERMINATED, then=GONE),
    "the caller loses its network": Between(TERMINATED, leaves=GONE),
}


def change(modem: FakeModem, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(modem, name, value)


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("name", BY_MODEMMANAGER)
async def test_calls_by_modemmanager_prove_what_the_table_says(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = COURSES[name]
    async with two_modems(tmp_path, monkeypatch) as (caller, called):

        def becomes(call: FakeCall) -> None:
            call.state, call.why = course.state, course.why
            change(called, course.then)
            change(caller, course.leaves)
            for number in course.rings:
                called.call(number, INCOMING_CALL, RINGING_IN)

        caller.dialled = becomes
        change(caller, course.caller)
        change(called, course.called)
        for number in course.rang:
            called.call(number, INCOMING_CALL, RINGING_IN)
        if course.engaged:
            caller.call(STRANGER, INCOMING_CALL, RINGING_IN)
        ends = (
            ModemEnd(modemmanager=0, number=TRUNK),
            ModemEnd(modemmanager=1, number=MOBILE),
        )
        outcome = await probed(*ends, course.within)

    assert said(outcome) == BY_MODEMMANAGER[name]
    assert not [call for call in caller.calls.values() if call.number != STRANGER]
    others = [*caller.calls.values(), *called.calls.values()]
    assert not any(call.hung_up.is_set() for call in others)


def test_every_course_of_the_tables_is_run() -> None:
    assert CALLED_COURSES.keys() == CALLED.keys()
    assert CALLING_COURSES.keys() == CALLING.keys()
    assert COURSES.keys() == BY_MODEMMANAGER.keys()
