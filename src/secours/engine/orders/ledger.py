"""Which orders of the province a site has taken, and what became of the latest."""

import logging
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from secours.model.sites.views import OrderAnswer, OrderOutcome

log = logging.getLogger(__name__)

NAME = "orders.json"
ANSWERS = 10  # that others are told of


class Ledger(Struct, frozen=True, kw_only=True):
    """What a site remembers of the province's orders."""

    newest: Mapping[str, int] = field(default_factory=dict)  # by the province's nkey
    answers: tuple[OrderAnswer, ...] = ()  # the newest last


def answered(ledger: Ledger, province: str, answer: OrderAnswer) -> Ledger:
    """Return what is remembered with one more answer.

    What is refused for its looks has no number that could be believed.
    """
    known = {each.number for each in ledger.answers}
    if answer.outcome is OrderOutcome.REPLAYED and answer.number in known:
        return ledger
    newest = ledger.newest
    if answer.outcome not in (OrderOutcome.MISADDRESSED, OrderOutcome.REPLAYED):
        number = max(newest.get(province, 0), answer.number)
        newest = {**newest, province: number}
    answers = (*ledger.answers, answer)[-ANSWERS:]
    return replace(ledger, newest=newest, answers=answers)


def joined(ledger: Ledger, other: Ledger) -> Ledger:
    """Return a ledger that takes no order again which another one has taken."""
    both = {**other.newest, **ledger.newest}
    numbers = {key: max(n, other.newest.get(key, 0)) for key, n in both.items()}
    return replace(ledger, newest=numbers)


def written(ledger: Ledger) -> bytes:
    """Write a ledger."""
    return msgspec.json.encode(ledger)


def recall(folder: Path) -> Ledger:
    """Return what is remembered in this folder."""
    try:
        return msgspec.json.decode((folder / NAME).read_bytes(), type=Ledger)
    except FileNotFoundError:
        return Ledger()
    except (OSError, msgspec.MsgspecError) as error:
        log.error("%s cannot be read: %s", NAME, error)
        return Ledger()
