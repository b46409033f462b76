"""Text messages by AT commands: sent, listed, deleted, in PDU mode or else as text.

Listing messages marks other people's as read; nothing else happens to them.

Source: 3GPP TS 27.005 sections 3.1 (parameters), 3.2.2 (+CPMS), 3.2.3 (+CMGF), 3.4.1
(+CNMI), 3.4.2 and 4.1 (+CMGL), 3.5.1 and 4.3 (+CMGS), 3.5.4 (+CMGD).
"""

import re
from collections.abc import Iterator

from msgspec import Struct

from secours.model.runs import Stop
from secours.wire.modem import pdu
from secours.wire.modem.at import AtResponse, Dialogue
from secours.wire.modem.delivery import InboundText, Inbox
from secours.wire.modem.sms_errors import refused

LIST_BYTES = 1 << 18  # more than 500 messages
LISTED = re.compile(r"\+CMGL: *(\d+) *,", re.IGNORECASE)
DIRECT = re.compile(r"(\d) *, *[23]\b")  # +CNMI: messages are shown and not stored
FILLED = re.compile(r'"\w+" *, *(\d{1,5}) *, *(\d{1,5})', re.ASCII)
STORES = re.compile(r'"(\w+)" *, *\d+ *, *\d+', re.ASCII)


class AtSms(Struct, frozen=True):
    """Messages of a modem on an open line."""

    line: Dialogue
    as_pdu: bool

    async def send(
        self,
        number: str,
        text: str,
        *,
        lapses: int = pdu.FIVE_MINUTES,
        report: bool = False,
    ) -> AtResponse:
        """Send a message to the network; return the modem's answer.

        In text mode the modem's settings decide its expiry and its report.

        Raises:
            Stop: it was refused, by the modem or by the network.
        """
        if self.as_pdu:
            message = pdu.submit(number, text, lapses=lapses, report=report)
            command, body = f"AT+CMGS={message.length}", message.pdu
        else:
            command, body = f'AT+CMGS="{number}"', text
        answer = await self.line.compose(command, body)
        if answer.error:
            raise Stop(refused(answer))
        return answer

    async def received(self) -> dict[str, str]:
        """Return the texts of the stored messages, by place, or raise Stop."""
        read = pdu.delivered_text if self.as_pdu else str
        return {place: read(body) for place, body in _listed(await self._list())}

    async def inbox(self) -> Inbox:
        """Return the received messages with their senders.

        In text mode there are none: a line of a text passes for another message there,
        from any sender.

        Raises:
            Stop: they cannot be read.
        """
        listed = [*_listed(await self._list())]
        stores = (await self.line.ask("AT+CPMS?")).value("+CPMS") or ""
        found = FILLED.match(stores)
        used, room = (int(found[1]), int(found[2])) if found else (len(listed), 0)
        messages = (
            InboundText(place, f"{place} {body}", each.sender, each.text, each.whole)
            for place, body in listed
            if self.as_pdu and (each := pdu.delivered(body))
        )
        return Inbox(tuple(messages), used, room)

    async def _list(self) -> AtResponse:
        which = "4" if self.as_pdu else '"ALL"'  # section 3.1, <stat>
        answer = await self.line.ask(f"AT+CMGL={which}", limit_bytes=LIST_BYTES)
        if answer.error:
            raise Stop(refused(answer))
        return answer

    async def delete(self, place: str) -> None:
        """Delete one message; a refusal leaves it for the next time."""
        await self.line.ask(f"AT+CMGD={place}")


async def start_texting(line: Dialogue) -> AtSms:
    """Choose the mode for messages, find where new ones are stored, or raise Stop."""
    texting = await speak_of_messages(line)
    await _look_where_they_arrive(line)
    return texting


async def speak_of_messages(line: Dialogue) -> AtSms:
    """Choose PDU mode, or text mode; raise Stop if this modem has no text messages."""
    await line.ask("AT+CMEE=1")
    as_pdu = not (await line.ask("AT+CMGF=0")).error
    if not as_pdu:
        answer = await line.ask("AT+CMGF=1")
        if answer.error:
            raise Stop(refused(answer))
        await line.ask('AT+CSCS="GSM"')
    return AtSms(line, as_pdu)


async def _look_where_they_arrive(line: Dialogue) -> None:
    """Select the store of new messages, and have them stored at all."""
    stores = STORES.findall((await line.ask("AT+CPMS?")).value("+CPMS") or "")
    if len(stores) == 3 and stores[0] != stores[2]:
        await line.ask(f'AT+CPMS="{stores[2]}"')
    shown = (await line.ask("AT+CNMI?")).value("+CNMI") or ""
    if found := DIRECT.match(shown):
        await line.ask(f"AT+CNMI={found[1]},1")


def _listed(answer: AtResponse) -> Iterator[tuple[str, str]]:
    """Yield place and body; a body in text mode may have several lines."""
    place, body = "", ""
    for line in answer.lines:
        if found := LISTED.match(line):
            if place:
                yield place, body
            place, body = found[1], ""
        elif place:
            body = f"{body}\n{line}" if body else line
    if place:
        yield place, body
