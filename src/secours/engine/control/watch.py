"""Requests to take or hand over the watch, turned into words or refused."""

from secours.engine.control.requests import RequestRefused
from secours.model.observed import Instant
from secours.model.requests import NAME_LIMIT, WatchRequest
from secours.model.statements import Watch, WatchAction
from secours.outside_text import plain


def word(asked: WatchRequest, by: str, known: Watch | None, now: Instant) -> Watch:
    """Return the word of a request; `known` is the newest until now.

    Raises:
        RequestRefused: nobody has it to hand over, or somebody else has.

    """
    if asked.action == "take":
        return _taken(asked, by, known, now)
    if asked.action == "hand":
        return _handed(asked, by, known, now)
    raise RequestRefused("commands.asked.watch-action")


def _taken(asked: WatchRequest, by: str, known: Watch | None, now: Instant) -> Watch:
    """Give a person the watch; a present holder keeps the first time."""
    again = known is not None and known.is_held_by(by)
    another = known is not None and known.by.casefold() != by.casefold()
    return Watch(
        action=WatchAction.TAKEN,
        by=by,
        remark=plain(asked.remark),
        before=known.by if known and another else "",
        at=now,
        since=known.began if known and again else None,
    )


def _handed(asked: WatchRequest, by: str, known: Watch | None, now: Instant) -> Watch:
    if known is None or not known.holder:
        raise RequestRefused("commands.asked.watch-nobody")
    if not known.is_held_by(by):
        raise RequestRefused("commands.asked.watch-other", by=by, name=known.holder)
    return Watch(
        action=WatchAction.HANDED,
        by=by,
        to=plain(asked.to, NAME_LIMIT),
        remark=plain(asked.remark),
        at=now,
    )
