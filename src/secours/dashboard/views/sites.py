"""Pages of sites: all that are followed, to search, and one of them, read-only."""

from markupsafe import Markup

from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.dashboard.engine.province import handed_down
from secours.dashboard.engine.source import Look, look
from secours.engine.published.current_sites import site, sites
from secours.render.province import site_filter
from secours.render.province.page import (
    no_sites_html,
    site_html,
    site_missing_html,
    sites_html,
)
from secours.render.province.to_sites import known, pending
from secours.render.wording.localizer import Localizer


def draw(localizer: Localizer, address: Address, visit: Visit) -> Markup:
    """Draw the sites asked for, and for trusted viewers the pending orders."""
    followed = sites(Look(snapshot=localizer.snapshot))
    if followed is None:
        return no_sites_html(localizer)
    wish = site_filter.wanted(address.get)
    orders = handed_down(localizer) if visit.trusted else ()
    sent = pending(orders, known(followed.view, localizer)) if orders else ()
    return sites_html(
        localizer, followed.view, age_s=followed.age_s, wish=wish, sent=sent
    )


def draw_one(localizer: Localizer, address: Address, _: Visit) -> Markup:
    """Draw the recommendations of the site in the address."""
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


def look_at_sites() -> Look:
    """Look, at most as fresh as the view of the sites."""
    seen = look()
    found = sites(seen)
    return found.aged(seen) if found else seen
