"""Streams of a hub, and the consumer of each site for the province's words.

The province makes them; a site may only read its own. All that is asked of a hub raises
nats.errors.Error where it refuses, or does not answer.

Source: NATS documentation, "JetStream / Streams" and "JetStream / Consumers".
"""

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct, field

from secours.model.sites.events import MOST_BODY_BYTES
from secours.outside_text import plain
from secours.sites import subjects
from secours.sites.envelope import LARGEST_BYTES

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.js import JetStreamContext
    from nats.js.api import ConsumerInfo, StreamConfig

MONTH_S = 30 * 86400.0
DUPLICATES_S = 0.1  # for which the hub keeps the id of a message, of any length: the
# shortest; what we say has none
MOST_EVENTS = 4_000  # messages of a site, a fortnight of five-minute sums: the hub
# refuses more, and drops none itself, as it would read and keep in memory all that lies
# between them
ENOUGH_EVENTS, KEPT_EVENTS = 2_500, 1_500  # of more than the first we drop all but the
# second; all that a site has after a long cut are 1,250 messages
MOST_STATES = 1000  # of a site, and lines: more are no site's
ROOM_FOR_STATES = 2 << 20  # of a site: a thousand, and its own of 64 kB; a full stream
# loses its own oldest
LARGEST_STATE = LARGEST_BYTES
LARGEST_EVENT = MOST_BODY_BYTES + 2048  # with its envelope and headers: 4,000 of a site
# are 36 MB, whatever it says; a server has in memory what is read of them while new
GIB = 1 << 30
ROOM_FOR_EVENTS, ROOM_FOR_ORDERS = 7 * GIB, GIB  # on the disk; a stream that is full
# takes the room of no other
FULL = 0.9  # of the room for events: then we drop the oldest tenth, of all sites
ACK_WITHIN_S = 10.0  # else an order is given out again
READY_WITHIN_S = 30.0  # of a connection, until the streams are made: they need not be
# missed before
SAID_WITHIN_S = 5.0  # what the hub holds of a site
NOT_FOUND = 404


async def ensure(stream: "JetStreamContext", *, copies: int = 1) -> None:
    """Make or update the streams of all sites; drop what kept the states of all."""
    from nats.js import api
    from nats.js.errors import NotFoundError

    with suppress(NotFoundError):
        await stream.delete_stream(subjects.STATES)
    events = api.StreamConfig(
        name=subjects.EVENTS,
        subjects=[f"{subjects.ROOT}.*.{subjects.EVENT}"],
        max_age=MONTH_S,
        max_msgs_per_subject=MOST_EVENTS,  # or one site fills the disk of all
        discard=api.DiscardPolicy.NEW,
        discard_new_per_subject=True,
        max_bytes=ROOM_FOR_EVENTS,
        max_msg_size=LARGEST_EVENT,
        duplicate_window=DUPLICATES_S,
        allow_direct=True,  # so a site may be let read its own last event
    )
    orders = api.StreamConfig(
        name=subjects.ORDERS,
        subjects=[f"{subjects.ROOT}.{subjects.DOWN}.*.*"],
        max_age=MONTH_S,
        max_bytes=ROOM_FOR_ORDERS,
    )
    for config in (events, orders):
        await _make(stream, config, copies)


async def hold_states(
    stream: "JetStreamContext", site: str, *, copies: int = 1
) -> None:
    """Make or update the stream of a site's states, in the server's memory.

    In a file each message that replaces another has the server keep the block of both
    in memory for 10 s, of up to 8 MB. A server that restarts is told them again.
    """
    from nats.js import api
    from nats.js.errors import APIError

    config = api.StreamConfig(
        name=subjects.states(site),
        subjects=[
            f"{subjects.ROOT}.{subjects.token(site)}.{topic}.*.*"
            for topic in (subjects.STATE, subjects.RECOMMEND)
        ],
        max_msgs_per_subject=1,
        max_msgs=MOST_STATES,
        max_bytes=ROOM_FOR_STATES,
        max_msg_size=LARGEST_STATE,
        duplicate_window=DUPLICATES_S,
        storage=api.StorageType.MEMORY,
    )
    for room in (config.max_bytes, -1):  # a hub of before promises to 31 sites at most
        with suppress(APIError):
            return await _make(stream, config.evolve(max_bytes=room), copies)
    return await _make(stream, config, 1)  # no place for all while a member is away


async def _make(
    stream: "JetStreamContext", config: "StreamConfig", copies: int
) -> None:
    from nats.js.errors import NotFoundError

    try:
        present = (await stream.stream_info(str(config.name))).config
    except NotFoundError:
        await stream.add_stream(config, num_replicas=copies)
    else:
        kept = max(copies, present.num_replicas or 1)  # never fewer
        room = max(config.max_bytes or 0, present.max_bytes or 0)  # nor less
        await stream.update_stream(config, num_replicas=kept, max_bytes=room)


async def admit(stream: "JetStreamContext", site: str, *, copies: int = 1) -> None:
    """Make the stream of a site's states, and its consumer of the province's words."""
    from nats.js import api

    await hold_states(stream, site, copies=copies)
    await stream.add_consumer(
        subjects.ORDERS,
        api.ConsumerConfig(
            durable_name=subjects.consumer(site),
            filter_subject=subjects.orders(site),
            ack_policy=api.AckPolicy.EXPLICIT,
            ack_wait=ACK_WITHIN_S,
            max_ack_pending=1,  # so that none comes before an older one
        ),
    )


async def admitted(stream: "JetStreamContext") -> dict[str, "ConsumerInfo"]:
    """Return the state of the consumer of each site that has one."""
    found: list[ConsumerInfo] = []  # one comes twice where another was made meanwhile
    while page := await stream.consumers_info(subjects.ORDERS, offset=len(found)):
        found += page
    return {subjects.site_of(each.name): each for each in found}


async def shut_out(stream: "JetStreamContext", site: str) -> None:
    """Drop what the hub holds of a site and for it, but for its events.

    Its consumer goes last: while it exists, all of this is to be done again.
    """
    from nats.js.errors import NotFoundError

    with suppress(NotFoundError):
        await stream.delete_stream(subjects.states(site))
    await stream.purge_stream(subjects.ORDERS, subject=subjects.orders(site))
    with suppress(NotFoundError):
        await stream.delete_consumer(subjects.ORDERS, subjects.consumer(site))


async def make_room(stream: "JetStreamContext") -> None:
    """Drop the oldest events of each site with many, and of all where all are many."""
    info = await stream.stream_info(subjects.EVENTS, subjects_filter=">")
    for subject, count in (info.state.subjects or {}).items():
        if count > ENOUGH_EVENTS:
            await stream.purge_stream(
                subjects.EVENTS, subject=subject, keep=KEPT_EVENTS
            )
    state, room = info.state, info.config.max_bytes or ROOM_FOR_EVENTS
    if state.bytes > FULL * room:
        tenth = (state.last_seq - state.first_seq) // 10 + 1  # of 1 it would drop all
        await stream.purge_stream(subjects.EVENTS, seq=state.first_seq + tenth)


class HeldState(Struct):
    """A state as the hub holds it."""

    subject: str
    seq: int
    time: datetime
    data: bytes = b""


class HubError(Struct):
    """The code and the words with which a hub refuses."""

    code: int = 0
    description: str = "no answer"


class StreamAnswer(Struct):
    """An answer of the hub, as far as we read it."""

    ts: datetime | None = None
    message: HeldState | None = None
    error: HubError = field(default_factory=HubError)


async def next_state(client: "Client", site: str, after: int) -> HeldState | None:
    """Return the first state the hub holds of a site after a place, None for none."""
    from nats.errors import Error

    call = f"STREAM.MSG.GET.{subjects.states(site)}"
    answer = await asked(client, call, {"seq": after + 1, "next_by_subj": ">"})
    if answer.message is None and answer.error.code != NOT_FOUND:
        raise Error(plain(answer.error.description))
    return answer.message


async def asked(client: "Client", call: str, ask: dict[str, object]) -> StreamAnswer:
    """Return the hub's answer to a call of JetStream, or raise nats.errors.Error."""
    from nats.errors import Error

    question = msgspec.json.encode(ask)
    answer = await client.request(f"$JS.API.{call}", question, SAID_WITHIN_S)
    try:
        return msgspec.json.decode(answer.data, type=StreamAnswer)
    except msgspec.MsgspecError as error:
        raise Error(f"no answer: {error}") from None
