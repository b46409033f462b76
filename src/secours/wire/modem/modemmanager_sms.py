"""Text messages through ModemManager: sent, listed, deleted.

Source: ModemManager 1.24 D-Bus interface reference (Modem.Messaging, Sms), its
MMSmsState and the errors of MMMessageError and MMMobileEquipmentError.
"""

import asyncio
from contextlib import suppress
from typing import Any

from dbus_fast import Variant
from msgspec import Struct, field

from secours.model.observed import Evidence, Outcome, Reason, failed
from secours.model.runs import Stop
from secours.outside_text import plain
from secours.wire.modem.modemmanager import CallRefused, Modem
from secours.wire.modem.sms_errors import outcome_of

RECEIVED = 3  # MMSmsState
FORGET_S = 0.2
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
    """The messages of one of ModemManager's modems."""

    modem: Modem
    known: dict[str, str] = field(default_factory=dict)  # those that were received

    async def send(self, number: str, text: str) -> None:
        """Hand a message to the network, and let ModemManager forget that it did.

        Raises:
            Stop: it was refused, by the modem or by the network.

        """
        words = {"number": Variant("s", number), "text": Variant("s", text)}
        try:
            (made,) = await self._ask("Create", "a{sv}", words)
            try:
                await self.modem.call(made, "Sms.Send")
            finally:
                with suppress(CallRefused, TimeoutError):
                    async with asyncio.timeout(FORGET_S):
                        await self._ask("Delete", "o", made)
        except CallRefused as refusal:
            raise Stop(_refused(refusal)) from None

    async def received(self) -> dict[str, str]:
        """Return the texts of the messages that are there, by their path.

        Raises:
            Stop: they cannot be read.

        """
        try:
            (paths,) = await self._ask("List")
        except CallRefused as refusal:
            raise Stop(_refused(refusal)) from None
        for path in paths:
            if path not in self.known:
                await self._look_at(path)
        return {path: self.known[path] for path in paths if path in self.known}

    async def delete(self, place: str) -> None:
        """Delete one message; a refusal leaves it for the next time."""
        with suppress(CallRefused):
            await self._ask("Delete", "o", place)

    async def _look_at(self, path: str) -> None:
        with suppress(CallRefused):  # it was deleted meanwhile
            sms = await self.modem.read(path, "Sms")
            if sms.get("State") == RECEIVED:
                self.known[path] = str(sms.get("Text", ""))

    async def _ask(self, method: str, signature: str = "", *body: Any) -> list[Any]:
        member = f"Modem.Messaging.{method}"
        return await self.modem.call(self.modem.path, member, signature, *body)


def _refused(refusal: CallRefused) -> Outcome:
    if code := CODES.get(refusal.name):
        return outcome_of(code)
    said = plain(refusal.name)
    return failed(Reason.REJECTED, Evidence.SERVED, said=said)
