"""What the province has said to sites that still holds, as far as it knows."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from secours.model.sites.handed_down import Addressee, HandedDown, OrderProgress
from secours.model.sites.views import OrderOutcome
from secours.model.statements import Declared

SETTLED = (OrderOutcome.TAKEN, OrderOutcome.NOTHING)

Request = Mapping[str, Any]


def take_back(order: HandedDown) -> Request | None:
    """Return the request that would take a word back, None where nothing can."""
    asked = order.asked
    match asked.get("do"), asked.get("action"):
        case "mark", _:
            return {
                "do": "unmark",
                "subject": asked["subject"],
                "says": asked["says"],
            }
        case "exercise", "start":
            return {"do": "exercise", "action": "stop"}
    return None


def holds(order: HandedDown, newer: Iterable[HandedDown], at: datetime) -> bool:
    """Tell whether a word still holds at a site, for all that is known here."""
    if order.until <= at and not _is_distrust(order.asked):
        return False
    after = [each for each in newer if ends(each.asked, order.asked)]
    if any(each.to_all for each in after):
        return False
    ended = {to.site for each in after for to in each.to}
    return order.to_all or any(to.site not in ended for to in order.to)


def ends(newer: Request, older: Request) -> bool:
    """Tell whether a word takes the place of another, or takes it back."""
    if older.get("do") != "mark":
        return (newer.get("do"), older.get("do")) == ("exercise", "exercise")
    if newer.get("subject") != older["subject"]:
        return False
    if newer["do"] == "unmark":
        return newer.get("says") in (None, older["says"])
    return _is_distrust(newer) == _is_distrust(older)


def _is_distrust(asked: Request) -> bool:
    return asked.get("says") == Declared.DISTRUSTED


def to_look_at(orders: Iterable[HandedDown], at: datetime) -> tuple[HandedDown, ...]:
    """Return what is not taken in everywhere, until its end, with those sites alone."""
    found = (
        (order, tuple(filter(_is_left, order.to)))
        for order in orders
        if order.until > at
    )
    return tuple(
        replace(order, to=left) for order, left in found if left or order.is_unaddressed
    )


def _is_left(to: Addressee) -> bool:
    """Tell whether a site has not taken it in, as far as is known: or refuses it."""
    if to.progress is OrderProgress.OVER:
        return False
    return to.outcome not in SETTLED
