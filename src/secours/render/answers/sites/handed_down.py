"""The JSON of `secours hand-down --pending`."""

from collections.abc import Iterable

from msgspec import Struct

from secours.model.sites.handed_down import HandedDown, OrderProgress
from secours.model.sites.views import OrderKind
from secours.render.answers.values import SCHEMA, Time, date, iso
from secours.render.wording.sites.province_word import why


class AddresseeAnswer(Struct, frozen=True, kw_only=True):
    """A site that it goes to."""

    site: str
    progress: OrderProgress
    outcome: str
    why: str


class OrderSaid(Struct, frozen=True, kw_only=True):
    """What the province has said to sites."""

    number: int
    kind: OrderKind
    what: str
    author: str
    by: str
    issued: Time
    until: Time
    to_all: bool
    to: tuple[AddresseeAnswer, ...]


class HandDownAnswer(Struct, frozen=True, kw_only=True):
    """All that was handed down, the newest first."""

    schema: int
    orders: tuple[OrderSaid, ...]


def answer(orders: Iterable[HandedDown], language: str) -> HandDownAnswer:
    """Return what is printed of it."""
    return HandDownAnswer(
        schema=SCHEMA, orders=tuple(order_said(o, language) for o in orders)
    )


def order_said(order: HandedDown, language: str) -> OrderSaid:
    """Return what is printed of one."""
    to = (
        AddresseeAnswer(
            site=each.site,
            progress=each.progress,
            outcome=each.outcome,
            why=why(each, language),
        )
        for each in order.to
    )
    return OrderSaid(
        number=order.number,
        kind=order.kind,
        what=order.what,
        author=order.author,
        by=order.by,
        issued=iso(order.issued),
        until=date(order.until),
        to_all=order.to_all,
        to=tuple(to),
    )
