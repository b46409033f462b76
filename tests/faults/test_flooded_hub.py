"""A rogue site, let in by its own key, floods the hub's memory; others keep theirs.

Before, ids of 7.5 kB, each kept for two minutes, took it from 17 to 724 MiB in 8 s.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, suppress
from itertools import count
from pathlib import Path

import nats.errors
import pytest
from faults.process_tree import Size, size
from faults.table import Row
from servers.hub_server import administered, one_hub, serving, visiting
from servers.nats_server import NEEDED
from soak import by_level

from secours.model.sites.membership import ALL
from secours.sites import streams, subjects
from secours.sites.envelope import LARGEST_BYTES
from secours.sites.hub.configuration import FOR_EACH, HEADERS_BYTES, SUBSCRIPTIONS
from secours.sites.hub.folder import HubFolder

pytestmark = [NEEDED, pytest.mark.usefixtures("processes")]
FLOOD_MIB = by_level(75, 150, 3000)
BYTES_PER_S = 12_500_000  # of a line of 100 Mbit/s
PROMISED_MIB = 120.0
AT_ONCE = 16
ACKNOWLEDGED_S = 60.0
HELD_BYTES = 3_000_000  # of the states of one site
EVENT, STATE = b"secours.rogue.event", b"secours.rogue.state.channel.a"


def with_ids(subject: bytes, long: int) -> Iterator[bytes]:
    """Yield messages, each with an id of its own that is so long."""
    for number in count():
        head = b"NATS/1.0\r\nNats-Msg-Id: %09d%s\r\n\r\n" % (number, bytes(long))
        yield b"HPUB %s %d %d\r\n%s{}\r\n" % (
            subject,
            len(head),
            len(head) + 2,
            head.replace(b"\0", b"x"),
        )


def as_large_as_may_be() -> Iterator[bytes]:
    """Yield events, each as large as a hub takes."""
    while True:
        yield b"PUB %s %d\r\n%s\r\n" % (EVENT, 7000, bytes(7000))


FLOODS = {
    "ids of 7.5 kB": lambda: with_ids(EVENT, 7_500),
    "ids of 60 kB": lambda: with_ids(STATE, 60_000),
    "events of 7 kB": as_large_as_may_be,
}


async def flood(hub: HubFolder, messages: Iterator[bytes]) -> None:
    """Say so much, and come back whenever the hub ends the connection."""
    left, began_s = int(FLOOD_MIB) << 20, time.monotonic()
    whole = left
    while left > 0:
        with suppress(OSError, nats.errors.Error):
            async with visiting(hub, "rogue") as rogue:
                transport = rogue.client._transport
                assert transport
                while left > 0 and not rogue.closed.is_set():
                    some = b"".join(next(messages) for _ in range(AT_ONCE))
                    transport.write(some)
                    left -= len(some)
                    await transport.drain()  # type: ignore[no-untyped-call]
                    due_s = began_s + (whole - left) / BYTES_PER_S
                    await asyncio.sleep(max(0.0, due_s - time.monotonic()))
                await rogue.client.flush()


def most_mib(pid: int) -> float:
    """Return the most memory that a process has had."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


@pytest.mark.parametrize("kind", FLOODS)
async def test_a_rogue_site_fills_no_memory_and_holds_up_nobody(
    tmp_path: Path, cost: Callable[[Row], None], kind: str
) -> None:
    hub = one_hub(tmp_path / "hub", dison=(), rogue=())
    worst_s, said = 0.0, 0
    async with (
        serving(hub) as process,
        administered(hub, "dison", "rogue") as office,
        visiting(hub, "dison") as dison,
    ):
        before, stream = size(process.pid), dison.client.jetstream()
        starts_s = time.monotonic()
        rogue = asyncio.create_task(flood(hub, FLOODS[kind]()))
        while not rogue.done():
            began_s = time.monotonic()
            await stream.publish("secours.dison.event", b"{}", timeout=ACKNOWLEDGED_S)
            worst_s, said = max(worst_s, time.monotonic() - began_s), said + 1
            await asyncio.wait({rogue}, timeout=0.1)
        lasted_s = time.monotonic() - starts_s
        info = await office.stream_info("secours_events", subjects_filter=">")
        held = (info.state.subjects or {})["secours.dison.event"]
        after = Size(most_mib(process.pid), size(process.pid).files)
    cost(
        Row(
            fault="hub flooded",
            done=f"{FLOOD_MIB:g} MiB of {kind} in {lasted_s:.0f} s by one site;"
            f" another waits {worst_s:.1f} s",
            lost=f"{said - held} of {said} events",
            before=before,
            after=after,
        )
    )
    assert said
    assert held == said
    assert after.mib < min(PROMISED_MIB, before.mib + FLOOD_MIB)


async def test_a_flood_of_events_has_the_hub_read_nothing_between_those_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it drops what lies between them, it reads all that is there with it."""
    monkeypatch.setattr(streams, "MOST_EVENTS", 100)
    hub = one_hub(tmp_path / "hub", dison=(), rogue=())
    numbers = range(1, 11)
    async with (
        serving(hub),
        administered(hub) as office,
        visiting(hub, "dison") as dison,
        visiting(hub, "rogue") as rogue,
    ):
        for number in numbers:
            for _ in range(50):
                await rogue.client.publish(EVENT.decode(), bytes(7000))
            await rogue.client.flush()
            said = b"%d" % number
            await dison.client.jetstream().publish("secours.dison.event", said)
        info = await office.stream_info(subjects.EVENTS, subjects_filter=">")

    assert info.state.subjects == {
        "secours.dison.event": len(numbers),
        "secours.rogue.event": 100,
    }
    assert not info.state.num_deleted  # between the first and the last


STATES = {
    "states of 60 kB": [(f"c{n}", 60_000) for n in range(100)],
    "states under names of 940 letters": [(f"{n:0940}", 2) for n in range(4000)],
}


@pytest.mark.parametrize("kind", STATES)
async def test_what_the_hub_holds_of_the_states_of_a_site_is_bounded(
    tmp_path: Path, kind: str
) -> None:
    """Also where no province is there to drop it; others' are what they were."""
    hub = one_hub(tmp_path / "hub", dison=(), rogue=())
    async with (
        serving(hub),
        administered(hub, "dison", "rogue") as office,
        visiting(hub, "dison") as dison,
        visiting(hub, "rogue") as rogue,
    ):
        theirs = subjects.state("dison", "channel", "sms")
        await dison.client.jetstream().publish(theirs, b"{}")
        for name, size in STATES[kind]:
            subject = subjects.state("rogue", "channel", name)
            await rogue.client.publish(subject, bytes(size))
        await rogue.client.jetstream().publish(subject, b"last")
        held = await office.account_info()
        left = await office.find_stream_name_by_subject(theirs)
        kept = await office.get_msg(left, seq=1)

    assert held.memory + held.storage < HELD_BYTES
    assert kept.subject == theirs


async def test_what_a_site_may_take_is_bounded_and_ends_its_own_connection_alone(
    tmp_path: Path,
) -> None:
    hub = one_hub(tmp_path / "hub", dison=(), rogue=("dison",))
    async with serving(hub), AsyncExitStack() as opened:
        dison, long, many = [
            await opened.enter_async_context(visiting(hub, name))
            for name in ("dison", "rogue", "rogue")
        ]
        transport = long.client._transport
        assert transport
        transport.write(next(with_ids(EVENT, LARGEST_BYTES + HEADERS_BYTES)))
        await asyncio.wait_for(long.closed.wait(), ACKNOWLEDGED_S)
        for number in range(SUBSCRIPTIONS + 8 + 1):
            await many.client.subscribe(f"_INBOX.rogue.{number}")
        await asyncio.wait_for(many.closed.wait(), ACKNOWLEDGED_S)
        await dison.client.flush()

    log = (hub.server(hub.roster().members[0]) / "nats.log").read_text()
    assert "maximum payload" in log
    assert "maximum subscriptions" in log


async def test_a_site_that_follows_all_has_no_more_subscriptions_than_it_needs(
    tmp_path: Path,
) -> None:
    hub = one_hub(tmp_path / "hub", dison=(), rogue=(ALL,))
    most = SUBSCRIPTIONS + 2 * FOR_EACH
    async with serving(hub), visiting(hub, "rogue") as rogue:
        await rogue.client.subscribe(f"_INBOX.rogue{'.y' * 14}")
        await rogue.client.subscribe(f"_INBOX.rogue{'.y' * 15}")
        assert ["too many tokens" in each for each in await rogue.said()] == [True]
        for number in range(most):
            await rogue.client.subscribe(f"_INBOX.rogue.{number}")
        await asyncio.wait_for(rogue.closed.wait(), ACKNOWLEDGED_S)
