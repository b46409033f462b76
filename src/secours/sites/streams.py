"""The streams of a hub, and of each site the consumer that has the province's word.

The province makes them; a site may only read its own.

Source: NATS documentation, "JetStream / Streams" and "JetStream / Consumers".
"""

from typing import TYPE_CHECKING

from secours.sites import subjects

if TYPE_CHECKING:
    from nats.js import JetStreamContext

MONTH_S = 30 * 86400.0
DUPLICATES_S = 120.0  # within which the hub knows an event that it has already
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
            num_replicas=copies,
        ),
        api.StreamConfig(
            name=subjects.EVENTS,
            subjects=[f"{any_site}.{subjects.EVENT}"],
            max_age=MONTH_S,
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
            filter_subject=f"{subjects.ROOT}.{subjects.DOWN}.{subjects.token(site)}.*",
            ack_policy=api.AckPolicy.EXPLICIT,
            ack_wait=ACK_WITHIN_S,
            max_ack_pending=1,  # so that none comes before an older one
        ),
    )
