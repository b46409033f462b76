"""Delivery of a text message by its status report, and the messages that came in.

Source: 3GPP TS 23.040 section 9.2.3.15 (TP-Status).
"""

from msgspec import Struct

from secours.model.observed import Evidence, Reason, failed
from secours.model.runs import Stop
from secours.wire.numbers import same_number

RECEIVED = 0x00  # by the telephone; 0x01 says no more than that it was passed on
GIVEN_UP = range(0x40, 0x80)  # for good, or after the last try


class StatusReport(Struct, frozen=True):
    """Report of the network on a sent message."""

    reference: int  # of that message
    number: str  # whom it was for
    status: int  # TP-ST

    def concerns(self, reference: int | None, number: str) -> bool:
        """Tell whether it is of this message; references repeat after 256."""
        return self.reference == reference and same_number(self.number, number)

    @property
    def arrived(self) -> bool:
        """Tell whether the message is there; raise Stop if it will never be."""
        if self.status in GIVEN_UP:
            facts = {"code": self.status, "problem": "sms-given-up"}
            raise Stop(failed(Reason.NOT_DELIVERED, Evidence.AUTHENTICATED, **facts))
        return self.status == RECEIVED


class InboundText(Struct, frozen=True):
    """A received message, where the modem keeps it."""

    place: str
    identity: str  # of this message, whatever is at its place later
    sender: str  # as the network says it: anybody may have it say anything
    text: str
    whole: bool = True  # and no part of a longer one


class Inbox(Struct, frozen=True):
    """Received messages, and how full their store is."""

    messages: tuple[InboundText, ...]
    used: int  # messages, of any kind
    room: int = 0  # messages; 0 where nobody tells
