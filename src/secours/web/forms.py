"""Forms of pages without script: reading, and counting of wrong tokens.

Source: RFC 6585, section 4 (429).
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import ip_address

from starlette.requests import ClientDisconnect, Request

from secours.web.answers import HEADERS

LONGEST_FORM = 4096  # bytes
AT_ONCE, PER_S = 30, 5.0  # wrong tokens allowed for one address
MOST_ADDRESSES = 4096
OF_A_PAGE = HEADERS | {
    "Content-Security-Policy": HEADERS["Content-Security-Policy"].replace(
        "form-action 'none'", "form-action 'self'"
    )
}


class Guesses:
    """Counter of wrong tokens by address, which decays.

    It spares the engine; a token is too long to be guessed.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._made: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def are_too_many(self, address: str) -> bool:
        """Return whether one more from this address is too many."""
        return self._left(network(address)) > AT_ONCE - 1

    def note(self, address: str) -> None:
        """Count one."""
        of = network(address)
        self._made[of] = min(self._left(of) + 1, AT_ONCE), self._now()
        self._made.move_to_end(of)
        if len(self._made) > MOST_ADDRESSES:
            self._made.popitem(last=False)

    def _left(self, of: str) -> float:
        count, at = self._made.get(of, (0.0, 0.0))
        return max(0.0, count - (self._now() - at) * PER_S)


def network(address: str) -> str:
    """Return the network of one client: the address, for IPv6 its /64."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    return str(known) if known.version == 4 else known.exploded[:19]


async def read_form(request: Request) -> bytes:
    """Read a form; one longer than ours is dropped."""
    read = b""
    try:
        async for part in request.stream():
            read += part
            if len(read) > LONGEST_FORM:
                return b""
    except ClientDisconnect:
        return b""
    return read
