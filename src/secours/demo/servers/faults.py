"""How things break here, and what every server of the town can do."""

from enum import StrEnum
from typing import Protocol


class Fault(StrEnum):
    """One way in which a server misbehaves; several may hit it at once."""

    SILENCE = "silence"  # nothing answers, connections are left hanging
    REFUSE = "refuse"  # the port is closed
    UNAVAILABLE = "unavailable"  # the protocol itself says "not now"
    WRONG = "wrong"  # a good answer in form, a bad one in substance
    WHATSAPP_BLOCKED = "whatsapp-blocked"
    MESSENGER_LOST = "messenger-lost"
    NO_NETWORK = "no-network"  # the radio searches and finds nothing
    WEAK = "weak"  # hardly any signal
    ON_BATTERY = "on-battery"


Faults = frozenset[Fault]
WHOLE: Faults = frozenset()


class DemoServer(Protocol):
    """Something of the town that answers probes, well or badly."""

    @property
    def address(self) -> str:
        """Return where it is: `127.0.0.1:port`, or the path of a device or file."""

    async def open(self) -> None:
        """Start to answer."""

    async def show(self, faults: Faults) -> None:
        """Answer from now on as these faults have it."""

    async def close(self) -> None:
        """End, and leave nothing behind; also where it was never opened."""
