"""SIM and network of a mobile modem, by AT commands.

Source: 3GPP TS 27.007 sections 8.3 (+CPIN), 7.2 (+CREG), 10.1.22 (+CEREG), 8.5 (+CSQ),
7.3 (+COPS), 9.2 (+CME ERROR).
"""

import asyncio
import re

from msgspec import Struct

from secours.model.observed import Evidence, Reason, failed
from secours.model.runs import Stop
from secours.outside_text import plain
from secours.wire.modem.at import AtResponse, Dialogue
from secours.wire.numbers import whole

BEST_SIGNAL = 31  # -51 dBm or more, TS 27.007 section 8.5
NO_SIM, SIM_BUSY = (10, 13, 15), 14  # TS 27.007 section 9.2.1
LOCKED = {11: "SIM PIN REQUIRED", 12: "SIM PUK REQUIRED"}  # as +CME ERROR has it
LOCKS = {"SIM PIN": "sim-pin-required", "SIM PUK": "sim-puk-required"}
USABLE = ("", "READY", "SIM PIN2", "SIM PUK2")  # the second PIN guards no calls
HOME = (1, 9)  # <stat> of +CREG, TS 27.007 section 7.2
ROAMING = (5, 10)
TEXT_ONLY = (6, 7)
STANDING = {  # why one is not registered, section 7.2
    0: "not-searching",
    2: "searching",
    3: "registration-denied",
    4: "out-of-coverage",
    8: "emergency-calls-only",
    11: "emergency-calls-only",
}
TECHNOLOGIES = {  # <AcT> of +COPS, TS 27.007 section 7.3
    **dict.fromkeys((0, 1, 3, 8), "GSM"),
    **dict.fromkeys((2, 4, 5, 6), "UMTS"),
    **dict.fromkeys((7, 9), "LTE"),
    **dict.fromkeys((10, 11, 12, 13), "5G"),
}
BUSY_S = 0.5  # before a SIM that is starting is asked again


class Radio(Struct, frozen=True):
    """State of a modem's network; None where it cannot say."""

    voice: int | None  # <stat> of +CREG
    packets: int | None  # <stat> of +CEREG
    signal: int | None
    operator: str = ""
    technology: str = ""

    @property
    def calls(self) -> bool:
        """Tell whether it is registered for calls."""
        return self.voice in HOME + ROAMING

    @property
    def registered(self) -> bool:
        """Tell whether it is registered, for any service."""
        return self.voice in TEXT_ONLY or bool(
            {self.voice, self.packets} & {*HOME, *ROAMING}
        )

    @property
    def problem(self) -> str:
        """Return the problem that keeps it from being registered."""
        stat = self.packets if self.voice is None else self.voice
        return STANDING.get(stat or 0, "no-network")


async def lock_of(line: Dialogue) -> str:
    """Return the lock of the SIM, empty where unknown; raise Stop without a SIM."""
    answer = await line.ask("AT+CPIN?")
    if answer.error.upper() == "ERROR":  # it may say more once told to, section 9.1
        await line.ask("AT+CMEE=1")
        answer = await line.ask("AT+CPIN?")
    while answer.cme == SIM_BUSY:
        await asyncio.sleep(BUSY_S)
        answer = await line.ask("AT+CPIN?")
    if answer.cme in NO_SIM:
        raise Stop(failed(Reason.NO_SIM, Evidence.SERVED, said=plain(answer.error)))
    lock = answer.value("+CPIN") or LOCKED.get(answer.cme or 0, "")
    return lock.strip('"').upper()


async def unlocked(line: Dialogue) -> None:
    """Raise Stop if the SIM is missing, or known to be locked."""
    lock = await lock_of(line)
    if lock not in USABLE:
        problem = LOCKS.get(lock.removesuffix(" REQUIRED"))
        facts = {"problem": problem} if problem else {"said": plain(lock)}
        raise Stop(failed(Reason.SIM_LOCKED, Evidence.SERVED, **facts))


async def attached(line: Dialogue, *, for_calls: bool = False) -> None:
    """Raise if the SIM is unusable, or known to be without a network, or one for calls.

    Raises:
        Stop: there is no SIM, it is locked, or it is not registered.
    """
    await unlocked(line)
    voice = _found_stat("+CREG", await line.ask("AT+CREG?"))
    packets = _found_stat("+CEREG", await line.ask("AT+CEREG?"))
    found = Radio(voice, packets, None)
    usable = found.calls if for_calls and voice is not None else found.registered
    if not usable and (voice, packets) != (None, None):
        problem = found.problem
        raise Stop(failed(Reason.NOT_REGISTERED, Evidence.SERVED, problem=problem))


async def calls(line: Dialogue) -> Radio:
    """Ask for the registration for calls, the most important, or raise Stop."""
    answer = await line.ask("AT+CREG?")
    voice = _found_stat("+CREG", answer)
    if voice is None and not answer.error:
        said = plain(" ".join(answer.lines))
        raise Stop(failed(Reason.PROTOCOL, Evidence.REACHED, said=said))
    return Radio(voice, None, None)


async def radio(line: Dialogue, calls: Radio) -> Radio:
    """Ask for the rest: registration for data, signal and operator."""
    packets = _found_stat("+CEREG", await line.ask("AT+CEREG?"))
    signal = _signal(await line.ask("AT+CSQ"))
    operator, technology = _operator(await line.ask("AT+COPS?"))
    return Radio(calls.voice, packets, signal, operator, technology)


def _found_stat(name: str, answer: AtResponse) -> int | None:
    """Find <stat> in an answer `<n>,<stat>...`.

    Unsolicited messages look alike but lack <n>: `<stat>[,"<lac>"...]`.
    """
    for line in answer.lines:
        if found := re.match(rf"\{name}: *\d *, *(\d\d?) *(?:,|$)", line, re.I):
            return int(found[1])
    return None


def _signal(answer: AtResponse) -> int | None:
    """Return <rssi>, None for 99 or anything else unknown or undetectable."""
    rssi = (answer.value("+CSQ") or "").partition(",")[0].strip()
    found = whole(rssi) if rssi.isdecimal() else None
    return None if found is None or found > BEST_SIGNAL else found


def _operator(answer: AtResponse) -> tuple[str, str]:
    """Return the operator's name and the technology, empty where unknown."""
    match = re.match(
        r'\d *, *\d *, *"([^"]*)" *(?:, *(\d+))?', answer.value("+COPS") or ""
    )
    if not match:
        return "", ""
    return plain(match[1]), TECHNOLOGIES.get(whole(match[2] or "-1"), "")
