"""Views of other sites, for screens and commands: files beside the snapshot.

`sites.json` has all followed sites, and is stamped like the snapshot; `sites/` has the
snapshot of each. To read raises FileNotFoundError where there is none, Corrupt where it
makes no sense.
"""

import hashlib
import math
from collections.abc import Iterable
from pathlib import Path

from msgspec.structs import replace

from secours.engine import state_file
from secours.engine.published import snapshot_file
from secours.engine.state_file import encoded
from secours.model.sites.views import SitesView
from secours.model.snapshot import Snapshot
from secours.places import ours_alone
from secours.sites import subjects

SITES, FOLDER, SUFFIX = "sites.json", "sites", ".json"
LONGEST_FILE = 200  # bytes of a name


def write(view: SitesView, folder: Path) -> None:
    """Publish the view of all sites, or raise OSError."""
    state_file.replace(folder / SITES, encoded(view))


def read(folder: Path) -> tuple[SitesView, float]:
    """Return the view of all sites, and its age in seconds.

    The age is infinite, so stale, where it cannot be known.
    """
    view = snapshot_file.understood(folder / SITES, SitesView)
    return view, snapshot_file.age_s(view.at, view.boot_id)


def write_site(name: str, shot: Snapshot, folder: Path) -> None:
    """Publish the snapshot of another site, or raise OSError."""
    state_file.replace(_file(name, folder), encoded(shot))


def read_site(name: str, folder: Path) -> tuple[Snapshot, float]:
    """Return the snapshot of another site, and its age in seconds.

    Its age is that of the site's last matching sign of life; without one, its own. The
    age is infinite where it is unknown.
    """
    shot = snapshot_file.understood(_file(name, folder, made=False), Snapshot)
    view, age_s = read(folder)
    views = [site for site in view.sites if site.name == name]
    confirmed = views[0].confirmed if len(views) == 1 else None
    if confirmed is not None and confirmed.since(shot.at) > 0:
        shot = replace(shot, at=confirmed)
    if math.isinf(age_s) or shot.boot_id != view.boot_id:
        return shot, math.inf
    return shot, max(0.0, age_s + view.at.since(shot.at))


def keep_only(names: Iterable[str], folder: Path) -> None:
    """Remove the snapshots of other sites than these."""
    kept = {_name(name) for name in names}
    for file in (folder / FOLDER).glob("*"):
        if file.name not in kept:
            file.unlink(missing_ok=True)


def remove(folder: Path) -> None:
    """Remove all files of other sites: none is followed any more."""
    (folder / SITES).unlink(missing_ok=True)
    keep_only((), folder)


def _file(name: str, folder: Path, *, made: bool = True) -> Path:
    sites = folder / FOLDER
    return (ours_alone(sites) if made else sites) / _name(name)


def _name(site: str) -> str:
    """Return the file name of a site; a long name is hashed."""
    token = subjects.token(site)
    if len(token) > LONGEST_FILE:
        told = hashlib.sha256(site.encode()).hexdigest()[:16]
        token = f"{token[: LONGEST_FILE // 2]}-{told}"
    return token + SUFFIX
