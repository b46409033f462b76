"""Where requests may lead: an answer from afar leads nobody back to this machine.

Source: RFC 5735 section 3, RFC 4291 sections 2.5.2, 2.5.3, 2.5.5.2 and 2.5.6.
"""

from enum import IntEnum
from ipaddress import ip_address

from secours.model.observed import Evidence, Reason, failed
from secours.model.runs import Stop


class Distance(IntEnum):
    """How far away an address is."""

    HERE = 0
    LINK = 1
    BEYOND = 2


class Bounds:
    """Where requests may go: no nearer than the farthest answer came from.

    It looks at addresses, not at names: whoever answers may own a name, and change
    what it resolves to.
    """

    def __init__(self, *, anywhere: bool = False) -> None:
        self._anywhere = anywhere
        self._nearest = Distance.HERE

    def answered(self, address: str) -> None:
        """Note that an answer came from this address."""
        self._nearest = max(self._nearest, distance(address))

    def check(self, *addresses: str) -> list[str]:
        """Return those of the addresses that a request may be sent to.

        Raises:
            Stop: none of them.

        """
        if self._anywhere:
            return list(addresses)
        allowed = [each for each in addresses if distance(each) >= self._nearest]
        if not allowed:
            problem = "redirect-inward"
            raise Stop(failed(Reason.STATUS, Evidence.SERVED, problem=problem))
        return allowed


def distance(address: str) -> Distance:
    """Tell how far away an address is, whichever way it is written."""
    try:
        found = ip_address(address)
    except ValueError:
        return Distance.BEYOND
    found = getattr(found, "ipv4_mapped", None) or found
    if found.is_loopback or found.is_unspecified:  # to the latter connects to here
        return Distance.HERE
    return Distance.LINK if found.is_link_local else Distance.BEYOND
