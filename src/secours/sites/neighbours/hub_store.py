"""Read the hub's store, then new messages in rounds, while a connection lasts.

Not as they come: a server keeps messages read while new in memory for 10 s, with all
that come beside them. In a flood of 40 MB a second that is 400 MB.

A consumer that the hub lost, with its server of a cluster, is made again.

Source: NATS documentation, "JetStream / Consumers"; NATS server 2.10, filestore.go,
"defaultCacheBufferExpiration".
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING

from secours.sites.bounded_pull import pull
from secours.sites.link import HubConnection
from secours.sites.streams import READY_WITHIN_S

if TYPE_CHECKING:
    from nats.aio.msg import Msg
    from nats.js.api import ConsumerConfig

EVERY_S = 15.0  # a round, up to what was there when it began
AGAIN_S = 2.0  # before it is asked again for what it did not say
FORGOTTEN_S = 60.0  # after which the hub forgets who asks no more


async def read(
    connection: HubConnection,
    stream: str,
    start: Callable[[], Awaitable["ConsumerConfig"]],
    take: Callable[["Msg"], Awaitable[None]],
    miss: Callable[[Exception], None],
) -> None:
    """Take all of a stream from its start, until cancelled; `miss` gets faults.

    At the start of a connection the stream may not exist yet: that is no fault.

    Raises:
        nats.errors.Error: the connection is over.

    """
    from nats.errors import Error

    loop = asyncio.get_running_loop()
    ready_s = loop.time() + READY_WITHIN_S
    while True:
        try:
            await _read_once(connection, stream, await start(), take)
        except Error as error:
            if connection.client.is_closed:
                raise
            if loop.time() >= ready_s:
                miss(error)
        await asyncio.sleep(AGAIN_S)


async def _read_once(
    connection: HubConnection,
    stream: str,
    config: "ConsumerConfig",
    take: Callable[["Msg"], Awaitable[None]],
) -> None:
    """Take messages until the hub has forgotten our consumer."""
    from nats.js import api

    config = config.evolve(
        ack_policy=api.AckPolicy.NONE,
        inactive_threshold=FORGOTTEN_S,
        num_replicas=1,
        mem_storage=True,
    )
    consumer = await connection.stream.add_consumer(stream, config)
    while True:
        info = await connection.stream.consumer_info(stream, consumer.name)
        many = info.num_pending or 0
        messages = pull(connection.client, stream, consumer.name, many)
        async with aclosing(messages) as coming:
            async for message in coming:
                await take(message)
        await asyncio.sleep(EVERY_S)
