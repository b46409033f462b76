"""Voice calls through ModemManager: placed, and heard.

Source: ModemManager 1.24 D-Bus interface reference (Modem.Voice, Call), its MMCallState
and MMCallStateReason, and the errors of MMConnectionError.
"""

import asyncio
from contextlib import suppress

from dbus_fast import Variant

from secours.model.observed import Evidence, Outcome, Reason, failed, unknown
from secours.model.runs import Stop
from secours.outside_text import plain
from secours.wire.modem.modemmanager import CallRefused, Modem, attached
from secours.wire.voice.call import Call, CallState, of_modem
from secours.wire.voice.incoming import IncomingCalls

POLL_S = 0.3
FORGET_S = 2.0
RINGING_OUT, RINGING_IN, ACTIVE, HELD, WAITING, TERMINATED = 2, 3, 4, 5, 6, 7
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
    """Call a number, and follow the call to its end or until it is unwanted.

    Raises:
        Stop: the modem makes no calls, or has no network.
        CallRefused: ModemManager has an error of its own.

    """
    try:
        voice = "Modem.Voice.CreateCall", "a{sv}"
        (made,) = await modem.call(modem.path, *voice, {"number": Variant("s", number)})
    except CallRefused as refusal:
        raise Stop(_unable(refusal)) from None
    try:
        await _started(modem, made, call)
    finally:
        with suppress(CallRefused, TimeoutError):
            async with asyncio.timeout(FORGET_S):
                await modem.call(modem.path, "Modem.Voice.DeleteCall", "o", made)


async def _started(modem: Modem, made: str, call: Call) -> None:
    try:
        await call.unless_unwanted(modem.call(made, "Call.Start"))
        call.taken = True
        why = await _followed(modem, made, call)
    except CallRefused as refusal:
        if refusal.name in (*NO_VOICE, *NO_NETWORK):
            raise Stop(_unable(refusal)) from None
        why = of_modem(RESULTS.get(refusal.name, refusal.name), refusal.said)
    if why is not None:
        call.tell(CallState.ENDED, why)
        return
    with suppress(CallRefused):  # it ended by itself
        await modem.call(made, "Call.Hangup")
        while (await modem.read(made, "Call")).get("State") != TERMINATED:  # noqa: ASYNC110 -- only it knows
            await asyncio.sleep(POLL_S)


async def _followed(modem: Modem, made: str, call: Call) -> Outcome | None:
    """Report the states of our call; return why it ended, None if it is unwanted."""
    told: set[CallState] = set()
    while not call.unwanted.is_set():
        found = await modem.read(made, "Call")
        state = int(found.get("State", 0))
        if state == TERMINATED:
            return _why(int(found.get("StateReason", 0)))
        new = CallState.ANSWERED if state in (ACTIVE, HELD) else None
        new = CallState.RINGING if state == RINGING_OUT else new
        if new and new not in told:
            told.add(new)
            call.tell(new)
        await call.until(call.unwanted, POLL_S)
    return None


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


# ------------------------------------------------------------------ who calls us


async def listen(modem: Modem, incoming: IncomingCalls) -> None:
    """Report the calls that ring at a modem, until it is enough.

    Raises:
        Stop: no call could come: no network, or the modem takes none.
        CallRefused: ModemManager has an error of its own.

    """
    while True:
        try:
            (paths,) = await modem.call(modem.path, "Modem.Voice.ListCalls")
        except CallRefused as refusal:
            raise Stop(_unable(refusal)) from None
        ringing, engaged = {}, False
        for path in paths:
            with suppress(CallRefused):  # it was forgotten meanwhile
                found = await modem.read(path, "Call")
                engaged |= int(found.get("State", 0)) != TERMINATED
                if found.get("State") in (RINGING_IN, WAITING):
                    ringing[path] = str(found.get("Number", ""))
        incoming.see(ringing)
        incoming.engaged = engaged
        incoming.ready.set()
        if incoming.closing.is_set():
            break
        await Call.until(incoming.closing, POLL_S)
    if incoming.doubted:
        attached(await modem.again())
