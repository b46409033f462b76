"""The picture of all sites, with ours among them and what several have lost."""

from msgspec.structs import replace

from secours.core.sites.common_cause import causes
from secours.core.sites.labels import distinct
from secours.model.sites.views import SitesView, SiteView


def completed(view: SitesView, ours: SiteView | None = None) -> SitesView:
    """Return what is known of the others with our own word, which was just said.

    A site whose plan has no line, as a province's may be, is none to show. No two of
    them are called the same.
    """
    sites = view.sites
    if ours is not None and ours.known is not None:
        own = replace(ours, name=view.name, state=ours.known, heard=view.at)
        sites = tuple(sorted((*sites, own), key=lambda site: site.name))
    return replace(view, sites=distinct(sites), causes=causes(sites))
