"""Publish the followed sites, for as long as any is followed."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from secours.engine import clock
from secours.engine.published import sites_file
from secours.engine.published.snapshot_file import Corrupt
from secours.model.observed import Instant
from secours.model.sites.membership import Sites
from secours.model.sites.views import SitesView, SiteView
from secours.places import NoPlace
from secours.sites.neighbours.following import Following

log = logging.getLogger(__name__)

STAMP_EVERY_S = 2.0  # the contract asks for 5 s at most
REST_S, WAITS, LONGEST_REST_S = 0.2, 20, 2.0  # times as long as publishing took
REFUSED = (OSError, NoPlace)


class SitesPublisher:
    """Publisher of the followed sites, with older views where no newer came."""

    def __init__(
        self,
        following: Following,
        folder: Path,
        now: Callable[[], Instant],
        *,
        province: bool = False,
        complete: Callable[[SitesView], SitesView] = lambda view: view,
    ) -> None:
        """Start; `complete` adds conclusions from all sites, apart from this loop."""
        self._following, self._folder, self._now = following, folder, now
        self._province = province
        self._complete = complete
        self._sites: Sites | None = None
        self._begun = False
        self._task: asyncio.Task[None] | None = None
        self._left: set[str] = set()  # sites whose snapshot is to be published
        self._refused = False  # and the log knows

    def follow(self, sites: Sites | None) -> None:
        """Publish for the plan in force; if it follows no site, remove all files."""
        if sites is not None and not (sites.follow or self._province):
            sites = None
        if self._begun and sites == self._sites:
            return
        self._begun = True
        before, self._sites = self._sites, sites
        self._following.follow(sites)
        if before is None and sites is not None:
            self._following.remember(self._published())
            self._task = asyncio.create_task(self._keep())
        elif sites is None:
            if self._task is not None:
                self._task.cancel()
                self._task = None
            with suppress(OSError):
                sites_file.remove(self._folder)

    async def stop(self) -> None:
        """Stop publishing; the last files grow old."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _keep(self) -> None:
        while True:
            self._following.news.clear()
            began_s = self._now().steady_s
            try:
                await self._publish()
                self._refused = False
            except Exception as error:  # one site is not to silence all
                if not self._refused:
                    trace = not isinstance(error, REFUSED)
                    text = "what other sites say cannot be published: %s"
                    log.error(text, error, exc_info=trace)
                self._refused = True
            took_s = self._now().steady_s - began_s
            await asyncio.sleep(max(REST_S, min(LONGEST_REST_S, WAITS * took_s)))
            with suppress(TimeoutError):
                async with asyncio.timeout(STAMP_EVERY_S):
                    await self._following.news.wait()

    async def _publish(self) -> None:
        """Publish all views, and the changed snapshots."""
        sites, at = self._sites, self._now()
        if sites is None:
            return
        view = SitesView(
            at=at,
            boot_id=clock.boot_id(),
            name=sites.name,
            province=self._province,
            sites=self._following.views(at),
        )
        await asyncio.to_thread(self._write, view)
        self._left |= self._following.changed()
        for name in sorted(self._left):
            shot = self._following.snapshot(name, at)
            if shot is not None:
                write = sites_file.write_site
                await asyncio.to_thread(write, name, shot, self._folder)
            self._left.discard(name)

    def _write(self, view: SitesView) -> None:
        sites_file.write(self._complete(view), self._folder)
        sites_file.keep_only((site.name for site in view.sites), self._folder)

    def _published(self) -> tuple[SiteView, ...]:
        """Return the views of an earlier engine, if they are of this boot."""
        try:
            view, _ = sites_file.read(self._folder)
        except (OSError, Corrupt):
            return ()
        return view.sites if view.boot_id == clock.boot_id() else ()
