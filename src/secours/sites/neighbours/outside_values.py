"""Values of the model from outside: bounded, and safe to keep and to draw."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from operator import is_
from typing import Any

import msgspec

from secours.outside_text import plain

LONGEST_TEXT = 1000  # characters
MOST_ITEMS = 500  # of a list, or a mapping
MOST = 1e13  # of any number; as seconds, a calendar still has them
FIRST, LAST = datetime(1980, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class Senseless(msgspec.ValidationError):
    """A well-formed value that is impossible."""


def made_safe(thing: Any) -> Any:
    """Return a value with each text on one line and short, and no list too long.

    A safe value is returned as it is: nearly all of them are.

    Raises:
        Senseless: a number or a date is out of our bounds.
    """
    kind = type(thing)
    if kind is str:
        safe = len(thing) <= LONGEST_TEXT and thing.isprintable()
        return thing if safe else plain(thing, LONGEST_TEXT)
    if kind is tuple:
        parts = tuple(map(made_safe, thing[:MOST_ITEMS]))
        return (
            thing if len(parts) == len(thing) and all(map(is_, parts, thing)) else parts
        )
    if kind is float or kind is int:
        return _number(thing)
    if isinstance(thing, msgspec.Struct):
        return _struct(thing)
    if kind is dict:
        pairs = list(thing.items())[:MOST_ITEMS]
        return {made_safe(key): made_safe(value) for key, value in pairs}
    if isinstance(thing, datetime):
        return _date(thing)
    if isinstance(thing, Mapping):
        return made_safe(dict(thing))
    return thing  # a word of ours, true or false, or nothing


def _struct(thing: Any) -> Any:
    changed = {}
    for name in thing.__struct_fields__:
        value = getattr(thing, name)
        safe = made_safe(value)
        if safe is not value:
            changed[name] = safe
    return msgspec.structs.replace(thing, **changed) if changed else thing


def _date(date: datetime) -> datetime:
    if date.tzinfo is None or not FIRST <= date <= LAST:
        raise Senseless("a date that cannot be")
    return date


def _number(number: float) -> float:
    if not math.isfinite(number) or abs(number) > MOST:
        raise Senseless("a number that cannot be")
    return number
