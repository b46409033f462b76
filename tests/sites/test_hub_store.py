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
from secours.sites import bounded_pull, subjects
from secours.sites.credentials import NOBODY
from secours.sites.link import HubConnection, end
from secours.sites.neighbours import hub_store

pytestmark = [pytest.mark.usefixtures("processes"), NEEDED]
LIMIT_S = 60.0
FORGOTTEN_S, LATER_S = 0.2, 1.1  # a server forgets so much later


class Reading:
    """What is read of the states that a hub holds, and what went wrong."""

    def __init__(self) -> None:
        self.came: asyncio.Queue[bytes] = asyncio.Queue()
        self.faults: list[str] = []

    async def take(self, message: Msg) -> None:
        self.came.put_nowait(message.data)

    async def start(self) -> ConsumerConfig:
        return ConsumerConfig()


@asynccontextmanager
async def reading(hub: RunningHub) -> AsyncIterator[tuple[Reading, Client]]:
    async with client_of(hub) as client:
        found = Reading()
        sites = Sites(name="office", hub=(hub.url,))
        task = asyncio.create_task(
            hub_store.read(
                HubConnection(client, client.jetstream(), sites, NOBODY),
                subjects.STATES,
                found.start,
                found.take,
                lambda error: found.faults.append(str(error)),
            )
        )
        try:
            async with asyncio.timeout(LIMIT_S):
                yield found, client
        finally:
            await end([task])


async def say(client: Client, number: int, size: int = 10) -> None:
    subject = subjects.state("liege", "channel", f"c{number}")
    await client.jetstream().publish(subject, b"x" * size)


async def test_what_came_during_a_round_is_read_in_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds: list[object] = []
    ended = asyncio.Semaphore(0)

    async def told(*given: object) -> AsyncGenerator[Msg]:
        rounds.append(given[-1])
        async for message in bounded_pull.pull(*given):  # type: ignore[arg-type]
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
    monkeypatch.setattr(bounded_pull, "PORTION", portion)
    monkeypatch.setattr(bounded_pull, "PORTION_BYTES", portion_bytes)
    async with nats_server(tmp_path) as hub, client_of(hub) as sender:
        for number in range(50):
            await say(sender, number, 10_000)
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
        for each in await stream.consumers_info(subjects.STATES):
            await stream.delete_consumer(subjects.STATES, each.name)
        await found.came.get()


async def test_a_calm_hub_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Semaphore(0)

    def told(*given: object) -> AsyncGenerator[Msg]:
        begun.release()
        return bounded_pull.pull(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(hub_store, "FORGOTTEN_S", FORGOTTEN_S)
    monkeypatch.setattr(hub_store, "EVERY_S", FORGOTTEN_S / 10)
    monkeypatch.setattr(hub_store, "AGAIN_S", 0.0)
    monkeypatch.setattr(hub_store, "pull", told)
    async with nats_server(tmp_path) as hub, client_of(hub) as sender:
        await say(sender, 1)
        async with reading(hub) as (found, client):
            first = await found.came.get()
            before = await client.jetstream().consumers_info(subjects.STATES)
            for _ in range(int(20 * (FORGOTTEN_S + LATER_S) / FORGOTTEN_S)):
                await begun.acquire()
            await say(sender, 2, 20)
            second = await found.came.get()
            after = await client.jetstream().consumers_info(subjects.STATES)

    assert (len(first), len(second)) == (10, 20)
    assert [each.name for each in after] == [each.name for each in before]
    assert not found.faults
