"""A site has the server itself answer by subjects of others, at a real hub: in vain."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from msgspec import Struct
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from servers.hub_server import OFFICE, Visitor, administered, one_hub, serving, visiting
from servers.nats_server import NEEDED

from secours.sites import subjects
from secours.sites.hub import permissions
from secours.sites.hub.configuration import MOST_CONNECTIONS

pytestmark = [pytest.mark.usefixtures("processes"), NEEDED]
API = "$JS.API"
NEXT = f"{API}.CONSUMER.MSG.NEXT.{subjects.ORDERS}.dison"
EVENT = subjects.event("dison")
ASKED = {  # what the server answers, and with what: a word of ours comes back by a read
    "an acknowledgement": EVENT,
    "its own event, read": f"{API}.DIRECT.GET.{subjects.EVENTS}.{EVENT}",
    "how its orders stand": f"{API}.CONSUMER.INFO.{subjects.ORDERS}.dison",
    "its next order": NEXT,
}
ANSWERED_BY = {
    "the life of another": subjects.alive("verviers"),
    "an event of another": subjects.event("verviers"),
    "a state of another": subjects.state("verviers", "channel", "sms"),
    "a line of another": subjects.recommend("verviers", "alert/staff"),
    "an order to another": subjects.order("verviers"),
    "the life of the province": subjects.alive(OFFICE),
    "deleting a stream": f"{API}.STREAM.DELETE.{subjects.states('verviers')}",
    "emptying a stream": f"{API}.STREAM.PURGE.{subjects.ORDERS}",
    "deleting a consumer": f"{API}.CONSUMER.DELETE.{subjects.ORDERS}.verviers",
    "another's next order": f"{API}.CONSUMER.MSG.NEXT.{subjects.ORDERS}.verviers",
}


class Hub(Struct):
    """Who is at it: one that attacks, one that follows all, and the province."""

    dison: Visitor
    liege: Visitor
    stream: JetStreamContext


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Hub]:
    made = one_hub(tmp_path / "hub", dison=(), verviers=(), liege=("all",))
    async with (
        serving(made),
        administered(made, "dison", "verviers") as stream,
        visiting(made, "dison") as dison,
        visiting(made, "liege") as liege,
    ):
        for name in ("dison", "verviers"):
            for text in (b"{}", b""):  # some calls take the one, some the other
                await stream.publish(subjects.order(name), text)
        yield Hub(dison, liege, stream)


@pytest.mark.parametrize("by", ANSWERED_BY)
async def test_no_answer_reaches_what_is_another_s(hub: Hub, by: str) -> None:
    heard = await hub.liege.client.subscribe("secours.>")
    await hub.liege.client.flush()
    before = await _held(hub.stream)

    for text in (b"{}", b""):
        for asked in ASKED.values():
            await _ask(hub.dison, asked, text, ANSWERED_BY[by])
    await _ask(hub.dison, subjects.alive("dison"), b"the last", "")

    subjects_heard = set()
    while (message := await heard.next_msg(timeout=60)).data != b"the last":
        subjects_heard.add(message.subject)
    assert subjects_heard <= {EVENT}
    assert await _held(hub.stream) == before
    assert hub.dison.denied == []


async def _ask(site: Visitor, asked: str, text: bytes, answer: str) -> None:
    """Ask the server for something, and wait until it must have answered."""
    sent = b"" if asked == NEXT else text
    await site.client.publish(asked, sent, reply=answer)
    await site.client.flush()
    await site.client.jetstream().publish(EVENT, text)


async def _held(stream: JetStreamContext) -> dict[str, int]:
    """Return what the hub holds of others than the site that attacks."""
    counts: dict[str, int] = {}
    for name in (subjects.states("verviers"), subjects.EVENTS, subjects.ORDERS):
        info = await stream.stream_info(name, subjects_filter=">")
        held = info.state.subjects or {}
        counts |= {s: n for s, n in held.items() if s != EVENT}
    waits = await stream.consumer_info(subjects.ORDERS, "verviers")
    assert waits.num_pending is not None
    assert waits.delivered is not None
    counts["waiting"] = waits.num_pending
    counts["given out"] = waits.delivered.consumer_seq
    return counts


async def test_no_site_takes_the_connections_of_all(tmp_path: Path) -> None:
    made = one_hub(tmp_path / "hub", dison=(), liege=())
    async with serving(made), AsyncExitStack() as many:
        for _ in range(MOST_CONNECTIONS):
            await many.enter_async_context(visiting(made, "dison"))
        with pytest.raises(NatsError, match="maximum account active connections"):
            await many.enter_async_context(visiting(made, "dison"))
        async with visiting(made, "liege") as other:
            await other.client.flush()


async def test_a_question_that_nobody_answers_is_forgotten(tmp_path: Path) -> None:
    """Each is a way back for the answer, in the memory of the server."""
    made = one_hub(tmp_path / "hub", dison=())
    async with serving(made), administered(made, "dison"):
        lines = made.server(made.roster().members[0]).joinpath("sites.conf").read_text()
        services = [line for line in lines.splitlines() if "response_type" in line]

    assert len(services) == len(permissions.SERVICES)
    assert all('response_threshold: "15s"' in line for line in services)
