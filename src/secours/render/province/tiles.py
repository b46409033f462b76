"""The tile of each site, in its place on the wall."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup, escape

from secours.languages import LANGUAGES
from secours.model.sites.views import SiteState, SiteView
from secours.render import text_width
from secours.render.province import layout, marks, site_text
from secours.render.province.layout import (
    BLOCK,
    SHAPE,
    Map,
    TileDetail,
    mapped,
)
from secours.render.province.places import SitePlaces
from secours.render.province.site_text import Group, Overview
from secours.render.templates.links import link


def map_of(overview: Overview, banner_rows: int = 1) -> Map:
    """Return the map that fits."""
    localizer, sites = overview.localizer, overview.view.sites
    return mapped(
        {each.name: each.at for each in sites},
        [*{each.name: site_text.name_of(each, localizer) for each in sites}.values()],
        [
            marks.word(key, language)
            for key in marks.WORDS
            if key not in marks.CANNOT.values()  # these may take two rows, or none
            for language in LANGUAGES  # a site is in one place, whoever looks
        ],
        localizer.snapshot.screen,
        banner_rows,
    )


def map_html(overview: Overview, shown: Map, *, links: bool) -> Markup:
    """Draw all tiles, the worst first for screen readers and narrow screens.

    `links` says that the viewer may open the pages of sites.
    """
    groups = marks.by_name(overview.view.sites)
    tiles = Markup("").join(_tiles(groups, overview, shown, links))
    style = (
        f"--grid:{_rows(shown.places)}/repeat({shown.places.columns},"
        f"minmax(0,1fr));--square:{shown.places.columns / shown.places.rows:.4g};"
        f"--z-tile:{shown.size:.4g};--shape:{shown.shape:.4g}"
    )
    return Markup('<ul class="s-map{}" style="{}" aria-label="{}">{}</ul>').format(
        "" if shown.is_named else " s-shapes",
        style,
        overview.localizer.say("province.map"),
        tiles,
    )


def _rows(places: SitePlaces) -> str:
    """Write the rows of the grid, with a gap above sites without coordinates."""
    on_map, row = places.rows - places.block, "minmax(0,1fr)"
    parts = [f"repeat({n},{row})" for n in (on_map, places.block) if n]
    return f" calc({BLOCK}*var(--u)) ".join(parts)


def _line_of(name: str, places: SitePlaces) -> tuple[int, int]:
    """Return the row and the column of a site in the grid, counted from 1."""
    row, column = places.cells[name]
    on_map = places.rows - places.block
    gap = 1 if 0 < on_map <= row else 0
    return row + 1 + gap, column + 1


def _tiles(
    groups: Sequence[Group], overview: Overview, shown: Map, links: bool
) -> Iterator[Markup]:
    named, language = shown.is_named, overview.localizer.language
    for group in groups:
        first, label = group[0], overview.label(group)
        row, column = _line_of(first.name, shown.places)
        inside = _named(group, overview, shown) if named else marks.shape(first.state)
        way = link("site", language, name=first.name) if links else ""
        yield Markup(
            '<li style="--at:{}/{}"><a class="s-tile s-site-{}"{} title="{}"'
            "{}>{}</a></li>"
        ).format(
            row,
            column,
            first.state,
            Markup(' href="{}"').format(way) if way else "",
            label,
            "" if named else _heard(label, way),
            inside,
        )


def _heard(label: str, link: str) -> Markup:
    """Label a shape for screen readers.

    It is a link for the mouse: the keyboard reaches the names beside the map.
    """
    role = Markup(' tabindex="-1"') if link else Markup(' role="img"')
    return Markup('{} aria-label="{}"').format(role, label)


def _named(group: Group, overview: Overview, shown: Map) -> Markup:
    """Write the name of a site, and its state as far as it fits."""
    first, localizer = group[0], overview.localizer
    if shown.detail is TileDetail.NAMED:
        word = marks.word_of(first, localizer)
        return _name_and_age(first, overview, shown) + _unseen(word)
    name = Markup('<b class="s-tile-name">{}</b>').format(_name(first, overview, shown))
    rows = layout.rows_of(_name(first, overview, shown), shown.size, shown.inside)
    if shown.rows - rows < TileDetail.FULL:
        return name + _brief(group, overview, shown)
    word, rest = _in_two_rows(marks.word_of(first, localizer), shown)
    below = " s-tile-word" if rest else ""
    return Markup('{}{} <span class="s-tile-detail{}">{}</span>').format(
        name,
        marks.drawn(first.state, word),
        below,
        rest or _detail(group, overview, shown),
    )


def _in_two_rows(word: str, shown: Map) -> tuple[str, str]:
    """Return the part of a word that fits beside its shape, and the rest."""
    parts = word.split(" ")
    for count in range(len(parts), 1, -1):
        if _has_room(1, first := " ".join(parts[:count]), shown):
            return first, " ".join(parts[count:])
    return parts[0], " ".join(parts[1:])


def _name(site: SiteView, overview: Overview, shown: Map, beside: float = 0.0) -> str:
    """Return the name of a site, cut to fit with something `beside` it."""
    name = site_text.name_of(site, overview.localizer)
    wide = shown.inside - beside * shown.size
    return layout.fitted(name, shown.size, wide, shown.name_rows)


def _brief(group: Group, overview: Overview, shown: Map) -> Markup:
    """Write the channel of a site, or its state, in a row with its shape.

    Where the purpose lacking does not fit, the shape is alone.
    """
    first, localizer = group[0], overview.localizer
    if first.state in (SiteState.NOT_HEARD, SiteState.DOUBLE):
        return _mark_and_known(group, overview, shown)
    detail, word = overview.detail(group), marks.word_of(first, localizer)
    if first.state in (SiteState.NOTHING_LEFT, SiteState.OWN_LINK):
        seen_words, unseen = (word, "") if _has_room(1, word, shown) else ("", word)
    elif detail and _has_room(1, detail, shown):
        seen_words, unseen = detail, word
    else:
        seen_words, unseen = word, ""
    mark = marks.drawn(first.state, seen_words)
    return mark + _unseen(unseen) if unseen else mark


def _mark_and_known(group: Group, overview: Overview, shown: Map) -> Markup:
    """Write that a site is out of touch, its age, and its last known state.

    What does not fit is dropped: the known state first, then the word.
    """
    first, localizer = group[0], overview.localizer
    word = marks.word_of(first, localizer)
    shapes = [marks.shape(each.known) for each in group if each.known]
    age = overview.silence(first)
    if not (shapes or age):
        return marks.mark(first, localizer)
    mark, detail = marks.mark(first, localizer), [*shapes, age]
    if not _has_room(len(shapes) + 1, f"{word} {age}", shown):
        detail = [age]
        if not age:
            return mark
        if not _has_room(1, f"{word} {age}", shown):
            mark = marks.shape(first.state) + _unseen(word)
            detail = [*shapes, age]
    return Markup(
        '<span class="s-tile-row">{}<span class="s-tile-detail">{}</span></span>'
    ).format(mark, Markup("").join(detail))


def _has_room(shapes: int, words: str, shown: Map) -> bool:
    """Return whether so many shapes and words fit in a row of a tile."""
    wide = shapes * SHAPE * shown.size + text_width.width(words, shown.size)
    return wide <= shown.inside


def _name_and_age(site: SiteView, overview: Overview, shown: Map) -> Markup:
    """Write a name beside its shape, and how long the site is not heard.

    That is below if the name leaves a row, else beside it if it fits.
    """
    name, age = _name(site, overview, shown, SHAPE), overview.silence(site)
    row = Markup('<span class="s-tile-row">{}<b class="s-tile-name">{}</b>{}</span>{}')
    detail = Markup('<span class="s-tile-detail">{}</span>').format(age) if age else ""
    beside, below = "", ""
    if shown.rows > 1 and _has_room(1, name, shown):
        below = detail
    elif _has_room(1, f"{name} {age}", shown):
        beside = detail
    return row.format(marks.shape(site.state), name, beside, below)


def _unseen(word: str) -> Markup:
    return Markup('<span class="s-said">{}</span>').format(word)


def _detail(group: Group, overview: Overview, shown: Map) -> Markup:
    """Write the detail of a tile, or a shape if too wide."""
    first, detail = group[0], overview.detail(group)
    if text_width.width(detail, shown.size) <= shown.inside:
        return escape(detail)
    if first.state is SiteState.NOTHING_LEFT:
        return Markup()
    if first.state is SiteState.DOUBLE:
        return Markup("").join(marks.shape(each.known) for each in group if each.known)
    if first.state is SiteState.NOT_HEARD and first.known is not None:
        ago = overview.ago(first)
        if not _has_room(1, ago, shown):
            ago = overview.silence(first)
        return Markup("{} {}").format(marks.shape(first.known), ago)
    return escape(_fitted(detail, shown.size, shown.inside))


def _fitted(words: str, size: float, wide: float) -> str:
    """Cut words between two of them; "" where not even the first fits."""
    short = text_width.shorten(words, size, wide, 1)
    return short if text_width.width(short, size) <= wide else ""
