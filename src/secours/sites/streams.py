"""The streams of a hub, and of each site the consumer that has the province's word.

The province makes them; a site may only read its own.

Source: NATS documentation, "JetStream / Streams" and "JetStream / Consumers".
"""

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from secours.sites import subjects
from secours.sites.envelope import LARGEST_BYTES

if TYPE_CHECKING:
    from nats.js import JetStreamContext
    from nats.js.api import ConsumerInfo

MONTH_S = 30 * 86400.0
DUPLICATES_S = 120.0  # within which the hub knows an event that it has already
MOST_EVENTS = 20_000  # of a site: as many as it lets wait itself
MOST_STATES = 1000  # of a site, and lines: more are no site's
LARGEST_MESSAGE = LARGEST_BYTES + 4096  # with its headers
ACK_WITHIN_S = 10.0  # else an order is given out again


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
            max_msg_size=LARGEST_MESSAGE,
            num_replicas=copies,
        ),
        api.StreamConfig(
            name=subjects.EVENTS,
            subjects=[f"{any_site}.{subjects.EVENT}"],
            max_age=MONTH_S,
            max_msgs_per_subject=MOST_EVENTS,  # or one site fills the disk of all
            max_msg_size=LARGEST_MESSAGE,
            duplicate_window=DUPLICATES_S,
            allow_direct=True,  # so a site may be let read its own last event
            num_replicas=copies,
        ),
        api.StreamConfig(
            name=subjects.ORDERS,
            subjects=[f"{subjects.ROOT}.{subjects.DOWN}.*.*"],
            max_age=MONTH_S,
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
            await stream.update_stream(config, num_replicas=kept)


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


async def drop_floods(stream: "JetStreamContext", known: int) -> tuple[int, set[str]]:
    """Drop what the hub holds of each site that says more states than any has.

    Return how many it holds, and of which sites all was dropped: who has them says them
    again. While there are not many more than were `known`, nobody is looked at.

    Raises:
        nats.errors.Error: the hub refuses, or does not answer.

    """
    held = (await stream.stream_info(subjects.STATES)).state.messages
    if held < known + MOST_STATES / 2:
        return min(known, held), set()
    info = await stream.stream_info(subjects.STATES, subjects_filter=">")
    found = map(subjects.read, info.state.subjects or ())
    counts = Counter(each.site for each in found if each)
    over = {site for site, count in counts.items() if count > MOST_STATES}
    for site in over:
        await stream.purge_stream(subjects.STATES, subject=subjects.all_of(site))
    return held - sum(counts[site] for site in over), over
