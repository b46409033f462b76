"""A site that sends its events to a hub, and what the hub has of them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path

from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig
from servers.nats_server import RunningHub, client_of
from servers.scripted import LOOPBACK

from secours.engine import clock
from secours.engine.store.database.site_events import STRETCH_S
from secours.engine.store.site_store import StoredEvents
from secours.engine.store.store import Store
from secours.model.observed import Instant, Reason
from secours.model.sites.events import OutboxNumbers
from secours.model.sites.membership import Sites
from secours.model.snapshot import Change
from secours.sites import envelope, subjects
from secours.sites.envelope import Envelope, EnvelopeWriter
from secours.sites.link import HubLink
from secours.sites.sending.outbox import EventSender

LIMIT_S = 60.0
LOOK_EVERY_S = 0.02
BATCH = 500
NUMBERS = count(1)  # no change twice


def change(number: int, at: Instant) -> Change:
    return Change(
        at=at,
        subject="channel",
        name=f"mail {number}",
        before="available",
        after="down",
        reason=Reason.REFUSED,
    )


class SendingSite:
    """A store, and what sends from it; its clock goes on, and is ours to set."""

    def __init__(self, folder: Path, sites: Sites) -> None:
        self.later_s = 0.0
        self.sites = sites
        self.store = Store(folder, now=self.now)
        self.store.sites = self.sites
        self.store.note(self.now().utc, "test", "start", "")
        self.events = StoredEvents(self.store)
        self.writer = EnvelopeWriter(self.now, clock.boot_id(), lambda: "")
        self.sender = EventSender(self.writer, self.events)
        self.link = HubLink(self.now, [self.sender])

    def now(self) -> Instant:
        now = clock.now()
        later = now.utc + timedelta(seconds=self.later_s)
        return Instant(later, now.steady_s + self.later_s)

    @property
    def left_of_stretch_s(self) -> float:
        """Return how long it is until it sums up, and lets go of what the hub has."""
        return STRETCH_S - self.now().utc.timestamp() % STRETCH_S

    @property
    def numbers(self) -> OutboxNumbers:
        assert self.events.numbers
        return self.events.numbers

    def add(self, many: int) -> None:
        at = self.now()
        self.store.changes([change(next(NUMBERS), at) for _ in range(many)])

    async def acknowledged(self, number: int) -> None:
        await until(
            lambda: (
                self.events.numbers
                and self.numbers.newest >= number
                and self.numbers.acknowledged >= number
            )
        )


@asynccontextmanager
async def sending(
    folder: Path, port: int, host: str = LOOPBACK, sites: Sites | None = None
) -> AsyncIterator[SendingSite]:
    """Let a site send while the block lasts."""
    sites = sites or Sites(name="dison", hub=(f"nats://{host}:{port}",))
    site = SendingSite(folder, sites)
    site.link.follow(site.sites)
    try:
        yield site
    finally:
        await site.link.stop()
        site.store.close()


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not true():  # noqa: ASYNC110 -- no event
            await asyncio.sleep(LOOK_EVERY_S)


async def at_hub(hub: RunningHub, site: str = "dison") -> list[Envelope]:
    """Return the events of a site that the hub has, in its order."""
    async with client_of(hub) as client:
        return await at_hub_of(client.jetstream(), site)


async def at_hub_of(stream: JetStreamContext, site: str = "dison") -> list[Envelope]:
    """Return them as who may read the streams."""
    wanted = ConsumerConfig(
        ack_policy=AckPolicy.NONE, filter_subject=subjects.event(site)
    )
    consumer = await stream.add_consumer(subjects.EVENTS, wanted)
    reading = await stream.pull_subscribe_bind(consumer.name, subjects.EVENTS)
    found: list[Envelope] = []
    left = consumer.num_pending or 0
    while left > 0:
        messages = await reading.fetch(BATCH, timeout=LIMIT_S)
        left -= len(messages)
        for each in messages:
            found += envelope.read_events(each.data)
    return found


def doubles(found: Iterable[Envelope]) -> list[tuple[str, int]]:
    """Return the numbers that are there more than once."""
    times = Counter((each.epoch, each.number) for each in found)
    return [key for key, often in times.items() if often > 1]
