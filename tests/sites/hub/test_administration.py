import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.js.errors import APIError, NotFoundError
from servers.hub_server import (
    OFFICE,
    Visitor,
    administered,
    given_to,
    one_hub,
    serving,
    visiting,
)
from servers.nats_server import NEEDED

from secours.model.sites.membership import Sites
from secours.sites import streams, subjects
from secours.sites.hub import administration
from secours.sites.hub.administration import Administration
from secours.sites.hub.folder import HubFolder
from secours.sites.link import HubConnection, end
from secours.sites.streams import HeldStates

pytestmark = NEEDED
LIMIT_S = 60.0
ODD = "hôpital *.> no 1"


@asynccontextmanager
async def looked_after(client: Client, hub: HubFolder) -> AsyncIterator[None]:
    """Have a province look after a hub while the block lasts."""
    sites = Sites(name=OFFICE, hub=hub.roster().urls)
    ours = given_to(hub, OFFICE)
    connection = HubConnection(client, client.jetstream(), sites, ours)
    task = asyncio.create_task(Administration().talk(connection))
    try:
        yield
        assert not task.done(), task.exception()
    finally:
        await end([task])


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something holds at the hub."""
    while not await holds():  # noqa: ASYNC110 -- nobody tells us
        await asyncio.sleep(0.05)


async def test_streams_are_made_and_each_site_that_is_heard_is_admitted(
    tmp_path: Path,
) -> None:
    hub = one_hub(tmp_path / "hub", dison=(), **{ODD: ()})
    async with (
        asyncio.timeout(LIMIT_S),
        serving(hub),
        visiting(hub, OFFICE) as province,
        visiting(hub, "dison") as dison,
        visiting(hub, ODD) as odd,
        looked_after(province.client, hub),
    ):

        async def admitted() -> bool:
            await dison.client.publish(subjects.alive("dison"), b"{}")
            await odd.client.publish(subjects.alive(ODD), b"{}")
            manager = province.client.jetstream()
            try:
                found = await manager.consumers_info(subjects.ORDERS)
            except NotFoundError:
                return False
            return {each.name for each in found} == {"dison", subjects.consumer(ODD)}

        await until(admitted)
        denied = [*await dison.said(), *await odd.said()]

    assert denied == []


async def test_a_site_that_was_admitted_goes_on_where_it_was(tmp_path: Path) -> None:
    hub = one_hub(tmp_path / "hub", dison=(), liege=())
    async with (
        asyncio.timeout(LIMIT_S),
        serving(hub),
        administered(hub, "dison") as manager,
        visiting(hub, OFFICE) as province,
        visiting(hub, "dison") as dison,
        visiting(hub, "liege") as liege,
    ):
        await manager.publish(subjects.order("dison", subjects.WORD), b"1")
        mine = await dison.client.jetstream().pull_subscribe_bind(
            "dison", subjects.ORDERS
        )
        (order,) = await mine.fetch(1, timeout=10)
        await order.ack_sync()
        async with looked_after(province.client, hub):

            async def admitted() -> bool:
                await dison.client.publish(subjects.alive("dison"), b"{}")
                await liege.client.publish(subjects.alive("liege"), b"{}")
                return len(await manager.consumers_info(subjects.ORDERS)) == 2

            await until(admitted)
        after = await manager.consumer_info(subjects.ORDERS, "dison")

    assert (after.num_pending, after.num_ack_pending) == (0, 0)


async def test_who_may_not_look_after_the_hub_goes_on_being_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(administration, "AGAIN_AFTER_S", 0.0)
    hub = one_hub(tmp_path / "hub", dison=())
    async with (
        asyncio.timeout(LIMIT_S),
        serving(hub),
        visiting(hub, "dison") as dison,
    ):
        client, sites = dison.client, Sites(name="dison", hub=hub.roster().urls)
        stream = client.jetstream(timeout=0.2)
        ours = HubConnection(client, stream, sites, given_to(hub, "dison"))
        task = asyncio.create_task(Administration().talk(ours))

        async def said() -> bool:
            return caplog.text.count("the hub cannot be looked after") > 1

        await until(said)
        assert client.is_connected
        await end([task])


@pytest.mark.parametrize(
    ("many", "size"),
    [pytest.param(30, 2, id="many"), pytest.param(4, 5000, id="large")],
)
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(None, id="plain"),
        pytest.param({"Nats-Msg-Size": "1"}, id="of-a-false-size"),
        pytest.param({"Nats-Msg-Size": "x"}, id="of-no-size"),
        pytest.param({"Note": "x" * 9000}, id="in-its-headers"),
    ],
)
async def test_states_of_a_site_that_floods_the_hub_are_dropped(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    many: int,
    size: int,
    headers: dict[str, str] | None,
) -> None:
    monkeypatch.setattr(streams, "MOST_STATES", 10)
    monkeypatch.setattr(streams, "MOST_STATES_BYTES", 10_000)
    hub = one_hub(tmp_path / "hub", dison=(), liege=())
    async with (
        serving(hub),
        administered(hub) as stream,
        visiting(hub, "dison") as dison,
        visiting(hub, "liege") as liege,
    ):
        await _hold(liege, "liege", 8)
        known, over = await streams.drop_floods(stream, HeldStates())
        await _hold(dison, "dison", many, size, headers)

        known_after, over_after = await streams.drop_floods(stream, known)

        held = await stream.stream_info(subjects.STATES, subjects_filter=">")
    assert (known.messages, over) == (8, set())
    assert (known_after.messages, over_after) == (8, {"dison"})
    assert 0 <= known_after.size - known.size < 2000  # beside the texts themselves
    assert {str(each).split(".")[1] for each in held.state.subjects or {}} == {"liege"}


async def test_no_site_fills_the_hub_with_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MOST_EVENTS", 5)
    hub = one_hub(tmp_path / "hub", dison=(), liege=())
    async with (
        serving(hub),
        administered(hub) as stream,
        visiting(hub, "dison") as dison,
        visiting(hub, "liege") as liege,
    ):
        await liege.client.jetstream().publish(subjects.event("liege"), b"{}")
        for _ in range(20):
            largest = bytes(streams.LARGEST_EVENT)
            await dison.client.jetstream().publish(subjects.event("dison"), largest)
        larger = largest + b"x"
        with pytest.raises(APIError, match="size exceeds"):
            await dison.client.jetstream().publish(subjects.event("dison"), larger)

        held = await stream.stream_info(subjects.EVENTS, subjects_filter=">")
    assert held.state.subjects == {
        subjects.event("dison"): 5,
        subjects.event("liege"): 1,
    }
    assert held.state.bytes < 6 * (streams.LARGEST_EVENT + 200)


async def test_a_stream_that_is_full_takes_the_room_of_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "ROOM_FOR_EVENTS", 100_000)
    hub = one_hub(tmp_path / "hub", dison=(), liege=())
    event, state = subjects.event("dison"), subjects.state("liege", "channel", "sms")
    async with (
        serving(hub),
        visiting(hub, OFFICE) as office,
        visiting(hub, "dison") as dison,
        visiting(hub, "liege") as liege,
    ):
        stream = office.client.jetstream()
        await streams.ensure(stream)
        for _ in range(50):
            await dison.client.jetstream().publish(event, bytes(streams.LARGEST_EVENT))
        await liege.client.jetstream().publish(state, b"{}")
        await stream.publish(subjects.order("liege", subjects.WORD), b"{}")
        held = {
            name: (await stream.stream_info(name)).state
            for name in (subjects.EVENTS, subjects.STATES, subjects.ORDERS)
        }

    assert held[subjects.EVENTS].bytes <= 100_000
    assert held[subjects.EVENTS].last_seq == 50  # what is new is taken all the same
    assert (held[subjects.STATES].messages, held[subjects.ORDERS].messages) == (1, 1)


async def test_the_streams_have_room_beside_one_another(tmp_path: Path) -> None:
    hub = one_hub(tmp_path / "hub")
    async with serving(hub), visiting(hub, OFFICE) as office:
        stream = office.client.jetstream()
        await streams.ensure(stream)
        info = await stream.stream_info(subjects.EVENTS)
        await stream.update_stream(info.config, max_bytes=streams.ROOM_FOR_EVENTS + 1)
        await streams.ensure(stream)  # where somebody gave them more, they have it
        rooms = [
            (await stream.stream_info(name)).config.max_bytes
            for name in (subjects.EVENTS, subjects.STATES, subjects.ORDERS)
        ]

    assert rooms == [
        streams.ROOM_FOR_EVENTS + 1,
        streams.ROOM_FOR_STATES,
        streams.ROOM_FOR_ORDERS,
    ]


async def _hold(
    visitor: Visitor,
    site: str,
    count: int,
    size: int = 2,
    headers: dict[str, str] | None = None,
) -> None:
    for n in range(count):
        subject = subjects.state(site, "channel", f"c{n}")
        stream = visitor.client.jetstream()
        await stream.publish(subject, bytes(size), headers=headers)
