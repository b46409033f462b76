"""A call between two accounts, at exchanges that do what the table says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from msgspec.structs import replace
from servers.probe_run import ask, said
from servers.scripted import LOOPBACK, closed_port, silent, tcp_server
from servers.sip_callee import Callee, Switchboard, running, sip_callee

from secours.message import BadValue
from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.runs import Stop
from secours.model.secret import Secret
from secours.model.sections.field_types import Duration
from secours.probes import call_roundtrip
from secours.probes.call_roundtrip import ModemEnd, Settings, SipEnd
from secours.wire.sip.messages import Transport

OK, FAILED, UNKNOWN = Verdict.OK, Verdict.FAILED, Verdict.UNKNOWN
DELIVERED, SERVED, NONE = Evidence.DELIVERED, Evidence.SERVED, Evidence.NONE
ARRIVED = OK, DELIVERED, Reason.NONE
SHORT_S = 0.7  # where nothing comes
NUMBER = "+3225550100"
US = f"<sip:{NUMBER}@trunk.example>;tag=a"
STRANGER = "<sip:+32470999999@trunk.example>;tag=b"


def failed(reason: Reason) -> tuple[Verdict, Evidence, Reason]:
    return FAILED, SERVED, reason


def unknown(reason: Reason) -> tuple[Verdict, Evidence, Reason]:
    return UNKNOWN, NONE, reason


EXPECTED = {  # what each course of a call proves, written before the code that runs it
    "it rings": ARRIVED,
    "it rings after early media": ARRIVED,
    "it rings and the caller's network never says so": ARRIVED,
    "its caller is shown with 00": ARRIVED,
    "its caller is shown as at home": ARRIVED,
    "its caller is shown without a prefix": ARRIVED,
    "its caller is asserted by the network and withheld from people": ARRIVED,
    "its INVITE is lost twice": ARRIVED,
    "it comes to us twice": ARRIVED,
    "a stranger calls first": ARRIVED,
    "an answer crosses our CANCEL": ARRIVED,
    "486": failed(Reason.BUSY),
    "600": failed(Reason.BUSY),
    "403": failed(Reason.REJECTED),
    "603": failed(Reason.REJECTED),
    "503": failed(Reason.DEFERRED),
    "no circuit behind a 500": failed(Reason.DEFERRED),
    "404": failed(Reason.UNREACHABLE),
    "480": failed(Reason.UNREACHABLE),
    "408": failed(Reason.TIMEOUT),
    "302": failed(Reason.RANG_ELSEWHERE),
    "it rings, and not here": failed(Reason.RANG_ELSEWHERE),
    "it is answered at once": failed(Reason.RANG_ELSEWHERE),
    "only a stranger's call rings here": failed(Reason.RANG_ELSEWHERE),
    "an old call of ours still rings": failed(Reason.RANG_ELSEWHERE),
    "early media and no more": failed(Reason.TIMEOUT),
    "the network takes it and is silent": failed(Reason.TIMEOUT),
    "the exchange is silent": unknown(Reason.TIMEOUT),
    "a call without a number rings": unknown(Reason.BROKEN),
    "a call without a number rings, and a voicemail answers": unknown(Reason.BROKEN),
    "a call without a number rings, and the network ends it": unknown(Reason.BROKEN),
    "the exchange does not like our offer": unknown(Reason.BROKEN),
    "the caller's password is wrong": unknown(Reason.AUTH),
    "the caller's password is wrong, and Asterisk says so": unknown(Reason.AUTH),
    "the called one's password is wrong": unknown(Reason.AUTH),
    "the caller's exchange is down": unknown(Reason.REFUSED),
    "the called one's exchange is down": unknown(Reason.REFUSED),
    "the called one's exchange is silent": unknown(Reason.TIMEOUT),
    "the caller's exchange takes the connection and is silent": unknown(Reason.TIMEOUT),
    "the called one is no longer registered": unknown(Reason.NOT_REGISTERED),
}


@dataclass
class Town:
    """Two exchanges: we call at one, and are called by the other."""

    caller: Callee
    called: Switchboard
    within: float = SHORT_S
    words: dict[str, str] = field(
        default_factory=lambda: {"from": "secret", "to": "secret"}
    )
    ports: dict[str, int] = field(default_factory=dict)
    transport: Transport = "udp"  # of the caller

    def says(self, *answers: str | tuple[str, ...]) -> None:
        """Answer the INVITE so."""
        self.caller.script = {**self.caller.script, "INVITE": answers}

    def rings(self, caller: str = US, *more: str) -> None:
        """Let the other exchange call us when the INVITE comes."""
        self.within = 20.0
        self.caller.on["INVITE"] = lambda: self._call(caller, *more)

    def _call(self, caller: str, *more: str) -> None:
        self.caller.on["CANCEL"] = self.called.ring(caller, *more)

    async def outcome(self) -> Outcome:
        """Run the probe."""
        return await ask(call_roundtrip, self.settings(), timeout_s=60.0)

    def settings(self) -> Settings:
        """Return the options of the probe."""
        ports = {"from": self.caller.port, "to": self.called.port, **self.ports}

        def end(name: str, user: str, number: str) -> SipEnd:
            return SipEnd(
                host=LOOPBACK,
                port=ports[name],
                domain="example.org",
                username=user,
                password=Secret(self.words[name]),
                number=number,
                transport=self.transport if name == "from" else "udp",
            )

        return Settings(
            from_=end("from", "alice", NUMBER),
            to=end("to", "bob", "+32470000001"),
            within=Duration(self.within),
        )


@asynccontextmanager
async def town() -> AsyncIterator[Town]:
    async with (
        sip_callee({"INVITE": ["100 Trying", "180 Ringing"]}) as caller,
        running(Switchboard()) as called,
    ):
        yield Town(caller, called)


Course = Callable[[Town], Awaitable[Outcome]]
COURSES: dict[str, Course] = {}


def course(name: str) -> Callable[[Course], Course]:
    def keep(run: Course) -> Course:
        assert name not in COURSES
        COURSES[name] = run
        return run

    return keep


def refused(name: str, *answers: str | tuple[str, ...]) -> None:
    @course(name)
    async def _(town: Town) -> Outcome:
        town.says("100 Trying", *answers)
        outcome = await town.outcome()
        assert town.caller.heard == ["INVITE", "ACK"]
        return outcome


def shown(name: str, caller: str, *more: str) -> None:
    @course(name)
    async def _(town: Town) -> Outcome:
        town.rings(caller, *more)
        return await town.outcome()


for code in ("486", "600", "403", "603", "503", "404", "480", "408", "302"):
    refused(code, f"{code} As Asked")
refused("no circuit behind a 500", ("500 Oops", "Reason: Q.850;cause=34;text=x"))
refused("the exchange does not like our offer", "488 Not Acceptable Here")
refused(
    "the caller's password is wrong, and Asterisk says so", "403 Forbidden (Bad auth)"
)
shown("it rings", US)
shown("its caller is shown with 00", "<sip:003225550100@x>;tag=a")
shown("its caller is shown as at home", '"Crisis" <sip:025550100@x;user=phone>;tag=a')
shown("its caller is shown without a prefix", "<tel:25550100>;tag=a")
shown(
    "its caller is asserted by the network and withheld from people",
    "Anonymous <sip:anonymous@anonymous.invalid>;tag=a",
    f"P-Asserted-Identity: <sip:x@y>, <tel:{NUMBER}>",
)


@course("it rings after early media")
async def _(town: Town) -> Outcome:
    town.says("100 Trying", "183 Session Progress", "183 Session Progress")
    town.rings()
    return await town.outcome()


@course("it rings and the caller's network never says so")
async def _(town: Town) -> Outcome:
    town.says("100 Trying")
    town.rings()
    return await town.outcome()


@course("its INVITE is lost twice")
async def _(town: Town) -> Outcome:
    town.rings()
    town.caller.drops = {"INVITE": 2}
    return await town.outcome()


@course("it comes to us twice")
async def _(town: Town) -> Outcome:
    town.rings()
    town.called.sends = 2
    outcome = await town.outcome()
    assert town.called.answered[US] == ["180 Ringing"] * 2 + ["487 Request Terminated"]
    assert len(town.called.tags[US]) == 1
    return outcome


@course("a stranger calls first")
async def _(town: Town) -> Outcome:
    town.rings()
    before = town.caller.on["INVITE"]

    def both() -> None:
        town.called.ring(STRANGER)
        before()

    town.caller.on["INVITE"] = both
    outcome = await town.outcome()
    assert town.called.answered[STRANGER] == ["180 Ringing"]  # and is left alone
    return outcome


@course("only a stranger's call rings here")
async def _(town: Town) -> Outcome:
    town.rings(STRANGER)
    town.within = SHORT_S
    outcome = await town.outcome()
    assert outcome.facts == {"problem": "other-caller"}  # an exchange may rewrite ours
    return outcome


@course("an old call of ours still rings")
async def _(town: Town) -> Outcome:
    town.called.on_registered = lambda: town.called.ring(US)
    outcome = await town.outcome()
    assert town.called.answered[US] == ["180 Ringing"]
    return outcome


@course("an answer crosses our CANCEL")
async def _(town: Town) -> Outcome:
    town.rings()
    town.caller.cancels = ["200 OK"]
    outcome = await town.outcome()
    assert town.caller.heard == ["INVITE", "CANCEL", "ACK", "BYE"]
    return outcome


@course("it is answered at once")
async def _(town: Town) -> Outcome:
    town.says("100 Trying", "200 OK")
    outcome = await town.outcome()
    assert town.caller.heard == ["INVITE", "ACK", "BYE"]
    assert outcome.facts == {"problem": "call-answered"}
    return outcome


@course("it rings, and not here")
async def _(town: Town) -> Outcome:
    outcome = await town.outcome()
    assert town.caller.heard == ["INVITE", "CANCEL", "ACK"]
    return outcome


@course("early media and no more")
async def _(town: Town) -> Outcome:
    town.says("183 Session Progress")
    return await town.outcome()


@course("the network takes it and is silent")
async def _(town: Town) -> Outcome:
    town.says("100 Trying")
    return await town.outcome()


@course("the exchange is silent")
async def _(town: Town) -> Outcome:
    town.says()
    return await town.outcome()


@course("a call without a number rings")
async def _(town: Town) -> Outcome:
    town.rings("<sip:anonymous@anonymous.invalid>;tag=a")
    town.within = SHORT_S
    outcome = await town.outcome()
    assert outcome.facts == {"problem": "caller-withheld"}
    return outcome


async def unnamed(town: Town, then: str) -> Outcome:
    """Ring without a number, and end our call so."""
    town.says("100 Trying", "180 Ringing")
    caller = "<sip:anonymous@anonymous.invalid>;tag=a"
    town.rings(caller)
    running = asyncio.create_task(town.outcome())
    await town.caller.came("INVITE")
    await town.called.got(caller, "180")
    town.caller.say(then)
    outcome = await running
    assert outcome.facts == {"problem": "caller-withheld"}
    return outcome


@course("a call without a number rings, and a voicemail answers")
async def _(town: Town) -> Outcome:
    return await unnamed(town, "200 OK")


@course("a call without a number rings, and the network ends it")
async def _(town: Town) -> Outcome:
    return await unnamed(town, "480 Temporarily Unavailable")


@course("the caller's password is wrong")
async def _(town: Town) -> Outcome:
    challenge = 'WWW-Authenticate: Digest realm="x", nonce="n"'
    town.says(("401 Unauthorized", challenge))
    return await town.outcome()


@course("the called one's password is wrong")
async def _(town: Town) -> Outcome:
    town.words["to"] = "wrong"
    outcome = await town.outcome()
    assert town.caller.heard == []
    return outcome


@course("the caller's exchange is down")
async def _(town: Town) -> Outcome:
    town.ports["from"] = closed_port()
    return await town.outcome()


@course("the called one's exchange is down")
async def _(town: Town) -> Outcome:
    town.ports["to"] = closed_port()
    return await town.outcome()


@course("the called one's exchange is silent")
async def _(town: Town) -> Outcome:
    async with sip_callee({}) as mute:
        town.ports["to"] = mute.port
        return await town.outcome()


@course("the caller's exchange takes the connection and is silent")
async def _(town: Town) -> Outcome:
    async with tcp_server(silent) as port:
        town.ports["from"], town.transport = port, "tls"
        return await town.outcome()


@course("the called one is no longer registered")
async def _(town: Town) -> Outcome:
    town.says("100 Trying", "480 Temporarily Unavailable")
    town.called.loses = True
    return await town.outcome()


SLOW = {  # they wait for a clock
    "the called one's exchange is silent",
    "the exchange is silent",
    "an old call of ours still rings",
    "its INVITE is lost twice",
}
NAMES = [
    pytest.param(name, marks=pytest.mark.process) if name in SLOW else name
    for name in EXPECTED
]


@pytest.mark.parametrize("name", NAMES)
async def test_course_of_a_call_proves_what_the_table_says(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_roundtrip, "OPEN_S", 1.0)
    async with town() as found:
        outcome = await COURSES[name](found)

    assert said(outcome) == EXPECTED[name]


def test_every_course_of_the_table_is_run() -> None:
    assert COURSES.keys() == EXPECTED.keys()


SIP = SipEnd(host="pbx", username="a", password=Secret("x"))
MODEM = ModemEnd(port="/dev/ttyUSB2", number="+32 470 00 00 01")


FAR = "+32480000001"
ANY = ModemEnd(modemmanager="any", number="+32470000002")
LOCAL = SipEnd(host="pbx", username="b", password=Secret("x"), number="4711")


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"from_": SIP, "to": SIP}, "to"),
        ({"from_": MODEM, "to": MODEM}, "to"),
        ({"from_": MODEM, "to": SipEnd(host="pbx", user="b")}, "to"),
        ({"from_": MODEM, "to": ModemEnd(port="/dev/ttyUSB2", number=FAR)}, "to"),
        ({"from_": ANY, "to": ModemEnd(modemmanager=0, number=FAR)}, "to"),
        ({"to": replace(LOCAL, number="101")}, "to"),
        ({"to": replace(LOCAL, number="1-1-2")}, "to"),
        ({"to": replace(LOCAL, number="%31%312")}, "to"),
        ({"to": replace(LOCAL, number="+352112")}, "to"),
        ({"to": replace(LOCAL, number="9112")}, "to"),
        ({"to": replace(LOCAL, number="9911")}, "to"),
        ({"from_": MODEM, "to": LOCAL}, "to"),
        ({"from_": MODEM, "to": replace(LOCAL, number=None)}, "to"),
        ({"within": 0.0}, "within"),
        ({"max_per_day": -1}, "max_per_day"),
    ],
)
def test_options_that_cannot_be_are_refused(
    options: dict[str, Any], option: str
) -> None:
    with pytest.raises(BadValue) as error:
        Settings(**{"from_": SIP, "to": MODEM, **options})

    assert dict(error.value.message.facts)["option"] == option


@pytest.mark.parametrize(
    "make",
    [
        lambda: SipEnd(host="pbx"),
        lambda: SipEnd(host="pbx", user="a", number="a@b"),
        lambda: SipEnd(host="pbx", user="a", number="#31#112"),
        lambda: SipEnd(host="pbx", user="a", number="%2A31%2A112"),
        lambda: ModemEnd(port="/dev/x", number="bob"),
        lambda: ModemEnd(port="/dev/x", number="112"),
        lambda: ModemEnd(port="/dev/x", number="0112"),
    ],
)
def test_end_without_a_number_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(BadValue) as error:
        make()

    assert dict(error.value.message.facts)["option"] == "number"


def test_ends_name_what_only_one_test_may_use() -> None:
    assert Settings(from_=SIP, to=MODEM).lines == ("sip:/a@pbx", "/dev/ttyUSB2")
    assert Settings(from_=MODEM, to=ANY).lines == (
        "/dev/ttyUSB2",
        "modemmanager:/",
    )


async def test_calls_of_a_day_are_counted() -> None:
    settings = Settings(from_=SIP, to=MODEM, max_per_day=1)
    memory: dict[str, str] = {}
    noon = datetime.fromisoformat("2026-11-24T12:00:00+00:00")

    await call_roundtrip.prepare(settings, memory, noon, hurried=True)
    with pytest.raises(Stop) as stop:
        await call_roundtrip.prepare(settings, memory, noon, hurried=True)

    assert stop.value.outcome.reason is Reason.BUDGET
