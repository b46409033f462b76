"""Modem: is our SIM registered on the mobile network, well enough to call and text?

Asked of the modem by AT commands; nothing is called or sent, and the PIN is never
entered here. An ok shows that the network accepted our SIM and that it may be called;
it does not show that a call or a text would arrive.

Source: 3GPP TS 27.007 sections 8.3 (+CPIN), 7.2 (+CREG), 10.1.22 (+CEREG), 8.5 (+CSQ),
7.3 (+COPS), 9.2 (+CME ERROR).
"""

import asyncio
import re
from dataclasses import dataclass
from typing import Any, Literal

from secours.model import (
    Evidence,
    Outcome,
    Path,
    Reason,
    Secret,
    Stop,
    degraded,
    failed,
    ok,
)
from secours.wire.at import BAUD, Answer, Dialogue, open_line
from secours.wire.words import plain

BEST = Evidence.AUTHENTICATED
BINDS_PATH = False  # a serial line goes out by itself

BEST_SIGNAL = 31  # -51 dBm or more, TS 27.007 section 8.5
NO_SIM, SIM_BUSY = (10, 13, 15), 14  # TS 27.007 section 9.2.1
LOCKED = {11: "SIM PIN", 12: "SIM PUK"}
USABLE = ("READY", "SIM PIN2", "SIM PUK2")  # the second PIN guards no calls
HOME = (1, 9)  # <stat> of +CREG, TS 27.007 section 7.2
ROAMING = (5, 10)
TEXT_ONLY_HOME, TEXT_ONLY_ROAMING = 6, 7
STANDING = {  # why one is not registered, in the words of section 7.2
    0: "not searching",
    2: "searching",
    3: "registration denied",
    4: "out of coverage",
    8: "emergency calls only",
    11: "emergency calls only",
}
TECHNOLOGIES = {  # <AcT> of +COPS, TS 27.007 section 7.3
    **dict.fromkeys((0, 1, 3, 8), "GSM"),
    **dict.fromkeys((2, 4, 5, 6), "UMTS"),
    **dict.fromkeys((7, 9), "LTE"),
    **dict.fromkeys((10, 11, 12, 13), "5G"),
}
BUSY_S = 0.5  # before a SIM that is starting is asked again


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the modem is, and what is good enough."""

    port: str
    baud: int = BAUD
    pin: Secret | None = None  # sent by the engine alone, never by this probe
    min_signal: int = 10  # of 31
    roaming: Literal["degraded", "ok"] = "degraded"

    def __post_init__(self) -> None:
        if not self.port:
            raise ValueError("port must name a device, such as /dev/ttyUSB2")
        if not 0 <= self.min_signal <= BEST_SIGNAL:
            raise ValueError(f"min_signal must be 0 to {BEST_SIGNAL}")


@dataclass(frozen=True, slots=True)
class _Radio:
    """What the modem told of itself; None where it cannot say."""

    voice: int | None
    packets: int | None
    signal: int | None
    operator: str
    technology: str


async def probe(settings: Settings, path: Path | None = None) -> Outcome:
    """Ask the modem for its SIM, its registration and its signal.

    Raises:
        Stop: the device is missing or busy, the SIM is locked, or nothing answers.

    """
    async with open_line(settings.port, settings.baud) as line:
        await _sim(line)
        radio = await _radio(line)
    return _judge(settings, radio)


async def _sim(line: Dialogue) -> None:
    """Stop where the SIM is missing or locked; go on where the modem cannot say."""
    answer = await line.ask("AT+CPIN?")
    if answer.error.upper() == "ERROR":  # it may say more once told to, section 9.1
        await line.ask("AT+CMEE=1")
        answer = await line.ask("AT+CPIN?")
    while answer.cme == SIM_BUSY:
        await asyncio.sleep(BUSY_S)
        answer = await line.ask("AT+CPIN?")
    if answer.cme in NO_SIM:
        raise Stop(failed(Reason.NO_SIM, Evidence.SERVED, said=plain(answer.error)))
    lock = answer.value("+CPIN") or LOCKED.get(answer.cme or 0)
    if lock and lock.upper() not in USABLE:
        raise Stop(failed(Reason.SIM_LOCKED, Evidence.SERVED, said=plain(lock)))


async def _radio(line: Dialogue) -> _Radio:
    voice = _stat("+CREG", await line.ask("AT+CREG?"))
    packets = _stat("+CEREG", await line.ask("AT+CEREG?"))
    signal = _signal(await line.ask("AT+CSQ"))
    operator, technology = _operator(await line.ask("AT+COPS?"))
    return _Radio(voice, packets, signal, operator, technology)


def _stat(name: str, answer: Answer) -> int | None:
    """Return <stat> of an answer `<n>,<stat>...`, None where the modem has no such.

    Messages of the modem's own look alike but lack <n>: `<stat>[,"<lac>"...]`.
    """
    for line in answer.lines:
        if found := re.match(rf"\{name}: *\d *, *(\d\d?) *(?:,|$)", line, re.I):
            return int(found[1])
    if not answer.error:
        said = plain(" ".join(answer.lines))
        raise Stop(failed(Reason.PROTOCOL, Evidence.REACHED, said=said))
    return None


def _signal(answer: Answer) -> int | None:
    """Return <rssi>, None for 99 or anything else that is not known or detectable."""
    rssi = (answer.value("+CSQ") or "").partition(",")[0].strip()
    known = rssi.isdecimal() and int(rssi) <= BEST_SIGNAL
    return int(rssi) if known else None


def _operator(answer: Answer) -> tuple[str, str]:
    """Return the operator's name and the technology, empty where not known."""
    found = re.match(
        r'\d *, *\d *, *"([^"]*)" *(?:, *(\d+))?', answer.value("+COPS") or ""
    )
    if not found:
        return "", ""
    return plain(found[1]), TECHNOLOGIES.get(int(found[2] or -1), "")


def _judge(settings: Settings, radio: _Radio) -> Outcome:
    facts: dict[str, Any] = {
        "signal": "unknown" if radio.signal is None else radio.signal,
        "best": BEST_SIGNAL,
        **({"operator": radio.operator} if radio.operator else {}),
        **({"technology": radio.technology} if radio.technology else {}),
    }
    if radio.voice is None and radio.packets is None:
        return failed(Reason.PROTOCOL, Evidence.REACHED, said="no +CREG, no +CEREG")
    calls = radio.voice in HOME + ROAMING
    texts_only = radio.voice in (TEXT_ONLY_HOME, TEXT_ONLY_ROAMING)
    if not (calls or texts_only or radio.packets in HOME + ROAMING):
        stat = radio.packets if radio.voice is None else radio.voice
        facts["said"] = STANDING.get(stat or 0, "not registered")
        return failed(Reason.NOT_REGISTERED, Evidence.SERVED, **facts)
    if reason := _short_of(settings, radio, calls):
        return degraded(reason, Evidence.AUTHENTICATED, **facts)
    return ok(Evidence.AUTHENTICATED, **facts)


def _short_of(settings: Settings, radio: _Radio, calls: bool) -> Reason | None:
    """Name the worst that a registered modem lacks."""
    if not calls:
        return Reason.DATA_ONLY
    if radio.voice in ROAMING and settings.roaming != "ok":
        return Reason.ROAMING
    if radio.signal is None or radio.signal < settings.min_signal:
        return Reason.WEAK_SIGNAL
    return None
