"""The streams of a hub, and of each site the consumer that has the province's word.

The province makes them; a site may only read its own.

Source: NATS documentation, "JetStream / Streams" and "JetStream / Consumers".
"""

from collections import Counter
from collections.abc import Mapping
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from msgspec import Struct

from secours.model.sites.events import MOST_BODY_BYTES
from secours.sites import subjects
from secours.sites.envelope import LARGEST_BYTES
from secours.sites.pulling import pull

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.js import JetStreamContext
    from nats.js.api import ConsumerInfo

MONTH_S = 30 * 86400.0
DUPLICATES_S = 0.1  # for which the hub keeps the id of a message, of any length: the
# shortest; what we say has none
MOST_HELD = 100_000  # states of all sites: each costs the server memory, by the length
# of its subject
MOST_EVENTS = 20_000  # of a site: as many as it lets wait itself
MOST_STATES = 1000  # of a site, and lines: more are no site's
MOST_STATES_BYTES = 16 << 20  # of all these
LARGEST_STATE = LARGEST_BYTES
LARGEST_EVENT = MOST_BODY_BYTES + 2048  # with its envelope and headers: 20,000 of a
# site are 180 MB, whatever it says
GIB = 1 << 30
ROOM_FOR_EVENTS, ROOM_FOR_STATES, ROOM_FOR_ORDERS = 7 * GIB, GIB, GIB  # on the disk;
# a stream that is full loses its own oldest, and takes the room of no other
ACK_WITHIN_S = 10.0  # else an order is given out again
READY_WITHIN_S = 30.0  # of a connection, until the streams are made: they need not be
# missed before
COUNTED_WITHIN_S = 5.0  # the next of what the hub says it holds


class HeldStates(Struct, frozen=True):
    """How much a hub holds of states."""

    messages: int = 0
    size: int = 0  # bytes


async def ensure(stream: "JetStreamContext", *, copies: int = 1) -> None:
    """Make the streams, or bring them to what they should be.

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
            found = await stream.stream_info(str(config.name))
        except NotFoundError:
            await stream.add_stream(config)
        else:
            kept = max(copies, found.config.num_replicas or 1)  # never fewer
            room = max(config.max_bytes or 0, found.config.max_bytes or 0)  # nor less
            await stream.update_stream(config, num_replicas=kept, max_bytes=room)


async def admit(stream: "JetStreamContext", site: str) -> None:
    """Make the durable consumer by which a site has what the province says to it.

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
    """Return each site that has a consumer, and how far that has come.

    Raises:
        nats.errors.Error: the hub refuses, or does not answer.

    """
    found: list[ConsumerInfo] = []  # one comes twice where another was made meanwhile
    while page := await stream.consumers_info(subjects.ORDERS, offset=len(found)):
        found += page
    return {subjects.site_of(each.name): each for each in found}


async def shut_out(stream: "JetStreamContext", site: str) -> None:
    """Drop what the hub holds of a site and for it, but for its events.

    Its consumer goes last: while there is one, all of this is to be done again.

    Raises:
        nats.errors.Error: the hub refuses, or does not answer.

    """
    from nats.js.errors import NotFoundError

    await stream.purge_stream(subjects.STATES, subject=subjects.all_of(site))
    await stream.purge_stream(subjects.ORDERS, subject=subjects.orders(site))
    with suppress(NotFoundError):
        await stream.delete_consumer(subjects.ORDERS, subjects.consumer(site))


async def drop_floods(
    client: "Client", known: HeldStates
) -> tuple[HeldStates, set[str]]:
    """Drop what the hub holds of each site that says more states than any has.

    Return how much it holds, and of which sites all was dropped: who has them says them
    again. While there is not much more than was `known`, nobody is looked at.

    Raises:
        nats.errors.Error: the hub refuses, or does not answer.

    """
    stream, over = client.jetstream(), set[str]()
    held = await _held(stream)
    if (
        held.messages < known.messages + MOST_STATES / 2
        and held.size < known.size + MOST_STATES_BYTES / 2
    ):
        return HeldStates(
            min(known.messages, held.messages), min(known.size, held.size)
        ), over
    while (site := await _flooding(client)) and site not in over:
        over.add(site)
        await stream.purge_stream(subjects.STATES, subject=subjects.all_of(site))
    return await _held(stream), over


async def _held(stream: "JetStreamContext") -> HeldStates:
    state = (await stream.stream_info(subjects.STATES)).state
    return HeldStates(state.messages, state.bytes)


def _size(headers: Mapping[str, str] | None) -> int:
    """Return how large a message is of which the hub gave out the headers alone."""
    if headers is None:  # the hub's own among them could not be read
        return LARGEST_STATE
    body = headers.get("Nats-Msg-Size", "")  # the hub's, or none: it comes last
    beside = sum(len(name) + len(text) for name, text in headers.items())
    return beside + (int(body) if body.isdecimal() else 0)


async def _flooding(client: "Client") -> str | None:
    """Return a site of which the hub holds more states than any has.

    No more is read than it takes to find one: there may be far too many.
    """
    from nats.js import api

    config = api.ConsumerConfig(
        ack_policy=api.AckPolicy.NONE,
        headers_only=True,
        inactive_threshold=COUNTED_WITHIN_S,
        num_replicas=1,
        mem_storage=True,
    )
    made = await client.jetstream().add_consumer(subjects.STATES, config)
    counts: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    left = made.num_pending or 0
    messages = pull(client, subjects.STATES, made.name, COUNTED_WITHIN_S)
    async with aclosing(messages) as coming:
        while left > 0 and (message := await anext(coming)) is not None:
            left -= 1
            if about := subjects.read(message.subject):
                counts[about.site] += 1
                sizes[about.site] += _size(message.headers)
                if (
                    counts[about.site] > MOST_STATES
                    or sizes[about.site] > MOST_STATES_BYTES
                ):
                    return about.site
    return None
