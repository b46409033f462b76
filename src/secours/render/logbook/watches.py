"""The watches that people had one after another, and which of them a page shows."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from secours.model.snapshot import Change
from secours.model.statements import WatchAction
from secours.outside_text import plain
from secours.render.logbook import links
from secours.render.pages import journal
from secours.render.pages.head import Asked, PageLink
from secours.render.wording.localizer import Localizer

BACK = "back"  # in the address: how many watches before the newest one
LOOK_BACK = timedelta(hours=12)  # where nobody took the watch
SAME = timedelta(seconds=1)  # the history rounds, and may be told the same later


class WatchSpan(Struct, frozen=True, kw_only=True):
    """The time from when a person took the watch until another took it."""

    by: str
    began: datetime
    ended: datetime | None = None  # None where nobody took it since


def spans(words: Sequence[Change], localizer: Localizer) -> list[WatchSpan]:
    """Return each watch, newest first; `words` on it are so too, and may come late.

    Who takes it again has had it all along. A watch that is handed over goes on until
    somebody takes the next one: that person is to read all of it.
    """
    found: list[WatchSpan] = []
    holder = ""
    for word in reversed(words):
        by = str(word.facts.get("by", ""))
        if word.after != WatchAction.TAKEN:
            holder = ""
        elif by.casefold() != holder.casefold():
            found.append(WatchSpan(by=by, began=word.at.utc))
            holder = by
    held = localizer.snapshot.watch
    if held is None:
        return []
    if held.holder:
        newest = WatchSpan(by=held.holder, began=held.began.utc)
        found = [*(each for each in found if _is_before(each, newest)), newest]
    ends = [None, *(each.began for each in reversed(found))]
    return [
        replace(each, ended=end)
        for each, end in zip(reversed(found), ends, strict=False)
    ]


def _is_before(span: WatchSpan, newest: WatchSpan) -> bool:
    """Tell whether it is an older watch, not the newest one as the history has it."""
    same = span.by.casefold() == newest.by.casefold()
    return span.began < newest.began - (SAME if same else timedelta())


def back_of(asked: Asked, found: Sequence[WatchSpan]) -> int:
    """Return how many watches back an address asks for, of those there were."""
    wanted = dict(asked).get(BACK, "")
    back = int(wanted) if wanted.isdecimal() and len(wanted) < 9 else 0
    return back if back < len(found) else 0


def shown(found: Sequence[WatchSpan], back: int, localizer: Localizer) -> WatchSpan:
    """Return the watch that is looked at; half a day where nobody had one."""
    if found:
        return found[back]
    return WatchSpan(by="", began=localizer.snapshot.at.utc - LOOK_BACK)


def title(found: Sequence[WatchSpan], back: int, localizer: Localizer) -> str:
    """Say from when on, and until when, it is told what happened."""
    span = shown(found, back, localizer)
    since = journal.moment(span.began, localizer)
    if span.ended is None:
        return localizer.say("shift.changes", when=since)
    until = journal.moment(span.ended, localizer)
    name = plain(span.by)
    return localizer.say("shift.changes.until", name=name, since=since, until=until)


def ways(
    found: Sequence[WatchSpan], back: int, localizer: Localizer
) -> tuple[PageLink, ...]:
    """Return the ways to the watch before, and to the one that goes on."""
    ways = []
    if back:
        ways.append(_way(0, localizer.say("shift.newest"), localizer))
    if back + 1 < len(found):
        name = plain(found[back + 1].by)
        words = localizer.say("shift.before", name=name)
        ways.append(_way(back + 1, words, localizer))
    return tuple(ways)


def _way(back: int, words: str, localizer: Localizer) -> PageLink:
    asked = [(BACK, str(back))] if back else []
    address = links.link("shift", asked, localizer)
    return PageLink(name=f"watch-{back}", address=address, words=words)
