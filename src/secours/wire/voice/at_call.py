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
from secours.wire.voice.call import POLL_S, Call, CallState, of_modem
from secours.wire.voice.incoming import IncomingCalls

HANG_UPS = 3  # tries to find our call beside another's
LISTED = re.compile(
    r'\+CLCC: *(\d+) *, *([01]) *, *([0-6]) *, *(\d+) *, *[01](?: *, *"([^"]*)")?', re.I
)
SHOWN = re.compile(r'\+CLIP: *"([^"]+)"', re.IGNORECASE)
RING_S = 10.0  # a call is over after so long without a RING
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
    """Call a number, and follow the call to its end or until it is to stop.

    Raises:
        Stop: the modem cannot call now, the line carries noise, or it went away.
    """
    if listed(await line.ask("AT+CLCC")):
        raise Stop(unknown(Reason.DEVICE_BUSY, problem="other-call"))
    answer = await call.unless_stopped(line.dial(number))
    if answer is not None and answer.error:
        call.ends(await _refused(line, answer))
        return
    appeared = False  # on the modem's list, which lacks some calls to their end

    async def look() -> CallState | Outcome | None:
        nonlocal appeared
        answer = await line.ask("AT+CLCC")
        ended = next((x for x in answer.lines if CALL_ENDS.fullmatch(x)), "")
        ours = next((x for x in listed(answer) if x.direction == OUTGOING), None)
        appeared = appeared or ours is not None
        if ours is not None and ended.upper() == "NO CARRIER":
            ended = ""  # of another call
        if ended or (ours is None and appeared and not answer.error):
            return await _ended(line, ended)
        return _state(ours)

    if answer is None or not await call.follow(look):  # what is typed ends dialling
        await _hang_up(line)


def _state(ours: ListedCall | None) -> CallState | None:
    if ours is None:
        return None
    if ours.state in (ACTIVE, HELD):
        return CallState.ANSWERED
    return CallState.RINGING if ours.state == ALERTING else None


async def _refused(line: Dialogue, answer: AtResponse) -> Outcome:
    """Return why a call was refused at once; raise Stop if the modem cannot call."""
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


async def listen(line: Dialogue, incoming: IncomingCalls) -> None:
    """Report the calls that ring at a modem, until it is to stop.

    Raises:
        Stop: no call could come: no network, no device; or the line carries noise.
    """
    await line.ask("AT+CLIP=1")
    shown: dict[str, float] = {}  # when a caller was last shown beside a RING

    async def look() -> tuple[dict[str, str], bool]:
        answer, now_s = await line.ask("AT+CLCC"), asyncio.get_running_loop().time()
        for each in answer.lines:
            if found := SHOWN.match(each):
                shown[found[1]] = now_s
        recent = {who: who for who, at_s in shown.items() if now_s < at_s + RING_S}
        calls = listed(answer)
        ringing = {str(x.number): x.who for x in calls if x.state in RINGING_HERE}
        if [*ringing.values()] == [""]:  # it is listed without
            latest = max(recent, key=shown.__getitem__, default="")
            ringing = dict.fromkeys(ringing, latest)
        return recent if answer.error else ringing, bool(calls or recent)

    await incoming.watch(look)
    if incoming.doubted:
        await cellular.attached(line, for_calls=True)
