"""Limits on the messages read of a site, and the subscriptions without flooding ones.

Reading is the cost, and the limits are far above the needs of any site. One above its
limit is not read at all until it sends less: of two under one name only the louder
would be heard else, and pass for one. To read and drop a flood costs too much, and a
hub drops clients that read too slowly: then nobody is heard. So that site is
unsubscribed for a while.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct

from secours.sites.envelope import LARGEST_BYTES

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg
    from nats.aio.subscription import Subscription

MOST_WAITING, MOST_WAITING_BYTES = 20_000, 64 << 20  # received and not read yet
MOST_UNREAD, EACH_BYTES = 300, 4 << 10  # unread messages of a site before it is
# ignored, a long one counted several times; each read one takes one off, as some of a
# flood are read
DEAF_S, LONGEST_DEAF_S = 30.0, 600.0  # doubled each time that it floods again
LOOK_EVERY_S = 1.0  # interval of checks for its end
MOST_SITES = 4000  # of whom anything is remembered


class FloodingSites:
    """Sites that are ignored for flooding, by token, and until when."""

    def __init__(self) -> None:
        self._unread: dict[str, int] = {}
        self._until_s: dict[str, float] = {}
        self._before: dict[str, tuple[float, float]] = {}  # end, length of the last
        self.news = asyncio.Event()  # set when there is one more

    @property
    def sites(self) -> Collection[str]:
        """Return the ignored sites."""
        return self._until_s.keys()

    def read(self, site: str) -> None:
        """Note a message within the rate."""
        left = self._unread.pop(site, 0) - 1
        if left > 0:
            self._unread[site] = left

    def missed(self, site: str, now_s: float, size: int = 0) -> bool:
        """Note one above it, of so many bytes.

        Return whether the site is ignored from now on.
        """
        if site in self._until_s or len(self._unread) >= MOST_SITES:
            return False
        weight = max(1, size // EACH_BYTES) if size <= LARGEST_BYTES else MOST_UNREAD
        self._unread[site] = self._unread.get(site, 0) + weight
        if self._unread[site] < MOST_UNREAD:
            return False
        del self._unread[site]
        ended_s, deaf_s = self._before.pop(site, (-math.inf, 0.0))
        again = now_s - ended_s < LONGEST_DEAF_S
        deaf_s = min(2 * deaf_s, LONGEST_DEAF_S) if again else DEAF_S
        self._until_s[site], self._before[site] = now_s + deaf_s, (now_s, deaf_s)
        self.news.set()
        return True

    def end(self, now_s: float) -> list[str]:
        """Return the sites listened to again."""
        over = [n for n, until_s in self._until_s.items() if now_s >= until_s]
        for site in over:
            del self._until_s[site]
            self._before[site] = now_s, self._before[site][1]
        quiet_s = now_s - LONGEST_DEAF_S
        self._before = {
            n: each
            for n, each in self._before.items()
            if n in self._until_s or each[0] > quiet_s
        }
        return over

    async def wait(self) -> None:
        """Wait for a change."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY_S if self._until_s else None):
                await self.news.wait()
        self.news.clear()


class Subscriptions:
    """Subscriptions of one connection."""

    def __init__(
        self, client: "Client", hear: Callable[["Msg"], Awaitable[None]]
    ) -> None:
        self._client, self._hear = client, hear
        self._open: dict[str, Subscription] = {}

    async def listen(self, subjects: Collection[str]) -> None:
        """Subscribe to these subjects only; the others end first."""
        for subject in [each for each in self._open if each not in subjects]:
            await self._open.pop(subject).unsubscribe()
        for subject in subjects:
            if subject not in self._open:
                self._open[subject] = await self._client.subscribe(
                    subject,
                    cb=self._hear,
                    pending_msgs_limit=MOST_WAITING,
                    pending_bytes_limit=MOST_WAITING_BYTES,
                )


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
