"""Words of the province to sites that still hold, as far as it knows."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from msgspec.structs import replace

from secours.model.nodes import plain_name
from secours.model.requests import (
    ExerciseRequest,
    MarkRequest,
    OrderRequest,
    UnmarkRequest,
)
from secours.model.sites.handed_down import Addressee, HandedDown, OrderProgress
from secours.model.sites.membership import ALL
from secours.model.sites.views import OrderOutcome
from secours.model.statements import Declared

SETTLED = (OrderOutcome.TAKEN, OrderOutcome.NOTHING)
MAY_HOLD = ("", *SETTLED, OrderOutcome.REPLAYED)  # taken, or maybe before


def take_back(order: HandedDown) -> OrderRequest | None:
    """Return the request that would take a word back, None where nothing can."""
    match order.asked:
        case MarkRequest(subject=subject, says=says):
            return UnmarkRequest(subject=subject, says=says)
        case ExerciseRequest(action="start"):
            return ExerciseRequest(action="stop")
    return None


def in_force(
    orders: Sequence[HandedDown], at: datetime
) -> Iterator[tuple[HandedDown, tuple[str, ...]]]:
    """Yield orders that hold and can be taken back, with the sites as of `holding`."""
    for place, order in enumerate(orders):
        if take_back(order) and (to := holding(order, orders[:place], at)):
            yield order, to


def holding(
    order: HandedDown, newer: Iterable[HandedDown], at: datetime
) -> tuple[str, ...]:
    """Return the sites at which a word still holds, or ALL, as far as is known here."""
    if (order.ends or order.until) <= at and not _is_distrust(order.asked):
        return ()
    after = [each for each in newer if ends(each.asked, order.asked)]
    if order.to_all and not any(each.to_all for each in after):
        return (ALL,)
    return tuple(
        to.site
        for to in order.to
        if _may_hold(to) and not any(_reaches(each, to.site) for each in after)
    )


def where_newest(
    number: int, sites: Iterable[str], orders: Sequence[HandedDown]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return those of these sites, or ALL, where no newer word ends that of an order.

    Return also the sites that are to be left out of ALL.
    """
    older = next((order for order in orders if order.number == number), None)
    newer = (order for order in orders if order.number > number)
    ending = [each for each in newer if older and ends(each.asked, older.asked)]
    left = [site for site in sites if not any(_reaches(each, site) for each in ending)]
    but = {to.site for each in ending for to in each.to if _may_hold(to)}
    return tuple(left), tuple(sorted(but)) if ALL in left else ()


def _reaches(order: HandedDown, site: str) -> bool:
    """Tell whether a word has come to a site, or may yet."""
    to = next((each for each in order.to if each.site == site), None)
    return is_for(order, site) if to is None else _may_hold(to)


def is_for(order: HandedDown, site: str) -> bool:
    """Return whether an order goes to a site."""
    if order.to_all:
        return site not in order.but
    return any(each.site == site for each in order.to)


def _may_hold(to: Addressee) -> bool:
    is_over = not to.outcome and to.progress is OrderProgress.OVER
    return to.outcome in MAY_HOLD and not is_over


def worth_keeping(
    orders: Sequence[HandedDown], most: int, at: datetime
) -> Iterator[HandedDown]:
    """Yield the newest, the open ones, those that hold, and what ends these in part."""
    held = [order for order, _ in in_force(orders, at)]
    for place, order in enumerate(orders):
        older = (each.asked for each in held if each.number <= order.number)
        ends_one = any(ends(order.asked, each) for each in older)
        if place < most or order.is_open or ends_one:
            yield order


def ends(newer: OrderRequest | None, older: OrderRequest | None) -> bool:
    """Tell whether a word takes the place of another, or takes it back."""
    match newer, older:
        case ExerciseRequest(), ExerciseRequest():
            return True
        case UnmarkRequest(), MarkRequest() if _is_of(newer, older.subject):
            return newer.says in (None, older.says)
        case MarkRequest(), MarkRequest() if _is_of(newer, older.subject):
            return _is_distrust(newer) == _is_distrust(older)
    return False


def _is_of(asked: MarkRequest | UnmarkRequest, subject: str) -> bool:
    """Tell whether a word is on a subject; a channel goes by its bare name too."""
    return plain_name(asked.subject) == plain_name(subject)


def _is_distrust(asked: OrderRequest | None) -> bool:
    return isinstance(asked, MarkRequest) and asked.says == Declared.DISTRUSTED


def to_look_at(orders: Sequence[HandedDown], at: datetime) -> tuple[HandedDown, ...]:
    """Return orders not taken in everywhere, until their end, with those sites only.

    The newest comes first. Where a newer order replaces one, the sites only have to
    take in the newer.
    """
    remaining = (
        _left(order, [o for o in orders[:place] if ends(o.asked, order.asked)])
        for place, order in enumerate(orders)
        if not order.over and order.until > at
    )
    return tuple(left for left in remaining if left is not None)


def _left(order: HandedDown, newer: Sequence[HandedDown]) -> HandedDown | None:
    """Return an order with the sites that still have to take it in, None for none."""
    to = tuple(
        each
        for each in order.to
        if _is_left(each, order) and not any(is_for(one, each.site) for one in newer)
    )
    waits = order.is_unaddressed and not any(each.to_all for each in newer)
    return replace(order, to=to) if to or waits else None


def _is_left(to: Addressee, order: HandedDown) -> bool:
    """Tell whether a site has not taken it in, as far as is known, or refuses it.

    A word that cannot have come needs no taking back.
    """
    if to.progress is OrderProgress.OVER:
        return False
    if take_back(order) is None:
        never = to.progress is OrderProgress.UNKNOWN_SITE
        if never or to.outcome == OrderOutcome.UNKNOWN_SUBJECT:
            return False
    return to.outcome not in SETTLED
