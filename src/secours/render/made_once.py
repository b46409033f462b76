"""Cache of views of the newest snapshots, shared by all viewers.

Entries cannot be outdated: each belongs to one snapshot object, which never changes,
and is dropped with it.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from msgspec import Struct

from secours.model.snapshot import Snapshot

Asked = ParamSpec("Asked")
Made = TypeVar("Made")

SNAPSHOTS = 3  # the newest, in full, as strangers see it and as the wall shows it
MOST = 64  # entries of one: addresses may ask for anything


def made_once(
    make: Callable[Concatenate[Snapshot, Asked], Made],
) -> Callable[Concatenate[Snapshot, Asked], Made]:
    """Cache a pure function of a snapshot and its other arguments.

    A Struct among these is compared by identity.
    """
    cache: tuple[tuple[Snapshot, dict[Any, tuple[Made, object]]], ...] = ()

    @wraps(make)
    def made(snapshot: Snapshot, /, *args: Asked.args, **named: Asked.kwargs) -> Made:
        nonlocal cache
        results = next((results for of, results in cache if of is snapshot), None)
        if results is None:
            results = {}
            cache = ((snapshot, results), *cache[: SNAPSHOTS - 1])
        key = tuple(map(_known, (*args, *named.items())))
        if key in results:
            return results[key][0]
        thing = make(snapshot, *args, **named)
        if len(results) < MOST:
            results[key] = thing, args  # args kept: no id is reused
        return thing

    return made


def _known(argument: object) -> object:
    return id(argument) if isinstance(argument, Struct) else argument
