"""Pull the messages of a consumer in requests bounded in bytes.

A hub lets go of a client that has more than 16 MB to read. The library bounds what it
asks for by number alone, and takes a header of a site for a word of the hub.

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
LATE_S = 5.0  # an answer that was due
NONE_CAME = "408"
GOES_ON = "maxbytes", "batch completed"  # in what a hub says of a portion


async def pull(
    client: "Client", stream: str, consumer: str, within_s: float
) -> AsyncGenerator["Msg | None", None]:
    """Yield each as it comes, and None each time that none came for a while.

    Raises:
        nats.errors.Error: the hub has no such consumer any more.

    """
    came = asyncio.Queue["Msg"]()
    inbox = await client.subscribe(client.new_inbox(), cb=came.put)
    ask = msgspec.json.encode(
        {
            "batch": PORTION,
            "max_bytes": PORTION_BYTES,
            "expires": int(within_s * 1e9),
        }
    )
    try:
        while True:
            call = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
            await client.publish(call, ask, reply=inbox.subject)
            for _ in range(PORTION):
                message = await _next(came, within_s + LATE_S)
                if message is None or message.subject == inbox.subject:
                    if message is None or _is_over(message):
                        yield None
                    break
                yield message
    finally:
        if not client.is_closed:
            await inbox.unsubscribe()


async def _next(came: "asyncio.Queue[Msg]", within_s: float) -> "Msg | None":
    if not came.empty():
        return came.get_nowait()
    try:
        async with asyncio.timeout(within_s):
            return await came.get()
    except TimeoutError:
        return None


def _is_over(word: "Msg") -> bool:
    """Tell whether a hub says that nothing came, rather than that a portion is whole.

    Raises:
        nats.errors.Error: it says something else.

    """
    from nats.errors import Error

    headers = word.headers or {}
    status, said = headers.get("Status", ""), headers.get("Description", "")
    if status != NONE_CAME and not any(each in said.lower() for each in GOES_ON):
        raise Error(f"{status} {said}")
    return status == NONE_CAME
