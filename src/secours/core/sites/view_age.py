"""View of all sites, some time after it was published."""

from math import isfinite

from msgspec.structs import replace

from secours.core.sites.common_cause import causes
from secours.core.sites.life import HEARD_S
from secours.model.observed import Instant
from secours.model.sites.views import SiteState, SitesView, SiteView


def is_fresh(age_s: float) -> bool:
    """Tell whether a view of the sites is young enough to be believed."""
    return 0 <= age_s < HEARD_S


def aged(view: SitesView, age_s: float) -> SitesView:
    """Return the view as it still counts at this age; nothing where that is unknown.

    A site of which nothing newer than HEARD_S can have come is not heard.
    """
    sites = tuple(_aged(site, view.at, age_s) for site in view.sites)
    if sites == view.sites:
        return view
    return replace(view, sites=sites, causes=causes(sites))


def _aged(site: SiteView, at: Instant, age_s: float) -> SiteView:
    if site.state is SiteState.NOT_HEARD:
        return site
    if is_fresh(age_s) and site.heard and at.since(site.heard) + age_s < HEARD_S:
        return site
    silent = site.heard and site.heard.later(HEARD_S)
    return replace(site, state=SiteState.NOT_HEARD, since=silent)


def heard_age_s(site: SiteView, view: SitesView, age_s: float) -> float | None:
    """Return how long ago a site was heard; None where nobody can tell."""
    if site.heard is None or not isfinite(age_s):
        return None
    return max(0.0, view.at.since(site.heard) + age_s)
