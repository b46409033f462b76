"""Wall of a province: its troubles in one sentence, and every site in its place.

Pure: a view of all sites in, HTML out. Its first line, banners, age and cover are those
of the wall of a site.
"""

from collections.abc import Iterator

from markupsafe import Markup

from secours import texts
from secours.model.sites.views import SiteState, SitesView
from secours.model.snapshot import Link
from secours.render import palette, templates
from secours.render.no_break import unbroken_html
from secours.render.province import marks, site_text
from secours.render.province.beside import beside_html
from secours.render.province.layout import (
    Map,
    room,
    sentence_fitted,
    sentence_height,
)
from secours.render.province.site_text import Group, Overview
from secours.render.province.tiles import map_html, map_of
from secours.render.wall.banners import Banner, banners, urgent
from secours.render.wall.layout import TOP
from secours.render.wall.type_sizes import COLUMNS, variables
from secours.render.wall.wall import top_html
from secours.render.wording.localizer import Localizer
from secours.render.wording.sites import opinion
from secours.render.wording.sites.sentence import cause_words, clauses, sentence


def province_html(
    localizer: Localizer,
    view: SitesView,
    *,
    age_s: float,
    theme: str | None = None,
    links: bool = True,
) -> Markup:
    """Draw the wall of a view `age_s` old; with `links` the viewer may open sites."""
    screen, overview = localizer.snapshot.screen, Overview(view, age_s, localizer)
    above = banners(localizer, hub_banner(localizer))
    shown, has = map_of(overview, above.rows), room(screen, above.rows)
    words, size = sentence_fitted(_sentences(view, localizer.language), screen)
    style = (
        f"{variables(COLUMNS)}--top:{TOP:.4g};--beside:{has.beside:.4g};"
        f"--said:{sentence_height(screen):.4g};--z-said:{size:.4g};--z-words:{has.words:.4g}"
    )
    drawn = Markup(
        '<div class="s-wall s-province s-{}" lang="{}" style="{}">{}{}'
        '<p class="s-province-said s-said-{}" role="status">{}</p>'
        '<div class="s-province-main">{}{}</div></div>'
    ).format(
        palette.theme_of(theme, screen.theme),
        localizer.language,
        style,
        top_html(localizer),
        above.html,
        marks.worst(view.sites),
        words,
        _map(overview, shown, links),
        beside_html(overview, has, names=not shown.is_named, links=links),
    )
    return unbroken_html(drawn)


def _sentences(view: SitesView, language: str) -> list[str]:
    """Return the state of all sites: at length, in brief, and ever shorter."""
    brief = [clause.brief for clause in clauses(view, language)]
    parts = (brief[:count] for count in range(len(brief) - 1, 0, -1))
    return [
        sentence(view, language),
        sentence(view, language, brief=True),
        *(f"{texts.series(language, part)}." for part in parts),
    ]


def _map(overview: Overview, shown: Map, links: bool) -> Markup:
    if not overview.view.sites:
        words = overview.localizer.say("province.none")
        return Markup('<p class="s-province-none">{}</p>').format(words)
    return map_html(overview, shown, links=links)


def hub_banner(localizer: Localizer) -> list[Banner]:
    """Return that no site is heard, unless our own link is down."""
    said = opinion.cut_off(localizer)
    if said is None or localizer.snapshot.own_link is Link.DOWN:
        return []
    return [urgent(*said)]


def title(view: SitesView, language: str) -> str:
    """Return the browser tab's title: the worst state, then the name."""
    state, name = marks.worst(view.sites), texts.say(language, "title.ok")
    return name if state is SiteState.PRIMARY else f"{marks.glyph(state)} {name}"


def plain_html(localizer: Localizer, view: SitesView, *, age_s: float) -> Markup:
    """Draw it without script, below the first line: the worst first."""
    overview = Overview(view, age_s, localizer)
    return templates.fill(
        "sites_plain.html",
        localizer.language,
        banners=banners(localizer, hub_banner(localizer)).html,
        said=sentence(view, localizer.language),
        causes=[cause_words(each, view, localizer.language) for each in view.causes],
        states=[*_states(overview)],
    )


def _states(overview: Overview) -> Iterator[tuple[Markup, int, list[str]]]:
    """Yield each state of sites, their number, and their details."""
    for groups in marks.by_word(overview.view.sites):
        details = [_said(group, overview) for group in groups]
        yield marks.mark(groups[0][0], overview.localizer), len(groups), details


def _said(group: Group, overview: Overview) -> str:
    """Return the name of a site, with details if not well."""
    name = site_text.name_of(group[0], overview.localizer)
    if group[0].state is SiteState.PRIMARY:
        return name
    return f"{name} ({detail})" if (detail := overview.detail(group)) else name
