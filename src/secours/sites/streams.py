"""Streams of a hub, and the consumer of each site for the province's words.

The province makes them; a site may only read its own.

Source: NATS documentation, "JetStream / Streams" and "JetStream / Consumers".
"""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from secours.model.sites.events import MOST_BODY_BYTES
from secours.outside_text import plain
from secours.sites import subjects
from secours.sites.envelope import LARGEST_BYTES

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.js import JetStreamContext
    from nats.js.api import ConsumerInfo

MONTH_S = 30 * 86400.0
DUPLICATES_S = 0.1  # for which the hub keeps the id of a message, of any length: the
# shortest; what we say has none
MOST_HELD = 100_000  # states of all sites: each costs the server memory, by the length
# of its subject
MOST_EVENTS = 4_000  # messages of a site, a fortnight of five-minute sums: the hub
# refuses more, and drops none itself, as it would read and keep in memory all that lies
# between them
ENOUGH_EVENTS, KEPT_EVENTS = 2_500, 1_500  # of more than the first we drop all but the
# second; all that a site has after a long cut are 1,250 messages
MOST_STATES = 1000  # of a site, and lines: more are no site's
LARGEST_STATE = LARGEST_BYTES
LARGEST_EVENT = MOST_BODY_BYTES + 2048  # with its envelope and headers: 4,000 of a site
# are 36 MB, whatever it says; a server has in memory what is read of them while new
GIB = 1 << 30
ROOM_FOR_EVENTS, ROOM_FOR_STATES, ROOM_FOR_ORDERS = 7 * GIB, GIB, GIB  # on the disk;
# a stream that is full loses its own oldest, and takes the room of no other
FULL = 0.9  # of the room for events: then we drop the oldest tenth, of all sites
ACK_WITHIN_S = 10.0  # else an order is given out again
READY_WITHIN_S = 30.0  # of a connection, until the streams are made: they need not be
# missed before
COUNTED_WITHIN_S = 5.0  # what the hub holds of a site


async def ensure(stream: "JetStreamContext", *, copies: int = 1) -> None:
    """Make or update the streams.

    Raises:
        nats.errors.Error: the hub refuses, or does not answer.

    """
    from nats.js import api
    from nats.js.errors import NotFoundError

    any_site = f"{subjects.ROOT}.*"
    wanted = (
        api.StreamConfig(
            name=subjects.STATES,
            subjects=[
                f"{any_site}.{subjects.STATE}.*.*",
                f"{any_site}.{subjects.RECOMMEND}.*.*",
            ],
            max_msgs_per_subject=1,
            max_msgs=MOST_HELD,
            max_bytes=ROOM_FOR_STATES,
            max_msg_size=LARGEST_STATE,
            duplicate_window=DUPLICATES_S,
            num_replicas=copies,
        ),
        api.StreamConfig(
            name=subjects.EVENTS,
            subjects=[f"{any_site}.{subjects.EVENT}"],
            max_age=MONTH_S,
            max_msgs_per_subject=MOST_EVENTS,  # or one site fills the disk of all
            discard=api.DiscardPolicy.NEW,
            discard_new_per_subject=True,
            max_bytes=ROOM_FOR_EVENTS,
            max_msg_size=LARGEST_EVENT,
            duplicate_window=DUPLICATES_S,
            allow_direct=True,  # so a site may be let read its own last event
            num_replicas=copies,
        ),
        api.StreamConfig(
            name=subjects.ORDERS,
            subjects=[f"{subjects.ROOT}.{subjects.DOWN}.*.*"],
            max_age=MONTH_S,
            max_bytes=ROOM_FOR_ORDERS,
            num_replicas=copies,
        ),
    )
    for config in wanted:
        try:
            present = await stream.stream_info(str(config.name))
        except NotFoundError:
            await stream.add_stream(config)
        else:
            kept = max(copies, present.config.num_replicas or 1)  # never fewer
            room = max(config.max_bytes or 0, present.config.max_bytes or 0)  # nor less
            await stream.update_stream(config, num_replicas=kept, max_bytes=room)


async def admit(stream: "JetStreamContext", site: str) -> None:
    """Make the durable consumer of a site for the province's words.

    Raises:
        nats.errors.Error: the hub refuses, or does not answer.

    """
    from nats.js import api

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
    """Return each site that has a consumer, with the state of that.

    Raises:
        nats.errors.Error: the hub refuses, or does not answer.

    """
    found: list[ConsumerInfo] = []  # one comes twice where another was made meanwhile
    while page := await stream.consumers_info(subjects.ORDERS, offset=len(found)):
        found += page
    return {subjects.site_of(each.name): each for each in found}


async def shut_out(stream: "JetStreamContext", site: str) -> None:
    """Drop what the hub holds of a site and for it, but for its events.

    Its consumer goes last: while it exists, all of this is to be done again.

    Raises:
        nats.errors.Error: the hub refuses, or does not answer.

    """
    from nats.js.errors import NotFoundError

    await stream.purge_stream(subjects.STATES, subject=subjects.all_of(site))
    await stream.purge_stream(subjects.ORDERS, subject=subjects.orders(site))
    with suppress(NotFoundError):
        await stream.delete_consumer(subjects.ORDERS, subjects.consumer(site))


async def make_room(stream: "JetStreamContext") -> None:
    """Drop the oldest events of each site that has many, and of all where all are many.

    Raises:
        nats.errors.Error: the hub refuses, or does not answer.

    """
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


async def drop_floods(
    client: "Client", held_before: int, sites: Callable[[], Awaitable[Iterable[str]]]
) -> tuple[int, set[str]]:
    """Drop the states of each of these sites that has too many at the hub.

    Return how many the hub holds, and the sites of which all was dropped: these send
    them again. Unless there are many more than `held_before`, no site is checked. The
    hub counts them: what it reads while new it keeps in memory.

    Raises:
        nats.errors.Error: the hub refuses, or does not answer.

    """
    stream, over = client.jetstream(), set[str]()
    held = await _held(stream)
    if held < held_before + MOST_STATES / 2:
        return min(held_before, held), over
    for site in await sites():
        if await _has_too_many(client, site):
            over.add(site)
            await stream.purge_stream(subjects.STATES, subject=subjects.all_of(site))
    return await _held(stream), over


async def _held(stream: "JetStreamContext") -> int:
    return (await stream.stream_info(subjects.STATES)).state.messages


async def _has_too_many(client: "Client", site: str) -> bool:
    """Drop all but the newest allowed ones; return whether there were more.

    Raises:
        nats.errors.Error: the hub refuses, or does not answer.

    """
    from nats.errors import Error

    call = f"$JS.API.STREAM.PURGE.{subjects.STATES}"
    ask = {"filter": subjects.all_of(site), "keep": MOST_STATES}
    answer = await client.request(call, msgspec.json.encode(ask), COUNTED_WITHIN_S)
    try:
        purge = msgspec.json.decode(answer.data, type=_PurgeAnswer)
    except msgspec.MsgspecError as error:
        raise Error(f"no answer: {error}") from None
    if not purge.success:
        raise Error(plain(answer.data.decode("utf-8", "replace")))
    return purge.purged > 0


class _PurgeAnswer(Struct):
    """The answer of a hub to a purge."""

    success: bool = False
    purged: int = 0
