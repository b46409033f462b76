"""Other sites beside a snapshot, as an engine that follows them publishes them.

Run as a script it shows a province for as long as it runs, beside a demo of its own:
`python tests/dashboard/provincial.py FOLDER SITUATION COUNT` where the folder is the
runtime folder of the screens to look at.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from dashboard.served import stamped
from msgspec.structs import replace
from render.province.provinces import SITUATIONS, Province
from render.snapshots import snapshot

from secours import places
from secours.engine import clock
from secours.engine.published import sites_file, snapshot_file
from secours.model.observed import Instant
from secours.model.sites.handed_down import Addressee, HandedDown
from secours.model.sites.views import OrderKind, SitesView, SiteView
from secours.model.snapshot import Hub, Snapshot

STAMP_EVERY_S = 1.0


def with_hub(shown: Snapshot) -> Snapshot:
    """Return the snapshot of a site that others hear."""
    if shown.hub is not None:
        return shown
    hub = Hub(url="tls://hub.example.org:4222", connected=True, since=shown.at)
    return replace(shown, hub=hub)


def view_of(told: Province, *, province: bool = True, ago_s: float = 0.0) -> SitesView:
    """Return what is known of the sites as an engine of this boot said it."""
    now = clock.now()
    at = Instant(now.utc, now.steady_s - ago_s)
    shift_s = at.steady_s - told.view.at.steady_s

    def shifted(site: SiteView) -> SiteView:
        heard = site.heard and Instant(at.utc, site.heard.steady_s + shift_s)
        return replace(site, heard=heard)

    return replace(
        told.view,
        at=at,
        boot_id=clock.boot_id(),
        province=province,
        sites=tuple(map(shifted, told.view.sites)),
    )


def publish(
    told: Province, folder: Path, *, province: bool = True, ago_s: float = 0.0
) -> None:
    """Publish the sites, and of each what it sees of itself."""
    sites_file.write(view_of(told, province=province, ago_s=ago_s), folder)
    for site in told.view.sites[:3]:
        sites_file.write_site(
            site.name, stamped(snapshot("xooo"), max_age_s=30), folder
        )


@contextmanager
def publishing(told: Province) -> Iterator[list[Province]]:
    """Publish a situation again and again while inside; the list holds which one."""
    current, stopped = [told], threading.Event()

    def keep() -> None:
        while not stopped.wait(0.3):
            for each in current:
                publish(each, places.runtime_dir())

    publish(told, places.runtime_dir())
    thread = threading.Thread(target=keep, daemon=True)
    thread.start()
    try:
        yield current
    finally:
        stopped.set()
        thread.join()


def order(asked: dict[str, Any], *to: Addressee, **more: Any) -> HandedDown:
    now = clock.now()
    facts: dict[str, Any] = {
        "number": 7,
        "kind": OrderKind.MARK,
        "what": "in short",
        "author": "Province",
        "by": "Ann",
        "issued": now,
        "boot_id": clock.boot_id(),
        "until": now.utc + timedelta(hours=1),
        "asked": asked,
        "to": to,
    }
    return HandedDown(**{**facts, **more})


def main() -> None:
    """Publish one situation again and again."""
    folder, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    told = SITUATIONS[name](count)
    while True:
        shown = stamped(with_hub(told.shown), max_age_s=30.0)
        snapshot_file.write(shown, folder)
        publish(told, folder)
        time.sleep(STAMP_EVERY_S)


if __name__ == "__main__":
    main()
