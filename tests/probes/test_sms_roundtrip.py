import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dbus_fast import DBusError
from refusals import refusing
from servers.modemmanager import FakeModem, modem_manager, private_bus
from servers.probe_run import ask, said
from servers.pty_modem import running
from servers.sms_modem import Network, SmsModem

from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.runs import Stop
from secours.model.sections.field_types import Duration
from secours.probes import sms_roundtrip
from secours.wire.own_message import SHORT_LIFETIME_S, short_mark, text_with

AUTHENTICATED, SERVED = Evidence.AUTHENTICATED, Evidence.SERVED
REACHED, NONE, DELIVERED = Evidence.REACHED, Evidence.NONE, Evidence.DELIVERED
FAILED, UNKNOWN = Verdict.FAILED, Verdict.UNKNOWN
NUMBER, OTHER = "+32470000001", "+32470000002"
BRIEFLY = Duration(0.5)
AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(sms_roundtrip, "PAUSE_S", 0.02)


@dataclass
class World:
    """Two modems of one network."""

    network: Network
    sender: SmsModem
    reader: SmsModem
    changes: dict[str, Any] = field(default_factory=dict)

    async def alone(self, timeout_s: float = 10.0, **options: Any) -> Outcome:
        """Let one modem send to itself."""
        settings = sms_roundtrip.Settings(
            **{"port": self.sender.port, "to": NUMBER, **options}
        )
        return await ask(sms_roundtrip, settings, timeout_s=timeout_s)

    async def between(self, timeout_s: float = 10.0, **options: Any) -> Outcome:
        """Let the one send and the other read."""
        both = {"to": OTHER, "read_port": self.reader.port}
        return await self.alone(timeout_s, **{**both, **options})


@pytest.fixture
async def world() -> AsyncIterator[World]:
    network = Network()
    async with AsyncExitStack() as stack:
        sender, reader = [
            await stack.enter_async_context(running(SmsModem(network, number)))
            for number in (NUMBER, OTHER)
        ]
        yield World(network, sender, reader)


# ------------------------------------------------------------------ there and back


@pytest.mark.parametrize("modes", ["01", "0", "1"])
async def test_message_to_oneself_is_delivered_and_deleted(
    world: World, modes: str
) -> None:
    world.sender.modes = set(modes)
    outcome = await world.alone()

    assert said(outcome) == (Verdict.OK, DELIVERED, Reason.NONE)
    assert world.sender.store == {}
    assert len(world.network.sent) == 1


@pytest.mark.parametrize("modes", ["01", "1"])
async def test_message_to_another_modem_is_delivered_and_deleted(
    world: World, modes: str
) -> None:
    world.sender.modes = world.reader.modes = set(modes)
    outcome = await world.between()

    assert said(outcome) == (Verdict.OK, DELIVERED, Reason.NONE)
    assert world.reader.store == {}


async def test_latency_is_that_of_the_message(world: World) -> None:
    world.network.holds = True
    probing = asyncio.create_task(world.between())
    await world.network.took.wait()
    start_s = time.monotonic()
    for _ in range(3):
        await world.reader.looked.wait()
        world.reader.looked.clear()
    waited_s = time.monotonic() - start_s
    world.network.deliver_held()
    outcome = await probing

    assert outcome.verdict is Verdict.OK
    assert outcome.latency_s is not None
    assert waited_s < outcome.latency_s < waited_s + 20.0


async def test_message_holds_nothing_about_anybody(world: World) -> None:
    await world.between()

    (text,) = world.network.sent
    assert NUMBER[3:] not in text
    assert OTHER[3:] not in text
    assert text.startswith("Secours: test automatique, automatic test secours-")
    assert len(text) <= 160


async def test_each_message_is_another(world: World) -> None:
    await world.alone()
    await world.alone()

    assert len(set(world.network.sent)) == 2


# ------------------------------------------------------------------ what is deleted


async def test_messages_of_others_are_left_alone(world: World) -> None:
    now_s = time.time()
    expired = text_with(short_mark(now_s - SHORT_LIFETIME_S - 10))
    of_the_future = text_with(short_mark(now_s + 86400))
    forged = text_with("secours-" + "a" * 20)
    others = [expired, of_the_future, forged, "Rappelle-moi", "à bientôt ☎", ""]
    for text in others:
        world.reader.receive("+32499", text)
    outcome = await world.between()

    assert outcome.verdict is Verdict.OK
    assert [text for _, text in world.reader.store.values()] == others


async def test_message_that_came_late_is_deleted_the_next_time(world: World) -> None:
    world.network.holds = True
    late = await world.between(within=BRIEFLY)
    world.network.holds = False
    world.network.deliver_held()
    outcome = await world.between()

    assert late.verdict is FAILED
    assert outcome.verdict is Verdict.OK
    assert world.reader.store == {}


async def test_message_of_the_time_before_does_not_count(world: World) -> None:
    world.reader.receive(NUMBER, text_with(short_mark(time.time())))
    world.network.loses = True
    outcome = await world.between(within=BRIEFLY)

    assert outcome.reason is Reason.NOT_DELIVERED
    assert world.reader.store == {}


async def test_full_list_of_messages_is_read_to_its_end(world: World) -> None:
    for _ in range(150):
        world.reader.receive("+32499", "x" * 150)
    outcome = await world.between()

    assert outcome.verdict is Verdict.OK
    assert len(world.reader.store) == 150


async def test_refused_deletion_leaves_what_was_delivered(world: World) -> None:
    world.reader.refused["AT+CMGD"] = "+CMS ERROR: 321"
    outcome = await world.between()

    assert said(outcome) == (Verdict.OK, DELIVERED, Reason.NONE)


async def test_store_where_messages_arrive_is_the_one_listed(world: World) -> None:
    stores = '+CPMS: "SM",0,30,"SM",0,30,"ME",0,100'
    world.sender.table["AT+CPMS?"] = stores
    await world.alone()

    assert 'AT+CPMS="ME"' in world.sender.heard


async def test_messages_that_would_only_be_shown_are_stored(world: World) -> None:
    world.sender.table["AT+CNMI?"] = "+CNMI: 1,2,0,0,0"
    await world.alone()

    assert "AT+CNMI=1,1" in world.sender.heard


# ------------------------------------------------------------------ what goes wrong


async def test_message_that_does_not_come_back_is_not_delivered(world: World) -> None:
    world.network.loses = True
    outcome = await world.between(within=BRIEFLY)

    assert said(outcome) == (FAILED, AUTHENTICATED, Reason.NOT_DELIVERED)
    assert outcome.facts == {"within_s": 0.5}


async def test_network_that_does_not_take_it_in_time_is_not_delivered(
    world: World,
) -> None:
    world.network.refuses = None
    outcome = await world.alone(within=BRIEFLY)

    assert said(outcome) == (FAILED, SERVED, Reason.NOT_DELIVERED)


@pytest.mark.parametrize(
    ("error", "reason", "facts"),
    [
        ("+CMS ERROR: 38", Reason.STATUS, (38, "network-out-of-order")),
        ("+CMS ERROR: 500", Reason.STATUS, (500, None)),
        ("+CMS ERROR: 512", Reason.STATUS, (512, None)),
        ("+CMS ERROR: 332", Reason.STATUS, (332, "network-silent")),
        ("+CMS ERROR: 331", Reason.NOT_REGISTERED, (331, "no-network")),
        ("+CMS ERROR: 310", Reason.NO_SIM, (310, None)),
        ("+CMS ERROR: 313", Reason.NO_SIM, (313, "sim-failure")),
        ("+CMS ERROR: 311", Reason.SIM_LOCKED, (311, "sim-pin-required")),
        ("+CMS ERROR: 322", Reason.QUOTA, (322, "memory-full")),
        ("+CMS ERROR: memory full", Reason.QUOTA, (322, "memory-full")),
        ("+CMS ERROR: 42", Reason.DEFERRED, (42, "congestion")),
        ("+CMS ERROR: 10", Reason.REJECTED, (10, "barred")),
        ("+CMS ERROR: 1", Reason.REJECTED, (1, "unknown-subscriber")),
        ("+CME ERROR: 10", Reason.NO_SIM, (310, None)),
    ],
)
async def test_refusals_are_told_apart(
    world: World, error: str, reason: Reason, facts: tuple[int, str | None]
) -> None:
    world.network.refuses = error
    outcome = await world.alone()

    assert said(outcome) == (FAILED, SERVED, reason)
    assert (outcome.facts["code"], outcome.facts.get("problem")) == facts
    assert "said" not in outcome.facts


async def test_refusal_without_a_meaning_is_quoted(world: World) -> None:
    world.network.refuses = "ERROR"
    outcome = await world.alone()

    assert said(outcome) == (FAILED, SERVED, Reason.REJECTED)
    assert outcome.facts == {"said": "ERROR"}


async def test_error_of_thousands_of_digits_makes_no_sense(world: World) -> None:
    world.network.refuses = f"+CMS ERROR: {5000 * '9'}"
    outcome = await world.alone()

    assert said(outcome) == (FAILED, REACHED, Reason.PROTOCOL)


async def test_command_that_is_refused_before_the_text_is_told_apart(
    world: World,
) -> None:
    world.sender.refused["AT+CMGS"] = "+CMS ERROR: 330"
    outcome = await world.alone()

    assert said(outcome) == (FAILED, SERVED, Reason.STATUS)
    assert outcome.facts["code"] == 330


async def test_busy_sim_is_unknown(world: World) -> None:
    world.network.refuses = "+CMS ERROR: 314"
    outcome = await world.alone()

    assert said(outcome) == (UNKNOWN, NONE, Reason.DEVICE_BUSY)


@pytest.mark.parametrize(
    ("command", "reply", "reason"),
    [
        ("AT+CPIN?", "+CPIN: SIM PIN", Reason.SIM_LOCKED),
        ("AT+CPIN?", "+CME ERROR: 10", Reason.NO_SIM),
        ("AT+CREG?", "+CREG: 0,2", Reason.NOT_REGISTERED),
    ],
)
async def test_nothing_is_sent_where_it_could_not_go(
    world: World, command: str, reply: str, reason: Reason
) -> None:
    world.sender.table[command] = reply
    outcome = await world.between()

    assert said(outcome) == (FAILED, SERVED, reason)
    assert world.network.sent == []


@pytest.mark.parametrize(
    ("command", "reply", "reason"),
    [
        ("AT+CPIN?", "+CPIN: SIM PIN", Reason.SIM_LOCKED),
        ("AT+CPIN?", "+CME ERROR: 10", Reason.NO_SIM),
        ("AT+CREG?", "+CREG: 0,2", Reason.NOT_REGISTERED),
    ],
)
async def test_modem_that_only_reads_and_cannot_is_unknown(
    world: World, command: str, reply: str, reason: Reason
) -> None:
    world.reader.table[command] = reply
    outcome = await world.between()

    assert said(outcome) == (UNKNOWN, NONE, reason)
    assert world.network.sent == []


async def test_reader_that_falls_silent_is_not_taken_for_the_network(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sms_roundtrip, "LOOK_S", 0.3)
    world.network.holds = True
    probing = asyncio.create_task(world.between(within=Duration(1)))
    await world.network.took.wait()
    world.reader.mute = True
    outcome = await probing

    assert said(outcome) == (UNKNOWN, NONE, Reason.TIMEOUT)


async def test_missing_reader_is_unknown(world: World) -> None:
    outcome = await world.between(read_port="/dev/no-such-modem")

    assert said(outcome) == (UNKNOWN, NONE, Reason.NO_DEVICE)


async def test_missing_sender_is_unknown(world: World) -> None:
    outcome = await world.between(port="/dev/no-such-modem")

    assert said(outcome) == (UNKNOWN, NONE, Reason.NO_DEVICE)


async def test_silent_sender_is_a_timeout(world: World) -> None:
    world.sender.mute = True
    outcome = await world.alone(timeout_s=0.3)

    assert said(outcome) == (FAILED, NONE, Reason.TIMEOUT)


async def test_modem_without_messages_is_failed(world: World) -> None:
    world.sender.refused["AT+CMGF"] = "ERROR"
    outcome = await world.alone()

    assert said(outcome) == (FAILED, SERVED, Reason.REJECTED)


async def test_text_that_was_begun_is_taken_back_at_the_deadline(
    world: World,
) -> None:
    world.sender.refused["AT+CMGS"] = b"\r\n"  # no prompt, no answer
    outcome = await world.alone(within=BRIEFLY)
    world.sender.refused = {}
    again = await world.alone()

    assert outcome.reason is Reason.NOT_DELIVERED
    assert again.verdict is Verdict.OK


# ------------------------------------------------------------------ ModemManager


@pytest.fixture
async def bus(
    processes: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[str]:
    async with private_bus(tmp_path) as address:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        yield address


async def by_modemmanager(bus: str, device: FakeModem, **options: Any) -> Outcome:
    settings = sms_roundtrip.Settings(
        modemmanager="any", **{"to": NUMBER, "within": Duration(5), **options}
    )
    async with modem_manager(bus, {0: device}):
        return await ask(sms_roundtrip, settings, timeout_s=10.0)


def to_itself() -> FakeModem:
    device = FakeModem()
    device.deliver = lambda _: device
    return device


async def test_message_by_modemmanager_is_delivered_and_deleted(bus: str) -> None:
    device = to_itself()
    outcome = await by_modemmanager(bus, device)

    assert said(outcome) == (Verdict.OK, DELIVERED, Reason.NONE)
    assert device.texts == {}


async def test_messages_of_others_at_modemmanager_are_left_alone(bus: str) -> None:
    device = to_itself()
    send = device.deliver

    def with_others(text: str) -> FakeModem | None:
        device.receive("Rappelle-moi")
        return send(text)

    device.deliver = with_others
    outcome = await by_modemmanager(bus, device)

    assert outcome.verdict is Verdict.OK
    assert [sms.text for sms in device.texts.values()] == ["Rappelle-moi"]


async def test_message_that_modemmanager_sent_is_not_the_one_received(
    bus: str,
) -> None:
    device = FakeModem()  # what it sends goes nowhere
    outcome = await by_modemmanager(bus, device, within=BRIEFLY)

    assert said(outcome) == (FAILED, AUTHENTICATED, Reason.NOT_DELIVERED)
    assert device.texts == {}


async def test_modemmanager_may_send_and_a_port_read(bus: str, world: World) -> None:
    device = FakeModem()

    def across(text: str) -> None:
        world.reader.receive(NUMBER, text)

    device.deliver = across
    outcome = await by_modemmanager(bus, device, to=OTHER, read_port=world.reader.port)

    assert said(outcome) == (Verdict.OK, DELIVERED, Reason.NONE)
    assert world.reader.store == {}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("Message.MemoryFull", Reason.QUOTA),
        ("Message.SimNotInserted", Reason.NO_SIM),
        ("Message.NoNetwork", Reason.NOT_REGISTERED),
        ("Message.NetworkTimeout", Reason.STATUS),
        ("Core.Unsupported", Reason.REJECTED),
    ],
)
async def test_refusals_of_modemmanager_are_told_apart(
    bus: str, error: str, reason: Reason
) -> None:
    device = FakeModem()

    def refuse(_: str) -> None:
        raise DBusError(f"org.freedesktop.ModemManager1.Error.{error}", "no")

    device.deliver = refuse
    outcome = await by_modemmanager(bus, device)

    assert said(outcome) == (FAILED, SERVED, reason)
    assert device.texts == {}


async def test_unregistered_modem_of_modemmanager_sends_nothing(bus: str) -> None:
    outcome = await by_modemmanager(bus, FakeModem(registration=2))

    assert said(outcome) == (FAILED, SERVED, Reason.NOT_REGISTERED)


# ------------------------------------------------------------------ options and budget


async def test_no_more_than_the_allowance_is_sent_in_a_day() -> None:
    settings = sms_roundtrip.Settings(port="/dev/x", to=NUMBER, max_per_day=2)
    memory: dict[str, str] = {}
    await sms_roundtrip.prepare(settings, memory, AT)
    with pytest.raises(Stop):
        await sms_roundtrip.prepare(settings, memory, AT)
    await sms_roundtrip.prepare(settings, memory, AT, hurried=True)
    with pytest.raises(Stop) as stopped:
        await sms_roundtrip.prepare(settings, memory, AT, hurried=True)
    await sms_roundtrip.prepare(settings, memory, AT + timedelta(days=1))

    assert said(stopped.value.outcome) == (UNKNOWN, NONE, Reason.BUDGET)
    assert stopped.value.outcome.facts == {"limit": 2}


def test_timeout_follows_the_wait() -> None:
    settings = sms_roundtrip.Settings(port="/dev/x", to=NUMBER)

    assert sms_roundtrip.default_timeout_s(settings) == 90.0


@pytest.mark.parametrize(
    "options",
    [
        {"port": None},
        {"modemmanager": 0},
        {"port": ""},
        {"to": "Jean"},
        {"to": ""},
        {"read_port": ""},
        {"within": Duration(0)},
        {"max_per_day": -1},
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with refusing("must"):
        sms_roundtrip.Settings(**{"port": "/dev/ttyUSB2", "to": NUMBER, **options})
