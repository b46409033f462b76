"""Delivery of a text message by its status report: there, not yet, or never.

Source: 3GPP TS 23.040 section 9.2.3.15 (TP-Status).
"""

from msgspec import Struct

from secours.model.observed import Evidence, Reason, failed
from secours.model.runs import Stop

RECEIVED = 0x00  # by the telephone; 0x01 says no more than that it was passed on
GIVEN_UP = range(0x40, 0x80)  # for good, or after the last try
SURE_DIGITS = 7  # of a number that is written with another prefix


class StatusReport(Struct, frozen=True):
    """Report of the network on a sent message."""

    reference: int  # of that message
    number: str  # whom it was for
    status: int  # TP-ST

    def concerns(self, reference: int | None, number: str) -> bool:
        """Tell whether it is of this message; references repeat after 256."""
        return self.reference == reference and _same(self.number, number)

    @property
    def arrived(self) -> bool:
        """Tell whether the message is there.

        Raises:
            Stop: it will never be.

        """
        if self.status in GIVEN_UP:
            facts = {"code": self.status, "problem": "sms-given-up"}
            raise Stop(failed(Reason.NOT_DELIVERED, Evidence.AUTHENTICATED, **facts))
        return self.status == RECEIVED


def _same(one: str, other: str) -> bool:
    """Compare numbers: a network may drop or add a prefix."""
    shorter, longer = sorted((_bare(one), _bare(other)), key=len)
    if len(shorter) < SURE_DIGITS:
        return longer == shorter
    return longer.endswith(shorter)


def _bare(number: str) -> str:
    return number.lstrip("+").lstrip("0")
