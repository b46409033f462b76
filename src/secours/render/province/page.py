"""All sites as a picture and a table, and the view of one of them."""

import math
from collections.abc import Sequence

from markupsafe import Markup

from secours.model.sites.views import SiteState, SitesView, SiteView
from secours.render import templates
from secours.render.province import marks, site_filter, site_text
from secours.render.province.layout import as_shapes, room
from secours.render.province.site_filter import EVERY_SITE, SitesWanted
from secours.render.province.site_text import Overview
from secours.render.province.tiles import map_html, map_of
from secours.render.situation.now import Rights, now_html
from secours.render.templates import Row
from secours.render.templates.links import link
from secours.render.wording.localizer import Localizer
from secours.render.wording.sites import opinion
from secours.render.wording.sites.sentence import cause_words, sentence

MOST_ROWS = 300
LOOKING = Rights(acts=False, is_known=False)  # no links: those lead to our own pages


def sites_html(
    localizer: Localizer,
    view: SitesView,
    *,
    age_s: float,
    wish: SitesWanted = EVERY_SITE,
    sent: Sequence[Markup] = (),
) -> Markup:
    """Draw the matching sites of a view that is `age_s` old.

    `sent` are the orders that they have not taken in.
    """
    overview = Overview(view, age_s, localizer)
    groups, every = site_filter.found(wish, overview), marks.by_name(view.sites)
    rows = [_row(site, overview) for group in groups[:MOST_ROWS] for site in group]
    more = len(groups) - MOST_ROWS
    return templates.fill(
        "sites.html",
        localizer.language,
        unheard=opinion.unheard(localizer),
        said=sentence(view, localizer.language),
        causes=[cause_words(each, view, localizer.language) for each in view.causes],
        sent=sent,
        states=site_filter.states(wish, every, localizer),
        orders=site_filter.orders(wish, localizer),
        wish=wish,
        picture=_picture(overview) if view.sites else "",
        rows=rows,
        more=localizer.say("province.more", n=more) if more > 0 else "",
    )


def _picture(overview: Overview) -> Markup:
    """Draw the sites as on the wall, each a shape; the table has the words."""
    usual = map_of(overview)
    shown = as_shapes(usual.places, room(overview.localizer.snapshot.screen))
    return map_html(overview, shown, links=False)


def _row(site: SiteView, overview: Overview) -> Row:
    localizer = overview.localizer
    uses, ago = site_text.uses(site, localizer), overview.ago(site)
    if not site.is_heard:
        known = marks.known_words([site], localizer)
        uses = (localizer.say("province.last", state=word, ago=ago) for word in known)
    return {
        "mark": marks.mark(site, localizer),
        "name": site_text.name_of(site, localizer),
        "link": link("site", localizer.language, name=site.name),
        "uses": [*uses],
        "heard": ago,
        "notes": [*site_text.notes(site, localizer)],
        "old": not site.is_heard,
    }


def site_html(
    localizer: Localizer, view: SitesView, *, name: str, age_s: float
) -> Markup:
    """Draw the recommendations of another site, by the snapshot of `localizer`.

    That snapshot is as old as the localizer says, the view of all sites
    `age_s`.
    """
    overview = Overview(view, age_s, localizer)
    sites = [site for site in view.sites if site.name == name]
    if not sites or not math.isfinite(localizer.screen_age_s):
        return site_missing_html(localizer, name, view)
    first = sites[0]
    words = localizer.say(
        "province.site.now",
        name=site_text.name_of(first, localizer),
        ago=localizer.ago(localizer.screen_age_s),
    )
    return templates.fill(
        "site.html",
        localizer.language,
        mark=marks.mark(first, localizer),
        now=words,
        warnings=_warnings(first, overview),
        old=_is_old(first, localizer),
        content=now_html(localizer, rights=LOOKING),
    )


def _is_old(site: SiteView, localizer: Localizer) -> bool:
    """Return whether the snapshot of a site is too old."""
    too_old = localizer.screen_age_s > localizer.snapshot.screen.max_age_s
    return too_old or not site.is_heard


def _warnings(site: SiteView, overview: Overview) -> list[str]:
    """Return why the view below may be outdated, where the site is not at fault."""
    localizer, view = overview.localizer, overview.view
    if site.state is SiteState.DOUBLE:
        return [localizer.say("province.site.double")]
    warnings = [sentence(view, localizer.language)] if view.hears_nobody else []
    if not site.is_heard:
        ago = overview.ago(site) if site.heard else None
        warnings.append(localizer.say("province.site.not-heard", ago=ago))
    elif _is_old(site, localizer):
        warnings.append(localizer.say("province.site.old"))
    return warnings


def site_missing_html(localizer: Localizer, name: str, view: SitesView) -> Markup:
    """Draw that a site has no snapshot, or is unknown."""
    listed = next((site for site in view.sites if site.name == name), None)
    words = localizer.say("province.site.unknown")
    if listed is not None:
        label = site_text.name_of(listed, localizer)
        words = localizer.say("province.site.nothing", name=label)
    return templates.fill("site_missing.html", localizer.language, said=words)


def no_sites_html(localizer: Localizer) -> Markup:
    """Say that this Secours follows no other site."""
    said = localizer.say("province.none")
    return Markup('<p class="s-list-note">{}</p>').format(said)
