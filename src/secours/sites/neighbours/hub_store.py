"""Read the hub's store, then new messages in rounds, while a connection lasts.

Not as they come: a server keeps messages read while new in memory for 10 s, with all
that come beside them. In a flood of 40 MB a second that is 400 MB.

A consumer that the hub lost, with its server of a cluster, is made again. Requests are
bounded in bytes: a hub drops a client that has more than 16 MB to read, and the library
bounds them by number alone. It takes a site's header for the hub's status, too.

Source: NATS documentation, "JetStream / Consumers", "JetStream wire API Reference" and
"Fetching from a stream"; server 2.10, filestore.go, "defaultCacheBufferExpiration".
"""

import asyncio
import math
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from secours.model.observed import Instant
from secours.sites import subjects
from secours.sites.link import HubConnection
from secours.sites.streams import (
    MOST_STATES,
    READY_WITHIN_S,
    HeldState,
    admitted,
    asked,
    next_state,
)

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg
    from nats.js.api import ConsumerConfig

EVERY_S = 15.0  # between two rounds, each up to the newest message at its start
AT_ONCE = 32  # sites of which a state is requested, of 64 kB at most
AGAIN_S = 2.0  # before an unanswered request is repeated
FORGOTTEN_S = 60.0  # after which the hub drops a consumer that asks no more
PORTION, PORTION_BYTES = 200, 2 << 20
WITHIN_S = 5.0  # for the next message of those waiting at the hub
LATE_S = 5.0  # for an answer that is overdue
NONE_CAME = "408"
NONE_THERE = "404"
TOO_LARGE = "maxbytes"  # in the description where the hub ends a portion early
WHOLE = "batch completed"  # and after a complete one, perhaps the previous one


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


class HubClock:
    """Lower bound of the offset between the hub's clock and our steady one."""

    def __init__(self, now: Callable[[], Instant]) -> None:
        self._now, self._ahead_s = now, -math.inf

    def begin_again(self) -> None:
        """Forget it: it may be another hub."""
        self._ahead_s = -math.inf

    async def ask(self, connection: HubConnection) -> datetime:
        """Return the hub's time; raise nats.errors.Error if it does not answer."""
        from nats.errors import Error

        answer = await asked(connection.client, f"STREAM.INFO.{subjects.EVENTS}", {})
        came = self._now()
        if answer.ts is None:
            raise Error(answer.error.description)
        self._ahead_s = answer.ts.timestamp() - came.steady_s
        return answer.ts

    def held_s(self, stored: datetime) -> float:
        """Return how long the hub held a message, by its own clock."""
        stored_s, ours_s = stored.timestamp(), self._now().steady_s
        self._ahead_s = max(self._ahead_s, stored_s - ours_s)
        return ours_s + self._ahead_s - stored_s


async def pull(
    client: "Client", stream: str, consumer: str, many: int
) -> AsyncGenerator["Msg", None]:
    """Yield so many messages, as they come, or fewer if the rest is gone.

    With `many` 0 the hub is asked too, and one may come: it drops a consumer that asks
    for nothing.

    Raises:
        nats.errors.Error: the hub lost the consumer, or does not answer.
    """
    from nats.errors import Error

    came = asyncio.Queue["Msg"]()
    inbox = await client.subscribe(client.new_inbox(), cb=came.put)
    call = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
    remaining = max(1, many)
    try:
        while remaining > 0:
            end = max(0, remaining - PORTION)
            ask = {
                "batch": remaining - end,
                "max_bytes": PORTION_BYTES,
                "no_wait": not many,
                "expires": int(WITHIN_S * 1e9) if many else 0,
            }
            await client.publish(call, msgspec.json.encode(ask), reply=inbox.subject)
            while remaining > end:
                message = await _next(came)
                if message is None:
                    raise Error("no answer")
                if message.subject != inbox.subject:
                    remaining -= 1
                    yield message
                elif (status := _status(message)) in (NONE_CAME, NONE_THERE):
                    return
                elif status == TOO_LARGE:
                    break
    finally:
        if not client.is_closed:
            await inbox.unsubscribe()


async def _next(came: "asyncio.Queue[Msg]") -> "Msg | None":
    if not came.empty():
        return came.get_nowait()
    try:
        async with asyncio.timeout(WITHIN_S + LATE_S):
            return await came.get()
    except TimeoutError:
        return None


def _status(message: "Msg") -> str:
    """Return the hub's status of a portion; raise nats.errors.Error for another."""
    from nats.errors import Error

    headers = message.headers or {}
    status, description = headers.get("Status", ""), headers.get("Description", "")
    if status in (NONE_CAME, NONE_THERE):
        return status
    for each in (TOO_LARGE, WHOLE):
        if each in description.lower():
            return each
    raise Error(f"{status} {description}")
