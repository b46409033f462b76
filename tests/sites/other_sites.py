"""Sites that a test speaks for, with steady and wall clocks of their own."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec.structs import replace
from nats.aio.client import Client
from servers.nats_server import PatientClient, RunningHub
from site_views import line

from secours.engine.state_file import encoded
from secours.model.observed import Instant
from secours.model.sites.membership import Sites
from secours.model.sites.views import Alive, SiteState, SiteView
from secours.model.snapshot import Snapshot
from secours.sites import envelope, subjects
from secours.sites.credentials import NOBODY
from secours.sites.envelope import Envelope
from secours.sites.link import HubConnection, end
from secours.sites.neighbours.following import Following

BEGIN = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
BOOT = "our-boot"
LIMIT_S = 60.0


class GivenClock:
    """Both clocks of this machine, which go on when a test says so."""

    def __init__(self) -> None:
        self.steady_s = 1000.0
        self.set_by = timedelta()

    def now(self) -> Instant:
        utc = BEGIN + timedelta(seconds=self.steady_s) + self.set_by
        return Instant(utc, self.steady_s)


class RealClock(GivenClock):
    """Clocks that go on by themselves, so many times as fast as time does."""

    def __init__(self, times: float = 1.0) -> None:
        super().__init__()
        self.began_s, self.times = time.monotonic(), times

    def now(self) -> Instant:
        self.steady_s = 1000.0 + self.times * (time.monotonic() - self.began_s)
        return super().now()


class OtherSite:
    """One site: what it would send at the moment of a clock."""

    def __init__(
        self,
        clock: GivenClock,
        name: str = "liege",
        *,
        epoch: str = "A",
        ahead_s: float = 70_000.0,
        wall: timedelta = timedelta(),
    ) -> None:
        """Begin; its steady clock is ahead of ours, and its wall clock is wrong."""
        self.clock, self.name, self.epoch = clock, name, epoch
        self.ahead_s, self.wall = ahead_s, wall
        self.number = 0

    def message(
        self, thing: Any, *, name: str = "", number: int | None = None
    ) -> bytes:
        """Return a message of now."""
        self.number += 1
        now = self.clock.now()
        return envelope.written(
            Envelope(
                site=name or self.name,
                epoch=self.epoch,
                boot="their-boot",
                number=self.number if number is None else number,
                steady_s=now.steady_s + self.ahead_s,
                utc=now.utc + self.wall,
                body=msgspec.Raw(encoded(thing)),
            )
        )

    def alive(self, known: SiteState = SiteState.PRIMARY, **view: Any) -> bytes:
        """Return its word that it lives; on its first choice, if none is said."""
        if not view.keys() & {"lines", "channels"}:
            view["lines"] = (line("sms"),)
        site = SiteView(name=self.name, known=known, **view)
        return self.message(Alive(site=site))

    @property
    def subject(self) -> str:
        """Return where it says that it lives."""
        return subjects.alive(self.name)

    def there(self) -> Instant:
        """Return this moment on its own clocks."""
        now = self.clock.now()
        return Instant(now.utc + self.wall, now.steady_s + self.ahead_s)


@asynccontextmanager
async def listening(
    following: Following, hub: RunningHub, sites: Sites
) -> AsyncIterator[Client]:
    """Have it listen at a hub while the block lasts; say there what is to be heard."""
    client = PatientClient()
    await client.connect(hub.url, allow_reconnect=False)
    connection = HubConnection(client, client.jetstream(), sites, NOBODY)
    task = asyncio.create_task(following.talk(connection))
    try:
        async with asyncio.timeout(LIMIT_S):
            await _subscribed(client)
            yield client
    finally:
        await end([task])
        await client.close()


async def _subscribed(client: Client) -> None:
    for _ in range(20):  # until it asked for its subscriptions, and waits
        await asyncio.sleep(0)
    await client.flush()


async def until(following: Following, holds: Callable[[], bool]) -> None:
    """Wait until what came makes something true."""
    while not holds():
        following.news.clear()
        await following.news.wait()


def states(following: Following, at: Instant) -> list[SiteState]:
    """Return how the sites stand."""
    return [view.state for view in following.views(at)]


async def say(client: Client, messages: Iterable[tuple[str, bytes]]) -> None:
    """Publish messages, in their order."""
    for subject, data in messages:
        await client.publish(subject, data)
    await client.flush()


def details_of(site: OtherSite, shot: Snapshot) -> Iterator[tuple[str, Any]]:
    """Yield what a site says in detail, by subject, as of its snapshot."""
    for kind in ("channels", "components", "paths"):
        for view in getattr(shot, kind):
            yield subjects.state(site.name, kind[:-1], view.name), view
    for each in shot.recommendations:
        yield subjects.recommend(site.name, each.name), each
    rest = replace(shot, channels=(), components=(), paths=(), recommendations=())
    yield subjects.state(site.name, "site", site.name), rest
