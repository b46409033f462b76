import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.errors import Error
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, ConsumerInfo
from nats.js.errors import APIError, NotFoundError
from servers.hub_server import (
    NOW,
    OFFICE,
    KnownSites,
    Visitor,
    administered,
    given_to,
    one_hub,
    reload,
    serving,
    visiting,
)
from servers.nats_server import NEEDED

from secours.model.sites.membership import Sites
from secours.sites import streams, subjects
from secours.sites.hub import administration, site_list
from secours.sites.hub.administration import Administration
from secours.sites.hub.configuration import SERVER_CONF
from secours.sites.hub.folder import HubFolder
from secours.sites.hub.site_list import SiteList
from secours.sites.link import HubConnection, end

pytestmark = NEEDED
LIMIT_S = 60.0
ODD = "hôpital *.> no 1"


@asynccontextmanager
async def looked_after(
    client: Client, hub: HubFolder, known: KnownSites | None = None
) -> AsyncIterator[None]:
    """Have a province look after a hub while the block lasts."""
    known = known or KnownSites()
    sites = Sites(name=OFFICE, hub=hub.roster().urls)
    ours = given_to(hub, OFFICE)
    connection = HubConnection(client, client.jetstream(), sites, ours)
    task = asyncio.create_task(Administration(known).talk(connection))
    try:
        yield
        assert not task.done(), task.exception()
    finally:
        await end([task])


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something holds at the hub."""
    while True:
        with suppress(Error):  # a hub that reads its configuration answers nobody
            if await holds():
                return
        await asyncio.sleep(0.05)


@pytest.mark.usefixtures("processes")
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


@pytest.mark.usefixtures("processes")
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
        await manager.publish(subjects.order("dison"), b"1")
        mine = await dison.client.jetstream().pull_subscribe_bind(
            "dison", subjects.ORDERS
        )
        (order,) = await mine.fetch(1, timeout=60)
        await order.ack_sync()
        async with looked_after(province.client, hub):

            async def admitted() -> bool:
                await dison.client.publish(subjects.alive("dison"), b"{}")
                await liege.client.publish(subjects.alive("liege"), b"{}")
                return len(await manager.consumers_info(subjects.ORDERS)) == 2

            await until(admitted)
        after = await manager.consumer_info(subjects.ORDERS, "dison")

    assert (after.num_pending, after.num_ack_pending) == (0, 0)


@pytest.mark.usefixtures("processes")
async def test_site_that_was_removed_leaves_its_events_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(administration, "ASK_EVERY_S", 0.05)
    monkeypatch.setattr(administration, "AGAIN_AFTER_S", 0.05)
    hub = one_hub(tmp_path / "hub", liege=(), **{ODD: ()})
    async with (
        asyncio.timeout(LIMIT_S),
        serving(hub) as process,
        administered(hub) as stream,
        visiting(hub, OFFICE) as province,
        looked_after(province.client, hub),
    ):
        for name in (ODD, "liege"):
            async with visiting(hub, name) as site:
                await until(lambda: _is_admitted(stream, site, name))  # noqa: B023 -- awaited
                await _hold(site, name, 2)
                await site.client.jetstream().publish(subjects.event(name), b"{}")
            await stream.publish(subjects.order(name), b"{}")
        hub.remove(ODD, NOW)
        await reload(process, hub)

        async def gone() -> bool:
            return ODD not in await streams.admitted(stream)

        await until(gone)
        hub.add(ODD, (), NOW)
        await reload(process, hub)
        async with visiting(hub, ODD) as again:
            await until(lambda: _is_admitted(stream, again, ODD))
        held = dict[str, int]()
        for name in (
            *map(subjects.states, (ODD, "liege")),
            subjects.EVENTS,
            subjects.ORDERS,
        ):
            info = await stream.stream_info(name, subjects_filter=">")
            held |= info.state.subjects or {}
    assert held == {
        subjects.event(ODD): 1,
        subjects.event("liege"): 1,
        subjects.order("liege"): 1,
        subjects.state("liege", "channel", "c0"): 1,
        subjects.state("liege", "channel", "c1"): 1,
    }


async def test_sites_are_counted_while_another_is_admitted() -> None:
    class Growing(JetStreamContext):
        """Consumers of which one comes to be, before the others, after a look."""

        def __init__(self) -> None:
            self.names = ["liege"]

        async def consumers_info(
            self, stream: str, offset: int | None = None
        ) -> list[ConsumerInfo]:
            page = self.names[offset or 0 :]
            self.names = ["dison", "liege"]
            config = ConsumerConfig()
            return [
                ConsumerInfo(name=name, stream_name=stream, config=config, created=NOW)
                for name in page
            ]

    async with asyncio.timeout(LIMIT_S):
        assert "liege" in await streams.admitted(Growing())


@pytest.mark.usefixtures("processes")
async def test_older_list_of_a_member_of_the_hub_removes_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(administration, "ASK_EVERY_S", 0.05)
    monkeypatch.setattr(administration, "AGAIN_AFTER_S", 0.05)
    asked = 0
    asks = site_list.ask

    async def ask(client: Client) -> SiteList | None:
        nonlocal asked
        asked += 1
        return await asks(client)

    monkeypatch.setattr(site_list, "ask", ask)
    hub, known = one_hub(tmp_path / "hub", dison=()), KnownSites()
    async with (
        asyncio.timeout(LIMIT_S),
        serving(hub),
        administered(hub, "dison", "spa") as stream,
        visiting(hub, OFFICE) as province,
    ):
        key, newer = given_to(hub, OFFICE).province, hub.roster().revision + 1
        known.newest = SiteList(
            province=key, revision=newer, sites=frozenset({"dison", "spa"})
        )
        async with looked_after(province.client, hub, known):

            async def looked() -> bool:
                return asked > 3

            await until(looked)
        left = await streams.admitted(stream)

    assert set(left) == known.newest.sites == {"dison", "spa"}


@pytest.mark.usefixtures("processes")
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
        task = asyncio.create_task(Administration(KnownSites()).talk(ours))

        async def said() -> bool:
            return caplog.text.count("the hub cannot be looked after") > 1

        await until(said)
        assert client.is_connected
        await end([task])


@pytest.mark.usefixtures("processes")
async def test_streams_of_another_version_are_called_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    hub = one_hub(tmp_path / "hub")
    async with asyncio.timeout(LIMIT_S), serving(hub), visiting(hub, OFFICE) as office:
        stream = office.client.jetstream()
        await stream.add_stream(name="of-later", subjects=[f"{subjects.ROOT}.*.event"])
        async with looked_after(office.client, hub):
            while "looked after" not in caplog.text:  # noqa: ASYNC110 -- a log
                await asyncio.sleep(0.05)

    assert "has streams of another version" in caplog.text


@pytest.mark.usefixtures("processes")
async def test_a_site_that_floods_the_hub_with_states_loses_its_own_oldest_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MOST_STATES", 10)
    hub = one_hub(tmp_path / "hub", dison=(), liege=())
    async with (
        serving(hub),
        administered(hub, "dison", "liege") as stream,
        visiting(hub, "dison") as dison,
        visiting(hub, "liege") as liege,
    ):
        await _hold(liege, "liege", 8)
        await _hold(dison, "dison", 30)
        held = {
            site: (
                await stream.stream_info(subjects.states(site), subjects_filter=">")
            ).state.subjects
            for site in ("dison", "liege")
        }

    assert held == {
        site: dict.fromkeys(
            (subjects.state(site, "channel", f"c{n}") for n in numbers), 1
        )
        for site, numbers in (("dison", range(20, 30)), ("liege", range(8)))
    }


@pytest.mark.usefixtures("processes")
async def test_a_hub_of_before_takes_states_of_more_sites_than_it_promises_room(
    tmp_path: Path,
) -> None:
    hub = one_hub(tmp_path / "hub", liege=())
    conf = hub.server(hub.roster().members[0]) / SERVER_CONF
    before = conf.read_text().replace("max_memory_store: 4GB", "max_memory_store: 5MB")
    conf.write_text(before)
    rooms = []
    async with (
        serving(hub),
        administered(hub, "dison", "ans", "liege", "spa") as stream,
        visiting(hub, "liege") as liege,
    ):
        await _hold(liege, "liege", 1)
        await streams.admit(stream, "liege")  # as after another connection
        for site in ("dison", "ans", "liege"):
            info = await stream.stream_info(subjects.states(site))
            rooms.append((info.config.max_bytes, info.state.messages))

    room = streams.ROOM_FOR_STATES
    assert rooms == [(room, 0), (room, 0), (-1, 1)]


@pytest.mark.usefixtures("processes")
async def test_no_site_fills_the_hub_with_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MOST_EVENTS", 5)
    largest = bytes(streams.LARGEST_EVENT)
    hub = one_hub(tmp_path / "hub", dison=(), liege=())
    async with (
        serving(hub),
        administered(hub) as stream,
        visiting(hub, "dison") as dison,
        visiting(hub, "liege") as liege,
    ):
        await liege.client.jetstream().publish(subjects.event("liege"), b"{}")
        said = dison.client.jetstream()
        for _ in range(5):
            await said.publish(subjects.event("dison"), largest)
        with pytest.raises(APIError, match="maximum messages per subject"):
            await said.publish(subjects.event("dison"), largest)
        with pytest.raises(APIError, match="size exceeds"):
            await said.publish(subjects.event("dison"), largest + b"x")
        await liege.client.jetstream().publish(subjects.event("liege"), b"{}")

        held = await stream.stream_info(subjects.EVENTS, subjects_filter=">")
    assert held.state.subjects == {
        subjects.event("dison"): 5,
        subjects.event("liege"): 2,
    }
    assert held.state.bytes < 6 * (streams.LARGEST_EVENT + 200)


@pytest.mark.usefixtures("processes")
async def test_room_is_made_for_events_of_a_site_that_has_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MOST_EVENTS", 5)
    monkeypatch.setattr(streams, "ENOUGH_EVENTS", 4)
    monkeypatch.setattr(streams, "KEPT_EVENTS", 2)
    monkeypatch.setattr(administration, "MAKE_ROOM_EVERY_S", 0.05)
    hub = one_hub(tmp_path / "hub", dison=(), liege=())
    dison_s, liege_s = subjects.event("dison"), subjects.event("liege")
    async with (
        asyncio.timeout(LIMIT_S),
        serving(hub),
        administered(hub) as stream,
        visiting(hub, OFFICE) as province,
        visiting(hub, "dison") as dison,
        visiting(hub, "liege") as liege,
    ):
        for number in range(5):
            await dison.client.jetstream().publish(dison_s, b"%d" % number)
        for _ in range(4):
            await liege.client.jetstream().publish(liege_s, b"{}")
        held: dict[str, int] = {}

        async def has_room() -> bool:
            info = await stream.stream_info(subjects.EVENTS, subjects_filter=">")
            held.update(info.state.subjects or {})
            return held[dison_s] < 5

        async with looked_after(province.client, hub):
            await until(has_room)
        oldest = await stream.get_msg(
            subjects.EVENTS, seq=1, next=True, subject=dison_s
        )
        await dison.client.jetstream().publish(dison_s, b"5")

    assert held == {dison_s: 2, liege_s: 4}
    assert oldest.data == b"3"


async def _is_admitted(stream: JetStreamContext, site: Visitor, name: str) -> bool:
    """Say that a site lives, and tell whether that has it admitted."""
    await site.client.publish(subjects.alive(name), b"{}")
    return name in await streams.admitted(stream)


@pytest.mark.usefixtures("processes")
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
        await streams.admit(stream, "liege")
        said = dison.client.jetstream()
        for _ in range(12):
            with suppress(APIError):
                await said.publish(event, bytes(streams.LARGEST_EVENT))
        full = await stream.stream_info(subjects.EVENTS)
        await streams.make_room(stream)
        taken = await said.publish(event, bytes(streams.LARGEST_EVENT))
        await liege.client.jetstream().publish(state, b"{}")
        await stream.publish(subjects.order("liege"), b"{}")
        held = {
            name: (await stream.stream_info(name)).state
            for name in (subjects.EVENTS, subjects.states("liege"), subjects.ORDERS)
        }

    assert full.state.bytes <= held[subjects.EVENTS].bytes <= 100_000
    assert full.state.messages == full.state.last_seq < 12  # it refused the others
    assert taken.seq == full.state.last_seq + 1  # and goes on
    assert held[subjects.EVENTS].messages == full.state.messages
    assert [each.messages for each in held.values()][1:] == [1, 1]


@pytest.mark.usefixtures("processes")
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
            for name in (subjects.EVENTS, subjects.ORDERS)
        ]

    assert rooms == [streams.ROOM_FOR_EVENTS + 1, streams.ROOM_FOR_ORDERS]


async def _hold(visitor: Visitor, site: str, count: int) -> None:
    for n in range(count):
        subject = subjects.state(site, "channel", f"c{n}")
        await visitor.client.jetstream().publish(subject, b"{}")
