"""Read what a hub holds, and then what comes to it, while a connection lasts.

A consumer that the hub lost, with the server of a cluster that had it, is made again.

Source: NATS documentation, "JetStream / Consumers".
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING

from secours.sites.link import HubConnection
from secours.sites.pulling import pull
from secours.sites.streams import READY_WITHIN_S

if TYPE_CHECKING:
    from nats.aio.msg import Msg
    from nats.js.api import ConsumerConfig

WAIT_S = 5.0  # for the next; then the hub is asked whether it still knows us
AGAIN_S = 2.0  # before it is asked again for what it did not say
FORGOTTEN_S = 60.0  # after which the hub forgets who asks no more


async def read(
    connection: HubConnection,
    stream: str,
    start: Callable[[], Awaitable["ConsumerConfig"]],
    take: Callable[["Msg"], Awaitable[None]],
    miss: Callable[[Exception], None],
) -> None:
    """Take all of a stream from its start, until cancelled; `miss` is told of faults.

    At the beginning of a connection the stream may not be made yet: that is none.

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
    """Take all until the hub knows nothing of us any more."""
    from nats.js import api

    config = config.evolve(
        ack_policy=api.AckPolicy.NONE,
        inactive_threshold=FORGOTTEN_S,
        num_replicas=1,
        mem_storage=True,
    )
    made = await connection.stream.add_consumer(stream, config)
    messages = pull(connection.client, stream, made.name, WAIT_S)
    async with aclosing(messages) as coming:
        async for message in coming:
            if message is None:
                await connection.stream.consumer_info(stream, made.name)
            else:
                await take(message)
