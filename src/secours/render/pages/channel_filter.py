"""Filter of the page of channels: its fields, period and counts.

A filter hides rows, never a failure: the count by state is of all channels of the
plan. All of it is in the address of the page.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import asdict, replace

from secours import texts
from secours.model.snapshot import ChannelView, Snapshot
from secours.render import badges
from secours.render.badges import Badge
from secours.render.templates import Row
from secours.render.templates.links import PageLink, choice_links, link
from secours.render.wording.localizer import Localizer

UNAVAILABLE = "unavailable"
STATES = ("", UNAVAILABLE)
PROBLEMS = "problems"
ORDERS = ("", PROBLEMS)
PERIODS = (1, 7, 90)  # days
DAY_S = 86_400
LONGEST_TEXT = 60
TIMES = "\N{MULTIPLICATION SIGN}"

Asked = Callable[[str], str | None]
"""Query parameters of an address."""


class ChannelFilter(Struct, frozen=True, kw_only=True):
    """Search filter; empty matches all."""

    state: str = ""  # UNAVAILABLE: not fully working
    purpose: str = ""
    audience: str = ""
    text: str = ""
    order: str = ""  # PROBLEMS: worst state first
    days: int = PERIODS[0]  # of the strips

    def __bool__(self) -> bool:
        """Return whether it hides any channel."""
        return any((self.state, self.purpose, self.audience, self.text))

    def address(self, language: str) -> str:
        """Return the address of the page that shows it."""
        query = [
            (name, value)
            for name, value in asdict(self).items()
            if value != getattr(ALL, name)
        ]
        return link("channels", language, query)


ALL = ChannelFilter()


FormOption = tuple[str, str]
"""Value of a form field, and its words."""


def wanted(query: Asked, snapshot: Snapshot) -> ChannelFilter:
    """Parse an address; invalid values are ignored."""
    return ChannelFilter(
        state=_one_of(query("state"), STATES),
        purpose=_one_of(query("purpose"), purposes(snapshot)),
        audience=_one_of(query("audience"), audiences(snapshot)),
        text=(query("text") or "").strip()[:LONGEST_TEXT],
        order=_one_of(query("order"), ORDERS),
        days=days(query),
    )


def days(asked: Asked) -> int:
    """Return the days of history that an address asks for."""
    written = _one_of(asked("days"), list(map(str, PERIODS)))
    return int(written or PERIODS[0])


def purposes(snapshot: Snapshot) -> list[str]:
    """Return the purposes of the plan, in its order."""
    return list(dict.fromkeys(line.purpose.value for line in snapshot.recommendations))


def audiences(snapshot: Snapshot) -> list[str]:
    """Return the audiences of the plan, in its order."""
    return list(dict.fromkeys(line.audience for line in snapshot.recommendations))


def found(wish: ChannelFilter, localizer: Localizer) -> list[ChannelView]:
    """Return the matching channels, in the order asked for."""
    served = {
        name
        for line in localizer.snapshot.recommendations
        if wish.purpose in ("", line.purpose) and wish.audience in ("", line.audience)
        for name in line.planned
    }
    by_line = bool(wish.purpose or wish.audience)
    matching = [
        view
        for view in localizer.snapshot.channels
        if (not by_line or view.name in served)
        and (wish.state != UNAVAILABLE or not view.standing.fine)
        and wish.text.casefold() in _words(view, localizer).casefold()
    ]
    return problems_first(matching) if wish.order == PROBLEMS else matching


def problems_first(views: Sequence[ChannelView]) -> list[ChannelView]:
    """Sort the worst state first, within it in the order of the plan."""
    return sorted(views, key=badges.badness)


def counts(localizer: Localizer) -> list[Badge]:
    """Return the number of channels in each state, the worst first, then what ends."""

    def ends_s(view: ChannelView) -> float:
        until = view.standing.until
        return until.steady_s if until else math.inf

    views = problems_first(sorted(localizer.snapshot.channels, key=ends_s))
    found = Counter(badges.of(view.standing, localizer).bare for view in views)
    return [Badge(each.tone, f"{n} {TIMES} {each.word}") for each, n in found.items()]


def shown_of(
    shown: Sequence[ChannelView], wish: ChannelFilter, localizer: Localizer
) -> str:
    """Return how many of all channels are shown; "" without a filter."""
    if not wish:
        return ""
    return localizer.say(
        "find.shown", n=len(shown), of=len(localizer.snapshot.channels)
    )


def fields(wish: ChannelFilter, localizer: Localizer) -> list[Row]:
    """Return the fields of the form; those with a single option are left out."""
    shot, every = localizer.snapshot, ("", localizer.say("find.all"))
    options: dict[str, list[FormOption]] = {
        "state": [(UNAVAILABLE, localizer.say("find.unavailable"))],
        "purpose": [(e, localizer.say(f"purpose.{e}")) for e in purposes(shot)],
        "audience": [(each, localizer.audience(each)) for each in audiences(shot)],
    }
    return [
        {
            "name": name,
            "words": localizer.say(f"find.{name}"),
            "options": (every, *known),
            "chosen": getattr(wish, name),
        }
        for name, known in options.items()
    ]


def periods(wish: ChannelFilter, localizer: Localizer) -> list[PageLink]:
    """Return links to the periods of the strips."""
    return choice_links(
        named_periods(localizer),
        wish.days,
        lambda days: replace(wish, days=days).address(localizer.language),
    )


def named_periods(localizer: Localizer) -> dict[int, str]:
    """Return the name of each period, by its days."""
    return {days: period_name(days, localizer) for days in PERIODS}


def period_name(days: int, localizer: Localizer) -> str:
    """Name a period in short: 24 h, 7 d."""
    if days == 1:
        return localizer.say("period.hours", n=24)
    return texts.duration(localizer.language, days * DAY_S)


def orders(wish: ChannelFilter, localizer: Localizer) -> list[PageLink]:
    """Return links to the orders of the channels."""
    names = ("find.order.plan", "find.order.problems")
    return choice_links(
        {each: localizer.say(key) for each, key in zip(ORDERS, names, strict=True)},
        wish.order,
        lambda order: replace(wish, order=order).address(localizer.language),
    )


def _words(view: ChannelView, localizer: Localizer) -> str:
    said = (view.label, view.short_name, view.how)
    return " ".join([view.name, *map(localizer.in_language, said)])


def _one_of(text: str | None, known: Sequence[str]) -> str:
    return text if text in known and text else ""
