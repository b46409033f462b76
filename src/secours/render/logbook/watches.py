"""Past watches, one after another, and the one that a page shows."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from secours.model.snapshot import Change
from secours.model.statements import WatchAction
from secours.outside_text import plain
from secours.render.templates.links import Asked, PageLink, link
from secours.render.wording import journal
from secours.render.wording.localizer import Localizer

BACK = "back"  # in the address: how many watches before the newest one
LOOK_BACK = timedelta(hours=12)  # where nobody took the watch
SAME = timedelta(seconds=1)  # the history rounds times, and may list a watch twice


class WatchSpan(Struct, frozen=True, kw_only=True):
    """Time from a person's taking of the watch to the next."""

    by: str
    began: datetime
    ended: datetime | None = None  # None where nobody took it since


def spans(words: Sequence[Change], localizer: Localizer) -> list[WatchSpan]:
    """Return each watch, newest first; `words` on it are so too, and may come late.

    Taking one's own watch again continues it. A watch handed over lasts until the next
    is taken: that person is to read all of it.
    """
    watches: list[WatchSpan] = []
    holder = ""
    for word in reversed(words):
        by = str(word.facts.get("by", ""))
        if word.after != WatchAction.TAKEN:
            holder = ""
        elif by.casefold() != holder.casefold():
            watches.append(WatchSpan(by=by, began=word.at.utc))
            holder = by
    watch = localizer.snapshot.watch
    if watch is None:
        return []
    if watch.holder:
        newest = WatchSpan(by=watch.holder, began=watch.began.utc)
        watches = [*(each for each in watches if _is_before(each, newest)), newest]
    ends = [None, *(each.began for each in reversed(watches))]
    return [
        replace(each, ended=end)
        for each, end in zip(reversed(watches), ends, strict=False)
    ]


def _is_before(span: WatchSpan, newest: WatchSpan) -> bool:
    """Return whether it is older than the newest one in the history."""
    same = span.by.casefold() == newest.by.casefold()
    return span.began < newest.began - (SAME if same else timedelta())


def back_of(query: Asked, watches: Sequence[WatchSpan]) -> int:
    """Return how many watches back an address asks for, 0 if too many."""
    wanted = dict(query).get(BACK, "")
    back = int(wanted) if wanted.isdecimal() and len(wanted) < 9 else 0
    return back if back < len(watches) else 0


def shown(found: Sequence[WatchSpan], back: int, localizer: Localizer) -> WatchSpan:
    """Return the watch shown; half a day where nobody had one."""
    if found:
        return found[back]
    return WatchSpan(by="", began=localizer.snapshot.at.utc - LOOK_BACK)


def title(found: Sequence[WatchSpan], back: int, localizer: Localizer) -> str:
    """Return the title of the events, with their begin and end."""
    span = shown(found, back, localizer)
    since = journal.moment(span.began, localizer)
    if span.ended is None:
        return localizer.say("shift.changes", when=since)
    until = journal.moment(span.ended, localizer)
    name = plain(span.by)
    return localizer.say("shift.changes.until", name=name, since=since, until=until)


def ways(
    watches: Sequence[WatchSpan], back: int, localizer: Localizer
) -> tuple[PageLink, ...]:
    """Return links to the watch before, and to the present one."""
    ways = []
    if back:
        ways.append(_way(0, localizer.say("shift.newest"), localizer))
    if back + 1 < len(watches):
        name = plain(watches[back + 1].by)
        words = localizer.say("shift.before", name=name)
        ways.append(_way(back + 1, words, localizer))
    return tuple(ways)


def _way(back: int, words: str, localizer: Localizer) -> PageLink:
    asked = [(BACK, str(back))] if back else []
    address = link("shift", localizer.language, asked)
    return PageLink(name=f"watch-{back}", address=address, words=words)
