"""The province's orders to a site: fetched one by one, and believed only when proved.

What proves an order is the province's signature; that it is to us, that it is newer
than the last one, and that its end has not come. How old it is, is what the province
says of when it was sent, and since then by the hub's clock: ours may be wrong by hours.

Source: NATS documentation, "JetStream / Consumers", "Pull Consumers".
"""

import asyncio
import logging
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import msgspec
from msgspec import Struct

from secours.model.sites.membership import ALL
from secours.model.sites.views import Order, OrderAnswer, OrderOutcome
from secours.sites import subjects
from secours.sites.link import HubConnection
from secours.sites.orders import signing
from secours.sites.orders.signing import Forged

if TYPE_CHECKING:
    from nats.aio.msg import Msg
    from nats.js import JetStreamContext

log = logging.getLogger(__name__)

FETCH_S = 10.0  # a request that nothing answers ends then
AGAIN_S = 3.0  # after the hub had no consumer for us
INFO_WITHIN_S = 5.0
MOST_DELIVERIES = 6  # of one that a full disk does not take: others wait behind it


class Desk(Protocol):
    """Takes in what the province says."""

    def newest(self, province: str) -> int:
        """Return the number of the newest order that was taken in."""

    async def take(self, order: Order, age_s: float) -> OrderAnswer:
        """Take in an order that is the province's, and say what became of it."""

    async def keep(self, province: str, answer: OrderAnswer | None) -> bool:
        """Keep what became of it; tell whether all that was taken is on disk."""


class OrderInbox:
    """Fetches what the province says to this site, for as long as there is a hub."""

    def __init__(self, desk: Desk) -> None:
        """Give to the `desk` what is proved."""
        self._desk = desk

    async def talk(self, connection: HubConnection) -> None:
        """Go on until cancelled."""
        if not connection.credentials.province:
            await asyncio.Event().wait()  # nobody's word would count
        consumer = subjects.consumer(connection.sites.name)
        pull = await connection.stream.pull_subscribe_bind(
            consumer=consumer, stream=subjects.ORDERS
        )
        try:
            while True:
                if (message := await _next(pull)) is not None:
                    await self._take(message, connection)
        finally:
            if not connection.client.is_closed:
                await pull.unsubscribe()

    async def _take(self, message: "Msg", connection: HubConnection) -> None:
        """Answer for one; it is given out again where that was not kept."""
        province = connection.credentials.province
        answer = await self._answer(message, connection)
        if answer is not None:
            number, outcome = answer.number, answer.outcome.value
            log.info("order %d of the province: %s", number, outcome)
        kept = await self._desk.keep(province, answer)
        if kept or message.metadata.num_delivered >= MOST_DELIVERIES:
            await message.ack()

    async def _answer(
        self, message: "Msg", connection: HubConnection
    ) -> OrderAnswer | None:
        """Say what becomes of one, None where that was said before."""
        province = connection.credentials.province
        try:
            order = read(message.data, province)
        except Forged:
            return OrderAnswer(number=0, outcome=OrderOutcome.FORGED)
        except (msgspec.MsgspecError, RecursionError):
            return OrderAnswer(number=0, outcome=OrderOutcome.UNREADABLE)
        again = message.metadata.num_delivered > 1
        if again and order.number <= self._desk.newest(province):
            return None
        age_s = order.age_s + await _waited_s(message, connection)
        if refused := self._refused(order, age_s, connection):
            return refused
        return await self._desk.take(order, age_s)

    def _refused(
        self, order: Order, age_s: float, connection: HubConnection
    ) -> OrderAnswer | None:
        """Say why an order does not count, None where it does."""
        refused: OrderOutcome | None = None
        if order.to not in (connection.sites.name, ALL):
            refused = OrderOutcome.MISADDRESSED
        elif order.number <= self._desk.newest(connection.credentials.province):
            refused = OrderOutcome.REPLAYED
        elif age_s > order.life_s:
            refused = OrderOutcome.EXPIRED
        if refused is None:
            return None
        return OrderAnswer(number=order.number, outcome=refused)


def written(order: Order, seed: str) -> bytes:
    """Return an order as it travels, signed with the province's seed."""
    return signing.signed(msgspec.json.encode(order).decode(), seed)


def read(data: bytes, province: str) -> Order:
    """Return an order that came.

    Raises:
        Forged: it is not of this province.
        msgspec.MsgspecError: it is signed, and none that we understand.

    """
    return msgspec.json.decode(signing.opened(data, province), type=Order)


class _Stamped(Struct):
    """An answer of the hub, and when it was given by its clock."""

    ts: datetime


async def _next(pull: "JetStreamContext.PullSubscription") -> "Msg | None":
    """Return the next message, None where none came for a while."""
    from nats.js.errors import APIError

    try:
        [message] = await pull.fetch(1, timeout=FETCH_S)
    except TimeoutError:
        return None
    except APIError as refused:  # nobody has admitted us yet, or a member restarts
        log.debug("no orders: %s", refused)
        await asyncio.sleep(AGAIN_S)
        return None
    return message


async def _waited_s(message: "Msg", connection: HubConnection) -> float:
    """Return how long a message waited at the hub, by the hub's clock."""
    consumer = subjects.consumer(connection.sites.name)
    info = f"$JS.API.CONSUMER.INFO.{subjects.ORDERS}.{consumer}"
    answer = await connection.client.request(info, b"", timeout=INFO_WITHIN_S)
    now = msgspec.json.decode(answer.data, type=_Stamped).ts
    return max(0.0, (now - message.metadata.timestamp).total_seconds())
