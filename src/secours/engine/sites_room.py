"""Our site among others: its messages to the hub, and the use of theirs.

Views of others are added to a snapshot already decided, so that they can neither
overrule our measurements nor make anything green.
"""

import logging
import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path

import msgspec
from msgspec.structs import replace

from secours.core.sites.all_sites import completed
from secours.core.sites.opinion import is_asked, second_opinion
from secours.core.sites.own_view import own_view
from secours.engine import clock, state_file
from secours.engine.orders import handing_down
from secours.engine.orders.handing_down import HandingDown
from secours.engine.orders.intake import OrderIntake, Reasoner
from secours.engine.published.handed_down_file import HandedDownFile
from secours.engine.published.sites_publisher import SitesPublisher
from secours.engine.state_file import encoded
from secours.engine.store.durable_files import Files
from secours.engine.store.site_store import StoredEvents, StoredSubjects
from secours.engine.store.store import Store
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.sites.views import HubLost, SitesView, SiteView
from secours.model.snapshot import Hub, Link, Snapshot
from secours.run.tidy import told_apart
from secours.sites.envelope import EnvelopeWriter
from secours.sites.hub.administration import Administration
from secours.sites.hub.site_list import SiteList
from secours.sites.link import HubLink, Part
from secours.sites.neighbours.following import Following
from secours.sites.orders.inbox import OrderInbox
from secours.sites.sending.outbox import EventSender
from secours.sites.sending.uplink import (
    AliveSender,
    Newest,
    PlannedSnapshot,
    StateSender,
)

log = logging.getLogger(__name__)

HUB_SITES = "hub-sites.json"


class HubSites:
    """Newest list of sites from a server of the hub, kept on disk."""

    def __init__(self, files: Files, folder: Path) -> None:
        self._files = files
        damaged = partial(log.error, "%s cannot be read: %s", HUB_SITES)
        kept = state_file.read((folder / HUB_SITES).read_bytes, SiteList, damaged)
        self.newest = kept or SiteList()

    def take(self, fresh: SiteList) -> None:
        """Accept and keep a list, unless there is a newer one."""
        if fresh.replaces(self.newest):
            self.newest = fresh
            self._files.keep(HUB_SITES, msgspec.json.encode(fresh))


class SitesRoom:
    """Connection of the plan in force with its hub, if it names one."""

    def __init__(
        self,
        engine: Reasoner,
        now: Callable[[], Instant],
        store: Store,
        publish_in: Path,
        files: Files,
        *,
        province: bool = False,
    ) -> None:
        """Start without a hub; a `province` follows all sites."""
        self._now = now
        self.orders = OrdersRoom(
            engine, store, files, now, publish_in, province=province
        )
        self._config: Config | None = None  # the plan that is followed
        self._events = StoredEvents(store)
        self._without_store = secrets.token_hex(8)  # the epoch while there is no disk
        self.province = province
        self.writer = EnvelopeWriter(now, clock.boot_id(), self._epoch)
        self._newest = newest = Newest()
        self._outbox = EventSender(self.writer, self._events)
        self._following = Following(
            now, clock.boot_id(), province=province, writer=self.writer
        )
        self._lives = AliveSender(
            self.writer,
            encoded,
            newest,
            self._own_view,
            lambda: self._events.numbers,
            self._following.spoke,
        )
        self._states = StateSender(self.writer, encoded, newest, StoredSubjects(store))
        self._publisher = SitesPublisher(
            self._following,
            publish_in,
            now,
            province=province,
            complete=self._completed,
        )
        self._hub_sites = HubSites(files, store.folder)
        administration = Administration(self._hub_sites) if province else None
        self._link = HubLink(
            now,
            (
                self._lives,
                self._states,
                self._outbox,
                self._following,
                self.orders.part,
                *((administration,) if administration else ()),
            ),
            administration.prepare if administration else None,
        )

    def stamped(self, config: Config, shot: Snapshot) -> None:
        """Take the newest snapshot, and the hub of the plan."""
        if self.province:
            listed = self._hub_sites.newest
            if listed.revision:  # of the sites that the hub lets in, no earlier ones
                self._following.expect(listed.sites)
                self.orders.let_in(listed.sites)
        if config is not self._config:
            self._config = config
            self._link.follow(config.sites, told_apart(config))
            self._publisher.follow(config.sites)
        if config.sites is not None and not self._events.awaited:
            self._newest.put(PlannedSnapshot(config, shot))
        if self.province:
            self.orders.heard(self._following.views(shot.at))

    def view(self, config: Config, shot: Snapshot) -> Snapshot:
        """Add the hub and the other sites' views to a snapshot."""
        seen = replace(shot, hub=self._hub(shot.at))
        if config.sites is None or not is_asked(shot):
            return seen
        return second_opinion(config, seen, self._following.views(shot.at))

    def others(self, at: Instant) -> tuple[SiteView, ...]:
        """Return the view of each other site."""
        return self._following.views(at)

    async def stop(self) -> None:
        """Leave the hub."""
        await self._link.stop()
        await self._publisher.stop()

    def _own_view(self, config: Config, shot: Snapshot) -> SiteView:
        return self.orders.joined(own_view(config, shot))

    def _completed(self, view: SitesView) -> SitesView:
        """Return the view of all with our own, unless that is old."""
        hub, latest = self._link.hub, self._newest.stamped
        if latest is not None and not latest.is_fresh(self._now()):
            latest = None
        if hub is not None and not hub.connected:
            link = latest.shot.own_link if latest else Link.UNKNOWN
            lost = HubLost(since=hub.since, reason=hub.reason, own_link=link)
            view = replace(view, hub_lost=lost)
        if latest is None or latest.config.sites is None:
            return completed(view)
        return completed(view, self._own_view(latest.config, latest.shot))

    def _hub(self, at: Instant) -> Hub | None:
        hub = self._link.hub
        if hub is None:
            return None
        doubled = self._following.doubled(at)
        cut = len(self._states.cut) + self._lives.cut
        hub = replace(hub, waiting=self._outbox.waiting, doubled=doubled, cut=cut)
        refused = self._outbox.refused
        if hub.connected and refused is not None:
            return replace(hub, reason=refused.reason, facts=refused.facts)
        return hub

    def _epoch(self) -> str:
        numbers = self._events.numbers
        return numbers.epoch if numbers else self._without_store


class OrdersRoom:
    """Orders of an engine, over every connection to the hub."""

    def __init__(
        self,
        engine: Reasoner,
        store: Store,
        files: Files,
        now: Callable[[], Instant],
        publish_in: Path,
        *,
        province: bool = False,
    ) -> None:
        published = HandedDownFile(publish_in)
        self._intake = OrderIntake(engine, store, files, now)
        self.handing_down: HandingDown | None = None
        if province:
            kept = handing_down.recall(store.folder)
            self.handing_down = HandingDown(
                files, kept, now, clock.boot_id(), published
            )
        else:
            with suppress(OSError):
                published.remove()

    @property
    def part(self) -> Part:
        """Return the part that runs on a connection."""
        return self.handing_down or OrderInbox(self._intake)

    def joined(self, view: SiteView) -> SiteView:
        """Add the answers to the latest orders to a site's view."""
        return replace(view, orders=self._intake.answers)

    def let_in(self, sites: frozenset[str]) -> None:
        """Take in which sites the hub lets in."""
        if self.handing_down is not None:
            self.handing_down.let_in(sites)

    def heard(self, sites: Iterable[SiteView]) -> None:
        """Note the sites' answers to orders handed down."""
        if self.handing_down is not None:
            for site in sites:
                self.handing_down.answered(site.name, site.orders)
            self.handing_down.publish()
