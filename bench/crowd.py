"""Many sites in one process, which say what happens to them to a hub.

    python -m bench.crowd FILE

FILE is an `Orders` as JSON. It obeys lines on its input: `numbers` prints how far each
site is, `stop` has nothing more happen, `heard` prints what the hub has of all sites.
"""

import asyncio
import sys
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from time import monotonic

import msgspec
from msgspec import Struct
from nats.aio.client import Client
from nats.errors import Error
from nats.js import JetStreamContext, api

from secours.engine import clock
from secours.engine.store.site_store import StoredEvents
from secours.engine.store.store import Store
from secours.model.observed import Reason
from secours.model.secret import Secret
from secours.model.sites.membership import Sites
from secours.model.snapshot import Change
from secours.sites import credentials, envelope, nkeys, streams, subjects
from secours.sites.credentials import Credentials
from secours.sites.envelope import Envelope, EnvelopeWriter
from secours.sites.link import HubLink
from secours.sites.sending.outbox import EventSender

EPOCH, BOOT = "0123456789abcdef", "bench"
BODY = msgspec.Raw(
    b'{"change":{"at":{"utc":"2026-01-01T00:00:00Z","steady_s":1.0},'
    b'"subject":"channel","name":"sms","before":"available","after":"down",'
    b'"reason":"timeout","facts":{"seconds":10}}}'
)
AGAIN_S, FETCHED = 1, 500
PROVINCE, BARE, STORED = "province", "bare", "stored"


class Orders(Struct, frozen=True, kw_only=True):
    """What a process is to be: which sites, and how often something happens to each."""

    kind: str  # PROVINCE, BARE or STORED
    url: str
    credentials: dict[str, str]  # the file, by site
    every_s: float = 1.0
    folder: str = ""  # for what sites keep


class Progress(Struct, frozen=True):
    """How far a site is: what happened to it, and what the hub has of that."""

    epoch: str
    made: int
    acknowledged: int


class Received(Struct, frozen=True):
    """What the hub has of a site in one epoch."""

    messages: int
    distinct: int  # of them, by their numbers
    newest: int = 0  # the greatest number
    backwards: int = 0  # messages that came after one with a greater number


class BareSite:
    """The floor: nothing but nats-py, which waits for each acknowledgement."""

    def __init__(self, name: str, url: str, ours: Credentials) -> None:
        """Connect when it runs."""
        self.name, self._url, self._ours = name, url, ours
        self._waiting: deque[int] = deque()
        self._more = asyncio.Event()
        self._made = self._acknowledged = 0

    @property
    def progress(self) -> Progress:
        """Return how far it is."""
        return Progress(EPOCH, self._made, self._acknowledged)

    def happen(self) -> None:
        """Let something happen that others are to hear of."""
        self._made += 1
        self._waiting.append(self._made)
        self._more.set()

    async def run(self) -> None:
        """Send what happens, in order, for as long as it takes."""
        client = await _connected(self.name, self._url, self._ours)
        stream = client.jetstream()
        while True:
            while not self._waiting:
                self._more.clear()
                await self._more.wait()
            number = self._waiting[0]
            with suppress(Error, OSError, TimeoutError):
                await stream.publish(
                    subjects.event(self.name),
                    self._message(number),
                    timeout=AGAIN_S,
                    headers={subjects.NUMBERS: f"{EPOCH}/{number}-{number}"},
                )
                self._acknowledged = self._waiting.popleft()
                continue
            await asyncio.sleep(AGAIN_S / 10)

    def _message(self, number: int) -> bytes:
        return envelope.written(
            Envelope(
                site=self.name,
                epoch=EPOCH,
                boot=BOOT,
                number=number,
                steady_s=monotonic(),
                utc=datetime.now(UTC),
                body=BODY,
            )
        )


class StoredSite:
    """A site as an engine has it: what happens is in its store until the hub has it."""

    def __init__(self, name: str, url: str, file: str, folder: Path) -> None:
        """Open its store."""
        self.name = name
        self._sites = Sites(name=name, hub=(url,), credentials=Secret(_text(file)))
        self._store = Store(folder / name, now=clock.now)
        self._store.sites = self._sites
        self._store.note(clock.now().utc, "bench", "start", "")
        self._events = StoredEvents(self._store)
        writer = EnvelopeWriter(clock.now, clock.boot_id(), lambda: "")
        self._link = HubLink(clock.now, [EventSender(writer, self._events)])
        self._made = 0

    @property
    def progress(self) -> Progress:
        """Return how far it is."""
        numbers = self._events.numbers
        if numbers is None:
            return Progress("", self._made, 0)
        return Progress(numbers.epoch, self._made, numbers.acknowledged)

    def happen(self) -> None:
        """Let something happen that others are to hear of."""
        self._made += 1
        after = "down" if self._made % 2 else "available"
        self._store.changes(
            [
                Change(
                    at=clock.now(),
                    subject="channel",
                    name="sms",
                    before="available" if self._made % 2 else "down",
                    after=after,
                    reason=Reason.TIMEOUT,
                    facts={"number": self._made},
                )
            ]
        )

    async def run(self) -> None:
        """Speak with the hub until cancelled."""
        self._link.follow(self._sites)
        try:
            await asyncio.Event().wait()
        finally:
            await self._link.stop()
            self._store.close()


async def _nothing(_: Exception) -> None:
    """Say nothing: it tries again."""


async def live(orders: Orders) -> None:
    """Let things happen at the sites of this process, until its input ends."""
    sites = [
        StoredSite(name, orders.url, file, Path(orders.folder))
        if orders.kind == STORED
        else BareSite(name, orders.url, _read(file))
        for name, file in orders.credentials.items()
    ]
    happening = asyncio.create_task(_happening(sites, orders.every_s))
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(site.run()) for site in sites]
        async for line in _lines():
            match line:
                case "stop":
                    happening.cancel()
                case "numbers":
                    _say({site.name: site.progress for site in sites})
        for task in (happening, *tasks):
            task.cancel()


async def _happening(sites: Sequence[BareSite | StoredSite], every_s: float) -> None:
    """Let something happen at one site after another, evenly over the time."""
    began_s, done = monotonic(), 0
    while True:
        due = int((monotonic() - began_s) * len(sites) / every_s)
        for number in range(done, due):
            sites[number % len(sites)].happen()
        done = due
        await asyncio.sleep(every_s / len(sites))


async def govern(orders: Orders) -> None:
    """Make the streams, admit sites, and say what the streams have, as asked."""
    ((name, file),) = orders.credentials.items()
    async for line in _lines():
        client = await _connected(name, orders.url, _read(file))
        try:
            stream = client.jetstream()
            match line.split():
                case ["make"]:
                    await streams.ensure(stream)
                    _say("made")
                case ["admit", *sites]:
                    for site in sites:
                        await streams.admit(stream, site)
                    _say("admitted")
                case ["heard"]:
                    _say(await _heard(stream))
        finally:
            await client.close()


async def _connected(name: str, url: str, ours: Credentials) -> Client:
    """Connect, as soon as the hub is there; and again whenever it is lost."""
    client = Client()
    await client.connect(
        url,
        inbox_prefix=f"_INBOX.{subjects.token(name)}",
        signature_cb=nkeys.shown_by(client, ours.seed) if ours.seed else None,
        tls=credentials.tls(ours) if ours.authority else None,
        tls_handshake_first=bool(ours.authority),
        max_reconnect_attempts=-1,
        reconnect_time_wait=AGAIN_S,
        ping_interval=5,
        error_cb=_nothing,
    )
    return client


async def _heard(stream: JetStreamContext) -> dict[str, dict[str, Received]]:
    """Read the stream of events from its beginning."""
    info = await stream.stream_info(subjects.EVENTS)
    numbers: dict[tuple[str, str], list[int]] = {}
    consumer = await stream.add_consumer(
        subjects.EVENTS,
        api.ConsumerConfig(ack_policy=api.AckPolicy.NONE, inactive_threshold=60.0),
    )
    reading = await stream.pull_subscribe_bind(consumer.name, subjects.EVENTS)
    left = info.state.messages
    while left > 0:
        for message in await reading.fetch(min(FETCHED, left), timeout=10):
            for found in envelope.read_events(message.data):
                numbers.setdefault((found.site, found.epoch), []).append(found.number)
            left -= 1
    received: dict[str, dict[str, Received]] = {}
    for (site, epoch), each in numbers.items():
        received.setdefault(site, {})[epoch] = Received(
            messages=len(each),
            distinct=len(set(each)),
            newest=max(each),
            backwards=sum(b < a for a, b in pairwise(each)),
        )
    return received


def _read(file: str) -> Credentials:
    return credentials.read(_text(file))


def _text(file: str) -> str:
    return Path(file).read_text("utf-8")


def _say(what: object) -> None:
    print(msgspec.json.encode(what).decode(), flush=True)


async def _lines() -> AsyncIterator[str]:
    """Yield what stands on the input, line by line."""
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
    await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    while line := await reader.readline():
        yield line.decode().strip()


if __name__ == "__main__":
    asked = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Orders)
    asyncio.run(govern(asked) if asked.kind == PROVINCE else live(asked))
