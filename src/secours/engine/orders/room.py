"""Orders in an engine: a site takes the province's, which hands them down."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from msgspec.structs import replace

from secours.engine import clock
from secours.engine.orders import handing_down
from secours.engine.orders.handing_down import HandingDown
from secours.engine.orders.intake import OrderIntake, Reasoner
from secours.engine.published.handed_down_file import HandedDownFile
from secours.engine.store.durable_files import Files
from secours.engine.store.store import Store
from secours.model.observed import Instant
from secours.model.sites.views import SiteView
from secours.sites.link import Part
from secours.sites.orders.inbox import OrderInbox


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
