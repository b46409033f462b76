"""Ledger of a site: the province's orders taken, and the latest answers."""

import logging
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from secours.engine import state_file
from secours.model.sites.views import OrderAnswer, OrderOutcome

log = logging.getLogger(__name__)

NAME = "orders.json"
ANSWERS = 10  # that others are told of


class Ledger(Struct, frozen=True, kw_only=True):
    """Ledger of the province's orders at a site."""

    newest: Mapping[str, int] = field(default_factory=dict)  # by the province's nkey
    answers: tuple[OrderAnswer, ...] = ()  # the newest last


def answered(ledger: Ledger, province: str, answer: OrderAnswer) -> Ledger:
    """Return the ledger with one more answer.

    A malformed order has no number that could be trusted.
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
    """Return a ledger of the orders that either one has taken."""
    both = {**other.newest, **ledger.newest}
    numbers = {key: max(n, other.newest.get(key, 0)) for key, n in both.items()}
    return replace(ledger, newest=numbers)


def written(ledger: Ledger) -> bytes:
    """Write a ledger."""
    return msgspec.json.encode(ledger)


def recall(folder: Path) -> Ledger:
    """Return the ledger kept in this folder."""
    damaged = partial(log.error, "%s cannot be read: %s", NAME)
    return state_file.read((folder / NAME).read_bytes, Ledger, damaged) or Ledger()
