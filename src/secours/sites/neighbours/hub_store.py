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
from secours.sites.streams import (
    MOST_STATES,
    READY_WITHIN_S,
    HeldState,
    admitted,
    next_state,
)

if TYPE_CHECKING:
    from nats.aio.msg import Msg
    from nats.js.api import ConsumerConfig

EVERY_S = 15.0  # between two rounds, each up to the newest message at its start
AT_ONCE = 32  # sites of which a state is requested, of 64 kB at most
AGAIN_S = 2.0  # before an unanswered request is repeated
FORGOTTEN_S = 60.0  # after which the hub drops a consumer that asks no more


async def keep_reading(
    connection: HubConnection,
    once: Callable[[], Awaitable[None]],
    miss: Callable[[Exception], None],
) -> None:
    """Read, and read again after a fault, until cancelled; `miss` gets faults.

    At the start of a connection the stream may not exist yet: that is no fault.

    Raises:
        nats.errors.Error: the connection is over.
    """
    from nats.errors import Error

    loop = asyncio.get_running_loop()
    ready_s = loop.time() + READY_WITHIN_S
    while True:
        try:
            await once()
        except Error as error:
            if connection.client.is_closed:
                raise
            if loop.time() >= ready_s:
                miss(error)
        await asyncio.sleep(AGAIN_S)


async def read_states(
    connection: HubConnection,
    reads: Callable[[str], bool],
    read: dict[str, int],
    take: Callable[[HeldState], Awaitable[bool]],
) -> None:
    """Take new states of each site that `reads` accepts, in rounds, until cancelled.

    `take` returns whether to go on with that site. The next state of a site is
    requested once the last came, which bounds the bytes under way.

    Raises:
        nats.errors.Error: the hub does not answer.
    """
    at_once = asyncio.Semaphore(AT_ONCE)

    async def read_one(site: str) -> None:
        async with at_once:
            await _read_site(connection, site, read, take)

    while True:
        names = {*filter(reads, await admitted(connection.stream))}
        for gone in read.keys() - names:
            del read[gone]
        for end in await asyncio.gather(*map(read_one, names), return_exceptions=True):
            if isinstance(end, BaseException):
                raise end
        await asyncio.sleep(EVERY_S)


async def _read_site(
    connection: HubConnection,
    site: str,
    read: dict[str, int],
    take: Callable[[HeldState], Awaitable[bool]],
) -> None:
    for _ in range(MOST_STATES):
        state = await next_state(connection.client, site, read.get(site, 0))
        if state is None:
            return
        read[site] = state.seq
        if not await take(state):
            return


async def read_messages(
    connection: HubConnection,
    stream: str,
    config: "ConsumerConfig",
    take: Callable[["Msg"], Awaitable[None]],
) -> None:
    """Take messages of a stream until the hub has forgotten our consumer.

    Raises:
        nats.errors.Error: it has, or does not answer.
    """
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
