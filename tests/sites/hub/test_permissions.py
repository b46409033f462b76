"""What each may at the hub, and what not: asked of a real server, one thing each."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest
from nats.js.errors import APIError
from servers.hub_server import OFFICE, Visitor, administered, one_hub, serving, visiting
from servers.nats_server import NEEDED

from secours.sites import subjects
from secours.sites.hub.folder import HubFolder

pytestmark = NEEDED
ODD = "hôpital *.> no 1"
ODD_TOKEN = "h%C3%B4pital%20%2A%2E%3E%20no%201"
API = "$JS.API"
DISON, ORDERS = "dison", subjects.ORDERS

PUBLISHED = {  # by dison, which follows verviers
    "its own life": "secours.dison.alive",
    "its own events": "secours.dison.event",
    "its own channel": "secours.dison.state.channel.sms",
    "its own line": "secours.dison.recommend.alert.staff",
    "asking for its next order": f"{API}.CONSUMER.MSG.NEXT.{ORDERS}.dison",
    "asking how its orders stand": f"{API}.CONSUMER.INFO.{ORDERS}.dison",
    "acknowledging its order": f"$JS.ACK.{ORDERS}.dison.1.1.1.1.0",
    "its own last event": f"{API}.DIRECT.GET.{subjects.EVENTS}.secours.dison.event",
}
NOT_PUBLISHED = {
    "as another": "secours.verviers.alive",
    "an event of another": "secours.liege.event",
    "a state of another": "secours.liege.state.channel.sms",
    "as a longer name": "secours.disonne.alive",
    "as the province": f"secours.{OFFICE}.alive",
    "an order to itself": "secours.down.dison.word",
    "an order to another": "secours.down.liege.word",
    "a plan": "secours.down.dison.plan",
    "above all": "secours",
    "without a site": "secours.alive",
    "anything else": "hello",
    "the next order of another": f"{API}.CONSUMER.MSG.NEXT.{ORDERS}.liege",
    "how another's orders stand": f"{API}.CONSUMER.INFO.{ORDERS}.liege",
    "acknowledging another's order": f"$JS.ACK.{ORDERS}.liege.1.1.1.1.0",
    "the next of another stream": f"{API}.CONSUMER.MSG.NEXT.{subjects.EVENTS}.dison",
    "a consumer": f"{API}.CONSUMER.CREATE.{ORDERS}",
    "a named consumer": f"{API}.CONSUMER.CREATE.{ORDERS}.dison",
    "a filtered consumer": f"{API}.CONSUMER.CREATE.{ORDERS}.x.secours.down.liege.word",
    "a durable consumer": f"{API}.CONSUMER.DURABLE.CREATE.{ORDERS}.dison",
    "deleting its consumer": f"{API}.CONSUMER.DELETE.{ORDERS}.dison",
    "pausing its consumer": f"{API}.CONSUMER.PAUSE.{ORDERS}.dison",
    "unpinning its consumer": f"{API}.CONSUMER.UNPIN.{ORDERS}.dison",
    "listing consumers": f"{API}.CONSUMER.LIST.{ORDERS}",
    "naming consumers": f"{API}.CONSUMER.NAMES.{ORDERS}",
    "the leader of a consumer": f"{API}.CONSUMER.LEADER.STEPDOWN.{ORDERS}.dison",
    "a stream": f"{API}.STREAM.CREATE.mine",
    "changing a stream": f"{API}.STREAM.UPDATE.{subjects.EVENTS}",
    "deleting a stream": f"{API}.STREAM.DELETE.{subjects.EVENTS}",
    "emptying a stream": f"{API}.STREAM.PURGE.{subjects.EVENTS}",
    "how a stream stands": f"{API}.STREAM.INFO.{subjects.states('liege')}",
    "listing streams": f"{API}.STREAM.LIST",
    "naming streams": f"{API}.STREAM.NAMES",
    "reading a stored message": f"{API}.STREAM.MSG.GET.{subjects.states('liege')}",
    "deleting a message": f"{API}.STREAM.MSG.DELETE.{subjects.EVENTS}",
    "saving a stream": f"{API}.STREAM.SNAPSHOT.{subjects.EVENTS}",
    "restoring a stream": f"{API}.STREAM.RESTORE.{subjects.EVENTS}",
    "removing a peer": f"{API}.STREAM.PEER.REMOVE.{subjects.EVENTS}",
    "the leader of a stream": f"{API}.STREAM.LEADER.STEPDOWN.{subjects.EVENTS}",
    "direct reading": f"{API}.DIRECT.GET.{subjects.states('liege')}",
    "direct reading of events": f"{API}.DIRECT.GET.{subjects.EVENTS}",
    "the last event of another": (
        f"{API}.DIRECT.GET.{subjects.EVENTS}.secours.liege.event"
    ),
    "the last event of all": f"{API}.DIRECT.GET.{subjects.EVENTS}.secours.*.event",
    "direct reading by subject": (
        f"{API}.DIRECT.GET.{subjects.states('liege')}.secours.liege.state.channel.sms"
    ),
    "the account": f"{API}.INFO",
    "the leader of all": f"{API}.META.LEADER.STEPDOWN",
    "purging the account": f"{API}.ACCOUNT.PURGE.$G",
    "moving the account": f"{API}.ACCOUNT.STREAM.MOVE.$G.{subjects.EVENTS}",
    "flow control": f"$JS.FC.{ORDERS}.dison.x",
    "an answer to another": "_INBOX.liege.x.y",
    "an answer to itself": "_INBOX.dison.x.y",
    "the system": "$SYS.REQ.SERVER.PING",
    "reloading the server": "$SYS.REQ.SERVER.x.RELOAD",
    "who it is, of the system": "$SYS.REQ.USER.INFO",
    "a key and value": "$KV.x.y",
    "an object": "$O.x.C.y",
}
SUBSCRIBED = {
    "its own life, to know that nobody else has it": "secours.dison.alive",
    "its own inbox": "_INBOX.dison.>",
    "an answer": "_INBOX.dison.x.y",
    "all of whom it follows": "secours.verviers.>",
    "the life of whom it follows": "secours.verviers.alive",
    "the channels of whom it follows": "secours.verviers.state.channel.*",
}
NOT_SUBSCRIBED = {
    "all": ">",
    "all of ours": "secours.>",
    "the life of all": "secours.*.alive",
    "events of all": "secours.*.event",
    "its own states": "secours.dison.state.>",
    "another that it does not follow": "secours.liege.>",
    "the life of that": "secours.liege.alive",
    "the province": f"secours.{OFFICE}.>",
    "orders to all": "secours.down.>",
    "orders to itself": "secours.down.dison.word",
    "orders to another": "secours.down.liege.>",
    "every inbox": "_INBOX.>",
    "another's inbox": "_INBOX.liege.>",
    "an inbox of anybody": "_INBOX.*",
    "the system": "$SYS.>",
    "advisories": "$JS.EVENT.ADVISORY.>",
    "what is asked of streams": f"{API}.>",
    "acknowledgements": f"$JS.ACK.{ORDERS}.dison.>",
}
OF_ODD = {  # which follows all
    "its own life": f"secours.{ODD_TOKEN}.alive",
    "asking for its next order": (
        f"{API}.CONSUMER.MSG.NEXT.{ORDERS}.{subjects.consumer(ODD)}"
    ),
}
HEARD_BY_ODD = {  # as one that follows all asks for it
    "the life of all": "secours.*.alive",
    "the states of all": "secours.*.state.>",
    "what all use": "secours.*.recommend.>",
    "one site": "secours.liege.>",
    "its own inbox": f"_INBOX.{ODD_TOKEN}.>",
}
NOT_HEARD_BY_ODD = {
    "an order to itself": f"secours.down.{ODD_TOKEN}.word",
    "an order to another": "secours.down.liege.>",
    "orders to all": "secours.down.>",
    "every inbox": "_INBOX.>",
    "all": ">",
}
NOT_OF_ODD = {
    "as another": "secours.dison.alive",
    "part of its name": "secours.h%C3%B4pital.alive",
    "an order": f"secours.down.{ODD_TOKEN}.word",
}
OF_OFFICE = {
    "a word": "secours.down.dison.word",
    "a plan": "secours.down.liege.plan",
    "as itself": f"secours.{OFFICE}.alive",
    "managing": f"{API}.STREAM.INFO.{subjects.EVENTS}",
    "who it is": "$SYS.REQ.USER.INFO",
}
NOT_OF_OFFICE = {
    "as a site": "secours.dison.alive",
    "an event of a site": "secours.dison.event",
    "the system": "$SYS.REQ.SERVER.PING",
}
Denials = Mapping[tuple[str, str], tuple[str, ...]]


@pytest.fixture(scope="module")
def denials(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Denials:
    """Try everything once, and return what the server denied of it."""
    return asyncio.run(_try_all(tmp_path_factory.mktemp("hub") / "hub"))


async def _try_all(folder: Path) -> Denials:
    sites = {DISON: ("verviers",), "verviers": (), "liege": (), ODD: ("all",)}
    hub = one_hub(folder, **sites)
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    async with serving(hub), administered(hub, DISON, "liege", ODD):
        for who in (DISON, ODD, OFFICE):
            for subject in _published(who):
                found[who, f"> {subject}"] = await _publish(hub, who, subject)
        for subject in (*SUBSCRIBED.values(), *NOT_SUBSCRIBED.values()):
            found[DISON, f"< {subject}"] = await _subscribe(hub, DISON, subject)
        for subject in (*HEARD_BY_ODD.values(), *NOT_HEARD_BY_ODD.values()):
            found[ODD, f"< {subject}"] = await _subscribe(hub, ODD, subject)
    return found


def _published(who: str) -> list[str]:
    tables = {
        DISON: (PUBLISHED, NOT_PUBLISHED),
        ODD: (OF_ODD, NOT_OF_ODD),
        OFFICE: (OF_OFFICE, NOT_OF_OFFICE),
    }
    return [subject for table in tables[who] for subject in table.values()]


async def _publish(hub: HubFolder, who: str, subject: str) -> tuple[str, ...]:
    async with visiting(hub, who) as visitor:
        await visitor.client.publish(subject, b"{}")
        return tuple(await visitor.said())


async def _subscribe(hub: HubFolder, who: str, subject: str) -> tuple[str, ...]:
    async with visiting(hub, who) as visitor:
        await visitor.client.subscribe(subject)
        return tuple(await visitor.said())


@pytest.mark.parametrize("what", PUBLISHED)
def test_a_site_may_publish(denials: Denials, what: str) -> None:
    assert denials[DISON, f"> {PUBLISHED[what]}"] == ()


@pytest.mark.parametrize("what", NOT_PUBLISHED)
def test_a_site_may_not_publish(denials: Denials, what: str) -> None:
    (said,) = denials[DISON, f"> {NOT_PUBLISHED[what]}"]

    assert "permissions violation for publish" in said.lower()
    assert f'"{NOT_PUBLISHED[what]}"'.lower() in said.lower()


@pytest.mark.parametrize("what", SUBSCRIBED)
def test_a_site_may_hear(denials: Denials, what: str) -> None:
    assert denials[DISON, f"< {SUBSCRIBED[what]}"] == ()


@pytest.mark.parametrize("what", NOT_SUBSCRIBED)
def test_a_site_may_not_hear(denials: Denials, what: str) -> None:
    (said,) = denials[DISON, f"< {NOT_SUBSCRIBED[what]}"]

    assert "permissions violation for subscription" in said.lower()


@pytest.mark.parametrize("what", OF_ODD)
def test_a_site_of_any_name_may_publish(denials: Denials, what: str) -> None:
    assert denials[ODD, f"> {OF_ODD[what]}"] == ()


@pytest.mark.parametrize("what", NOT_OF_ODD)
def test_a_site_of_any_name_may_not_publish(denials: Denials, what: str) -> None:
    assert len(denials[ODD, f"> {NOT_OF_ODD[what]}"]) == 1


@pytest.mark.parametrize("what", HEARD_BY_ODD)
def test_who_follows_all_may_hear(denials: Denials, what: str) -> None:
    assert denials[ODD, f"< {HEARD_BY_ODD[what]}"] == ()


@pytest.mark.parametrize("what", NOT_HEARD_BY_ODD)
def test_not_even_who_follows_all_may_hear(denials: Denials, what: str) -> None:
    assert len(denials[ODD, f"< {NOT_HEARD_BY_ODD[what]}"]) == 1


@pytest.mark.parametrize("what", OF_OFFICE)
def test_the_province_may_publish(denials: Denials, what: str) -> None:
    assert denials[OFFICE, f"> {OF_OFFICE[what]}"] == ()


@pytest.mark.parametrize("what", NOT_OF_OFFICE)
def test_not_even_the_province_may_publish(denials: Denials, what: str) -> None:
    assert len(denials[OFFICE, f"> {NOT_OF_OFFICE[what]}"]) == 1


# ------------------------------------------------------------------ what that is for


@pytest.mark.usefixtures("processes")
async def test_who_follows_all_hears_every_site_and_no_order(tmp_path: Path) -> None:
    hub = one_hub(tmp_path / "hub", dison=("all",), liege=())
    async with (
        serving(hub),
        visiting(hub, "dison") as dison,
        visiting(hub, "liege") as liege,
        visiting(hub, OFFICE) as province,
    ):
        heard = await dison.client.subscribe("secours.>")
        await dison.client.flush()
        await _say(province, "secours.down.liege.word")
        await _say(liege, "secours.liege.alive")

        first = await heard.next_msg(timeout=60)

    assert first.subject == "secours.liege.alive"


@pytest.mark.usefixtures("processes")
async def test_a_site_has_its_order_and_acknowledges_it(tmp_path: Path) -> None:
    hub = one_hub(tmp_path / "hub", **{ODD: ()})
    async with (
        serving(hub),
        administered(hub, ODD) as manager,
        visiting(hub, ODD) as site,
    ):
        await manager.publish(subjects.order(ODD), b"take heed")
        mine = await site.client.jetstream().pull_subscribe_bind(
            subjects.consumer(ODD), ORDERS
        )
        (order,) = await mine.fetch(1, timeout=60)
        await order.ack_sync()
        after = await manager.consumer_info(ORDERS, subjects.consumer(ODD))
        denied = await site.said()

    assert order.data == b"take heed"
    assert (after.num_ack_pending, after.num_pending) == (0, 0)
    assert denied == []


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("site", [DISON, ODD], ids=["plain", "odd"])
async def test_a_site_s_event_is_stored_and_one_out_of_order_refused(
    tmp_path: Path, site: str
) -> None:
    hub = one_hub(tmp_path / "hub", **{site: ()})
    async with serving(hub), administered(hub), visiting(hub, site) as visitor:
        stream = visitor.client.jetstream()
        stored = await stream.publish(subjects.event(site), b"1", headers=_after(0))
        with pytest.raises(APIError) as refused:
            await stream.publish(subjects.event(site), b"3", headers=_after(2))

    assert stored.seq == 1
    assert refused.value.err_code == 10071


def _after(number: int) -> dict[str, str]:
    return {"Nats-Expected-Last-Subject-Sequence": str(number)}


async def _say(visitor: Visitor, subject: str) -> None:
    await visitor.client.publish(subject, b"{}")
    await visitor.client.flush()
