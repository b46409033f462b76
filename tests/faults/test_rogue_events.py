"""A rogue site with valid credentials tries to lose what others say."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from faults.table import Row
from nats.aio.msg import Msg
from nats.js.errors import APIError
from servers.hub_server import Visitor, administered, one_hub, serving, visiting
from servers.nats_server import NEEDED
from sites.sending_site import at_hub_of, doubles, sending, until

from secours.model.secret import Secret
from secours.model.sites.membership import Sites
from secours.sites import subjects
from secours.sites.hub.folder import HubFolder, file_of

pytestmark = [pytest.mark.usefixtures("processes"), NEEDED]
ROGUE, HONEST = "rogue", "dison"
EVENTS = 60


def plan_of(hub: HubFolder, site: str) -> Sites:
    """Return what the plan of a site says of the hub."""
    text = (hub.path / "sites" / file_of(site)).read_text("utf-8")
    return Sites(name=site, hub=hub.roster().urls, credentials=Secret(text))


async def plant(rogue: Visitor, identity: str) -> None:
    """Use up an id in the stream that all events are in."""
    await rogue.client.jetstream().publish(
        subjects.event(ROGUE), b"{}", headers={"Nats-Msg-Id": identity}
    )


@asynccontextmanager
async def echoing(rogue: Visitor) -> AsyncIterator[list[str]]:
    """Use up each id that is heard of the other while the block lasts."""
    heard: list[str] = []

    async def hear(message: Msg) -> None:
        if identity := (message.headers or {}).get("Nats-Msg-Id"):
            heard.append(identity)
            await plant(rogue, identity)

    await rogue.client.subscribe(subjects.all_of(HONEST), cb=hear)
    await rogue.client.flush()
    yield heard


async def test_no_event_of_another_vanishes_by_ids_that_a_rogue_site_used_up(
    tmp_path: Path, cost: Callable[[Row], None]
) -> None:
    hub = one_hub(tmp_path / "hub", **{ROGUE: (HONEST,), HONEST: ()})
    async with (
        serving(hub),
        administered(hub) as stream,
        visiting(hub, ROGUE) as rogue,
        echoing(rogue),
    ):
        sites = plan_of(hub, HONEST)
        async with sending(tmp_path / "site", 0, sites=sites) as site:
            await until(lambda: site.events.numbers)
            for number in range(1, EVENTS + 1):
                await plant(rogue, f"{HONEST}/{site.numbers.epoch}/{number}")
            began_s = time.monotonic()
            site.add(EVENTS)
            await site.acknowledged(EVENTS)
            took_s = time.monotonic() - began_s
            waiting = site.sender.waiting
        found = await at_hub_of(stream, HONEST)

    assert [each.number for each in found] == [*range(1, EVENTS + 1)]
    assert doubles(found) == []
    assert waiting == 0
    lost = f"0 of {EVENTS} events"
    done = "ids of another site's events used up beforehand, and as they are heard"
    row = Row(fault="rogue site: ids", done=done, lost=lost, recovered_s=[took_s])
    cost(row)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Nats-Rollup": "all"}, id="rolled-up"),
        pytest.param({"Nats-Rollup": "sub"}, id="rolled-up-by-subject"),
        pytest.param({"Nats-Expected-Stream": subjects.ORDERS}, id="another-stream"),
        pytest.param({"Nats-Expected-Last-Sequence": "0"}, id="before-all"),
    ],
)
@pytest.mark.parametrize("what", ["event", "state.channel.sms"])
async def test_headers_of_a_rogue_site_take_nothing_of_others_away(
    tmp_path: Path, headers: dict[str, str], what: str
) -> None:
    hub = one_hub(tmp_path / "hub", **{ROGUE: (), HONEST: ()})
    async with (
        serving(hub),
        administered(hub, ROGUE, HONEST) as stream,
        visiting(hub, ROGUE) as rogue,
        visiting(hub, HONEST) as honest,
    ):
        theirs, ours = (f"{subjects.ROOT}.{x}.{what}" for x in (HONEST, ROGUE))
        await honest.client.jetstream().publish(theirs, b"{}")
        await rogue.client.jetstream().publish(ours, b"{}")
        with pytest.raises(APIError):
            await rogue.client.jetstream().publish(ours, b"{}", headers=headers)
        held: dict[str, int] = {}
        for name in (*map(subjects.states, (ROGUE, HONEST)), subjects.EVENTS):
            info = await stream.stream_info(name, subjects_filter=">")
            held |= info.state.subjects or {}

    assert held == {theirs: 1, ours: 1}


async def test_a_rogue_site_has_neither_advisories_nor_acknowledgements_of_others(
    tmp_path: Path,
) -> None:
    """They would tell it which ids there are, and let it speak for the hub."""
    hub = one_hub(tmp_path / "hub", **{ROGUE: ("all",), HONEST: ()})
    heard = [
        "$JS.EVENT.>",
        "$JS.ACK.>",
        "$JS.API.>",
        "$SYS.>",
        f"_INBOX.{HONEST}.>",
        f"{subjects.ROOT}.{subjects.DOWN}.>",
    ]
    said = [
        "$JS.EVENT.ADVISORY.STREAM.DELETED.x",
        f"$JS.ACK.{subjects.ORDERS}.{HONEST}.1.1.1.1.0",
        f"$JS.API.CONSUMER.MSG.NEXT.{subjects.ORDERS}.{HONEST}",
        f"$JS.API.DIRECT.GET.{subjects.EVENTS}.{subjects.event(HONEST)}",
        f"_INBOX.{HONEST}.x.y",
    ]
    async with serving(hub), administered(hub, HONEST), visiting(hub, ROGUE) as rogue:
        for subject in heard:
            await rogue.client.subscribe(subject)
        for subject in said:
            await rogue.client.publish(subject, b'{"stream":"x","seq":1}')
        denied = await rogue.said()
        await asyncio.sleep(0)

    assert len(denied) == len(heard) + len(said)
