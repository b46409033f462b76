"""Column beside the map: sites by state, and common causes.

Where names have no room on the map, the worst sites are named here.
"""

from collections.abc import Sequence

from markupsafe import Markup

from secours.model.sites.views import SiteState
from secours.render import text_width
from secours.render.province import marks, site_text
from secours.render.province.layout import SHAPE, SURE, Room
from secours.render.province.site_filter import EVERY_SITE
from secours.render.province.site_text import Group, Overview
from secours.render.templates.links import link
from secours.render.text_width import LEADING
from secours.render.wording.sites.sentence import cause_words

ROW = 1.25  # of a row that stands alone, as part of its type size
PART = 1.0  # above a part, in units
BETWEEN = 0.35  # a count and its word, as part of their type size
NAMES_PART, NAMES_LEAST = 0.4, 4  # of the rest, for names: at least so many rows


def beside_html(overview: Overview, room: Room, *, names: bool, links: bool) -> Markup:
    """Draw the column; `names` lists sites here."""
    counts, counted = _counts(overview, room)
    left = room.high + room.over - counted
    kept = _least(overview, room, left) if names else 0.0
    causes, used = _causes(overview, room, left - kept)
    worst = _worst(overview, room, left - used, links) if names else Markup()
    return Markup('<div class="s-beside-map">{}{}{}</div>').format(
        Markup('<ul class="s-sites-counts" aria-label="{}">{}</ul>').format(
            overview.localizer.say("province.counts"), Markup("").join(counts)
        ),
        causes,
        worst,
    )


def _counts(overview: Overview, room: Room) -> tuple[list[Markup], float]:
    """Return the number of sites of each word, as far as they fit, and their height.

    The worst come first. A long word takes two rows; two sites of one name are one.
    """
    alike = marks.by_word(overview.view.sites)
    digits = len(str(max(map(len, alike), default=0)))
    number = text_width.width("0" * digits, room.words)
    wide = SURE * (room.beside - number - (BETWEEN + SHAPE) * room.words)
    words = (marks.word_of(groups[0][0], overview.localizer) for groups in alike)
    row = room.words * ROW
    heights = [text_width.rows(word, room.words, wide) * row for word in words]
    shown = _how_many(heights, room.high + room.over, row)
    entries = [
        Markup(
            '<li><b class="s-sites-count" style="--digits:{}">{}</b> {}</li>'
        ).format(digits, len(groups), marks.mark(groups[0][0], overview.localizer))
        for groups in alike[:shown]
    ]
    if others := sum(map(len, alike[shown:])):
        words_of_others = overview.localizer.say("province.others", n=others)
        entries.append(
            Markup('<li class="s-sites-more">{}</li>').format(words_of_others)
        )
    return entries, sum(heights[:shown]) + (row if others else 0.0)


def _causes(overview: Overview, room: Room, high: float) -> tuple[Markup, float]:
    """Draw the common causes that fit, and return their height."""
    rows = [
        cause_words(each, overview.view, overview.localizer.language)
        for each in overview.view.causes
    ]
    heights = [
        text_width.rows(words, room.words, SURE * room.beside) * room.words * LEADING
        for words in rows
    ]
    title = PART + room.words * ROW
    shown = _how_many(heights, high - title, room.words * ROW)
    if not shown:
        return Markup(), 0.0
    more = _more(len(rows) - shown, overview)
    used = title + sum(heights[:shown]) + (room.words * ROW if more else 0.0)
    items = [Markup("<li>{}</li>").format(words) for words in rows[:shown]]
    return _part("province.causes", [*items, *more], overview), used


def _ailing(overview: Overview) -> list[Group]:
    groups = marks.by_name(overview.view.sites)
    return [group for group in groups if group[0].state is not SiteState.PRIMARY]


def _least(overview: Overview, room: Room, left: float) -> float:
    """Return the height kept for names before any cause."""
    rows = min(len(_ailing(overview)) + 1, NAMES_LEAST)
    return max(PART + rows * room.words * ROW, NAMES_PART * left) if rows > 1 else 0.0


def _worst(overview: Overview, room: Room, high: float, links: bool) -> Markup:
    """Draw the worst sites."""
    groups = _ailing(overview)
    words = [f"{_name(each, overview)} {overview.silence(each[0])}" for each in groups]
    wide = SURE * (room.beside - text_width.width("OO", room.words))
    heights = [
        text_width.rows(each, room.words, wide) * room.words * ROW for each in words
    ]
    shown = _how_many(heights, high - PART - room.words * ROW, room.words * ROW)
    if not shown:
        return Markup()
    items = [_item(group, overview, links) for group in groups[:shown]]
    more = _more(len(groups) - shown, overview, links=links)
    return _part("province.worst", [*items, *more], overview)


def _item(group: Group, overview: Overview, links: bool) -> Markup:
    first, age = group[0], overview.silence(group[0])
    address = link("site", overview.localizer.language, name=first.name)
    way = Markup(' href="{}"').format(address)
    return Markup(
        '<li><a class="s-worst s-site-{}"{}>{}{}<span class="s-said">{}</span>{}'
        "</a></li>"
    ).format(
        first.state,
        way if links else "",
        marks.shape(first.state),
        _name(group, overview),
        marks.word_of(first, overview.localizer),
        Markup('<span class="s-worst-age">{}</span>').format(age) if age else "",
    )


def _name(group: Group, overview: Overview) -> str:
    return site_text.name_of(group[0], overview.localizer)


def _how_many(heights: Sequence[float], high: float, more: float) -> int:
    """Return how many rows fit, with one that counts the rest."""
    if sum(heights) <= high:
        return len(heights)
    left, count = high - more, 0
    for height in heights:
        left -= height
        if left < 0:
            break
        count += 1
    return count


def _more(count: int, overview: Overview, *, links: bool = False) -> list[Markup]:
    if not count:
        return []
    link = Markup(' href="{}"').format(EVERY_SITE.address(overview.localizer.language))
    words = overview.localizer.say("province.more", n=count)
    return [
        Markup('<li class="s-sites-more"><a{}>{}</a></li>').format(
            link if links else "", words
        )
    ]


def _part(key: str, items: Sequence[Markup], overview: Overview) -> Markup:
    return Markup("<section><h2>{}</h2><ul>{}</ul></section>").format(
        overview.localizer.say(key), Markup("").join(items)
    )
