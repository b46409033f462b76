"""Voice calls by a modem, with AT commands: placed, and heard.

Source: 3GPP TS 27.007 sections 6.2 (ATD), 7.18 (+CLCC), 6.5 (+CHUP), 7.13 (+CHLD), 6.10
(+CEER), 7.6 (+CLIP), 9.2 (+CME ERROR); ITU-T V.250 section 6.3.6 (ATH).
"""

import asyncio
import re

from msgspec import Struct

from secours.model.observed import Outcome, Reason, unknown
from secours.model.runs import Stop
from secours.outside_text import plain
from secours.wire.modem import cellular
from secours.wire.modem.at import CALL_ENDS, AtResponse, Dialogue
from secours.wire.voice.call import Call, CallState, of_modem
from secours.wire.voice.incoming import IncomingCalls

POLL_S = 0.3
FIRST_S = 5.0  # for a call to appear in the modem's list
HANG_UPS = 3  # looks for our call beside another's
LISTED = re.compile(
    r'\+CLCC: *(\d+) *, *([01]) *, *([0-6]) *, *(\d+) *, *[01](?: *, *"([^"]*)")?', re.I
)
SHOWN = re.compile(r'\+CLIP: *"([^"]+)"', re.IGNORECASE)
RING_S = 10.0  # without a RING, after which a call is over
OUTGOING = 0  # <dir>
ACTIVE, HELD, ALERTING = 0, 1, 3  # <stat>
RINGING_HERE = (4, 5)  # <stat>: incoming, waiting
VOICE = 0  # <mode>
OURS = {3: "modem-refuses", 4: "modem-refuses", 30: "no-network"}  # +CME ERROR


class ListedCall(Struct, frozen=True):
    """A call in a modem's list."""

    number: int
    direction: int
    state: int
    who: str  # the telephone number at the other end, if the network tells it


def listed(answer: AtResponse) -> list[ListedCall]:
    """Read the voice calls in an answer to AT+CLCC."""
    found = [match for line in answer.lines if (match := LISTED.match(line))]
    return [
        ListedCall(int(m[1]), int(m[2]), int(m[3]), m[5] or "")
        for m in found
        if int(m[4]) == VOICE
    ]


async def place(line: Dialogue, number: str, call: Call) -> None:
    """Call a number, and follow the call to its end or until it is unwanted.

    Raises:
        Stop: the modem cannot call, the line carries noise, or the device went away.

    """
    answer = await call.unless_unwanted(line.dial(number))
    if answer is None:  # whatever is typed meanwhile ends the dialling, V.250 5.6.1
        await _hang_up(line)
        return
    if answer.error:
        call.tell(CallState.ENDED, await _refused(line, answer))
        return
    call.taken = True
    if (why := await _followed(line, call)) is not None:
        call.tell(CallState.ENDED, why)
    else:
        await _hang_up(line)


async def _followed(line: Dialogue, call: Call) -> Outcome | None:
    """Report the states of our call; return why it ended, None if it is unwanted."""
    told: set[CallState] = set()
    now_s = asyncio.get_running_loop().time
    appears_s, seen = now_s() + FIRST_S, False
    while not call.unwanted.is_set():
        answer = await line.ask("AT+CLCC")
        ended = next((x for x in answer.lines if CALL_ENDS.fullmatch(x)), None)
        ours = next((x for x in listed(answer) if x.direction == OUTGOING), None)
        seen = seen or ours is not None
        gone = ours is None and not answer.error and (seen or now_s() > appears_s)
        if ended or gone:
            return await _ended(line, ended or "")
        state = _state(ours)
        if state and state not in told:
            told.add(state)
            call.tell(state)
        await call.until(call.unwanted, POLL_S)
    return None


def _state(ours: ListedCall | None) -> CallState | None:
    if ours is None:
        return None
    if ours.state in (ACTIVE, HELD):
        return CallState.ANSWERED
    return CallState.RINGING if ours.state == ALERTING else None


async def _refused(line: Dialogue, answer: AtResponse) -> Outcome:
    """Return why a call was refused at once.

    Raises:
        Stop: the modem itself cannot call.

    """
    if problem := OURS.get(answer.cme or 0):
        reason = Reason.NOT_REGISTERED if problem == "no-network" else Reason.BROKEN
        raise Stop(unknown(reason, problem=problem, said=plain(answer.error)))
    return await _ended(line, answer.error)


async def _ended(line: Dialogue, result: str) -> Outcome:
    report = (await line.ask("AT+CEER")).value("+CEER") or ""
    return of_modem(result, report)


async def _hang_up(line: Dialogue) -> None:
    """End our call, and no other one, and wait until it is off the list."""
    others = 0
    while others < HANG_UPS:
        calls = listed(await line.ask("AT+CLCC"))
        ours = next((each for each in calls if each.direction == OUTGOING), None)
        if len(calls) > 1 and ours is not None:  # +CHUP would take them all
            await line.ask(f"AT+CHLD=1{ours.number}")
        elif (ours or not calls) and (await line.ask("AT+CHUP")).error:
            await line.ask("ATH")
        if not calls:
            return
        others += ours is None  # another's call; ours may not be on the list yet
        await asyncio.sleep(POLL_S)


# ------------------------------------------------------------------ who calls us


async def listen(line: Dialogue, incoming: IncomingCalls) -> None:
    """Report the calls that ring at a modem, until it is enough.

    Raises:
        Stop: no call could come: no network, no device; or the line carries noise.

    """
    await line.ask("AT+CLIP=1")
    shown: dict[str, float] = {}  # when a caller was last shown beside a RING
    while True:
        answer = await line.ask("AT+CLCC")
        now_s = asyncio.get_running_loop().time()
        latest = [m[1] for each in answer.lines if (m := SHOWN.match(each))]
        shown |= dict.fromkeys(latest, now_s)
        shown = {who: at_s for who, at_s in shown.items() if now_s < at_s + RING_S}
        calls = listed(answer)
        ringing = {str(x.number): x.who for x in calls if x.state in RINGING_HERE}
        if len(ringing) == 1 and "" in ringing.values():  # it is listed without
            ringing = dict.fromkeys(ringing, next(iter(shown), ""))
        incoming.see({who: who for who in shown} if answer.error else ringing)
        incoming.engaged = bool(calls or shown)
        incoming.ready.set()
        if incoming.closing.is_set():
            break
        await Call.until(incoming.closing, POLL_S)
    if incoming.doubted:
        await cellular.attached(line)
