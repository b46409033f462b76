"""Faults of the town's servers, and their common interface."""

from enum import StrEnum
from typing import Protocol


class Fault(StrEnum):
    """Way in which a server misbehaves; several may apply at once."""

    SILENCE = "silence"  # no answers, connections hang
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
    """Server of the town that answers probes, well or badly."""

    @property
    def address(self) -> str:
        """Return its address: `127.0.0.1:port`, or the path of a device or file."""

    async def open(self) -> None:
        """Start answering."""

    async def show(self, faults: Faults) -> None:
        """Answer from now on with these faults."""

    async def close(self) -> None:
        """Close, and leave nothing behind; also if never opened."""
