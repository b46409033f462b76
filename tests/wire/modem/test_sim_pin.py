from datetime import UTC, datetime
from pathlib import Path

import pytest
from servers.pty_modem import PtyModem, Reply, pty_modem, running

from secours.model.observed import Reason
from secours.model.runs import Stop
from secours.model.secret import Secret, SecretMissing
from secours.probes import modem
from secours.wire.modem import sim_pin

AT = datetime(2026, 11, 24, tzinfo=UTC)
SERIAL = "8932042000000000001"
LOCKED: dict[str, Reply] = {
    "AT+CPIN?": "+CPIN: SIM PIN",
    "AT+CPINR": "+CPINR: SIM PIN,3,3\n+CPINR: SIM PUK,10,10",
    "AT+CCID": f"+CCID: {SERIAL}",
}


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(sim_pin, "SETTLE_S", 0.01)


class LockedModem(PtyModem):
    """A SIM that asks for 1234, and counts."""

    tries = 3
    serial = SERIAL

    def reply(self, command: str) -> Reply:
        if command.startswith("AT+CPIN=") and self.tries:
            right = command == 'AT+CPIN="1234"'
            self.tries = 3 if right else self.tries - 1
            self.table["AT+CPIN?"] = "+CPIN: READY" if right else self._asks()
            return "" if right else "+CME ERROR: 16"
        if command == "AT+CPINR":
            return f"+CPINR: SIM PIN,{self.tries},3"
        if command == "AT+CCID":
            return f"+CCID: {self.serial}"
        return self.table.get(command, "ERROR")

    def _asks(self) -> str:
        return "+CPIN: SIM PIN" if self.tries else "+CPIN: SIM PUK"

    def power_cut(self) -> None:
        """Start again, locked."""
        self.table["AT+CPIN?"] = self._asks()

    @property
    def entered(self) -> list[str]:
        """Return the PINs that were entered."""
        return [c[9:-1] for c in self.heard if c.startswith("AT+CPIN=")]


async def entered(
    changes: dict[str, Reply], value: str = "1234", lacking: str = ""
) -> list[str]:
    """Return what is entered into a modem that answers from a table."""
    table = {name: said for name, said in LOCKED.items() if name != lacking}
    async with pty_modem({**table, **changes}) as device:
        settings = modem.Settings(port=device.port, pin=Secret(value))
        await modem.prepare(settings, {}, AT)
    return [command for command in device.heard if command.startswith("AT+CPIN=")]


async def prepared(device: PtyModem, value: str, memory: dict[str, str]) -> None:
    settings = modem.Settings(port=device.port, pin=Secret(value))
    await modem.prepare(settings, memory, AT)


async def test_pin_is_entered_where_the_sim_asks_and_three_tries_are_left() -> None:
    assert await entered({}) == ['AT+CPIN="1234"']


@pytest.mark.parametrize(
    "cpin",
    [
        "+CPIN: READY",
        "+CPIN: SIM PIN2",
        "+CPIN: SIM PUK",
        "+CPIN: PH-NET PIN",
        "+CME ERROR: 11",
        "+CME ERROR: SIM PIN required",
        "ERROR",
        "",
    ],
)
async def test_pin_is_not_entered_where_the_sim_does_not_ask_for_it(cpin: str) -> None:
    assert await entered({"AT+CPIN?": cpin}) == []


@pytest.mark.parametrize(
    "cpinr",
    [
        "+CPINR: SIM PIN,2,3",
        "+CPINR: SIM PIN,0,3",
        "+CPINR: SIM PUK,10,10",
        "+CPINR: SIM PIN2,3,3",
        "+CPINR: SIM PIN,",
        "ERROR",
        "",
    ],
)
async def test_pin_is_not_entered_with_few_or_unknown_tries_left(cpinr: str) -> None:
    assert await entered({"AT+CPINR": cpinr}) == []


@pytest.mark.parametrize(
    ("command", "three", "two"),
    [
        ('AT+CPINR="SIM PIN"', "+CPINR: SIM PIN,3,3", "+CPINR: SIM PIN,2,3"),
        ("AT^CPIN?", "^CPIN: SIM PIN,3,10,3,10,3", "^CPIN: SIM PIN,3,10,2,10,3"),
        ("AT+SPIC", "+SPIC: 3,10,0,10", "+SPIC: 2,10,0,10"),
        ('AT+QPINC="SC"', '+QPINC: "SC",3,10', '+QPINC: "SC",2,10'),
        ("AT+UPINCNT", "+UPINCNT: 3,3,10,10", "+UPINCNT: 2,3,10,10"),
        ("AT+CPINC?", "+CPINC: 3,3,10,10", "+CPINC: 2,3,10,10"),
        ("AT#PCT", "#PCT: 3", "#PCT: 2"),
        ("AT^SPIC", "^SPIC: 3", "^SPIC: 2"),
    ],
)
async def test_tries_left_are_told_in_many_ways(
    command: str, three: str, two: str
) -> None:
    assert await entered({command: three}, lacking="AT+CPINR") == ['AT+CPIN="1234"']
    assert await entered({command: two}, lacking="AT+CPINR") == []


@pytest.mark.parametrize(
    "value", ["", "123", "123456789", "12a4", '1234";+CLCK', "١٢٣٤"]
)
async def test_what_no_sim_could_have_as_pin_is_not_entered(value: str) -> None:
    assert await entered({}, value) == []


async def test_wrong_pin_is_entered_once_also_after_a_restart() -> None:
    memory: dict[str, str] = {}
    async with running(LockedModem({"AT+CPIN?": "+CPIN: SIM PIN"})) as device:
        await prepared(device, "9999", memory)
        device.tries = 3  # a person typed the right one, and then it lost power
        await prepared(device, "9999", dict(memory))

    assert device.entered == ["9999"]


async def test_corrected_pin_is_entered_once_three_tries_are_left_again() -> None:
    memory: dict[str, str] = {}
    async with running(LockedModem({"AT+CPIN?": "+CPIN: SIM PIN"})) as device:
        await prepared(device, "9999", memory)
        await prepared(device, "1234", memory)
        after_the_first = list(device.entered)
        device.tries = 3
        await prepared(device, "1234", memory)

    assert after_the_first == ["9999"]
    assert device.entered == ["9999", "1234"]


async def test_accepted_pin_is_entered_again_after_a_power_cut() -> None:
    memory: dict[str, str] = {}
    async with running(LockedModem({"AT+CPIN?": "+CPIN: SIM PIN"})) as device:
        await prepared(device, "1234", memory)
        await prepared(device, "1234", memory)
        once = list(device.entered)
        device.power_cut()
        await prepared(device, "1234", memory)

    assert once == ["1234"]
    assert device.entered == ["1234", "1234"]


async def test_another_sim_gets_the_pin_too() -> None:
    memory: dict[str, str] = {}
    async with running(LockedModem({"AT+CPIN?": "+CPIN: SIM PIN"})) as device:
        await prepared(device, "9999", memory)
        device.serial, device.tries = SERIAL[:-1] + "9", 3
        await prepared(device, "9999", memory)

    assert device.entered == ["9999", "9999"]


async def test_pin_that_is_said_to_be_right_but_unlocks_nothing_is_sent_once() -> None:
    memory: dict[str, str] = {}
    async with pty_modem({**LOCKED, 'AT+CPIN="1234"': ""}) as device:
        await prepared(device, "1234", memory)
        await prepared(device, "1234", memory)

    assert device.heard.count('AT+CPIN="1234"') == 1


async def test_notes_hold_neither_pin_nor_number_of_the_sim() -> None:
    memory: dict[str, str] = {}
    async with running(LockedModem({"AT+CPIN?": "+CPIN: SIM PIN"})) as device:
        await prepared(device, "1234", memory)

    assert memory
    assert "1234" not in str(memory)
    assert SERIAL not in str(memory)


async def test_missing_pin_matters_only_where_the_sim_asks_for_it() -> None:
    missing = Secret(None, "SIM_PIN")
    async with pty_modem({"AT+CPIN?": "+CPIN: READY"}) as device:
        settings = modem.Settings(port=device.port, pin=missing)
        await modem.prepare(settings, {}, AT)
        device.table.update(LOCKED)
        with pytest.raises(SecretMissing):
            await modem.prepare(settings, {}, AT)


async def test_without_a_pin_nothing_is_opened() -> None:
    settings = modem.Settings(port="/dev/no-such-modem")
    await modem.prepare(settings, {}, AT)


async def test_missing_device_is_told() -> None:
    settings = modem.Settings(port="/dev/no-such-modem", pin=Secret("1234"))
    with pytest.raises(Stop) as stopped:
        await modem.prepare(settings, {}, AT)

    assert stopped.value.outcome.reason is Reason.NO_DEVICE
