import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from servers.modemmanager import (
    FORBIDDEN,
    FakeModem,
    frozen_bus,
    frozen_service,
    modem_manager,
    private_bus,
)
from servers.probe_run import ask, said

from secours.message import our_user
from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.runs import Stop
from secours.model.secret import Secret
from secours.probes import modem
from secours.wire.modem import modemmanager

AUTHENTICATED, SERVED = Evidence.AUTHENTICATED, Evidence.SERVED
NONE = Evidence.NONE
AT = datetime(2026, 11, 24, tzinfo=UTC)
ADDRESS = "DBUS_SYSTEM_BUS_ADDRESS"


@pytest.fixture
async def bus(
    processes: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[str]:
    async with private_bus(tmp_path) as address:
        monkeypatch.setenv(ADDRESS, address)
        yield address


async def probed(bus: str, *, timeout_s: float = 20.0, **told: Any) -> Outcome:
    async with modem_manager(bus, {0: FakeModem(**told)}):
        settings = modem.Settings(modemmanager=0)
        return await ask(modem, settings, timeout_s=timeout_s)


async def test_modem_registered_at_home_is_authenticated(bus: str) -> None:
    outcome = await probed(bus)

    assert said(outcome) == (Verdict.OK, AUTHENTICATED, Reason.NONE)
    assert outcome.facts == {
        "signal": 22,
        "best": 31,
        "operator": "Proximus",
        "technology": "LTE",
    }


@pytest.mark.parametrize(
    "told",
    [
        {"state": 11},  # connected for data too
        {"registration": 9},
        {"lock": 3},  # the second PIN
        {"lock": 0},
        {"quality": (70, False)},  # measured a while ago
        {"operator": "", "technologies": 0},
    ],
)
async def test_other_ways_to_be_registered_at_home(
    bus: str, told: dict[str, Any]
) -> None:
    outcome = await probed(bus, **told)

    assert said(outcome) == (Verdict.OK, AUTHENTICATED, Reason.NONE)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"quality": (20, True)}, Reason.WEAK_SIGNAL),
        ({"quality": (0, True)}, Reason.WEAK_SIGNAL),
        ({"quality": (0, False)}, Reason.WEAK_SIGNAL),
        ({"registration": 5}, Reason.ROAMING),
        ({"registration": 10}, Reason.ROAMING),
        ({"registration": 6}, Reason.DATA_ONLY),
        ({"registration": 7}, Reason.DATA_ONLY),
    ],
)
async def test_registered_but_not_well_is_degraded(
    bus: str, told: dict[str, Any], reason: Reason
) -> None:
    outcome = await probed(bus, **told)

    assert said(outcome) == (Verdict.DEGRADED, AUTHENTICATED, reason)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"registration": 2}, Reason.NOT_REGISTERED),
        ({"registration": 3}, Reason.NOT_REGISTERED),
        ({"registration": 8}, Reason.NOT_REGISTERED),
        ({"state": 3, "registration": 0}, Reason.NOT_REGISTERED),  # switched off
        ({"state": -1, "why_failed": 1}, Reason.NOT_REGISTERED),
        ({"state": -1, "why_failed": 2}, Reason.NO_SIM),
        ({"state": -1, "why_failed": 3}, Reason.NO_SIM),
        ({"state": 2, "lock": 2}, Reason.SIM_LOCKED),
        ({"state": 2, "lock": 4}, Reason.SIM_LOCKED),
        ({"state": -1, "lock": 17}, Reason.SIM_LOCKED),  # bound to a network
    ],
)
async def test_modem_that_reaches_nobody_is_failed(
    bus: str, told: dict[str, Any], reason: Reason
) -> None:
    outcome = await probed(bus, **told)

    assert said(outcome) == (Verdict.FAILED, SERVED, reason)


@pytest.mark.parametrize("state", [0, 1, 4, 5])
async def test_modem_that_is_being_switched_is_unknown(bus: str, state: int) -> None:
    outcome = await probed(bus, state=state)

    assert said(outcome) == (Verdict.UNKNOWN, NONE, Reason.DEVICE_BUSY)


async def test_the_modem_with_the_number_is_asked(bus: str) -> None:
    lost = FakeModem(registration=2, state=7)
    async with modem_manager(bus, {0: FakeModem(), 4: lost}):
        outcome = await ask(modem, modem.Settings(modemmanager=4))

    assert said(outcome) == (Verdict.FAILED, SERVED, Reason.NOT_REGISTERED)


async def test_any_modem_is_the_one_that_works_best(bus: str) -> None:
    broken = FakeModem(state=-1, why_failed=2)
    async with modem_manager(bus, {0: broken, 1: FakeModem()}):
        outcome = await ask(modem, modem.Settings(modemmanager="any"))

    assert said(outcome) == (Verdict.OK, AUTHENTICATED, Reason.NONE)


@pytest.mark.parametrize("which", [7, "any"])
async def test_no_modem_at_all_is_no_device(bus: str, which: Any) -> None:
    async with modem_manager(bus, {}):
        outcome = await ask(modem, modem.Settings(modemmanager=which))

    assert said(outcome) == (Verdict.UNKNOWN, NONE, Reason.NO_DEVICE)


async def test_another_modem_is_no_device(bus: str) -> None:
    async with modem_manager(bus, {2: FakeModem()}):
        outcome = await ask(modem, modem.Settings(modemmanager=0))

    assert said(outcome) == (Verdict.UNKNOWN, NONE, Reason.NO_DEVICE)
    assert outcome.facts == {"problem": "no-modem", "what": "0", "known": "2"}


@pytest.mark.usefixtures("bus")
async def test_absent_modemmanager_is_unknown() -> None:
    outcome = await ask(modem, modem.Settings(modemmanager=0))

    assert said(outcome) == (Verdict.UNKNOWN, NONE, Reason.BROKEN)
    assert outcome.facts == {"problem": "modemmanager-not-running"}


@pytest.mark.parametrize(
    "address", ["unix:path={folder}/none", "nonsense", "unix:path={folder}"]
)
async def test_absent_bus_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv(ADDRESS, address.format(folder=tmp_path))
    outcome = await ask(modem, modem.Settings(modemmanager=0))

    assert said(outcome) == (Verdict.UNKNOWN, NONE, Reason.BROKEN)
    assert outcome.facts == {"problem": "no-system-bus"}


async def test_frozen_modemmanager_is_unknown(bus: str) -> None:
    async with frozen_service(bus) as asked:
        outcome = await ask(modem, modem.Settings(modemmanager=0), timeout_s=0.5)
        assert asked.is_set()

    assert said(outcome) == (Verdict.UNKNOWN, NONE, Reason.BROKEN)
    assert outcome.facts == {"problem": "modemmanager-silent"}


async def test_frozen_bus_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with frozen_bus(tmp_path / "ice") as address:
        monkeypatch.setenv(ADDRESS, address)
        outcome = await ask(modem, modem.Settings(modemmanager=0), timeout_s=0.3)

    assert said(outcome) == (Verdict.UNKNOWN, NONE, Reason.BROKEN)


@pytest.mark.usefixtures("processes")
async def test_bus_that_dies_meanwhile_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with AsyncExitStack() as service, AsyncExitStack() as bus:
        address = await bus.enter_async_context(private_bus(tmp_path))
        monkeypatch.setenv(ADDRESS, address)
        asked = await service.enter_async_context(frozen_service(address))
        asking = asyncio.create_task(ask(modem, modem.Settings(modemmanager=0)))
        await asked.wait()
        await bus.aclose()
        outcome = await asking

    assert said(outcome) == (Verdict.UNKNOWN, NONE, Reason.BROKEN)
    assert outcome.facts == {"problem": "no-system-bus"}


@pytest.mark.usefixtures("processes")
async def test_bus_that_lets_us_not_ask_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with private_bus(tmp_path, FORBIDDEN) as address:
        monkeypatch.setenv(ADDRESS, address)
        outcome = await probed(address)

    assert said(outcome) == (Verdict.UNKNOWN, NONE, Reason.PERMISSION)
    assert outcome.facts == {"problem": "modemmanager-forbids", "user": our_user()}


# ------------------------------------------------------------------ the PIN


LOCKED: dict[str, Any] = {"state": 2, "lock": 2}


async def prepared(
    bus: str, device: FakeModem, pin: str, memory: dict[str, str], times: int = 1
) -> Outcome:
    settings = modem.Settings(modemmanager=0, pin=Secret(pin))
    async with modem_manager(bus, {0: device}):
        for _ in range(times):
            await modem.prepare(settings, memory, AT)
        return await ask(modem, settings)


async def test_right_pin_unlocks_the_sim(bus: str) -> None:
    device = FakeModem(**LOCKED)

    outcome = await prepared(bus, device, "1234", {})

    assert said(outcome) == (Verdict.OK, AUTHENTICATED, Reason.NONE)
    assert device.pins_tried == ["1234"]


async def test_wrong_pin_is_entered_once(bus: str) -> None:
    device = FakeModem(**LOCKED)
    memory: dict[str, str] = {}

    outcome = await prepared(bus, device, "9999", memory, times=3)
    device.tries[2] = 3  # a person unlocked it meanwhile, and it was switched off
    await prepared(bus, device, "9999", memory)

    assert said(outcome) == (Verdict.FAILED, SERVED, Reason.SIM_LOCKED)
    assert device.pins_tried == ["9999"]


@pytest.mark.parametrize(
    "told",
    [
        {"tries": {2: 2}},
        {"tries": {}},
        {"tries": {4: 10}},  # those of the PUK
        {"lock": 4},
        {"lock": 1, "state": 8},
    ],
)
async def test_pin_is_not_entered_where_it_could_lock_or_is_not_asked_for(
    bus: str, told: dict[str, Any]
) -> None:
    device = FakeModem(**{**LOCKED, **told})

    await prepared(bus, device, "1234", {})

    assert device.pins_tried == []


@pytest.mark.usefixtures("processes")
async def test_bus_that_is_gone_when_we_write_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with AsyncExitStack() as service, AsyncExitStack() as bus:
        address = await bus.enter_async_context(private_bus(tmp_path))
        monkeypatch.setenv(ADDRESS, address)
        await service.enter_async_context(modem_manager(address, {0: FakeModem()}))

        async def read_after_it_went() -> None:
            async with modemmanager.open_modem(0) as opened:
                await bus.aclose()
                with suppress(EOFError):
                    await opened.bus.wait_for_disconnect()  # type: ignore[no-untyped-call]  # dbus-fast has no type for it
                await opened.read(opened.path, "Modem")

        with pytest.raises(Stop) as stop:
            await read_after_it_went()

    assert said(stop.value.outcome) == (Verdict.UNKNOWN, NONE, Reason.BROKEN)
    assert stop.value.outcome.facts == {"problem": "no-system-bus"}
