"""Text messages through ModemManager: sent, listed, deleted.

Stop is raised where the modem or the network refuses one, or it will never arrive.

Source: ModemManager 1.24 D-Bus interface reference (Modem.Messaging, Sms), its
MMSmsState, MMSmsPduType and MMSmsDeliveryState (which has the numbers of TP-Status),
and the errors of MMMessageError and MMMobileEquipmentError.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from dbus_fast import Variant
from msgspec import Struct, field

from secours.model.observed import Evidence, Outcome, Reason, failed
from secours.model.runs import Stop
from secours.outside_text import plain
from secours.wire.modem.delivery import InboundText, Inbox, StatusReport
from secours.wire.modem.modemmanager import CallRefused, Modem, Properties
from secours.wire.modem.sms_errors import outcome_of
from secours.wire.progress import awaited

RECEIVED = 3  # MMSmsState
DELIVER, STATUS_REPORT = 1, 3  # MMSmsPduType
UNKNOWN = 0x100  # MMSmsDeliveryState
FORGET_S = 0.2
PAUSE_S = 1.0  # between two looks for a report
CODES = {  # those of +CMS ERROR with the same meaning
    "Message.MeFailure": 300,
    "Message.SmsServiceReserved": 301,
    "Message.NotAllowed": 302,
    "Message.NotSupported": 303,
    "Message.InvalidPduParameter": 304,
    "Message.InvalidTextParameter": 305,
    "Message.SimNotInserted": 310,
    "Message.SimPin": 311,
    "Message.PhSimPin": 312,
    "Message.SimFailure": 313,
    "Message.SimBusy": 314,
    "Message.SimWrong": 315,
    "Message.SimPuk": 316,
    "Message.SimPin2": 317,
    "Message.SimPuk2": 318,
    "Message.MemoryFailure": 320,
    "Message.InvalidIndex": 321,
    "Message.MemoryFull": 322,
    "Message.SmscAddressUnknown": 330,
    "Message.NoNetwork": 331,
    "Message.NetworkTimeout": 332,
    "Message.NoCnmaAckExpected": 340,
    "Message.Unknown": 500,
    "MobileEquipment.SimNotInserted": 310,
    "MobileEquipment.SimPin": 311,
    "MobileEquipment.SimPuk": 316,
    "MobileEquipment.SimFailure": 313,
    "MobileEquipment.SimBusy": 314,
    "MobileEquipment.SimWrong": 315,
    "MobileEquipment.MemoryFull": 322,
    "MobileEquipment.NoNetwork": 331,
    "MobileEquipment.NetworkTimeout": 332,
}


class ModemManagerSms(Struct, frozen=True):
    """Messages of one of ModemManager's modems."""

    modem: Modem
    known: dict[str, Properties] = field(default_factory=dict)  # that were received

    async def send(self, number: str, text: str, *, report: bool = False) -> int | None:
        """Send a message to the network, and delete ModemManager's copy.

        Return the reference of its `report`, None where there is none.
        """
        words = {"number": Variant("s", number), "text": Variant("s", text)}
        if report:
            words["delivery-report-request"] = Variant("b", True)
        try:
            (path,) = await self._ask("Create", "a{sv}", words)
            try:
                await self.modem.call(path, "Sms.Send")
                return await self._reference(path) if report else None
            finally:
                with suppress(CallRefused, TimeoutError):
                    async with asyncio.timeout(FORGET_S):
                        await self._ask("Delete", "o", path)
        except CallRefused as refusal:
            raise Stop(_refused(refusal)) from None

    async def places(self) -> list[str]:
        """Return the paths of the stored messages; raise Stop if they are unlisted."""
        try:
            (paths,) = await self._ask("List")
        except CallRefused as refusal:
            raise Stop(_refused(refusal)) from None
        return list(paths)

    async def received(self) -> dict[str, str]:
        """Return the texts of the stored messages, by path, or raise Stop."""
        return {each.place: each.text for each in (await self.inbox()).messages}

    async def inbox(self) -> Inbox:
        """Return complete received messages, with senders; raise Stop if unreadable."""
        paths = await self.places()
        read = [(path, await self.read(path)) for path in paths]
        messages = (
            InboundText(
                path,
                f"{path} {sms.get('Timestamp')} {sms.get('Text')}",  # paths repeat
                str(sms.get("Number", "")),
                str(sms.get("Text", "")),
            )
            for path, sms in read
            if sms.get("PduType") == DELIVER
        )
        return Inbox(tuple(messages), len(paths))

    async def delete(self, place: str) -> None:
        """Delete one message; a refusal leaves it for the next time."""
        with suppress(CallRefused):
            await self._ask("Delete", "o", place)

    async def read(self, place: str) -> Properties:
        """Return a message's properties once it is complete, else none."""
        with suppress(CallRefused):  # it was deleted meanwhile
            sms = self.known.get(place) or await self.modem.read(place, "Sms")
            if sms.get("State") == RECEIVED:
                self.known[place] = sms
                return sms
        return {}

    async def _reference(self, made: str) -> int | None:
        with suppress(CallRefused):  # it was sent all the same
            return (await self.modem.read(made, "Sms")).get("MessageReference")
        return None

    async def _ask(self, method: str, signature: str = "", *body: Any) -> list[Any]:
        member = f"Modem.Messaging.{method}"
        return await self.modem.call(self.modem.path, member, signature, *body)


class ModemManagerReceipt(Struct, frozen=True):
    """The status report of one message, among those that ModemManager receives."""

    texting: ModemManagerSms
    reference: int | None
    number: str
    seen: set[str]  # what was there before, and what is none

    async def arrived(self) -> bool:
        """Wait until the message arrived; False where nobody can tell."""
        if self.reference is None:
            return False
        with awaited():
            while True:
                if await self._is_told():
                    return True
                await asyncio.sleep(PAUSE_S)

    async def _is_told(self) -> bool:
        for place in await self.texting.places():
            if place in self.seen or not (sms := await self.texting.read(place)):
                continue
            self.seen.add(place)
            report = _report(sms)
            if report and report.concerns(self.reference, self.number):
                await self.texting.delete(place)
                if report.arrived:
                    return True
        return False


@asynccontextmanager
async def sent(
    texting: ModemManagerSms, number: str, text: str
) -> AsyncIterator[ModemManagerReceipt]:
    """Send a message, and receive its report while the block lasts."""
    before = set(await texting.places())
    reference = await texting.send(number, text, report=True)
    yield ModemManagerReceipt(texting, reference, number, before)


def _report(sms: Properties) -> StatusReport | None:
    if sms.get("PduType") != STATUS_REPORT:
        return None
    return StatusReport(
        int(sms.get("MessageReference", 0)),
        str(sms.get("Number", "")),
        int(sms.get("DeliveryState", UNKNOWN)),
    )


def _refused(refusal: CallRefused) -> Outcome:
    if code := CODES.get(refusal.name):
        return outcome_of(code)
    said = plain(refusal.name)
    return failed(Reason.REJECTED, Evidence.SERVED, said=said)
