"""SMS there and back: does a text message that we send arrive?

One modem sends a message with a mark and nothing about anybody; the same or another one
(`read_port`) reads it, and deletes it. An ok shows that the operators of both carry
texts now, and how fast; not that everybody's telephone gets one, nor that it wakes.
Each run may cost a message: more than `max_per_day` are not sent. A modem that only
reads and cannot is unknown, as it says nothing about what was sent.

A notice is one text message, beside the allowance of the tests. The network is asked
for a status report of it, which says when it is on the telephone.

Source: 3GPP TS 27.005 sections 3.2.5 (+CMS ERROR), 4.3 (+CMGS), 4.1 (+CMGL).
"""

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager

from msgspec import Struct

from secours.message import BadValue
from secours.model.notices import Notice, Stage
from secours.model.observed import (
    Evidence,
    Outcome,
    Reason,
    Verdict,
    failed,
    ok,
    unknown,
)
from secours.model.runs import Stop
from secours.model.sections.channel import Path
from secours.model.sections.field_types import Duration
from secours.wire import daily_budget
from secours.wire.modem import cellular, modemmanager, modemmanager_sms
from secours.wire.modem.at import open_line
from secours.wire.modem.notice_sms import ModemOptions, TextInbox, text_message
from secours.wire.modem.sms import start_texting
from secours.wire.option_checks import telephone
from secours.wire.own_message import has_short_mark, short_mark, text_with

BEST = Evidence.DELIVERED
BINDS_PATH = False  # the air is its own path
DEFAULT_INTERVAL_S = 900.0
DEFAULT_COST = True
prepare = daily_budget.prepare

MINUTE = Duration(60)
AROUND_S = 30.0  # to open the modems, look at them, and delete
LOOK_S = 20.0  # a modem that is not done with its list by then is silent
PAUSE_S = 0.5  # between two looks


def default_timeout_s(settings: "Settings") -> float:
    """Return the timeout, with time before and after the wait."""
    return settings.within + AROUND_S


class Settings(ModemOptions, frozen=True, kw_only=True):
    """Sending modem, number, and reading modem."""

    to: str
    """Number of the modem that reads."""
    read_port: str | None = None
    """Serial port of the modem that reads, where it is another one."""
    within: Duration = MINUTE
    """Time limit of the message."""
    max_per_day: int = 100
    """Number of messages that an engine sends a day; `check` counts none."""
    answers: bool = False
    """True to read text messages of recipients: they acknowledge and ask."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not re.fullmatch(r"\+?[0-9]{3,15}", self.to):
            raise BadValue("plan.option.telephone", option="to")
        if self.read_port is not None and not self.read_port.strip():
            raise BadValue(
                "plan.option.device", option="read_port", example="/dev/ttyUSB2"
            )
        if self.within <= 0:
            raise BadValue("plan.option.above-zero", option="within")
        if self.max_per_day < 0:
            raise BadValue("plan.option.zero-or-more", option="max_per_day")


async def probe(settings: Settings, path: Path | None = None) -> Outcome:
    """Send a message, wait until it can be read, and delete it."""
    async with AsyncExitStack() as stack:
        sender, reader = await _open(settings, stack)
        await _delete(reader, await _ours_in(reader))  # what came late, the last time
        outcome = await _there_and_back(settings, sender, reader)
        if outcome.evidence is not Evidence.SERVED:  # the network took it
            await _tidy(reader, outcome)
    return outcome


def addressee(settings: Settings, to: str) -> str:
    """Return the number for notices, by default the reading modem's; raise BadValue."""
    return telephone(to or settings.to)


async def send(
    settings: Settings, path: Path | None, notice: Notice
) -> AsyncIterator[Stage]:
    """Send a text message, and wait for the network's report of its arrival."""
    number = addressee(settings, notice.to)
    async with text_message(settings, number, notice.brief) as receipt:
        yield Stage.ACCEPTED
        if await receipt.arrived():
            yield Stage.ARRIVED


async def _there_and_back(
    settings: Settings, sender: TextInbox, reader: "InboxReader"
) -> Outcome:
    mark = short_mark(time.time())
    start_s = time.monotonic()
    proven = Evidence.SERVED
    try:
        async with asyncio.timeout(settings.within):
            await sender.send(settings.to, text_with(mark))
            proven = Evidence.AUTHENTICATED
            await _arrival(reader, mark)
    except TimeoutError:
        within_s = float(settings.within)
        return failed(Reason.NOT_DELIVERED, proven, within_s=within_s)
    return ok(Evidence.DELIVERED, latency_s=time.monotonic() - start_s)


async def _arrival(reader: "InboxReader", mark: str) -> None:
    while True:
        if any(mark in text for text in (await _ours_in(reader)).values()):
            return
        await asyncio.sleep(PAUSE_S)


async def _tidy(reader: "InboxReader", outcome: Outcome) -> None:
    """Delete our messages; a failure leaves the outcome as it is.

    Raises:
        Stop: time is up and the outcome stands, or the reader cannot read.
    """
    try:
        await _delete(reader, await _ours_in(reader))
    except asyncio.CancelledError:
        raise Stop(outcome) from None
    except Stop:
        if outcome.verdict is not Verdict.OK:
            raise


class InboxReader(Struct, frozen=True):
    """The modem that reads; `apart` where another one sends."""

    texting: TextInbox
    apart: bool


async def _ours_in(reader: InboxReader) -> dict[str, str]:
    """Return our own unexpired messages, by place, or raise Stop."""
    with _no_fault_of_the_sender(reader.apart):
        try:
            async with asyncio.timeout(LOOK_S):
                texts = await reader.texting.received()
        except TimeoutError:
            silent = failed(Reason.TIMEOUT, Evidence.REACHED, timeout_s=LOOK_S)
            raise Stop(silent) from None
    return {
        place: text
        for place, text in texts.items()
        if has_short_mark(text, time.time())
    }


async def _delete(reader: InboxReader, ours: dict[str, str]) -> None:
    for place in ours:
        await reader.texting.delete(place)


@contextmanager
def _no_fault_of_the_sender(apart: bool) -> Iterator[None]:
    """Turn failures of a modem that only reads into unknown."""
    try:
        yield
    except Stop as stop:
        outcome = stop.outcome
        if not apart or outcome.verdict is not Verdict.FAILED:
            raise
        raise Stop(unknown(outcome.reason, **outcome.facts)) from None


async def _open(
    settings: Settings, stack: AsyncExitStack
) -> tuple[TextInbox, InboxReader]:
    """Open the modem that sends and the one that reads, which may be the same."""
    texting: dict[str, TextInbox] = {}
    ports = {_device(p): p for p in (settings.port, settings.read_port) if p}
    sends = _device(settings.port) if settings.port else ""
    for device in sorted(ports):  # in one order, or two probes wait for each other
        with _no_fault_of_the_sender(device != sends):
            line = await stack.enter_async_context(
                open_line(ports[device], settings.baud)
            )
            await cellular.attached(line)
            texting[device] = await start_texting(line)
    if settings.modemmanager is not None:
        modem = await stack.enter_async_context(
            modemmanager.open_modem(settings.modemmanager)
        )
        modemmanager.attached(modem)
        texting[sends] = modemmanager_sms.ModemManagerSms(modem)
    reads = _device(settings.read_port) if settings.read_port else sends
    return texting[sends], InboxReader(texting[reads], reads != sends)


def _device(port: str) -> str:
    return os.path.realpath(port)
