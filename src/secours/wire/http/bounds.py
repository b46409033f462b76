"""Bounds of redirects: none from public to local addresses (SSRF).

Source: RFC 5735 section 3, RFC 4291 sections 2.5.2, 2.5.3, 2.5.5.2 and 2.5.6.
"""

from enum import IntEnum
from ipaddress import ip_address

from secours.model.observed import Evidence, Reason, failed
from secours.model.runs import Stop


class Distance(IntEnum):
    """Distance of an address."""

    HERE = 0
    LINK = 1
    BEYOND = 2


class Bounds:
    """Addresses allowed next: none nearer than the farthest that answered.

    It checks addresses, not names: the peer may own a name, and change its address.
    """

    def __init__(self, *, anywhere: bool = False) -> None:
        self._anywhere = anywhere
        self._nearest = Distance.HERE

    def answered(self, address: str) -> None:
        """Note an answer from this address."""
        self._nearest = max(self._nearest, distance(address))

    def check(self, *addresses: str) -> list[str]:
        """Return the addresses that a request may be sent to; raise Stop if none."""
        if self._anywhere:
            return list(addresses)
        allowed = [each for each in addresses if distance(each) >= self._nearest]
        if not allowed:
            problem = "redirect-inward"
            raise Stop(failed(Reason.STATUS, Evidence.SERVED, problem=problem))
        return allowed


def distance(address: str) -> Distance:
    """Return the distance of an address, in any notation."""
    try:
        ip = ip_address(address)
    except ValueError:
        return Distance.BEYOND
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if ip.is_loopback or ip.is_unspecified:  # to the latter connects to here
        return Distance.HERE
    return Distance.LINK if ip.is_link_local else Distance.BEYOND
