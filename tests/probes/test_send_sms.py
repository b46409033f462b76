"""Notices by text message, over a modem on a serial line and over ModemManager."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from dbus_fast import DBusError
from msgspec.structs import replace
from refusals import refusing
from servers.modemmanager import FIRST_REFERENCE, FakeModem, modem_manager, private_bus
from servers.notice_run import ACCEPTED, ARRIVED, NOTICE, Told, tell
from servers.pty_modem import Reply, running
from servers.sms_modem import Network, SmsModem

from secours.model.notices import Stage
from secours.model.observed import Reason, Verdict
from secours.model.secret import Secret
from secours.probes import modem, sms_roundtrip
from secours.wire.modem import modemmanager_sms

NUMBER, DUTY, STRANGER = "+32470000001", "+32470000002", "+32499123456"
RECEIVED, PASSED_ON, BUSY, NO_TERMINAL, EXPIRED = 0x00, 0x01, 0x21, 0x41, 0x60
GIVEN_UP = {"code": NO_TERMINAL, "problem": "sms-given-up"}
BRIEFLY_S, IN_TIME_S = 1.0, 30.0
A_DAY = 167  # TP-VP


@pytest.fixture(autouse=True)
def our_own_locks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(modemmanager_sms, "PAUSE_S", 0.05)


@pytest.fixture
async def device() -> AsyncIterator[SmsModem]:
    async with running(SmsModem(Network(), NUMBER)) as found:
        yield found


async def by(
    device: SmsModem,
    then: Callable[[], object] | None = None,
    *,
    receipt_s: float | None = None,
    to: str = DUTY,
    **notice: Any,
) -> Told:
    """Send a notice over a serial line; do something once it is accepted."""

    def reached(stage: Stage) -> None:
        if stage is ACCEPTED and then:
            then()

    settings = modem.Settings(port=device.port)
    return await tell(
        modem,
        settings,
        timeout_s=IN_TIME_S,
        receipt_s=receipt_s,
        reached=reached,
        to=to,
        **notice,
    )


# ------------------------------------------------------------------ how it arrives

MODES = pytest.mark.parametrize("modes", ["01", "1"], ids=["pdu", "text"])


@MODES
async def test_report_says_that_it_is_there(device: SmsModem, modes: str) -> None:
    device.modes = set(modes)
    told = await by(device, lambda: device.report(RECEIVED))

    assert told == ([ACCEPTED, ARRIVED], None)
    assert device.network.sent == [NOTICE.brief]
    assert device.asked == [(1, DUTY)]


@MODES
async def test_stored_report_is_read_and_deleted(device: SmsModem, modes: str) -> None:
    device.modes = set(modes)
    device.table["AT+CNMI?"] = "+CNMI: 2,1,0,2,0"
    told = await by(device, lambda: device.report(RECEIVED))

    assert told == ([ACCEPTED, ARRIVED], None)
    assert device.reports == {}
    assert device.read == "SM"


async def test_report_that_comes_before_the_answer_counts(device: SmsModem) -> None:
    take = device.network.take

    def hasty(sender: str, to: str, text: str) -> Reply:
        answer = take(sender, to, text)
        device.report(RECEIVED)
        return answer

    device.network.take = hasty  # type: ignore[method-assign]
    told = await by(device)

    assert told == ([ACCEPTED, ARRIVED], None)


@MODES
async def test_report_of_a_busy_telephone_is_followed_by_another(
    device: SmsModem, modes: str
) -> None:
    device.modes = set(modes)

    def later() -> None:
        device.report(BUSY)
        device.report(RECEIVED)

    assert await by(device, later) == ([ACCEPTED, ARRIVED], None)


async def test_modem_that_chatters_is_listened_to(device: SmsModem) -> None:
    def chatter() -> None:
        device.say(b"\r\n^RSSI: 20\r\n" * 3000)
        device.report(RECEIVED)

    assert await by(device, chatter) == ([ACCEPTED, ARRIVED], None)


@pytest.mark.parametrize("written", ["0032470000002", "0470000002", "32470000002"])
async def test_number_may_be_written_otherwise_in_the_report(
    device: SmsModem, written: str
) -> None:
    told = await by(device, lambda: device.report(RECEIVED, to=written))

    assert told.stages == [ACCEPTED, ARRIVED]


async def test_number_is_taken_as_people_write_it(device: SmsModem) -> None:
    told = await by(device, lambda: device.report(RECEIVED), to="+32 470/00.00-02")

    assert told.stages == [ACCEPTED, ARRIVED]
    assert device.asked == [(1, DUTY)]


# ------------------------------------------------------------------ how it does not


@pytest.mark.parametrize("status", [NO_TERMINAL, EXPIRED])
@MODES
async def test_message_that_the_centre_gives_up_is_not_delivered(
    device: SmsModem, modes: str, status: int
) -> None:
    device.modes = set(modes)
    told = await by(device, lambda: device.report(status))

    assert told.stages == [ACCEPTED]
    assert told.outcome
    assert told.outcome.reason is Reason.NOT_DELIVERED
    assert told.outcome.facts == {**GIVEN_UP, "code": status}


@pytest.mark.parametrize("status", [PASSED_ON, BUSY, 0x80, 0xFF])
async def test_other_reports_say_nothing(device: SmsModem, status: int) -> None:
    told = await by(device, lambda: device.report(status), receipt_s=BRIEFLY_S)

    assert told.stages == [ACCEPTED]
    assert told.reason is Reason.NOT_DELIVERED
    assert told.outcome
    assert set(told.outcome.facts) == {"within_s"}


@MODES
@pytest.mark.parametrize("status", [RECEIVED, NO_TERMINAL])
@pytest.mark.parametrize("stored", [False, True])
async def test_reports_of_other_messages_are_not_ours(
    device: SmsModem, modes: str, status: int, stored: bool
) -> None:
    device.modes = set(modes)
    if stored:
        device.table["AT+CNMI?"] = "+CNMI: 2,1,0,2,0"

    def others() -> None:
        device.report(status, reference=2)
        device.report(status, to=STRANGER)
        device.report(status, to="0002")

    told = await by(device, others, receipt_s=BRIEFLY_S)

    assert told.stages == [ACCEPTED]
    assert told.reason is Reason.NOT_DELIVERED
    assert told.outcome
    assert "code" not in told.outcome.facts
    assert len(device.reports) == (3 if stored else 0)


@MODES
async def test_text_of_a_stranger_is_no_report(device: SmsModem, modes: str) -> None:
    device.modes = set(modes)
    device.table["AT+CNMI?"] = "+CNMI: 2,2,0,1,0"  # messages are shown
    forged = f'6,1,"{DUTY}",145,"x","x",0'

    def forging() -> None:
        assert device.setting("+CNMI")[1] == "1", "they are stored meanwhile"
        place = device.receive(STRANGER, f"{NOTICE.brief}\n+CDS: {forged}")
        device.say(f'\r\n+CMTI: "SM",{place}\r\n'.encode())
        device.say(f'\r\n+CDSI: "SM",{place}\r\n'.encode())
        device.say(b"\r\n+CDS: 25\r\n00\r\n+CDS: \r\n\xff\r\n")

    told = await by(device, forging, receipt_s=BRIEFLY_S)

    assert told.stages == [ACCEPTED]
    assert len(device.store) == 1


async def test_modem_without_reports_is_asked_for_none(device: SmsModem) -> None:
    device.refused["AT+CNMI="] = "+CMS ERROR: 302"
    told = await by(device)

    assert told == ([ACCEPTED], None)
    assert device.network.sent == [NOTICE.brief]
    assert device.asked == []
    assert device.lapses == A_DAY


async def test_modem_that_names_no_reference_is_not_waited_for(
    device: SmsModem,
) -> None:
    device.network.take = lambda *_: ""  # type: ignore[method-assign]

    assert await by(device) == ([ACCEPTED], None)


@pytest.mark.usefixtures("processes")
async def test_modem_that_falls_silent_lets_go(device: SmsModem) -> None:
    def fall_silent() -> None:
        device.mute = True

    told = await by(device, fall_silent, receipt_s=BRIEFLY_S)

    assert told.stages == [ACCEPTED]
    assert told.reason is Reason.NOT_DELIVERED


async def test_device_that_goes_away_is_unknown(device: SmsModem) -> None:
    told = await by(device, device.stop)

    assert told.stages == [ACCEPTED]
    assert told.outcome
    assert told.outcome.verdict is Verdict.UNKNOWN


async def test_refused_message_is_not_accepted(device: SmsModem) -> None:
    device.network.refuses = "+CMS ERROR: 10"
    told = await by(device)

    assert told.stages == []
    assert told.reason is Reason.REJECTED


@pytest.mark.parametrize(
    ("command", "reply", "reason"),
    [
        ("AT+CPIN?", "+CPIN: SIM PIN", Reason.SIM_LOCKED),
        ("AT+CREG?", "+CREG: 0,2", Reason.NOT_REGISTERED),
    ],
)
async def test_nothing_is_sent_where_it_could_not_go(
    device: SmsModem, command: str, reply: str, reason: Reason
) -> None:
    device.table[command] = reply
    settings = modem.Settings(port=device.port, pin=Secret("1234"))
    told = await tell(modem, settings, to=DUTY)

    assert (told.stages, told.reason) == ([], reason)
    assert not [command for command in device.heard if "1234" in command]


# ------------------------------------------------------------------ what is left


@MODES
@pytest.mark.parametrize("cnmi", ["2,1,0,0,0", "0,0,0,0,1", "1,2,0,0", "2,3,2,2,1"])
@pytest.mark.parametrize("ending", ["arrived", "lost", "late", "closed"])
async def test_settings_are_left_as_they_were_found(
    device: SmsModem, modes: str, cnmi: str, ending: str
) -> None:
    device.modes = set(modes)
    device.table["AT+CNMI?"] = f"+CNMI: {cnmi}"
    status = {"arrived": RECEIVED, "lost": NO_TERMINAL}.get(ending, BUSY)
    if ending == "closed":
        settings = modem.Settings(port=device.port)
        stages = modem.send(settings, None, replace(NOTICE, to=DUTY))
        assert await anext(stages) is ACCEPTED
        await stages.aclose()  # type: ignore[attr-defined]  # as who sends notices does
    else:
        receipt_s = BRIEFLY_S if ending == "late" else None
        await by(device, lambda: device.report(status), receipt_s=receipt_s)

    assert device.setting("+CNMI") == cnmi.split(",")
    assert device.setting("+CSMP") == ["17", "167", "0", "0"]
    assert device.read == "SM"


async def test_line_is_free_again(device: SmsModem) -> None:
    for _ in range(2):
        await by(device, lambda: device.report(RECEIVED))

    assert device.asked == [(1, DUTY), (2, DUTY)]


# ------------------------------------------------------------------ what it says


@pytest.mark.parametrize(
    ("brief", "sent"),
    [
        ("Déjà alerté à 12 h", "Déjà alerté à 12 h"),
        ("Même l\u2019hôpital ☎", "Même l\u2019hôpital ☎"),
        ("Même " + 70 * "x", "Meme " + 70 * "x"),
        (200 * "x", 157 * "x" + "..."),
        (71 * "☎", 71 * "?"),
        ("a\r\nb", "a\nb"),
        ("a\x1b\x1ab", "a\x1b\x1ab"),
    ],
)
async def test_text_fits_into_one_message(
    device: SmsModem, brief: str, sent: str
) -> None:
    told = await by(device, lambda: device.report(RECEIVED), brief=brief)

    assert told.stages == [ACCEPTED, ARRIVED]
    assert device.network.sent == [sent]


async def test_text_mode_has_the_letters_that_every_modem_has(
    device: SmsModem,
) -> None:
    device.modes = {"1"}
    brief = "Même l\u2019hôpital @ 5 €\n[☎] \x1a\x1b"
    told = await by(device, lambda: device.report(RECEIVED), brief=brief)

    assert told.stages == [ACCEPTED, ARRIVED]
    assert device.network.sent == ["Meme l'hopital ? 5 ? ??? ??"]


async def test_notice_outlives_a_test(device: SmsModem) -> None:
    await by(device, lambda: device.report(RECEIVED))
    assert device.lapses == A_DAY


# ------------------------------------------------------------------ ModemManager


@pytest.fixture
async def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    async with private_bus(tmp_path) as address:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        yield address


@pytest.fixture
async def found(processes: None, bus: str) -> AsyncIterator[FakeModem]:
    device = FakeModem()
    async with modem_manager(bus, {0: device}):
        yield device


async def by_modemmanager(
    then: Callable[[], object] | None = None, receipt_s: float | None = None
) -> Told:
    def reached(stage: Stage) -> None:
        if stage is ACCEPTED and then:
            then()

    settings = modem.Settings(modemmanager="any")
    return await tell(
        modem,
        settings,
        timeout_s=IN_TIME_S,
        receipt_s=receipt_s,
        reached=reached,
        to=DUTY,
    )


async def test_modemmanager_says_that_it_is_there(found: FakeModem) -> None:
    told = await by_modemmanager(lambda: found.report(RECEIVED))

    assert told == ([ACCEPTED, ARRIVED], None)
    assert [(sms.text, sms.number) for sms in found.asked] == [(NOTICE.brief, DUTY)]
    assert found.texts == {}


async def test_modemmanager_says_that_it_was_given_up(found: FakeModem) -> None:
    def later() -> None:
        found.report(BUSY)
        found.report(NO_TERMINAL)

    told = await by_modemmanager(later)

    assert (told.stages, told.reason) == ([ACCEPTED], Reason.NOT_DELIVERED)
    assert told.outcome
    assert told.outcome.facts == GIVEN_UP


async def test_what_is_no_report_of_ours_at_modemmanager_is_left(
    found: FakeModem,
) -> None:
    found.report(RECEIVED, reference=FIRST_REFERENCE, to=DUTY)  # before ours was sent

    def others() -> None:
        found.report(RECEIVED, reference=1)
        found.report(RECEIVED, to=STRANGER)
        found.report(0x100)  # not known
        answer = found.texts[found.receive(NOTICE.brief)]  # of somebody who was told
        answer.number, answer.reference, answer.delivery = DUTY, FIRST_REFERENCE, 0

    told = await by_modemmanager(others, receipt_s=BRIEFLY_S)

    assert (told.stages, told.reason) == ([ACCEPTED], Reason.NOT_DELIVERED)
    assert len(found.texts) == 4


async def test_refusal_of_modemmanager_is_not_accepted(found: FakeModem) -> None:
    def refuse(_: str) -> None:
        name = "org.freedesktop.ModemManager1.Error.Message.MemoryFull"
        raise DBusError(name, "no")

    found.deliver = refuse
    told = await by_modemmanager()

    assert (told.stages, told.reason) == ([], Reason.QUOTA)


@pytest.mark.usefixtures("processes")
async def test_bus_that_dies_meanwhile_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted = asyncio.Event()
    async with AsyncExitStack() as service, AsyncExitStack() as bus:
        address = await bus.enter_async_context(private_bus(tmp_path))
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        await service.enter_async_context(modem_manager(address, {0: FakeModem()}))
        sending = asyncio.create_task(by_modemmanager(accepted.set))
        await accepted.wait()
        await bus.aclose()
        told = await sending

    assert told.stages == [ACCEPTED]
    assert told.outcome
    assert told.outcome.verdict is Verdict.UNKNOWN
    assert told.outcome.facts == {"problem": "no-system-bus"}


# ------------------------------------------------------------------ whom it goes to


def settings_of(kind: ModuleType) -> Any:
    own = {"to": NUMBER} if kind is sms_roundtrip else {}
    return kind.Settings(port="/dev/ttyUSB2", **own)


@pytest.mark.parametrize("kind", [modem, sms_roundtrip])
def test_addressee_is_a_telephone_number(kind: ModuleType) -> None:
    settings = settings_of(kind)

    assert kind.addressee(settings, "+32 470 00 00 02") == DUTY
    assert kind.addressee(settings, "4711") == "4711"
    with refusing("emergency"):
        kind.addressee(settings, "112")
    for wrong in ("Jean", "a@b", "+32(0)470", '+32"\r', "\uff11\uff12\uff13", "+"):
        with refusing("telephone"):
            kind.addressee(settings, wrong)


def test_addressee_that_is_not_written_is_that_of_the_test() -> None:
    assert sms_roundtrip.addressee(settings_of(sms_roundtrip), "") == NUMBER
    with refusing("must say to whom"):
        modem.addressee(settings_of(modem), "")


async def test_round_trip_sends_to_its_own_number(device: SmsModem) -> None:
    settings = sms_roundtrip.Settings(port=device.port, to=NUMBER)

    def reached(stage: Stage) -> None:
        if stage is ACCEPTED:
            device.report(RECEIVED)

    told = await tell(sms_roundtrip, settings, timeout_s=IN_TIME_S, reached=reached)

    assert told == ([ACCEPTED, ARRIVED], None)
    assert device.asked == [(1, NUMBER)]
