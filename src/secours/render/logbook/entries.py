"""Page of the journal: its entries by day, and their filter.

Pure. The filter is kept in the address of the page.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import TypeVar

from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace

from secours import texts
from secours.render import templates
from secours.render.pages.channel_filter import period_name
from secours.render.templates import Row
from secours.render.templates.links import (
    Asked,
    PageLink,
    choice_links,
    link,
    page_link,
)
from secours.render.wording import journal
from secours.render.wording.journal import JournalRow
from secours.render.wording.localizer import Localizer

PERIODS = (1, 7, 90, None)  # days
ALL = "all"
SHOWN, SEARCHED = 500, 2000  # a browser is slow with more rows, a search with more
LONGEST_TEXT = 200
EXPORTS = ("html", "csv", "json")
PAGES = ("journal", "shift", "incidents")

R = TypeVar("R", bound=JournalRow)


class JournalFilter(Struct, frozen=True, kw_only=True):
    """Filter of journal entries."""

    days: int | None = PERIODS[0]  # until now, None for all there is
    kinds: tuple[str, ...] = ()  # all, where none is named
    text: str = ""

    @property
    def asked(self) -> Asked:
        """Return it as an address asks for it."""
        return [
            ("days", str(self.days or ALL)),
            *(("kind", kind) for kind in self.kinds),
            *([("text", self.text)] if self.text else []),
        ]

    def since(self, now: datetime) -> datetime | None:
        """Return the earliest moment included."""
        return None if self.days is None else now - timedelta(days=self.days)


def filter_of(query: Asked) -> JournalFilter:
    """Parse query parameters; invalid values are ignored."""
    last = dict(query)
    named = {value for name, value in query if name == "kind"}
    return JournalFilter(
        days=period_of(query, PERIODS[0]),
        kinds=tuple(kind for kind in journal.KINDS if kind in named),
        text=last.get("text", "").strip()[:LONGEST_TEXT],
    )


def period_of(asked: Asked, usual: int | None) -> int | None:
    """Return the days that an address asks for, None for all."""
    periods = {str(days or ALL): days for days in PERIODS}
    return periods.get(dict(asked).get("days", ""), usual)


def matching(
    entries: Iterable[R], wish: JournalFilter, localizer: Localizer
) -> list[R]:
    """Return the entries that match."""
    return journal.matching(entries, localizer, wish.kinds, wish.text)


def page_html(
    entries: Sequence[JournalRow],
    wish: JournalFilter,
    localizer: Localizer,
    *,
    trouble: str = "",
    acts: bool = False,
) -> Markup:
    """Draw the matching entries of a period, and links to others.

    `trouble` is why none can be read; who `acts` can write a note.
    """
    more, found = "", matching(entries, replace(wish, kinds=()), localizer)
    counts = Counter(map(journal.kind_of, found))
    shown = [e for e in found if not wish.kinds or journal.kind_of(e) in wish.kinds]
    if len(shown) > SHOWN:
        more = localizer.say("journal.more", n=SHOWN)
    elif len(entries) >= SEARCHED:
        more = localizer.say("journal.searched", n=SEARCHED)
    return templates.fill(
        "entries.html",
        localizer.language,
        tabs=tabs("journal", localizer),
        exports=export_links("journal", wish.asked, localizer, EXPORTS),
        periods=period_links("journal", wish.days, wish.asked, localizer),
        everything=PageLink(
            words=localizer.say("journal.every_kind"),
            address=link("journal", localizer.language, replace(wish, kinds=()).asked),
            here=not wish.kinds,
        ),
        kinds=[_kind(kind, counts[kind], wish, localizer) for kind in journal.KINDS],
        fields=[("lang", localizer.language), *replace(wish, text="").asked],
        text=wish.text,
        days=days(shown[:SHOWN], localizer),
        more=more,
        trouble=trouble,
        acts=acts,
    )


def days(entries: Sequence[JournalRow], localizer: Localizer) -> list[Row]:
    """Part entries by their dates on the clock of the site."""
    views = journal.entry_views(entries, localizer)
    return [
        {"title": _day(date, localizer), "entries": tuple(of_day)}
        for date, of_day in groupby(views, key=lambda view: view["at"].day)
    ]


def _day(date: str, localizer: Localizer) -> str:
    """Name a date, also by how near it is, if that is known."""
    if not math.isfinite(localizer.screen_age_s):
        return date
    now = localizer.snapshot.at.utc + timedelta(seconds=localizer.screen_age_s)
    here = localizer.local(now)  # its days may have 23 or 25 hours
    for ago, key in enumerate(("journal.today", "journal.yesterday")):
        if texts.written_date(localizer.language, here - timedelta(days=ago)) == date:
            return f"{localizer.say(key)} · {date}"
    return date


def tabs(here: str, localizer: Localizer) -> list[PageLink]:
    """Return links to the pages of the journal, from one of them."""
    return [page_link(name, localizer, here=name == here) for name in PAGES]


def export_links(
    page: str, asked: Asked, localizer: Localizer, kinds: Sequence[str]
) -> list[PageLink]:
    """Return links to the exports of a page: on paper, and as files."""
    return [_export(page, kind, asked, localizer.language) for kind in kinds]


def _export(page: str, kind: str, query: Asked, language: str) -> PageLink:
    if kind == "html":
        address = link(f"{page}.html", language, (*query, ("print", "1")))
        words = texts.say(language, "paper.print")
        return PageLink(name="print", address=address, words=words, target="_blank")
    address = link(f"{page}.{kind}", language, query)
    return PageLink(name=kind, address=address, words=kind.upper())


def period_links(
    page: str, chosen: int | None, asked: Asked, localizer: Localizer
) -> list[PageLink]:
    """Return links to the same page of other periods."""
    rest = [(name, value) for name, value in asked if name != "days"]
    every = localizer.say("journal.all")
    return choice_links(
        {n: period_name(n, localizer) if n else every for n in PERIODS},
        chosen,
        lambda n: link(page, localizer.language, [("days", str(n or ALL)), *rest]),
    )


def _kind(kind: str, count: int, wish: JournalFilter, localizer: Localizer) -> Row:
    """Return the link that adds entries of a kind, or removes them."""
    here = kind in wish.kinds
    kinds = {*wish.kinds} ^ {kind}
    other = replace(wish, kinds=tuple(k for k in journal.KINDS if k in kinds))
    words = localizer.say(f"journal.kind.{kind}")
    address = link("journal", localizer.language, other.asked)
    return {
        "link": PageLink(name=kind, address=address, words=words, here=here),
        "count": count,
    }
