"""How far away is an address: this machine, its link, or beyond?

Source: RFC 5735 section 3, RFC 4291 sections 2.5.2, 2.5.3, 2.5.5.2 and 2.5.6, RFC 6761
section 6.3 (localhost).
"""

from enum import IntEnum
from ipaddress import ip_address


class Distance(IntEnum):
    """How far away an address is."""

    HERE = 0
    LINK = 1
    BEYOND = 2


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, by its address or as localhost."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


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
