"""Pull the messages of a consumer in requests bounded in bytes.

A hub drops a client that has more than 16 MB to read. The library bounds its requests
by number alone, and takes a site's header for the hub's status.

Source: NATS documentation, "JetStream wire API Reference", "Fetching from a stream".
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg

PORTION, PORTION_BYTES = 200, 2 << 20
WITHIN_S = 5.0  # for the next message of those waiting at the hub
LATE_S = 5.0  # for an answer that is overdue
NONE_CAME = "408"
NONE_THERE = "404"
TOO_LARGE = "maxbytes"  # in the description where the hub ends a portion early
WHOLE = "batch completed"  # and after a complete one, perhaps the previous one


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
