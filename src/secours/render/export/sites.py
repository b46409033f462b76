"""Metrics of the sites followed, and of our connection to the hub.

Stale data never look healthy: a site out of touch is not-heard, and the hub of a stale
snapshot is not connected.
"""

from collections.abc import Iterator

from secours.core.sites.all_sites import aged, heard_age_s
from secours.model.sections.line import Purpose
from secours.model.sites.views import SiteState, SitesView, SiteView
from secours.model.snapshot import Snapshot
from secours.render.answers.values import fresh
from secours.render.export.families import Family, Sample, flag, gauge, one_of


def sites(view: SitesView, age_s: float) -> Iterator[Family]:
    """Write the state of each site from a view of this age."""
    now = aged(view, age_s)
    by_name = {site.name: site for site in now.sites}  # two of one name count as one
    yield gauge(
        "secours_site_state",
        "1 for what the site can do now, else 0; not-heard where its word is too old",
        (
            sample
            for name, site in by_name.items()
            for sample in one_of({"site": name}, "state", SiteState, site.state)
        ),
    )
    yield gauge(
        "secours_site_usable",
        "Whether every line of the site for this purpose has a channel; none where it"
        " is not heard, or does not say",
        (
            ({"site": name, "purpose": purpose}, 0.0 if site.lacks(purpose) else 1.0)
            for name, site in by_name.items()
            for purpose in _purposes(site)
        ),
    )
    ages = ((name, heard_age_s(site, now, age_s)) for name, site in by_name.items())
    yield gauge(
        "secours_site_heard_age_seconds",
        "How long ago the site was heard; none where it never was or nobody can tell",
        (({"site": name}, heard_s) for name, heard_s in ages if heard_s is not None),
    )


def _purposes(site: SiteView) -> list[Purpose]:
    """Return the purposes of a site's lines that may be counted."""
    found = {line.purpose for line in site.lines} if site.is_heard else set()
    return [purpose for purpose in Purpose if purpose in found]


def hub(snapshot: Snapshot, age_s: float) -> Iterator[Family]:
    """Write the connection to the hub, nothing where the plan names none."""
    if snapshot.hub is None:
        return
    connected = snapshot.hub.connected and fresh(snapshot, age_s)
    yield flag("secours_hub_connected", "the hub is reached", holds=connected)
    waiting = snapshot.hub.waiting
    samples: list[Sample] = [] if waiting is None else [({}, float(waiting))]
    yield gauge(
        "secours_hub_waiting", "How many events the hub has not acknowledged", samples
    )
