"""What is made of the newest snapshot is made once for all who look, not for each.

It cannot be older than what it was made of: it is kept for that very object, which
never changes, and let go with it.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from secours.model.sites.views import SitesView
from secours.model.snapshot import Snapshot

Asked = ParamSpec("Asked")
Made = TypeVar("Made")

SNAPSHOTS = 3  # the newest, in full, as a stranger sees it and as the wall says it
MOST = 64  # things made of one: addresses may ask for anything


def made_once(
    make: Callable[Concatenate[Snapshot, Asked], Made],
) -> Callable[Concatenate[Snapshot, Asked], Made]:
    """Keep what a function of a snapshot and of its other arguments alone returns.

    A view of other sites among these is known by being the same object.
    """
    kept: tuple[tuple[Snapshot, dict[Any, tuple[Made, object]]], ...] = ()

    @wraps(make)
    def made(snapshot: Snapshot, /, *args: Asked.args, **named: Asked.kwargs) -> Made:
        nonlocal kept
        found = next((found for of, found in kept if of is snapshot), None)
        if found is None:
            found = {}
            kept = ((snapshot, found), *kept[: SNAPSHOTS - 1])
        key = tuple(map(_known, (*args, *named.items())))
        if key in found:
            return found[key][0]
        thing = make(snapshot, *args, **named)
        if len(found) < MOST:
            found[key] = thing, args  # what is held is not taken for another
        return thing

    return made


def _known(argument: object) -> object:
    return id(argument) if isinstance(argument, SitesView) else argument
