"""Modem: is our SIM registered on the mobile network, well enough to call and text?

Asked of the modem by AT commands, or of ModemManager, which does not tell calls from
data. The test calls nobody and sends nothing. An ok shows that the network accepted our
SIM and that it may be called; it does not show that a call or a text would arrive. A
PIN is entered by the engine alone, never by `check`.

A notice is one text message. The network is asked for a status report of it, which says
when it is on the telephone.

Source: 3GPP TS 27.007 sections 7.2 (+CREG), 10.1.22 (+CEREG), 8.5 (+CSQ); ModemManager
D-Bus interface reference (Modem, Modem3gpp).
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Literal

from secours.message import BadValue
from secours.model.notices import Notice, Stage
from secours.model.observed import (
    Evidence,
    Outcome,
    Reason,
    Verdict,
    degraded,
    failed,
    ok,
)
from secours.model.secret import Secret
from secours.model.sections.channel import Path
from secours.wire.modem import cellular, modemmanager, sim_pin
from secours.wire.modem.at import open_line
from secours.wire.modem.cellular import BEST_SIGNAL, ROAMING, Radio
from secours.wire.modem.notice_sms import ModemOptions, text_message
from secours.wire.option_checks import telephone

BEST = Evidence.AUTHENTICATED
BINDS_PATH = False  # the air is its own path


class Settings(ModemOptions, frozen=True, kw_only=True):
    """Modem, and the limits of a good signal."""

    pin: Secret | None = None
    """PIN of the SIM card, named as ${NAME}; only the engine ever sends it."""
    min_signal: int = 10
    """Signal, of 31, below which it is degraded."""
    roaming: Literal["degraded", "ok"] = "degraded"
    """Result in a foreign network."""
    answers: bool = False
    """True to read text messages of recipients: they acknowledge and ask."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.min_signal <= BEST_SIGNAL:
            raise BadValue(
                "plan.option.from-to", option="min_signal", low=0, high=BEST_SIGNAL
            )


async def prepare(
    settings: Settings,
    memory: dict[str, str],
    at: datetime,
    *,
    hurried: bool = False,
) -> None:
    """Enter the PIN where the SIM asks for it and that cannot lock it."""
    if settings.pin is None:
        return
    if settings.modemmanager is not None:
        async with modemmanager.open_modem(settings.modemmanager) as modem:
            await sim_pin.enter_by_modemmanager(modem, settings.pin, memory)
    else:
        async with open_line(settings.port or "", settings.baud) as line:
            await sim_pin.enter(line, settings.port or "", settings.pin, memory)


async def probe(settings: Settings, path: Path | None = None) -> Outcome:
    """Ask the modem for its SIM, its registration and its signal."""
    if settings.modemmanager is not None:
        async with modemmanager.open_modem(settings.modemmanager) as modem:
            modemmanager.unlocked(modem)
            return _judge(settings, modemmanager.radio(modem))
    async with open_line(settings.port or "", settings.baud) as line:
        calls = await cellular.calls(line)
        if calls.calls:
            line.meanwhile = degraded(Reason.SLOW, Evidence.AUTHENTICATED)
        await cellular.unlocked(line)
        outcome = _judge(settings, await cellular.radio(line, calls))
    return _slowly(outcome, line.slowest_s) if line.slow else outcome


def addressee(settings: Settings, to: str) -> str:
    """Return the number that a notice goes to; raise BadValue if it is none."""
    return telephone(to)


async def send(
    settings: Settings, path: Path | None, notice: Notice
) -> AsyncIterator[Stage]:
    """Send a text message, and wait for the network's report of its arrival."""
    number = addressee(settings, notice.to)
    async with text_message(settings, number, notice.brief) as receipt:
        yield Stage.ACCEPTED
        if await receipt.arrived():
            yield Stage.ARRIVED


def _slowly(outcome: Outcome, slowest_s: float) -> Outcome:
    """Return a modem with nothing worse as slow."""
    if outcome.verdict is not Verdict.OK:
        return outcome
    facts = {**outcome.facts, "latency_s": round(slowest_s, 1)}
    return degraded(Reason.SLOW, outcome.evidence, **facts)


def _judge(settings: Settings, radio: Radio) -> Outcome:
    facts: dict[str, Any] = {
        **({} if radio.signal is None else {"signal": radio.signal}),
        "best": BEST_SIGNAL,
        **({"operator": radio.operator} if radio.operator else {}),
        **({"technology": radio.technology} if radio.technology else {}),
    }
    if radio.voice is None and radio.packets is None:
        return failed(Reason.PROTOCOL, Evidence.REACHED, problem="no-creg")
    if not radio.registered:
        facts["problem"] = radio.problem
        return failed(Reason.NOT_REGISTERED, Evidence.SERVED, **facts)
    if reason := _short_of(settings, radio):
        return degraded(reason, Evidence.AUTHENTICATED, **facts)
    return ok(Evidence.AUTHENTICATED, **facts)


def _short_of(settings: Settings, radio: Radio) -> Reason | None:
    """Return the worst shortage of a registered modem."""
    if not radio.calls:
        return Reason.DATA_ONLY
    if radio.voice in ROAMING and settings.roaming != "ok":
        return Reason.ROAMING
    if radio.signal is None or radio.signal < settings.min_signal:
        return Reason.WEAK_SIGNAL
    return None
