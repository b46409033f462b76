"""Limits on the messages read of a site, far above the needs of any.

Reading is the cost. A site above its limit is not read at all until it sends less: of
two under one name only the louder would be heard else, and pass for one.
"""

from msgspec import Struct

MOST_SITES = 4000  # of whom anything is remembered


class RateLimit(Struct, frozen=True, kw_only=True):
    """Rate in bytes for one site; a message counts for `least` of them."""

    per_s: float
    at_once: float  # largest burst, after a silence
    least: float


LIVES = RateLimit(per_s=128 << 10, at_once=1 << 20, least=4 << 10)  # 32 a second, 256
# at once; a site sends one a second, of 40 kB where it is very large, and 15 s of them
# arrive together after a cut
DETAILS = RateLimit(per_s=256 << 10, at_once=4 << 20, least=1 << 10)  # twice all
# that is kept of a site, then that of a site that restarts every few seconds

EVENTS = RateLimit(per_s=128 << 10, at_once=6 << 20, least=1 << 8)  # headers: 500 a
# second, and at once all events of a site at the hub


class SiteRates:
    """Remaining allowance of each site."""

    def __init__(self, limit: RateLimit) -> None:
        self._limit = limit
        self._left: dict[str, tuple[float, float]] = {}  # bytes left, and when that was

    def takes(self, site: str, size: int, now_s: float) -> bool:
        """Tell whether a message of so many bytes may be read, and count it."""
        budget, cost = self._left_of(site, now_s), max(size, self._limit.least)
        if site not in self._left and len(self._left) >= MOST_SITES:
            self._forget_quiet(now_s)
            if len(self._left) >= MOST_SITES:
                return False
        fits = cost <= budget
        self._left[site] = (budget - cost if fits else 0.0, now_s)
        return fits

    def spend(self, site: str, now_s: float) -> None:
        """Use up a site's allowance."""
        if site in self._left:
            self._left[site] = (0.0, now_s)

    def begin_again(self) -> None:
        """Give each site its full allowance."""
        self._left.clear()

    def _left_of(self, site: str, now_s: float) -> float:
        limit = self._limit
        left, at_s = self._left.get(site, (limit.at_once, now_s))
        return min(limit.at_once, left + limit.per_s * (now_s - at_s))

    def _forget_quiet(self, now_s: float) -> None:
        """Forget sites with a full allowance."""
        most = self._limit.at_once
        busy = [n for n in self._left if self._left_of(n, now_s) < most]
        self._left = {name: self._left[name] for name in busy}
