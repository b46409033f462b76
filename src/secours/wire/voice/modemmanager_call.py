"""Voice calls through ModemManager: placed, and heard.

Source: ModemManager 1.24 D-Bus interface reference (Modem.Voice, Call), its MMCallState
and MMCallStateReason, and the errors of MMConnectionError.
"""

import asyncio
from contextlib import suppress
from typing import Any

from dbus_fast import Variant

from secours.model.observed import Evidence, Outcome, Reason, failed, unknown
from secours.model.runs import Stop
from secours.outside_text import plain
from secours.wire.modem.modemmanager import CallRefused, Modem, Properties, attached
from secours.wire.voice.call import POLL_S, Call, CallState, of_modem
from secours.wire.voice.incoming import IncomingCalls

FORGET_S = 2.0
RINGING_HERE, TERMINATED = (3, 6), 7  # MMCallState: ringing in, waiting
STATES = dict.fromkeys((4, 5), CallState.ANSWERED) | {2: CallState.RINGING}
REFUSED_OR_BUSY, ERROR, NO_AUDIO, TRANSFERRED, DEFLECTED = 5, 6, 7, 8, 9
NO_VOICE = (  # the modem, or its SIM, makes no calls
    "org.freedesktop.DBus.Error.UnknownMethod",
    "org.freedesktop.DBus.Error.UnknownInterface",
    "Core.Unsupported",
)
NO_NETWORK = ("MobileEquipment.NoNetwork", "Core.WrongState")
RESULTS = {  # those of a modem with the same meaning
    "Connection.NoCarrier": "NO CARRIER",
    "Connection.NoDialtone": "NO DIALTONE",
    "Connection.Busy": "BUSY",
    "Connection.NoAnswer": "NO ANSWER",
}


async def place(modem: Modem, number: str, call: Call) -> None:
    """Call a number, and follow the call to its end or until it is to stop.

    Raises:
        Stop: the modem makes no calls, or has no network.
        CallRefused: ModemManager has an error of its own.
    """
    if await _calls(modem):
        raise Stop(unknown(Reason.DEVICE_BUSY, problem="other-call"))
    options = {"number": Variant("s", number)}
    path = await _voice(modem, "CreateCall", "a{sv}", options)
    try:
        await _started(modem, path, call)
    finally:
        with suppress(CallRefused, TimeoutError):
            async with asyncio.timeout(FORGET_S):
                await modem.call(modem.path, "Modem.Voice.DeleteCall", "o", path)


async def _voice(modem: Modem, method: str, signature: str = "", *body: Any) -> Any:
    """Call a method of the modem's voice; raise Stop if it takes no calls."""
    member = f"Modem.Voice.{method}"
    try:
        return (await modem.call(modem.path, member, signature, *body))[0]
    except CallRefused as refusal:
        raise Stop(_unable(refusal)) from None


async def _calls(modem: Modem) -> dict[str, Properties]:
    """Return the calls that are not over, by their path; raises as `_voice`."""
    calls: dict[str, Properties] = {}
    for path in await _voice(modem, "ListCalls"):
        with suppress(CallRefused):  # it was forgotten meanwhile
            call = await modem.read(path, "Call")
            if call.get("State") != TERMINATED:
                calls[path] = call
    return calls


async def _started(modem: Modem, path: str, call: Call) -> None:
    async def look() -> CallState | Outcome | None:
        properties = await modem.read(path, "Call")
        state = int(properties.get("State", 0))
        if state == TERMINATED:
            return _why(int(properties.get("StateReason", 0)))
        return STATES.get(state)

    try:
        await call.unless_stopped(modem.call(path, "Call.Start"))
        if await call.follow(look):
            return
    except CallRefused as refusal:
        if refusal.name in (*NO_VOICE, *NO_NETWORK):
            raise Stop(_unable(refusal)) from None
        call.ends(of_modem(RESULTS.get(refusal.name, refusal.name), refusal.said))
        return
    with suppress(CallRefused):  # it ended by itself
        await modem.call(path, "Call.Hangup")
        while (await modem.read(path, "Call")).get("State") != TERMINATED:  # noqa: ASYNC110 -- only it knows
            await asyncio.sleep(POLL_S)


def _why(reason: int) -> Outcome:
    if reason == REFUSED_OR_BUSY:
        return failed(Reason.BUSY, Evidence.SERVED, problem="refused-or-busy")
    if reason in (TRANSFERRED, DEFLECTED):
        return failed(Reason.RANG_ELSEWHERE, Evidence.SERVED)
    if reason == NO_AUDIO:
        return unknown(Reason.BROKEN, problem="modem-failure")
    return of_modem("ERROR" if reason == ERROR else "NO CARRIER")


def _unable(refusal: CallRefused) -> Outcome:
    """Return why the modem itself cannot call."""
    if refusal.name in NO_VOICE:
        return unknown(Reason.BROKEN, problem="no-voice")
    if refusal.name in NO_NETWORK:
        return unknown(Reason.NOT_REGISTERED, problem="no-network")
    return unknown(Reason.BROKEN, said=plain(refusal.name))


async def listen(modem: Modem, incoming: IncomingCalls) -> None:
    """Report the calls that ring at a modem, until it is to stop.

    Raises:
        Stop: no call could come: no network, or the modem takes none.
        CallRefused: ModemManager has an error of its own.
    """

    async def look() -> tuple[dict[str, str], bool]:
        calls = await _calls(modem)
        ringing = {
            path: str(each.get("Number", ""))
            for path, each in calls.items()
            if each.get("State") in RINGING_HERE
        }
        return ringing, bool(calls)

    await incoming.watch(look)
    if incoming.doubted:
        await check(modem)


async def check(modem: Modem) -> None:
    """Raise if it has no network any more; errors as of `attached`."""
    attached(await modem.again())
