"""Orders of the province to a site: fetched one by one, and verified.

Verified are the province's signature, our address, a number newer than the last, and an
end still to come. The age is the one at sending, by the province, plus the time since
by the hub's clock: ours may be wrong by hours. The signature is over the exact bytes,
which travel as they were signed: no carrier can write or change a text.

Source: NATS documentation, "JetStream / Consumers", "Pull Consumers", and "NKeys"; RFC
8032 (Ed25519).
"""

import asyncio
import logging
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import msgspec
from msgspec import Struct

from secours.model.sites.membership import ALL
from secours.model.sites.views import Order, OrderAnswer, OrderOutcome
from secours.sites import nkeys, subjects
from secours.sites.link import HubConnection

if TYPE_CHECKING:
    from nats.aio.msg import Msg
    from nats.aio.subscription import Subscription

log = logging.getLogger(__name__)

FETCH_S, ANSWER_WITHIN_S = 9.5, 5.0  # a request ends then at the hub, which says so
THE_NEXT = msgspec.json.encode({"batch": 1, "expires": int(FETCH_S * 1e9)})
NONE_CAME = "408"  # the status by which it does
AGAIN_S = 3.0  # after the hub had no consumer for us
INFO_WITHIN_S = 5.0
FIRST_DELAY_S, LONGEST_DELAY_S = 2.0, 60.0  # before one that no disk took comes again


class OrderTaker(Protocol):
    """Recipient of verified orders."""

    def newest(self, province: str) -> int:
        """Return the number of the newest order that was taken in."""

    async def take(self, order: Order, age_s: float) -> OrderAnswer:
        """Take in an order of the province, and return the answer."""

    async def keep(self, province: str, answer: OrderAnswer | None) -> int:
        """Keep the answer; return up to which number all is on disk."""


class OrderDecision(Struct, frozen=True, kw_only=True):
    """Decision on an order."""

    answer: OrderAnswer | None = None  # None where that was said before
    number: int = 0  # comes again until it is on disk; 0 of what is never taken


class OrderInbox:
    """Inbox of this site's orders, for as long as there is a hub."""

    def __init__(self, taker: OrderTaker) -> None:
        """Pass verified orders to the `taker`."""
        self._taker = taker

    async def talk(self, connection: HubConnection) -> None:
        """Run until cancelled."""
        if not connection.credentials.province:
            await asyncio.Event().wait()  # nobody's word would count
        client, came = connection.client, asyncio.Queue["Msg"](maxsize=1)
        inbox = await client.subscribe(client.new_inbox(), cb=came.put)
        try:
            while True:
                await _ask(inbox, connection)
                if (message := await _next(came, connection)) is not None:
                    await self._take(message, connection)
        finally:
            if not client.is_closed:
                await inbox.unsubscribe()

    async def _take(self, message: "Msg", connection: HubConnection) -> None:
        """Answer an order; it is redelivered until it is on disk.

        One that can never be taken is over at once: others wait behind it.
        """
        judged = await self._judge(message, connection)
        if judged.answer is not None:
            number, outcome = judged.answer.number, judged.answer.outcome.value
            log.info("order %d of the province: %s", number, outcome)
        province = connection.credentials.province
        if judged.number <= await self._taker.keep(province, judged.answer):
            await message.ack()
        else:
            log.warning("order %d is not on disk: it is to come again", judged.number)
            await message.nak(again_after_s(message.metadata.num_delivered))

    async def _judge(self, message: "Msg", connection: HubConnection) -> OrderDecision:
        """Return the decision on an order, and take it in if valid."""
        province = connection.credentials.province
        try:
            order = read(message.data, province)
        except Forged:
            return _refused(0, OrderOutcome.FORGED)
        except (msgspec.MsgspecError, RecursionError):
            return _refused(0, OrderOutcome.UNREADABLE)
        again = message.metadata.num_delivered > 1
        age_s = order.age_s + await _waited_s(message, connection)
        has_ended = age_s > order.life_s
        if order.to not in (connection.sites.name, ALL):
            return _refused(order.number, OrderOutcome.MISADDRESSED)
        if order.number <= self._taker.newest(province):
            replayed = _refused(order.number, OrderOutcome.REPLAYED).answer
            number = 0 if has_ended else order.number
            return OrderDecision(answer=None if again else replayed, number=number)
        if has_ended:
            return _refused(order.number, OrderOutcome.EXPIRED)
        answer = await self._taken(order, age_s)
        is_taken = answer.outcome is OrderOutcome.TAKEN
        return OrderDecision(answer=answer, number=order.number if is_taken else 0)

    async def _taken(self, order: Order, age_s: float) -> OrderAnswer:
        """Return the taker's answer; whatever the order holds, the next one comes."""
        try:
            return await self._taker.take(order, age_s)
        except Exception:
            log.exception("order %d of the province", order.number)
            return OrderAnswer(number=order.number, outcome=OrderOutcome.UNREADABLE)


def _refused(number: int, outcome: OrderOutcome) -> OrderDecision:
    return OrderDecision(answer=OrderAnswer(number=number, outcome=outcome))


def again_after_s(deliveries: int) -> float:
    """Return the delay of a redelivery, growing each time."""
    doublings = min(deliveries - 1, 10)
    return min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0**doublings)


def written(order: Order, seed: str) -> bytes:
    """Return an order in its wire format, signed with the province's seed."""
    return signed(msgspec.json.encode(order).decode(), seed)


def read(data: bytes, province: str) -> Order:
    """Return a received order; raise Forged, or MsgspecError for its format."""
    return msgspec.json.decode(opened(data, province), type=Order)


class _HubAnswer(Struct):
    """An answer of the hub, with its time."""

    ts: datetime


async def _ask(inbox: "Subscription", connection: HubConnection) -> None:
    """Request the next message."""
    consumer = subjects.consumer(connection.sites.name)
    ask = f"$JS.API.CONSUMER.MSG.NEXT.{subjects.ORDERS}.{consumer}"
    await connection.client.publish(ask, THE_NEXT, reply=inbox.subject)


async def _next(came: "asyncio.Queue[Msg]", connection: HubConnection) -> "Msg | None":
    """Wait for the next message; return None where none came for a while."""
    try:
        async with asyncio.timeout(FETCH_S + ANSWER_WITHIN_S):
            message = await came.get()
    except TimeoutError:
        return None
    status = (message.headers or {}).get("Status")
    if status is None:
        return message
    if status == NONE_CAME:
        connection.wakeup.wake()
    else:  # nobody has admitted us yet, or a member restarts
        log.debug("no orders: %s", message.headers)
        await asyncio.sleep(AGAIN_S)
    return None


async def _waited_s(message: "Msg", connection: HubConnection) -> float:
    """Return how long a message waited at the hub, by the hub's clock."""
    consumer = subjects.consumer(connection.sites.name)
    info = f"$JS.API.CONSUMER.INFO.{subjects.ORDERS}.{consumer}"
    answer = await connection.client.request(info, b"", timeout=INFO_WITHIN_S)
    now = msgspec.json.decode(answer.data, type=_HubAnswer).ts
    return max(0.0, (now - message.metadata.timestamp).total_seconds())


class Forged(Exception):
    """The signature is missing or wrong."""


class SignedText(Struct, frozen=True, kw_only=True):
    """A text and its signature."""

    text: str
    signature: bytes


def signed(text: str, seed: str) -> bytes:
    """Return a text in its wire format, signed with a seed, or raise ValueError."""
    signature = nkeys.signature(text.encode(), seed)
    return msgspec.json.encode(SignedText(text=text, signature=signature))


def opened(data: bytes, public: str) -> str:
    """Return a text signed with the seed of this public nkey, or raise Forged."""
    from nacl.exceptions import CryptoError
    from nacl.signing import VerifyKey

    with suppress(msgspec.MsgspecError, CryptoError, ValueError, RecursionError):
        found = msgspec.json.decode(data, type=SignedText)
        VerifyKey(nkeys.key_of(public)).verify(found.text.encode(), found.signature)
        return found.text
    raise Forged
