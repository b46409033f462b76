"""State of other sites to show, beside the snapshot and as old as it says.

To read it raises Corrupt where it makes no sense, NoPlace without a folder in memory.
"""

from msgspec import Struct
from msgspec.structs import replace

from secours import places
from secours.core.sites.all_sites import aged
from secours.engine.published import handed_down_file, sites_file
from secours.engine.published.current import Look
from secours.model.sites.handed_down import HandedDown
from secours.model.sites.views import SitesView
from secours.model.snapshot import Snapshot


class SitesLook(Struct, frozen=True):
    """View of all followed sites as it still counts, and its age."""

    view: SitesView
    age_s: float

    def aged(self, look: Look) -> Look:
        """Return a look at our own snapshot that is no newer than this."""
        return replace(look, age_s=max(look.age_s, self.age_s))


def sites(look: Look) -> SitesLook | None:
    """Read the view of the followed sites; None for none.

    The file of an earlier engine does not count where the one of `look` has no hub.
    """
    if look.snapshot is None or is_alone(look):
        return None
    try:
        view, age_s = sites_file.read(places.runtime_dir())
    except FileNotFoundError:
        return None
    return SitesLook(aged(view, age_s), age_s)


def is_alone(seen: Look) -> bool:
    """Tell whether the engine is known to have no hub: its plan names none."""
    return seen.snapshot is not None and seen.snapshot.hub is None


def province(look: Look) -> SitesLook | None:
    """Read the view of all sites where the wall shows it."""
    all_sites = sites(look)
    return all_sites if all_sites and all_sites.view.province else None


def handed_down(look: Look) -> tuple[HandedDown, ...]:
    """Read the orders of this Secours to sites, if it is a province's.

    Those of a standby that only follows are of its own time, and count no more.
    """
    part = look.snapshot.standby if look.snapshot else None
    if (part and not part.probing) or not province(look):
        return ()
    return handed_down_file.read(places.runtime_dir())


def site(name: str) -> tuple[Snapshot, float] | None:
    """Read a site's own snapshot, and its age; None if it is not here."""
    try:
        return sites_file.read_site(name, places.runtime_dir())
    except FileNotFoundError:
        return None
