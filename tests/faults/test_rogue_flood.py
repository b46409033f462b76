"""A rogue site with valid credentials tries to blind the province."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from faults.rogue_site import FLOODS, ROGUE
from faults.table import Row
from render.snapshots import channel
from servers.hub_server import (
    OFFICE,
    KnownSites,
    Visitor,
    administered,
    one_hub,
    serving,
    visiting,
)
from servers.nats_server import NEEDED
from sites.other_sites import BOOT, OtherSite, RealClock
from soak import AT_LEISURE

from secours.model.secret import Secret
from secours.model.sites.membership import ALL, Sites
from secours.sites import subjects
from secours.sites.hub.administration import Administration
from secours.sites.hub.folder import HubFolder
from secours.sites.link import HubConnection, HubLink
from secours.sites.neighbours.following import Following

pytestmark = [pytest.mark.usefixtures("processes"), NEEDED]
HONEST = ("ans", "dison", "spa")
HEARD_S, LIMIT_S = 10.0 * AT_LEISURE, 60.0
LIVES_EVERY_S, LOOK_EVERY_S = 0.5, 0.05
TESTS = Path(__file__).parents[1]


class Province:
    """What follows all at a hub, and how often it had to connect."""

    def __init__(self, hub: HubFolder) -> None:
        self.clock, self.connections = RealClock(), 0
        self.following = Following(self.clock.now, BOOT, province=True)
        looked_after = Administration(KnownSites())
        parts = (self, self.following, looked_after)
        self.link = HubLink(self.clock.now, parts, looked_after.prepare)
        credentials = Secret((hub.path / "province.credentials").read_text())
        self.sites = Sites(
            name=OFFICE,
            hub=hub.roster().urls,
            credentials=credentials,
            follow=(ALL,),
        )

    async def talk(self, _connection: HubConnection) -> None:
        self.connections += 1
        await asyncio.Event().wait()

    def knows(self, what: str) -> bool:
        """Tell whether each honest site's channel of this name was read at the hub."""
        wanted = (subjects.STATE, "channel", what)
        details = self.following._details
        return all(name in details and wanted in details[name].parts for name in HONEST)

    @property
    def oldest_s(self) -> float:
        """Return how long nothing came of the honest site that is silent longest."""
        now = self.clock.now()
        heard = {v.name: v.heard for v in self.following.views(now) if v.heard}
        ages = (now.since(heard[n]) if n in heard else LIMIT_S for n in HONEST)
        return max(ages)


@asynccontextmanager
async def province(hub: HubFolder) -> AsyncIterator[Province]:
    """Let a province follow all while the block lasts."""
    found = Province(hub)
    found.following.follow(found.sites)
    found.link.follow(found.sites)
    try:
        yield found
    finally:
        await found.link.stop()


class Honest:
    """A site that lives, and says what the hub is to hold."""

    def __init__(self, name: str, visitor: Visitor) -> None:
        self.site, self.client = OtherSite(RealClock(), name), visitor.client
        self.living = asyncio.create_task(self._live())

    async def _live(self) -> None:
        while True:
            await self.client.publish(self.site.subject, self.site.alive())
            await asyncio.sleep(LIVES_EVERY_S)

    async def say(self, what: str) -> None:
        subject = subjects.state(self.site.name, "channel", what)
        message = self.site.message(channel(what))
        await self.client.jetstream().publish(subject, message)


@asynccontextmanager
async def honest(hub: HubFolder) -> AsyncIterator[list[Honest]]:
    """Let sites live while the block lasts."""
    async with AsyncExitStack() as stack:
        sites = []
        for name in HONEST:
            visitor = await stack.enter_async_context(visiting(hub, name))
            sites.append(Honest(name, visitor))
            stack.callback(sites[-1].living.cancel)
        yield sites


async def seen(office: Province, sites: list[Honest], what: str) -> float:
    """Wait until all are heard anew, and something new of each; return how long."""
    began_s = time.monotonic()
    for site in sites:
        await site.say(what)
    async with asyncio.timeout(LIMIT_S):
        while not office.knows(what) or office.oldest_s > time.monotonic() - began_s:  # noqa: ASYNC110 -- no event
            await asyncio.sleep(LOOK_EVERY_S)
    return time.monotonic() - began_s


async def flooded(hub: HubFolder, kind: str, office: Province) -> float:
    """Have a process flood the hub; return the greatest age of an honest site."""
    command = [sys.executable, "-m", "faults.rogue_site", str(hub.path), kind]
    path = {"PYTHONPATH": f"{TESTS}:{TESTS.parent / 'src'}"}
    process = await asyncio.create_subprocess_exec(*command, env=path)
    over, oldest_s = asyncio.create_task(process.wait()), 0.0
    while not over.done():
        await asyncio.sleep(LOOK_EVERY_S)
        oldest_s = max(oldest_s, office.oldest_s)
    assert process.returncode == 0
    return oldest_s


@pytest.mark.parametrize("kind", FLOODS)
async def test_a_rogue_site_that_floods_the_hub_costs_its_own_picture_at_most(
    tmp_path: Path, kind: str, cost: Callable[[Row], None]
) -> None:
    hub = one_hub(tmp_path / "hub", **dict.fromkeys((ROGUE, *HONEST), ()))
    async with serving_with_streams(hub), honest(hub) as sites:
        async with province(hub) as office:
            await seen(office, sites, "first")
            oldest_s = await flooded(hub, kind, office)
            await seen(office, sites, "second")
            connections = office.connections
        async with province(hub) as office:  # the hub holds what is left of the flood
            took_s = await seen(office, sites, "third")
            kept = [office.knows(what) for what in ("first", "second")]
            connections += office.connections
        log = (hub.server(hub.roster().members[0]) / "nats.log").read_text()

    lost = connections - 2
    assert lost <= (FLOODS[kind][1] > 1)  # by 16 connections once, then never again
    assert log.count("Slow Consumer") == lost
    assert kept == [True, True]
    assert oldest_s < HEARD_S
    assert took_s < HEARD_S
    cost(
        Row(
            fault=f"rogue site: {kind}",
            done=f"2 s of it; the oldest word of another was {oldest_s:.1f} s old",
            lost="nothing of other sites",
            recovered_s=[took_s],
        )
    )


BYTES = (b"\xff", b"\x0b", b"\x0c", b"\x00", b"x" * 1900)  # within a name
HEADERS = (
    b"NATS/1.0\r\nStatus: 503\r\n\r\n",  # as a hub says it
    b"NATS/1.0 \xff\xff\xff\r\n\r\n",
    b"X",
    b"NATS/1.0\r\n",
    b"NATS/1.0\r\n\xff: \xfe\r\n\r\n",
)
POISON = {  # what stands after the name of the site, and the headers
    "subjects of any bytes": [(b".state.a%b.b" % each, b"") for each in BYTES],
    "headers of any bytes": [
        (what.replace(b"N", b"%d" % n), each)
        for what in (b".state.a.hN", b".alive", b".event")
        for n, each in enumerate(HEADERS)
    ],
}


def raw(what: bytes, headers: bytes) -> bytes:
    """Return a message of the rogue as no library writes it."""
    subject = f"{subjects.ROOT}.{ROGUE}".encode() + what
    if not headers:
        return b"PUB %b 2\r\n{}\r\n" % subject
    sizes = len(headers), len(headers) + 2
    return b"HPUB %b %d %d\r\n%b{}\r\n" % (subject, *sizes, headers)


@pytest.mark.parametrize("kind", POISON)
async def test_messages_that_no_library_reads_silence_nobody(
    tmp_path: Path, kind: str, cost: Callable[[Row], None]
) -> None:
    hub = one_hub(tmp_path / "hub", **dict.fromkeys((ROGUE, *HONEST), ()))
    messages = b"".join(raw(*each) for each in POISON[kind])
    async with (
        serving_with_streams(hub),
        visiting(hub, ROGUE) as rogue,
        honest(hub) as sites,
    ):
        await say_raw(rogue, messages)
        async with province(hub) as office:
            took_s = await seen(office, sites, "first")
            await say_raw(rogue, messages)
            await seen(office, sites, "second")
            connections = office.connections

    assert connections == 1
    done = f"{len(POISON[kind])} messages that no library reads, held and as they come"
    lost = "nothing of other sites"
    row = Row(fault=f"rogue site: {kind}", done=done, lost=lost, recovered_s=[took_s])
    cost(row)


async def say_raw(rogue: Visitor, messages: bytes) -> None:
    """Say them, and wait until the hub has them."""
    await rogue.client._send_command(messages)
    await rogue.client.flush()
    await rogue.client.flush()  # the first ping may be sent before it


@asynccontextmanager
async def serving_with_streams(hub: HubFolder) -> AsyncIterator[None]:
    async with serving(hub):
        async with administered(hub, ROGUE, *HONEST):
            pass
        yield
