import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from servers.modemmanager import (
    ACTIVE,
    RINGING_OUT,
    TERMINATED,
    FakeCall,
    FakeModem,
    modem_manager,
    private_bus,
)

from secours.model.observed import Outcome, Reason, Verdict
from secours.model.runs import Stop
from secours.probes.modem import Settings
from secours.wire.voice.call import Call, CallState
from secours.wire.voice.legs import open_leg

pytestmark = pytest.mark.usefixtures("processes")

LIMIT_S = 60.0
NUMBER = "+3225550100"


@pytest.fixture
def modem() -> FakeModem:
    return FakeModem()


@asynccontextmanager
async def calling(
    folder: Path, modem: FakeModem, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Call]:
    async with private_bus(folder) as address, modem_manager(address, {0: modem}):
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        async with open_leg(Settings(modemmanager=0)) as leg, leg.dial(NUMBER) as call:
            yield call


def becomes(state: int, why: int = 0):  # type: ignore[no-untyped-def]  # a callable of FakeModem
    def dialled(call: FakeCall) -> None:
        call.state, call.why = state, why

    return dialled


async def until(call: Call, state: CallState) -> Outcome | None:
    async with asyncio.timeout(LIMIT_S):
        while (event := await call.next()).state is not state:
            pass
    return event.why


@pytest.mark.parametrize(
    ("state", "told"),
    [(RINGING_OUT, CallState.RINGING), (ACTIVE, CallState.ANSWERED)],
)
async def test_call_is_told_of_hung_up_and_forgotten(
    tmp_path: Path,
    modem: FakeModem,
    monkeypatch: pytest.MonkeyPatch,
    state: int,
    told: CallState,
) -> None:
    modem.dialled = becomes(state)
    async with calling(tmp_path, modem, monkeypatch) as call:
        await until(call, told)
        (made,) = modem.calls.values()
        await call.stop()

    assert made.number == NUMBER
    assert made.hung_up.is_set()
    assert not modem.calls


@pytest.mark.parametrize(
    ("why", "reason", "verdict"),
    [
        (5, Reason.BUSY, Verdict.FAILED),
        (9, Reason.RANG_ELSEWHERE, Verdict.FAILED),
        (4, Reason.REJECTED, Verdict.FAILED),
        (6, Reason.DEFERRED, Verdict.FAILED),
        (7, Reason.BROKEN, Verdict.UNKNOWN),
    ],
)
async def test_end_by_the_network_is_told_apart(
    tmp_path: Path,
    modem: FakeModem,
    monkeypatch: pytest.MonkeyPatch,
    why: int,
    reason: Reason,
    verdict: Verdict,
) -> None:
    modem.dialled = becomes(TERMINATED, why)
    async with calling(tmp_path, modem, monkeypatch) as call:
        outcome = await until(call, CallState.ENDED)

    assert outcome is not None
    assert (outcome.reason, outcome.verdict) == (reason, verdict)


@pytest.mark.parametrize(
    ("refuses", "reason"),
    [("Connection.Busy", Reason.BUSY), ("Connection.NoDialtone", Reason.DEFERRED)],
)
async def test_refusal_at_the_start_is_told_apart(
    tmp_path: Path,
    modem: FakeModem,
    monkeypatch: pytest.MonkeyPatch,
    refuses: str,
    reason: Reason,
) -> None:
    modem.refuses = refuses
    async with calling(tmp_path, modem, monkeypatch) as call:
        outcome = await until(call, CallState.ENDED)

    assert outcome is not None
    assert outcome.reason is reason


async def test_modem_without_voice_is_no_fault_of_the_called(
    tmp_path: Path, modem: FakeModem, monkeypatch: pytest.MonkeyPatch
) -> None:
    modem.voice = False
    async with calling(tmp_path, modem, monkeypatch) as call:
        with pytest.raises(Stop) as stop:
            await until(call, CallState.ENDED)

    outcome = stop.value.outcome
    assert (outcome.verdict, outcome.reason) == (Verdict.UNKNOWN, Reason.BROKEN)
    assert outcome.facts == {"problem": "no-voice"}
