"""Orders of the province to sites, and their progress."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from secours.model.observed import Instant
from secours.model.requests import OrderRequest
from secours.model.sites.views import OrderKind


class OrderProgress(StrEnum):
    """Progress of an order at one site."""

    WAITING = "waiting"  # for the hub
    AT_HUB = "at-hub"
    UNKNOWN_SITE = "unknown-site"  # the hub has it, and knows no such site
    ANSWERED = "answered"  # the site has taken it in, or refused it
    OVER = "over"  # its end came first


class Addressee(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Site that an order goes to, and its progress."""

    site: str
    progress: OrderProgress = OrderProgress.WAITING
    number: int = 0  # of the order for this site, if newer ones came before
    sequence: int = 0  # of the message, in the stream of the hub
    outcome: str = ""  # by the site, an OrderOutcome
    why: str = ""


class HandedDown(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order of the province, before it is signed for each site."""

    number: int
    kind: OrderKind
    what: str  # its name, in short
    author: str
    by: str
    issued: Instant
    boot_id: str
    until: datetime  # sites may take it in
    ends: datetime | None = None  # the word, where that is later
    to_all: bool = False  # sites known to the hub, and later ones while in force
    but: tuple[str, ...] = ()  # not these: a newer word is in force there
    to: tuple[Addressee, ...] = ()
    over: bool = False  # its end has come
    asked: OrderRequest | None = None  # None for a plan, of earlier versions
    text: str = ""  # to be sent; dropped when nobody needs it any more

    @property
    def is_open(self) -> bool:
        """Tell whether a site may still have to take it."""
        return not self.over and (self.awaits_sites or self.is_under_way)

    @property
    def is_under_way(self) -> bool:
        """Tell whether it is on its way to a site."""
        done = (OrderProgress.ANSWERED, OrderProgress.OVER)
        return any(each.progress not in done for each in self.to)

    @property
    def awaits_sites(self) -> bool:
        """Return whether it is also for sites that the hub does not know yet."""
        lasts = self.kind in (OrderKind.MARK, OrderKind.EXERCISE)
        return self.to_all and not self.over and (lasts or not self.to)

    @property
    def is_unaddressed(self) -> bool:
        """Return whether it goes to all, unnamed by the hub so far."""
        return self.to_all and not self.to and not self.over

    def number_for(self, to: Addressee) -> int:
        """Return the number under which a site has it."""
        return to.number or self.number


class HandedDownList(Struct, frozen=True, kw_only=True):
    """Remembered orders, the newest first."""

    orders: tuple[HandedDown, ...] = ()
