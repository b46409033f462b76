"""What comes in over real modems: read, deleted, left, and never mistaken."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from notify.desk import Desk, recipient, town
from plans import shot
from servers.modemmanager import FakeModem, FakeSms, modem_manager, private_bus
from servers.pty_modem import running
from servers.sms_modem import Network, SmsModem, delivery

from secours.model.notices import NoticeStep
from secours.model.plan import Config
from secours.model.secret import Template
from secours.model.sections.channel import Probe
from secours.model.sections.notify import Target
from secours.notify.answers import inboxes, text_answers
from secours.notify.answers.inboxes import Inboxes
from secours.probes import modem as modem_type
from secours.probes import sms_roundtrip
from secours.wire.own_message import short_mark, text_with

ANNE, OURS, NOBODY = "+32475123456", "+32470000001", "+32470999999"
GENEROUSLY_S = 60.0


def plan_of(settings: Any, kind: str) -> Config:
    """Make a plan in which Anne is told over a real modem."""
    config = town(recipient("anne", "anne-sms"))
    part = config.channels["sms"]
    usual = Probe(id="sms/gsm", owner="sms", name="gsm", type=kind, settings=settings)
    probe = replace(part.probes[0], id=usual.id, type=kind, settings=settings)
    channels = {**config.channels, "sms": replace(part, probes=(probe,))}
    target = Target(name="anne-sms", through="sms", carrier=probe, to=Template(ANNE))
    targets = {"anne-sms": target}
    notify = replace(config.notify, targets=targets)
    return replace(config, channels=channels, notify=notify)


class Clerk:
    """Looks at a modem, without an engine."""

    def __init__(self, settings: Any, kind: str = "modem") -> None:
        self.desk = Desk(plan_of(settings, kind))
        self.inboxes = Inboxes(self.desk.notices.ledger)
        self.desk.stamp(1.0)

    async def looks(self, after_s: float = inboxes.EVERY_S) -> None:
        """Let time pass, and wait for the look and for what it sends."""
        desk = self.desk
        desk.stamp(desk.second + after_s)
        seen = replace(shot(desk.config, desk.memory), notices=desk.notices.latest())
        self.inboxes.stamped(seen)
        busy = [*self.inboxes._looks.values()]
        async with asyncio.timeout(GENEROUSLY_S):
            await asyncio.gather(*busy)
            while sending := [*self.inboxes.answers._sending]:
                await asyncio.gather(*sending)

    async def tells(self, arrives: Callable[[int], object]) -> str:
        """Have a test sent to Anne's number, with its receipt; return its code."""
        told = self.desk.notices.test("anne-sms", "Ana")
        await self.desk.until(lambda latest: latest[0].stage is not None)
        arrives(0)
        await self.desk.until(lambda latest: latest[0].over)
        return told.code

    def noted(self, step: NoticeStep) -> list[Any]:
        facts = [e.facts for _, e in self.desk.journal if e.step is step]
        return [each.get("said", each.get("n")) for each in facts]


@pytest.fixture
async def network() -> Network:
    return Network()


@asynccontextmanager
async def reading(modem: SmsModem, **options: Any) -> AsyncIterator[Clerk]:
    clerk = Clerk(modem_type.Settings(port=modem.port, answers=True, **options))
    try:
        yield clerk
    finally:
        await clerk.inboxes.stop()
        await clerk.desk.notices.stop()


async def test_code_by_text_message_is_taken_and_deleted(network: Network) -> None:
    async with running(SmsModem(network, OURS)) as modem, reading(modem) as clerk:
        code = await clerk.tells(modem.report)
        modem.receive(ANNE, f"Ack {code.lower()}.")
        await clerk.looks()

        (notice,) = clerk.desk.notices.latest()
        assert notice.acknowledged_by == "Anne"
        assert notice.acknowledged_way == "text"
        assert modem.store == {}


async def test_question_is_answered_over_the_modem_that_it_came_by(
    network: Network,
) -> None:
    async with running(SmsModem(network, OURS)) as modem, reading(modem) as clerk:
        modem.receive(ANNE, "?")
        await clerk.looks()
        await clerk.looks()

        assert len(network.sent) == 1
        assert "COORDINATE" in network.sent[0]
        assert modem.store == {}
        assert clerk.noted(NoticeStep.ANSWERED) == [None]


async def test_same_question_again_is_another_message(network: Network) -> None:
    async with running(SmsModem(network, OURS)) as modem, reading(modem) as clerk:
        for _ in range(2):
            modem.receive(ANNE, "?")
            await clerk.looks(61.0)
            assert modem.store == {}
            await clerk.looks(61.0)  # in which the place is seen to be empty

        assert len(network.sent) == 2


async def test_messages_of_others_stay_and_are_noted_once(network: Network) -> None:
    async with running(SmsModem(network, OURS)) as modem, reading(modem) as clerk:
        modem.receive(NOBODY, "the balance is low")
        modem.receive("4040", "?")
        modem.receive("BANK", "?")
        for _ in range(3):
            await clerk.looks(61.0)

        assert len(modem.store) == 3
        assert network.sent == []
        assert clerk.noted(NoticeStep.STRANGER) == ["…999", "…040"]
        assert "balance" not in str(clerk.desk.journal)


async def test_store_that_fills_up_is_a_warning_and_loses_the_first_of_others(
    network: Network,
) -> None:
    async with running(SmsModem(network, OURS)) as modem, reading(modem) as clerk:
        modem.room = 10
        for number in range(7):
            modem.receive(NOBODY, f"offer {number}")
        await clerk.looks()
        before = clerk.inboxes.trouble, len(modem.store)
        modem.receive(NOBODY, "offer 7")
        modem.receive(NOBODY, "offer 8")
        await clerk.looks()
        full = clerk.inboxes.trouble, [text for _, text in modem.store.values()]
        await clerk.looks()
        still = clerk.inboxes.trouble
        for place in [*modem.store][:2]:
            del modem.store[place]
        await clerk.looks()

        assert before == (None, 7)
        assert full == ("sim-full", [f"offer {n}" for n in range(2, 9)])
        assert still == "sim-full"  # until somebody makes room
        assert clerk.inboxes.trouble is None
        assert clerk.noted(NoticeStep.CLEARED) == [2]


async def test_store_of_any_size_keeps_what_is_others_until_it_is_full(
    network: Network,
) -> None:
    async with running(SmsModem(network, OURS)) as modem, reading(modem) as clerk:
        modem.room = 18
        for number in range(14):
            modem.receive(NOBODY, f"offer {number}")
        await clerk.looks()
        before = len(modem.store)
        modem.receive(NOBODY, "offer 14")
        await clerk.looks()

        assert (before, len(modem.store)) == (14, 14)


async def test_part_of_a_longer_text_is_no_code(network: Network) -> None:
    """A machine quotes the notice, and its last part begins at the code."""
    async with running(SmsModem(network, OURS)) as modem, reading(modem) as clerk:
        code = await clerk.tells(modem.report)
        head, body = delivery(ANNE, "Ж").removeprefix("0004")[:-6], f"code {code}"
        octets = "050003070202" + body.encode("utf-16-be").hex()
        modem.receive_pdu(f"0044{head}{len(octets) // 2:02X}{octets}")
        await clerk.looks()

        assert clerk.desk.notices.latest()[0].acknowledged_at is None
        assert modem.store == {}


async def test_what_a_recipient_fills_the_store_with_costs_nobody_elses(
    network: Network,
) -> None:
    async with running(SmsModem(network, OURS)) as modem, reading(modem) as clerk:
        modem.room = 10
        modem.receive(NOBODY, "offer")
        for number in range(9):
            modem.receive(ANNE, f"message {number}")
        await clerk.looks()

        assert [text for _, text in modem.store.values()] == ["offer"]
        assert clerk.inboxes.trouble is None


async def test_modem_that_deletes_nothing_fills_no_journal(network: Network) -> None:
    async with running(SmsModem(network, OURS)) as modem, reading(modem) as clerk:
        modem.room = 10
        modem.refused["AT+CMGD"] = "+CMS ERROR: 321"
        modem.receive(ANNE, "?")
        for number in range(9):
            modem.receive(NOBODY, f"offer {number}")
        for _ in range(5):
            await clerk.looks(61.0)

        assert clerk.noted(NoticeStep.CLEARED) == [2]
        assert len(clerk.noted(NoticeStep.TEXT)) == 1
        assert len(network.sent) == 1
        assert clerk.inboxes.trouble == "sim-full"


async def test_our_own_test_messages_are_no_answers_and_stay(network: Network) -> None:
    async with running(SmsModem(network, OURS)) as modem, reading(modem) as clerk:
        modem.receive(ANNE, text_with(short_mark(time.time())))
        clerk.desk.now = lambda: _now(clerk)  # type: ignore[method-assign]
        await clerk.looks()

        assert len(modem.store) == 1
        assert clerk.desk.journal == []
        assert network.sent == []


def _now(clerk: Clerk) -> Any:
    from datetime import UTC, datetime

    from secours.model.observed import Instant

    return Instant(datetime.now(UTC), clerk.desk.second)


async def test_test_message_arrives_while_answers_are_read(network: Network) -> None:
    async with running(SmsModem(network, OURS)) as modem:
        settings = sms_roundtrip.Settings(port=modem.port, to=OURS, answers=True)
        clerk = Clerk(settings, "sms_roundtrip")
        code = await clerk.tells(modem.report)
        modem.receive(ANNE, code)
        outcome = await sms_roundtrip.probe(settings)
        unread = [text for _, text in modem.store.values()]
        await clerk.looks()
        await clerk.desk.notices.stop()

        assert outcome.latency_s is not None
        assert code in unread  # by the probe
        assert clerk.desk.notices.latest()[0].acknowledged_by == "Anne"
        assert modem.store == {}


async def test_thousand_messages_and_a_code_among_them(network: Network) -> None:
    async with running(SmsModem(network, OURS)) as modem, reading(modem) as clerk:
        code = await clerk.tells(modem.report)
        network.sent.clear()
        modem.room = 255
        for number in range(1000):
            modem.receive(NOBODY if number % 2 else ANNE, f"{number}")
            if len(modem.store) == 255 or number == 999:
                modem.receive(ANNE, code)
                await clerk.looks(15.0 if number < 999 else 30.0)

        assert clerk.desk.notices.latest()[0].acknowledged_by == "Anne"
        assert len(modem.store) < 0.8 * 255
        assert len(network.sent) == 1  # a line of help
        assert len(clerk.noted(NoticeStep.TEXT)) == text_answers.MOST_NOTED
        assert len(clerk.noted(NoticeStep.STRANGER)) <= 2


CONCATENATED = "0044"  # TP-UDHI
PARTS = [
    "0500032A0201",  # information element 0: part 1 of 2, reference 42
    "0608041234FF01",  # element 8: part 1 of 255, with a wide reference
    "0500030000FF",
    "FF00",  # longer than the message
]


def in_ucs2(sender: str, body: bytes, first: str = "0004") -> str:
    head = delivery(sender, "é")[4:]  # of a message in UCS2
    address = head[: head.index("0008")]
    stamp = head[len(address) + 4 : len(address) + 18]
    return f"{first}{address}0008{stamp}{len(body):02X}{body.hex().upper()}"


@pytest.mark.parametrize(
    "pdu",
    [
        *(
            in_ucs2(
                ANNE, bytes.fromhex(head) + "second".encode("utf-16-be"), CONCATENATED
            )
            for head in PARTS
        ),
        in_ucs2(ANNE, b"\xff" * 140),
        in_ucs2(ANNE, b"\xd8\x00" * 70),
        in_ucs2(ANNE, b"\0"),
        in_ucs2(ANNE, b""),
        delivery(ANNE, ""),
        delivery(ANNE, "\x7f" * 160),
        "FF" * 30,
        "00",
        "0004",
        delivery(ANNE, "K7M2PQ")[:-8],
    ],
)
async def test_odd_pdu_is_no_code_and_no_defect(
    network: Network, pdu: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(SmsModem(network, OURS)) as modem, reading(modem) as clerk:
        code = await clerk.tells(modem.report)
        modem.receive_pdu(pdu)
        await clerk.looks()
        unanswered = clerk.desk.notices.latest()[0].acknowledged_at
        modem.receive(ANNE, code)
        await clerk.looks()

        assert unanswered is None
        assert clerk.desk.notices.latest()[0].acknowledged_by == "Anne"
        assert "defect" not in caplog.text


async def test_code_in_ucs2_acknowledges(network: Network) -> None:
    async with running(SmsModem(network, OURS)) as modem, reading(modem) as clerk:
        code = await clerk.tells(modem.report)
        modem.receive_pdu(in_ucs2(ANNE, f"Ack {code}…".encode("utf-16-be")))
        await clerk.looks()

        assert clerk.desk.notices.latest()[0].acknowledged_by == "Anne"


async def test_text_mode_is_not_read_as_a_line_may_forge_a_message(
    network: Network,
) -> None:
    async with running(SmsModem(network, OURS)) as modem, reading(modem) as clerk:
        modem.modes = {"1"}
        code = await clerk.tells(modem.report)
        modem.receive(NOBODY, f'x\n+CMGL: 9,"REC UNREAD","{ANNE}",,"26/11/24"\n{code}')
        modem.receive(NOBODY, delivery(ANNE, code))
        await clerk.looks()

        assert clerk.desk.notices.latest()[0].acknowledged_at is None
        assert len(modem.store) == 2


@pytest.mark.parametrize("breaks", ["mute", "gone", "refuses"])
async def test_modem_that_fails_is_looked_at_again(
    network: Network, breaks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inboxes, "LOOK_S", 0.3)
    async with running(SmsModem(network, OURS)) as modem, reading(modem) as clerk:
        modem.receive(ANNE, "?")
        modem.mute = breaks == "mute"
        if breaks == "refuses":
            modem.refused["AT+CMGL"] = "+CMS ERROR: 500"
        if breaks == "gone":
            modem.table["AT+CPIN?"] = "+CME ERROR: 10"
        await clerk.looks()
        unread = len(modem.store)
        modem.mute = False
        modem.refused.clear()
        modem.table["AT+CPIN?"] = "+CPIN: READY"
        monkeypatch.setattr(inboxes, "LOOK_S", 20.0)
        await clerk.looks()

        assert (unread, len(modem.store)) == (1, 0)


# ------------------------------------------------------------------ ModemManager


@pytest.fixture
async def mm_modem(
    processes: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FakeModem]:
    modem = FakeModem()
    async with private_bus(tmp_path) as bus, modem_manager(bus, {0: modem}):
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus)
        yield modem


def receive(modem: FakeModem, sender: str, text: str, state: int = 3) -> str:
    sms = FakeSms(modem, text, state)
    sms.number = sender
    return modem.store(sms)


async def test_modemmanager_hands_over_what_came_in(mm_modem: FakeModem) -> None:
    clerk = Clerk(modem_type.Settings(modemmanager=0, answers=True))
    code = await clerk.tells(mm_modem.report)
    receive(mm_modem, ANNE, f"ack {code}")
    receive(mm_modem, NOBODY, code)
    unfinished = receive(mm_modem, ANNE, "a part", state=2)
    mm_modem.report(0)
    await clerk.looks()
    left = {path: sms.text for path, sms in mm_modem.texts.items()}
    await clerk.inboxes.stop()
    await clerk.desk.notices.stop()

    assert clerk.desk.notices.latest()[0].acknowledged_by == "Anne"
    assert sorted(left.values()) == sorted([code, "a part", ""])
    assert unfinished in left
    assert clerk.noted(NoticeStep.STRANGER) == ["…999"]


async def test_modemmanager_that_began_anew_and_counts_again_loses_no_answer(
    mm_modem: FakeModem,
) -> None:
    clerk = Clerk(modem_type.Settings(modemmanager=0, answers=True))
    code = await clerk.tells(mm_modem.report)
    place = receive(mm_modem, NOBODY, "an offer")
    await clerk.looks()
    offer = mm_modem.texts.pop(place)
    assert mm_modem.bus
    mm_modem.bus.unexport(place, offer)
    FakeModem.made -= 1
    assert receive(mm_modem, ANNE, code) == place
    await clerk.looks()
    await clerk.inboxes.stop()
    await clerk.desk.notices.stop()

    assert clerk.desk.notices.latest()[0].acknowledged_by == "Anne"


async def test_modemmanager_without_a_room_is_full_as_the_smallest_sim(
    mm_modem: FakeModem,
) -> None:
    clerk = Clerk(modem_type.Settings(modemmanager=0, answers=True))
    for number in range(17):
        receive(mm_modem, NOBODY, f"offer {number}")
    await clerk.looks()
    await clerk.inboxes.stop()

    assert clerk.inboxes.trouble == "sim-full"
    assert len(mm_modem.texts) == 15
