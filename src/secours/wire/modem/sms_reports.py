"""A text message over a serial line, and its status report.

Stop is raised where the modem or the network refuses it, or it will never arrive.

Source: 3GPP TS 27.005 sections 3.2.2 (+CPMS), 3.4.1 (+CNMI, +CDS, +CDSI), 3.4.4
(+CNMA), 3.5.1 (+CSMP), 4.2 (+CMGR); TS 23.040 section 9.2.2.2 (what <fo> holds).
"""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from itertools import product

from secours.model.runs import Stop
from secours.wire.modem import pdu
from secours.wire.modem.alphabet import in_common
from secours.wire.modem.at import AtResponse, Dialogue
from secours.wire.modem.delivery import StatusReport
from secours.wire.modem.sms import STORES, AtSms
from secours.wire.progress import awaited

RESTORE_S = 1.0  # for a modem that may have fallen silent meanwhile
# +CNMI: <mode>,<mt>,<bm>,<ds>, and perhaps <bfr>
FLAGS = re.compile(r"(\d) *, *(\d) *, *(\d) *, *(\d)((?: *, *\d)?)")
ONLY_SHOWN = "23"  # <mt>: messages are not stored
REPORTED = "12"  # <ds>: reports are shown, or stored and announced
REFERENCE = re.compile(r"(\d{1,3})\b")  # perhaps with a time behind it
CDS = re.compile(r"\+CDS: *(.*)", re.IGNORECASE)
CDSI = re.compile(r'\+CDSI: *"([A-Z]{2})" *, *(\d{1,4})', re.IGNORECASE | re.ASCII)
SETTING = re.compile(r'[0-9, "/:+]{1,60}')
IN_TEXT = re.compile(  # <fo>,<mr>,<ra>,<tora>,<scts>,<dt>,<st>; <stat> in a list
    r'(?:"[^"]*" *, *)?\d+ *, *(\d{1,3}) *, *"?([^",]*)"? *, *\d* *,'
    r' *"[^"]*" *, *"[^"]*" *, *(\d{1,3})'
)


class AtReceipt:
    """Status report of one message, awaited while the line is open."""

    def __init__(self, texting: AtSms, number: str, answer: AtResponse) -> None:
        found = REFERENCE.match(answer.value("+CMGS") or "")
        self._reference = int(found[1]) if found else None
        self._texting, self._number = texting, number
        self._heard = deque(answer.lines)

    async def arrived(self) -> bool:
        """Wait until the message arrived; False where nobody can tell."""
        if self._reference is None:
            return False
        with awaited():
            while True:
                report = await self._report(await self._next())
                if report and self._is_ours(report) and report.arrived:
                    return True

    async def _report(self, line: str) -> StatusReport | None:
        """Return the report in a line of the modem's, or announced there."""
        if shown := CDS.match(line):
            as_pdu = self._texting.as_pdu
            report = _read(as_pdu, await self._next() if as_pdu else shown[1])
            await self._ask("AT+CNMA")  # most modems want none, and say so
            return report
        if place := CDSI.match(line):
            return await self._stored(place[1], place[2])
        return None

    async def _stored(self, store: str, place: str) -> StatusReport | None:
        """Read a report, and delete it if it is of this message."""
        line, as_pdu = self._texting.line, self._texting.as_pdu
        stores = STORES.findall((await self._ask("AT+CPMS?")).value("+CPMS") or "")
        await self._ask(f'AT+CPMS="{store}"')
        try:
            # Not to be heard as the modem's words: it may be somebody's text.
            answer = await line.ask(f"AT+CMGR={place}")
            last = answer.lines[-1] if answer.lines else ""
            report = _read(as_pdu, last if as_pdu else answer.value("+CMGR") or "")
            if report and self._is_ours(report):
                await self._texting.delete(place)
        finally:
            if stores:
                await _restored(line, f'AT+CPMS="{stores[0]}"')
        return report

    def _is_ours(self, report: StatusReport) -> bool:
        return report.concerns(self._reference, self._number)

    async def _ask(self, command: str) -> AtResponse:
        """Ask, and keep the modem's unsolicited lines."""
        answer = await self._texting.line.ask(command)
        self._heard.extend(answer.lines)
        return answer

    async def _next(self) -> str:
        if self._heard:
            return self._heard.popleft()
        return await self._texting.line.unasked()


@asynccontextmanager
async def sent(texting: AtSms, number: str, text: str) -> AsyncIterator[AtReceipt]:
    """Send a message, and receive its report while the block lasts.

    The settings of the modem are restored.
    """
    line = texting.line
    async with AsyncExitStack() as stack:
        flags = await stack.enter_async_context(_kept(line, "+CNMI"))
        report = await _switched_on(line, flags)
        if not texting.as_pdu:
            await stack.enter_async_context(_kept(line, "+CSMP"))
            first = pdu.SUBMIT_LAPSING | (pdu.REPORTED if report else 0)
            answer = await line.ask(f"AT+CSMP={first},{pdu.A_DAY},0,0")
            report = report and not answer.error
            text = in_common(text)
        answer = await texting.send(number, text, lapses=pdu.A_DAY, report=report)
        yield AtReceipt(texting, number, answer if report else AtResponse())


async def _switched_on(line: Dialogue, flags: str) -> bool:
    """Enable reports, shown or announced, and stored messages; tell whether it worked.

    A message only shown would be lost while we listen. In text mode it could also pass
    for a report.
    """
    match = FLAGS.fullmatch(flags)
    if not match:
        return False
    messages = "1" if match[2] in ONLY_SHOWN else match[2]
    for mode, reports in product("21", match[4] if match[4] in REPORTED else REPORTED):
        wanted = f"{mode},{messages},{match[3]},{reports}{match[5]}"
        if not (await line.ask(f"AT+CNMI={wanted}")).error:
            return True
    return False


@asynccontextmanager
async def _kept(line: Dialogue, name: str) -> AsyncIterator[str]:
    """Return a setting, restored when the block ends."""
    setting = (await line.ask(f"AT{name}?")).value(name) or ""
    try:
        yield setting
    finally:
        if SETTING.fullmatch(setting):
            await _restored(line, f"AT{name}={setting}")


async def _restored(line: Dialogue, command: str) -> None:
    """Restore a setting, also after the deadline; a silent modem is left."""
    with suppress(TimeoutError, OSError, Stop):
        async with asyncio.timeout(RESTORE_S):
            await line.ask(command)


def _read(as_pdu: bool, said: str) -> StatusReport | None:
    if as_pdu:
        return pdu.status_report(said)
    found = IN_TEXT.match(said)
    return found and StatusReport(int(found[1]), found[2], int(found[3]))
