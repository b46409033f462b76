"""Page of another site's recommendations, read-only."""

from markupsafe import Markup

from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.dashboard.engine.source import Look
from secours.engine.published.current_sites import site, sites
from secours.render.province.page import no_sites_html, site_html, site_missing_html
from secours.render.wording.localizer import Localizer


def draw(localizer: Localizer, address: Address, _: Visit) -> Markup:
    """Draw the site in the address."""
    all_sites = sites(Look(snapshot=localizer.snapshot))
    if all_sites is None:
        return no_sites_html(localizer)
    name = address.get("name") or ""
    found = site(name)
    if found is None:
        return site_missing_html(localizer, name, all_sites.view)
    shot, age_s = found
    there = Localizer(shot, localizer.language, age_s)
    return site_html(there, all_sites.view, name=name, age_s=all_sites.age_s)
