"""Iridium: does the satellite terminal see the sky, and does the network know it?

Without a session this asks the terminal for its signal and its registration, which
costs nothing. With `session: true` it holds a short burst data session (airtime): an ok
shows that the gateway let us in, and `delivered` that it took what waited in the
terminal. Neither shows that a telephone call would carry speech. A terminal that only
ever holds sessions may stay "no-network" in between: give it `session: true`. A session
also fetches one message that waits at the gateway, over one that waits in the terminal:
let nobody else rely on this terminal for messages to it.

Source: Iridium ISU AT Command Reference, +CSQ, +CREG, +SBDREG, +SBDS (MO flag), +SBDIX
(MO status).
"""

import re
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from secours.message import BadValue
from secours.model.observed import (
    Evidence,
    Facts,
    Outcome,
    Reason,
    degraded,
    failed,
    ok,
    unknown,
)
from secours.model.runs import Stop
from secours.model.sections.channel import Path
from secours.outside_text import plain
from secours.wire import daily_budget
from secours.wire.modem.at import AtResponse, Dialogue, open_line
from secours.wire.numbers import whole

BEST = Evidence.DELIVERED
BINDS_PATH = False  # the sky is its own path

BAUD = 19200  # the default of the terminals, +IPR
BEST_SIGNAL = 5  # bars
REGISTERED = {"+CREG": (1, 5), "+SBDREG": (2,)}
STANDING = {  # the problem, by the same commands
    "+CREG": {
        0: "not-searching",
        2: "searching",
        3: "registration-denied",
        4: "standing-unknown",
    },
    "+SBDREG": {0: "detached", 1: "no-network", 3: "registration-denied"},
}
SENT = range(5)  # MO status 0 to 4: "MO session success"
INTERVAL_S = 3600.0  # of sessions, which cost airtime: 24 a day
SESSION_S = 120.0  # most end within one minute
WAIT_S = 180.0  # MO status 36: "must wait 3 minutes since last registration"
ENDINGS = {  # the other MO status codes
    10: (Reason.NOT_DELIVERED, "call-too-long"),
    11: (Reason.NOT_DELIVERED, "gateway-full"),
    12: (Reason.NOT_DELIVERED, "too-many-segments"),
    13: (Reason.NOT_DELIVERED, "session-incomplete"),
    14: (Reason.NOT_DELIVERED, "bad-segment-size"),
    15: (Reason.AUTH, "not-authorised"),
    16: (Reason.SIM_LOCKED, "terminal-locked"),
    17: (Reason.NOT_DELIVERED, "gateway-silent"),
    18: (Reason.NOT_DELIVERED, "connection-lost"),
    19: (Reason.NOT_DELIVERED, "link-failure"),
    **dict.fromkeys(
        (*range(5, 10), *range(20, 32)), (Reason.NOT_DELIVERED, "session-failed")
    ),
    32: (Reason.NOT_REGISTERED, "no-network"),
    33: (Reason.NOT_DELIVERED, "antenna-fault"),
    34: (Reason.NOT_REGISTERED, "radio-off"),
    35: (Reason.DEVICE_BUSY, "modem-busy"),
    36: (Reason.RATE_LIMITED, "just-registered"),
    37: (Reason.NOT_DELIVERED, "service-off"),
    38: (Reason.RATE_LIMITED, "traffic-limited"),
    64: (Reason.NOT_DELIVERED, "out-of-band"),
    65: (Reason.NOT_DELIVERED, "modem-failure"),
}


def default_interval_s(settings: "Settings") -> float | None:
    """Return the shortest interval of sessions."""
    return INTERVAL_S if settings.session else None


def default_timeout_s(settings: "Settings") -> float | None:
    """Return the time that a session needs."""
    return SESSION_S if settings.session else None


def default_cost(settings: "Settings") -> bool | None:
    """Return that a session costs money."""
    return settings.session or None


class Settings(Struct, frozen=True, kw_only=True):
    """Terminal, limits of a good signal, and use of airtime."""

    port: str
    """Serial port of the terminal, such as /dev/ttyUSB0."""
    min_signal: int = 2
    """Bars of signal, of 5, below which it is degraded."""
    session: bool = False
    """True to hold a session in a test, which costs airtime."""
    max_per_day: int = 50
    """Number of these that an engine sends a day; `check` counts none."""

    def __post_init__(self) -> None:
        if not self.port:
            raise BadValue("plan.option.device", option="port", example="/dev/ttyUSB0")
        if not 0 <= self.min_signal <= BEST_SIGNAL:
            raise BadValue(
                "plan.option.from-to", option="min_signal", low=0, high=BEST_SIGNAL
            )
        if self.max_per_day < 0:
            raise BadValue("plan.option.zero-or-more", option="max_per_day")

    @property
    def device(self) -> str:
        """Return our device of the measurement."""
        return self.port


async def prepare(
    settings: Settings,
    memory: dict[str, str],
    at: datetime,
    *,
    hurried: bool = False,
) -> None:
    """Count a session, some kept for when `hurried`; raise Stop at the limit."""
    if settings.session:
        daily_budget.spend(memory, at, settings.max_per_day, hurried=hurried)


async def probe(settings: Settings, path: Path | None = None) -> Outcome:
    """Ask the terminal for its signal and registration, or hold a session."""
    async with open_line(settings.port, BAUD) as line:
        signal = _signal(await line.ask("AT+CSQ"))
        if settings.session:
            buffer = (await line.ask("AT+SBDS")).value("+SBDS") or ""
            outcome = _session(await line.ask("AT+SBDIX"), sends=buffer[:1] == "1")
        else:
            outcome = await _standing(line, signal)
    facts = {**outcome.facts, "signal": signal, "best": BEST_SIGNAL}
    outcome = replace(outcome, facts=facts)
    if outcome.reason is Reason.NONE and signal < settings.min_signal:
        return degraded(Reason.WEAK_SIGNAL, outcome.evidence, **facts)
    return outcome


def _signal(answer: AtResponse) -> int:
    bars = answer.value("+CSQ") or answer.value("+CSQF") or ""
    if not re.fullmatch("[0-5]", bars):
        raise _nonsense(answer)
    return int(bars)


def _nonsense(answer: AtResponse) -> Stop:
    said = plain(" ".join((*answer.lines, answer.error)))
    return Stop(failed(Reason.PROTOCOL, Evidence.REACHED, said=said))


async def _standing(line: Dialogue, signal: int) -> Outcome:
    """Read the registration, of a telephone or else of a data terminal."""
    for name, registered in REGISTERED.items():
        answer = await line.ask(f"AT{name}?")
        if answer.error:
            continue  # this terminal is of the other sort
        stat = _stat(name, answer)
        if stat in registered:
            return _with_signal(signal, Evidence.AUTHENTICATED)
        problem = STANDING[name].get(stat, "no-network")
        return failed(Reason.NOT_REGISTERED, Evidence.SERVED, problem=problem)
    return _with_signal(signal, Evidence.SERVED)


def _with_signal(signal: int, evidence: Evidence) -> Outcome:
    """Return ok, or that nothing can be sent though the network knows it."""
    if signal == 0:
        return failed(Reason.WEAK_SIGNAL, evidence)
    return ok(evidence)


def _stat(name: str, answer: AtResponse) -> int:
    """Return <stat> of `+CREG:<n>,<stat>` or of `+SBDREG:<stat>`."""
    before = r"\d+ *, *" if name == "+CREG" else ""
    for line in answer.lines:
        if found := re.match(rf"\{name} *: *{before}(\d+)", line, re.I):
            return whole(found[1])
    raise _nonsense(answer)


def _session(answer: AtResponse, *, sends: bool) -> Outcome:
    """Read `+SBDIX:<MO status>,<MOMSN>,<MT status>,<MTMSN>,<MT length>,<queued>`."""
    numbers = re.fullmatch(r"(\d+)(?: *, *-?\d+){5}", answer.value("+SBDIX") or "")
    if not numbers:
        raise _nonsense(answer)
    code = whole(numbers[1])
    if code in SENT:
        return ok(Evidence.DELIVERED if sends else Evidence.AUTHENTICATED, code=code)
    reason, problem = ENDINGS.get(code, (Reason.NOT_DELIVERED, "session-failed"))
    facts: Facts = {"code": code, "problem": problem}
    if reason is Reason.DEVICE_BUSY:
        return unknown(reason, **facts)
    if reason is Reason.RATE_LIMITED:
        outcome = degraded(reason, Evidence.SERVED, **facts)
        return replace(outcome, retry_after_s=WAIT_S if code == 36 else None)
    return failed(reason, Evidence.SERVED, **facts)
