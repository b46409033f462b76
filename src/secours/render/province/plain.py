"""All sites on a page without script: the worst first, each by shape and words."""

from collections.abc import Iterator

from markupsafe import Markup

from secours.model.sites.views import SiteState, SitesView
from secours.render import templates
from secours.render.province import marks, site_text
from secours.render.province.tiles import Group, Overview
from secours.render.province.wall import hub_banner
from secours.render.wall.banners import banners
from secours.render.wording.localizer import Localizer
from secours.render.wording.sites.sentence import cause_words, sentence


def plain_html(localizer: Localizer, view: SitesView, *, age_s: float) -> Markup:
    """Draw what is below the first line."""
    seen = Overview(view, age_s, localizer)
    return templates.fill(
        "sites_plain.html",
        localizer.language,
        banners=banners(localizer, hub_banner(localizer)).html,
        said=sentence(view, localizer.language),
        causes=[cause_words(each, view, localizer.language) for each in view.causes],
        states=[*_states(seen)],
    )


def _states(seen: Overview) -> Iterator[tuple[Markup, int, list[str]]]:
    """Yield each state that a site is in, of how many, and what is said of these."""
    for groups in marks.by_word(seen.view.sites):
        said = [_said(group, seen) for group in groups]
        yield marks.mark(groups[0][0], seen.localizer), len(groups), said


def _said(group: Group, seen: Overview) -> str:
    """Name a site, and say what else is to be known where it does not do well."""
    name = site_text.name_of(group[0], seen.localizer)
    if group[0].state is SiteState.PRIMARY:
        return name
    return f"{name} ({detail})" if (detail := seen.detail(group)) else name
