import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from servers.pty_modem import running
from servers.voice_modem import VoiceModem

from secours.model.observed import Outcome, Reason, Verdict
from secours.model.runs import Stop
from secours.probes.modem import Settings
from secours.wire.voice.call import Call, CallState
from secours.wire.voice.legs import open_leg

LIMIT_S = 60.0
NUMBER = "+3225550100"


@asynccontextmanager
async def calling(modem: VoiceModem) -> AsyncIterator[Call]:
    async with (
        running(modem),
        open_leg(Settings(port=modem.port)) as leg,
        leg.dial(NUMBER) as call,
    ):
        yield call


async def until(call: Call, state: CallState) -> Outcome | None:
    async with asyncio.timeout(LIMIT_S):
        while (event := await call.next()).state is not state:
            pass
    return event.why


async def test_call_that_rings_is_hung_up() -> None:
    modem = VoiceModem()
    async with calling(modem) as call:
        await modem.came("ATD")
        modem.alert()
        await until(call, CallState.RINGING)
        await call.stop()

    assert f"ATD{NUMBER};" in modem.heard
    assert "AT+CHUP" in modem.heard
    assert not modem.calls


async def test_answered_call_is_told_and_hung_up() -> None:
    modem = VoiceModem()
    async with calling(modem) as call:
        await modem.came("ATD")
        modem.answer()
        await until(call, CallState.ANSWERED)

    assert not modem.calls


@pytest.mark.parametrize(
    ("result", "report", "reason"),
    [
        ("BUSY", "", Reason.BUSY),
        ("NO ANSWER", "", Reason.TIMEOUT),
        ("NO CARRIER", "", Reason.REJECTED),
        ("NO CARRIER", "17, user busy", Reason.BUSY),
        ("NO CARRIER", "No circuit/channel available", Reason.DEFERRED),
        ("NO CARRIER", "Cause: 1", Reason.UNREACHABLE),
        ("NO CARRIER", '"CC setup error",8,"Operator determined barring"', "rejected"),
        ("NO CARRIER", "Normal call clearing", Reason.REJECTED),
    ],
)
async def test_end_by_the_network_is_told_apart(
    result: str, report: str, reason: Reason
) -> None:
    modem = VoiceModem()
    async with calling(modem) as call:
        await modem.came("ATD")
        modem.end(result, report)
        why = await until(call, CallState.ENDED)

    assert why is not None
    assert (why.verdict, why.reason) == (Verdict.FAILED, reason)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("+CME ERROR: 42", Reason.DEFERRED),
        ("BUSY", Reason.BUSY),
        ("NO DIALTONE", Reason.DEFERRED),
        ("NO CARRIER", Reason.REJECTED),
    ],
)
async def test_call_refused_at_once_is_told_apart(reply: str, reason: Reason) -> None:
    modem = VoiceModem()
    modem.dial_reply = f"\r\n{reply}\r\n".encode()
    async with calling(modem) as call:
        why = await until(call, CallState.ENDED)

    assert why is not None
    assert why.reason is reason


async def test_modem_without_a_network_is_no_fault_of_the_called() -> None:
    modem = VoiceModem()
    modem.dial_reply = "+CME ERROR: 30"
    async with calling(modem) as call:
        with pytest.raises(Stop) as stop:
            await until(call, CallState.ENDED)

    outcome = stop.value.outcome
    assert (outcome.verdict, outcome.reason) == (Verdict.UNKNOWN, Reason.NOT_REGISTERED)


async def test_call_of_somebody_else_is_left_alone() -> None:
    modem = VoiceModem()
    async with calling(modem) as call:
        await modem.came("ATD")
        other = modem.ring("+32470999999")
        modem.alert()
        await until(call, CallState.RINGING)
        await call.stop()
        assert list(modem.calls) == [other]

    assert not {"AT+CHUP", "ATH", "ATA"} & set(modem.heard)


async def test_modem_that_somebody_else_uses_does_not_call() -> None:
    modem = VoiceModem()
    modem.ring("+32470999999")
    async with calling(modem) as call:
        with pytest.raises(Stop) as stop:
            await until(call, CallState.ENDED)

    assert stop.value.outcome.reason is Reason.DEVICE_BUSY
    assert not any(command.startswith("ATD") for command in modem.heard)


async def test_modem_that_answers_late_can_be_hung_up() -> None:
    modem = VoiceModem()
    modem.dial_reply = None
    async with calling(modem) as call:
        await modem.came("ATD")
        await call.stop()

    assert "AT+CHUP" in modem.heard


async def test_modem_without_chup_is_hung_up_by_ath() -> None:
    modem = VoiceModem({"AT+CHUP": "ERROR"})
    async with calling(modem) as call:
        await modem.came("ATD")
        modem.alert()
        await until(call, CallState.RINGING)
        await call.stop()

    assert "ATH" in modem.heard
    assert not modem.calls


async def test_call_that_the_modem_never_lists_goes_on_until_it_is_hung_up() -> None:
    modem = VoiceModem({"AT+CLCC": ""})
    modem.lists = False
    async with calling(modem) as call:
        await modem.came("AT+CLCC", 4)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await call.next()
        await call.stop()

    assert not modem.calls


async def test_end_of_another_call_is_not_the_end_of_ours() -> None:
    modem = VoiceModem()
    async with calling(modem) as call:
        await modem.came("ATD")
        modem.stop_ringing(modem.ring("+32470999999"))
        await modem.came("AT+CLCC", 4)
        modem.alert()
        async with asyncio.timeout(LIMIT_S):
            event = await call.next()

    assert event.state is CallState.RINGING
