"""The province's view of its sites, for viewers who may send orders."""

from secours.dashboard.engine.source import Look
from secours.engine.published import current_sites
from secours.engine.published.snapshot_file import Corrupt
from secours.model.sites.handed_down import HandedDown
from secours.model.sites.views import SitesView
from secours.places import NoPlace
from secours.render.wording.localizer import Localizer


def sites(localizer: Localizer) -> SitesView | None:
    """Return the view of all sites; None where this is no province."""
    try:
        found = current_sites.province(_look(localizer))
    except (OSError, Corrupt, NoPlace):
        return None
    return found.view if found else None


def handed_down(localizer: Localizer) -> tuple[HandedDown, ...]:
    """Return the orders sent to sites, the newest first."""
    try:
        return current_sites.handed_down(_look(localizer))
    except (OSError, Corrupt, NoPlace):
        return ()


def _look(localizer: Localizer) -> Look:
    return Look(snapshot=localizer.snapshot, age_s=localizer.screen_age_s)
