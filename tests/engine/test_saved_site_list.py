from pathlib import Path

from secours.engine.sites_room import HUB_SITES, HubSites
from secours.engine.store.durable_files import Files
from secours.sites.hub.site_list import SiteList

NEWER = SiteList(province="UA", revision=7, sites=frozenset({"dison"}))
OLDER = SiteList(province="UA", revision=6, sites=frozenset({"spa"}))


def test_newest_list_is_remembered(tmp_path: Path) -> None:
    files = Files(tmp_path)
    known = HubSites(files, tmp_path)
    known.take(NEWER)
    known.take(OLDER)
    files.keep("last", b"").result()

    assert known.newest == HubSites(Files(tmp_path), tmp_path).newest == NEWER


def test_what_cannot_be_read_is_no_list(tmp_path: Path) -> None:
    (tmp_path / HUB_SITES).write_text("{")

    assert HubSites(Files(tmp_path), tmp_path).newest == SiteList()
