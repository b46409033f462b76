"""Requests to take or hand over the watch, turned into words or refused."""

from secours.engine.control.requests import RequestRefused
from secours.model.observed import Instant
from secours.model.requests import NAME_LIMIT, WatchRequest
from secours.model.statements import Watch, WatchAction
from secours.outside_text import plain


def word(request: WatchRequest, by: str, newest: Watch | None, now: Instant) -> Watch:
    """Return the word of a request after the `newest`, or raise RequestRefused."""
    if request.action == "take":
        return _taken(request, by, newest, now)
    if request.action == "hand":
        return _handed(request, by, newest, now)
    raise RequestRefused("commands.asked.watch-action")


def _taken(request: WatchRequest, by: str, newest: Watch | None, now: Instant) -> Watch:
    """Give a person the watch; a present holder keeps the first time."""
    again = newest is not None and newest.is_held_by(by)
    another = newest is not None and newest.by.casefold() != by.casefold()
    return Watch(
        action=WatchAction.TAKEN,
        by=by,
        remark=plain(request.remark),
        before=newest.by if newest and another else "",
        at=now,
        since=newest.began if newest and again else None,
    )


def _handed(
    request: WatchRequest, by: str, newest: Watch | None, now: Instant
) -> Watch:
    if newest is None or not newest.holder:
        raise RequestRefused("commands.asked.watch-nobody")
    if not newest.is_held_by(by):
        raise RequestRefused("commands.asked.watch-other", by=by, name=newest.holder)
    return Watch(
        action=WatchAction.HANDED,
        by=by,
        to=plain(request.to, NAME_LIMIT),
        remark=plain(request.remark),
        at=now,
    )
