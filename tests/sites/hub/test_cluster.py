"""A hub of three servers, one of which goes: it takes nothing along."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import nats.errors
import pytest
from msgspec.structs import replace
from nats.js.errors import NotFoundError
from servers.hub_server import (
    OFFICE,
    KnownSites,
    given_to,
    one_hub,
    serving,
    three,
    visiting,
)
from servers.nats_server import NEEDED

from secours.engine import clock
from secours.model.secret import Secret
from secours.model.sites.membership import Sites
from secours.sites import credentials, streams, subjects
from secours.sites.credentials import Credentials
from secours.sites.hub.administration import Administration
from secours.sites.hub.folder import HubFolder
from secours.sites.hub.roster import ROUTES_ABOVE
from secours.sites.link import HubConnection, HubLink

pytestmark = [pytest.mark.usefixtures("processes"), NEEDED]
LIMIT_S = 120.0
AGAIN_S = 0.1  # before a cluster is asked again that has no leader yet
Servers = dict[int, asyncio.subprocess.Process]
NOT_YET = (nats.errors.Error, NotFoundError, TimeoutError, OSError)


@asynccontextmanager
async def cluster(hub: HubFolder) -> AsyncIterator[Servers]:
    """Run all members while the block lasts; each is known by its port."""
    members = hub.roster().members
    async with AsyncExitStack() as stack:
        run = [stack.enter_async_context(serving(hub, each)) for each in members]
        processes = await asyncio.gather(*run)
        yield {
            each.port: process for each, process in zip(members, processes, strict=True)
        }


class Sender:
    """Sends numbered events in order, each until the hub has it."""

    def __init__(self, many: int) -> None:
        self.many, self.acknowledged = many, 0
        self.connection: HubConnection | None = None
        self.moved = asyncio.Condition()

    async def talk(self, connection: HubConnection) -> None:
        self.connection = connection
        while True:
            async with self.moved:
                await self.moved.wait_for(lambda: self.acknowledged < self.many)
            number = self.acknowledged + 1
            await connection.stream.publish(
                subjects.event("dison"),
                str(number).encode(),
                headers={"Nats-Msg-Id": f"dison/e/{number}"},
            )
            await self._move(acknowledged=number)

    async def send(self, many: int) -> None:
        """Send so many in all, and wait until the hub has them."""
        await self._move(many=many)
        async with self.moved:
            await self.moved.wait_for(lambda: self.acknowledged == many)

    async def _move(self, **changes: int) -> None:
        async with self.moved:
            for name, value in changes.items():
                setattr(self, name, value)
            self.moved.notify_all()


async def _ensure(hub: HubFolder, *sites: str, copies: int = 3) -> None:
    """Make the streams and admit sites, as soon as the members have a leader."""
    while True:
        with suppress(*NOT_YET):
            async with visiting(hub, OFFICE) as province:
                stream = province.client.jetstream()
                await streams.ensure(stream, copies=copies)
                for site in sites:
                    await streams.admit(stream, site, copies=copies)
                return
        await asyncio.sleep(AGAIN_S)


def _as_in_a_plan(hub: HubFolder, site: str) -> Sites:
    text = credentials.written(given_to(hub, site))
    return Sites(name=site, hub=hub.roster().urls, credentials=Secret(text))


async def test_a_member_that_is_killed_costs_nothing(tmp_path: Path) -> None:
    hub = HubFolder(tmp_path / "hub")
    hub.init(three(), OFFICE, datetime.now(UTC))
    hub.add("dison", (), datetime.now(UTC))
    sender = Sender(0)
    link = HubLink(clock.now, [sender])
    async with asyncio.timeout(LIMIT_S), cluster(hub) as servers:
        await _ensure(hub, "dison")
        await _publish(hub, OFFICE, "secours.down.dison.word", b"w")
        link.follow(_as_in_a_plan(hub, "dison"))
        await sender.send(50)
        assert sender.connection
        address = sender.connection.client.connected_url
        assert address
        servers[address.port or 0].kill()
        await sender.send(100)
        order = await _order(hub, "dison")
        events, copies = await _events(hub)
        await link.stop()

    assert events == [str(number) for number in range(1, 101)]
    assert copies == 3
    assert order == b"w"


async def test_a_site_is_admitted_while_a_member_is_away(tmp_path: Path) -> None:
    hub = HubFolder(tmp_path / "hub")
    hub.init(three(), OFFICE, datetime.now(UTC))
    async with asyncio.timeout(LIMIT_S), cluster(hub) as servers:
        await _ensure(hub)
        member, *_ = servers.values()
        member.terminate()
        await member.wait()
        await _ensure(hub, "dison")
        async with visiting(hub, OFFICE) as province:
            stream = province.client.jetstream()
            held = await stream.stream_info(subjects.states("dison"))

    assert held.config.max_bytes == streams.ROOM_FOR_STATES


async def _publish(hub: HubFolder, who: str, subject: str, data: bytes) -> None:
    """Publish until the hub has it, once."""
    while True:
        with suppress(*NOT_YET):
            async with visiting(hub, who) as visitor:
                headers = {"Nats-Msg-Id": data.decode()}
                await visitor.client.jetstream().publish(subject, data, headers=headers)
                return
        await asyncio.sleep(AGAIN_S)


async def _order(hub: HubFolder, site: str) -> bytes:
    """Return the next that the province says to a site."""
    while True:
        with suppress(*NOT_YET):
            async with visiting(hub, site) as visitor:
                stream = visitor.client.jetstream()
                mine = await stream.pull_subscribe_bind(site, subjects.ORDERS)
                return (await mine.fetch(1, timeout=60))[0].data
        await asyncio.sleep(AGAIN_S)


async def _events(hub: HubFolder) -> tuple[list[str], int | None]:
    """Return all events that the hub has, and how many copies of each."""
    while True:
        with suppress(*NOT_YET):
            async with visiting(hub, OFFICE) as province:
                stream = province.client.jetstream()
                found = await stream.stream_info(subjects.EVENTS)
                reader = await stream.subscribe(
                    subjects.event("dison"), ordered_consumer=True
                )
                events = [
                    (await reader.next_msg(timeout=60)).data.decode()
                    for _ in range(found.state.messages)
                ]
                return events, found.config.num_replicas
        await asyncio.sleep(AGAIN_S)


async def test_one_hub_becomes_a_cluster_and_sites_come_with_what_they_have(
    tmp_path: Path,
) -> None:
    hub = one_hub(tmp_path / "hub", dison=())
    async with asyncio.timeout(LIMIT_S):
        async with (
            serving(hub),
            visiting(hub, OFFICE) as province,
            visiting(hub, "dison") as dison,
        ):
            await streams.ensure(province.client.jetstream())
            await dison.client.jetstream().publish(subjects.event("dison"), b"old")
        hub.renew(three(), datetime.now(UTC))
        async with cluster(hub):
            await _ensure(hub, "dison")
            before, _ = await _events(hub)
            for event in (b"old", b"new"):
                await _publish(hub, "dison", subjects.event("dison"), event)
            after, copies = await _events(hub)

    assert {each.name for each in (hub.path / "hub").glob("jetstream*")} == {
        *("jetstream", "jetstream-cluster"),
    }
    assert before == []  # so a site learns that it is to send again
    assert (after, copies) == (["old", "new"], 3)


async def test_only_a_member_comes_in_as_a_member(tmp_path: Path) -> None:
    hub = HubFolder(tmp_path / "hub")
    hub.init(three(), OFFICE, datetime.now(UTC))
    hub.add("dison", (), datetime.now(UTC))
    member, other, _ = hub.roster().members
    folder = hub.server(other)
    of_member = replace(
        given_to(hub, "dison"),
        certificate=(folder / "server.pem").read_text(),
        key=(folder / "server.key").read_text(),
    )
    async with asyncio.timeout(LIMIT_S), serving(hub, member):
        port = member.port + ROUTES_ABOVE

        assert (await _greeting(port, of_member)).startswith(b"INFO ")
        assert await _greeting(port, given_to(hub, "dison")) == b""
        assert await _greeting(port, given_to(hub, OFFICE)) == b""


async def _greeting(port: int, ours: Credentials) -> bytes:
    """Return the first that a member says to another, nothing if it refuses."""
    with suppress(OSError):
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=credentials.tls(ours)
        )
        try:
            return await reader.readline()
        finally:
            writer.transport.abort()
    return b""


async def test_there_are_as_many_copies_as_members_and_never_fewer(
    tmp_path: Path,
) -> None:
    hub = HubFolder(tmp_path / "hub")
    hub.init(three(), OFFICE, datetime.now(UTC))
    link = HubLink(clock.now, [Administration(KnownSites())])
    async with asyncio.timeout(LIMIT_S), cluster(hub):
        link.follow(_as_in_a_plan(hub, OFFICE))
        made = await _copies(hub)
        await link.stop()
        await _ensure(hub, copies=1)
        after = await _copies(hub)

    assert (made, after) == (3, 3)


async def _copies(hub: HubFolder) -> int | None:
    """Return how many copies there are of orders, made after all else."""
    while True:
        with suppress(*NOT_YET):
            async with visiting(hub, OFFICE) as province:
                stream = province.client.jetstream()
                return (await stream.stream_info(subjects.ORDERS)).config.num_replicas
        await asyncio.sleep(AGAIN_S)
