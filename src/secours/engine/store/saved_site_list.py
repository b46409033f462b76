"""Which sites the hub lets in, remembered by the province over every restart."""

import logging
from pathlib import Path

import msgspec

from secours.engine.store.durable_files import Files
from secours.sites.hub.site_list import SiteList

log = logging.getLogger(__name__)

NAME = "hub-sites.json"


class HubSites:
    """The newest list of sites that a server of the hub has said."""

    def __init__(self, files: Files, folder: Path) -> None:
        """Go on from what is remembered in the folder."""
        self._files = files
        self.newest = _recall(folder)

    def take(self, fresh: SiteList) -> None:
        """Believe and remember a list, unless there is a newer one."""
        if fresh.replaces(self.newest):
            self.newest = fresh
            self._files.keep(NAME, msgspec.json.encode(fresh))


def _recall(folder: Path) -> SiteList:
    try:
        return msgspec.json.decode((folder / NAME).read_bytes(), type=SiteList)
    except FileNotFoundError:
        return SiteList()
    except (OSError, msgspec.MsgspecError) as error:
        log.error("%s cannot be read: %s", NAME, error)
        return SiteList()
