"""Filter and order of the sites, kept in the address."""

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import asdict, replace

from secours.render.pages.channel_filter import LONGEST_TEXT, Asked
from secours.render.province import marks, site_text
from secours.render.province.site_text import Group, Overview
from secours.render.templates.links import PageLink, choice_links, link
from secours.render.wording.localizer import Localizer

BY_NAME = "name"
ORDERS = ("", BY_NAME)  # the worst first, unless another is asked for


class SitesWanted(Struct, frozen=True, kw_only=True):
    """Search filter; empty matches all."""

    state: str = ""
    text: str = ""
    order: str = ""

    def address(self, language: str) -> str:
        """Return the address of the page that shows it."""
        asked = [each for each in asdict(self).items() if each[1]]
        return link("sites", language, asked)


EVERY_SITE = SitesWanted()


def wanted(query: Asked) -> SitesWanted:
    """Parse an address; invalid values are ignored."""
    state, order = query("state") or "", query("order") or ""
    return SitesWanted(
        state=state if state in marks.WORDS else "",
        text=(query("text") or "").strip()[:LONGEST_TEXT],
        order=order if order in ORDERS else "",
    )


def found(wish: SitesWanted, overview: Overview) -> list[Group]:
    """Return the matching sites, in the order asked for."""
    groups = [
        group
        for group in marks.by_name(overview.view.sites)
        if wish.state in ("", marks.key_of(group[0]))
        and wish.text.casefold() in _words(group, overview.localizer).casefold()
    ]
    if wish.order == BY_NAME:
        return sorted(groups, key=lambda group: group[0].name.casefold())
    return groups


def _words(group: Group, localizer: Localizer) -> str:
    first = group[0]
    return " ".join([first.name, site_text.name_of(first, localizer), first.region])


def states(
    wish: SitesWanted, groups: Sequence[Group], localizer: Localizer
) -> list[PageLink]:
    """Return the states to choose from, each with its number of sites."""
    named = {"": f"{localizer.say('find.all')} ({len(groups)})"}
    counts = Counter(marks.key_of(group[0]) for group in groups)
    for key, state in marks.WORDS.items():
        if counts[key] or wish.state == key:
            word = marks.word(key, localizer.language)
            named[key] = f"{marks.glyph(state)} {word} ({counts[key]})"
    return choice_links(
        named,
        wish.state,
        lambda state: replace(wish, state=state).address(localizer.language),
    )


def orders(wish: SitesWanted, localizer: Localizer) -> list[PageLink]:
    """Return links to the orders of the sites."""
    names = ("province.order.worst", "province.order.name")
    return choice_links(
        {each: localizer.say(key) for each, key in zip(ORDERS, names, strict=True)},
        wish.order,
        lambda order: replace(wish, order=order).address(localizer.language),
    )
