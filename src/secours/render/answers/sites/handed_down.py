"""JSON of orders of the province to sites."""

from msgspec import Struct

from secours.model.sites.handed_down import HandedDown, OrderProgress
from secours.model.sites.views import OrderKind
from secours.outside_text import plain
from secours.render.answers.values import Time, date, iso, like


class AddresseeAnswer(Struct, frozen=True, kw_only=True):
    """A site that it goes to."""

    site: str
    progress: OrderProgress
    outcome: str
    why: str


class OrderSaid(Struct, frozen=True, kw_only=True):
    """Order of the province to sites."""

    number: int
    kind: OrderKind
    what: str
    author: str
    by: str
    issued: Time
    until: Time
    to_all: bool
    to: tuple[AddresseeAnswer, ...]


def order_said(order: HandedDown) -> OrderSaid:
    """Return an order as printed."""
    to = (like(AddresseeAnswer, each, why=plain(each.why)) for each in order.to)
    issued, until = iso(order.issued), date(order.until)
    return like(OrderSaid, order, issued=issued, until=until, to=tuple(to))
