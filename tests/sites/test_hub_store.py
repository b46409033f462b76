"""What the hub holds is read for as long as there is a connection."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig
from servers.nats_server import NEEDED, RunningHub, client_of, nats_server

from secours.model.sites.membership import Sites
from secours.sites import subjects
from secours.sites.credentials import NOBODY
from secours.sites.link import HubConnection, end
from secours.sites.neighbours import hub_store
from secours.sites.neighbours.hub_store import pull
from secours.sites.streams import HeldState

pytestmark = [pytest.mark.usefixtures("processes"), NEEDED]
LIMIT_S = 60.0
FORGOTTEN_S, LATER_S = 4.0, 1.1  # a server forgets so much later


class Reading:
    """What is read of the events that a hub holds, and what went wrong."""

    def __init__(self) -> None:
        self.came: asyncio.Queue[bytes] = asyncio.Queue()
        self.faults: list[str] = []

    async def take(self, message: Msg) -> None:
        self.came.put_nowait(message.data)


@asynccontextmanager
async def reading(hub: RunningHub) -> AsyncIterator[tuple[Reading, Client]]:
    async with client_of(hub) as client:
        found = Reading()
        sites = Sites(name="office", hub=(hub.url,))
        connection = HubConnection(client, client.jetstream(), sites, NOBODY)

        async def once() -> None:
            await hub_store.read_messages(
                connection, subjects.EVENTS, ConsumerConfig(), found.take
            )

        task = asyncio.create_task(
            hub_store.keep_reading(
                connection, once, lambda error: found.faults.append(str(error))
            )
        )
        try:
            async with asyncio.timeout(LIMIT_S):
                yield found, client
        finally:
            await end([task])


async def say(client: Client, number: int, size: int = 10) -> None:
    subject = subjects.event(f"c{number}")
    await client.jetstream().publish(subject, b"x" * size)


async def test_what_came_during_a_round_is_read_in_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds: list[object] = []
    ended = asyncio.Semaphore(0)

    async def told(*given: object) -> AsyncGenerator[Msg]:
        rounds.append(given[-1])
        async for message in pull(*given):  # type: ignore[arg-type]
            await say(sender, 100 + len(rounds))
            yield message
        ended.release()

    monkeypatch.setattr(hub_store, "pull", told)
    async with (
        nats_server(tmp_path) as hub,
        client_of(hub) as sender,
        reading(hub) as (found, _),
    ):
        for _ in range(3):
            await ended.acquire()
        await say(sender, 1)
        for _ in range(4):
            await found.came.get()

    assert [many for many in rounds if many][:4] == [1, 1, 1, 1]
    assert rounds[:3] == [0, 0, 0]
    assert not found.faults


@pytest.mark.parametrize(
    ("portion", "portion_bytes"),
    [
        pytest.param(7, 1 << 20, id="by-number"),
        pytest.param(200, 30_000, id="by-bytes"),
    ],
)
async def test_all_is_read_in_portions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, portion: int, portion_bytes: int
) -> None:
    monkeypatch.setattr(hub_store, "PORTION", portion)
    monkeypatch.setattr(hub_store, "PORTION_BYTES", portion_bytes)
    async with nats_server(tmp_path) as hub, client_of(hub) as sender:
        for number in range(50):
            await say(sender, number, 8_000)
        async with reading(hub) as (found, _):
            for _ in range(50):
                await found.came.get()
            for number in range(50, 80):  # none is lost between two rounds
                await say(sender, number)
                await found.came.get()

    assert not found.faults


async def test_a_consumer_that_is_gone_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_store, "AGAIN_S", 0.0)
    async with nats_server(tmp_path) as hub, reading(hub) as (found, client):
        await say(client, 1)
        await found.came.get()
        stream = client.jetstream()
        for each in await stream.consumers_info(subjects.EVENTS):
            await stream.delete_consumer(subjects.EVENTS, each.name)
        await found.came.get()


async def test_a_calm_hub_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Semaphore(0)

    def told(*given: object) -> AsyncGenerator[Msg]:
        begun.release()
        return pull(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(hub_store, "FORGOTTEN_S", FORGOTTEN_S)
    monkeypatch.setattr(hub_store, "EVERY_S", FORGOTTEN_S / 10)
    monkeypatch.setattr(hub_store, "AGAIN_S", 0.0)
    monkeypatch.setattr(hub_store, "pull", told)
    async with nats_server(tmp_path) as hub, client_of(hub) as sender:
        await say(sender, 1)
        async with reading(hub) as (found, client):
            first = await found.came.get()
            before = await client.jetstream().consumers_info(subjects.EVENTS)
            for _ in range(int(20 * (FORGOTTEN_S + LATER_S) / FORGOTTEN_S)):
                await begun.acquire()
            await say(sender, 2, 20)
            second = await found.came.get()
            after = await client.jetstream().consumers_info(subjects.EVENTS)

    assert (len(first), len(second)) == (10, 20)
    assert [each.name for each in after] == [each.name for each in before]
    assert not found.faults


async def test_states_are_read_once_and_those_that_came_since_in_the_next_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_store, "EVERY_S", 0.05)
    came: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
    known = {"liege": 1}

    async def take(held: HeldState) -> bool:
        came.put_nowait((held.subject, held.data))
        return "dison" not in held.subject  # which floods us

    async def hold(client: Client, site: str, name: str) -> tuple[str, bytes]:
        subject = subjects.state(site, "channel", name)
        await client.jetstream().publish(subject, name.encode(), headers={"a": "b"})
        return subject, name.encode()

    async with (
        asyncio.timeout(LIMIT_S),
        nats_server(tmp_path, sites=("liege", "spa", "dison")) as hub,
        client_of(hub) as client,
    ):
        await hold(client, "liege", "before")
        await hold(client, "spa", "ignored")
        first = [await hold(client, "liege", name) for name in ("a", "b")]
        flood = [await hold(client, "dison", name) for name in ("a", "b", "c")]
        sites = Sites(name="office", hub=(hub.url,))
        connection = HubConnection(client, client.jetstream(), sites, NOBODY)
        reading = hub_store.read_states(connection, "spa".__ne__, known, take)
        task = asyncio.create_task(reading)
        got = [await came.get() for _ in range(5)]
        second = await hold(client, "liege", "a")
        while (last := await came.get())[0] != second[0]:
            got.append(last)
        await end([task])

    assert sorted(got) == sorted([*first, *flood])  # no round takes more than one
    assert known == {"liege": 4, "dison": 3}
