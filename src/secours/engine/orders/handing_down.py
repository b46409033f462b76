"""The province hands its word and its plans down to sites, and follows how far each is.

What is said is kept on the disk until the hub has it, and is signed when it is sent.
The hub tells which sites have fetched it, the sites what they made of it.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from secours.engine.published.handed_down_file import HandedDownFile
from secours.engine.store.durable_files import Files
from secours.model.observed import Instant
from secours.model.sites.handed_down import (
    Addressee,
    HandedDown,
    HandedDownList,
    OrderProgress,
)
from secours.model.sites.membership import ALL
from secours.model.sites.views import Order, OrderAnswer, OrderKind
from secours.sites import subjects
from secours.sites.link import HubConnection
from secours.sites.orders import inbox

if TYPE_CHECKING:
    from nats.js import JetStreamContext
    from nats.js.api import ConsumerInfo

log = logging.getLogger(__name__)

NAME = "handed-down.json"
LISTED = 50  # that nobody is to have any more are forgotten beyond that
LOOK_EVERY_S = 3.0  # how far what is at the hub has come
AGAIN_S = 1.0  # after the hub refused
MESSAGE_ID = "Nats-Msg-Id"


class HandingDown:
    """Keeps, sends and follows what the province says to sites."""

    def __init__(
        self,
        files: Files,
        kept: HandedDownList,
        now: Callable[[], Instant],
        boot_id: str,
        published: HandedDownFile,
    ) -> None:
        """Go on with what was `kept`; screens read what is `published`."""
        self._files, self._now, self._boot_id = files, now, boot_id
        self._published, self._unpublished = published, False  # and the log knows
        self._list = self._written = kept
        self._answers: dict[str, tuple[OrderAnswer, ...]] = {}  # the latest, by site
        self._news = asyncio.Event()

    @property
    def orders(self) -> tuple[HandedDown, ...]:
        """Return what was handed down, the newest first."""
        return self._list.orders

    async def hand(
        self,
        kind: OrderKind,
        text: str,
        what: str,
        *,
        author: str,
        by: str,
        until: datetime,
        sites: Iterable[str],
        asked: Mapping[str, Any],
    ) -> tuple[HandedDown, bool]:
        """Take in what is to be handed down; tell also whether it is on disk."""
        now, names = self._now(), tuple(dict.fromkeys(sites))
        order = HandedDown(
            number=self._number(now),
            kind=kind,
            what=what,
            author=author,
            by=by,
            issued=now,
            boot_id=self._boot_id,
            until=until,
            to_all=ALL in names,
            to=() if ALL in names else tuple(Addressee(site=name) for name in names),
            asked=asked,
            text=text,
        )
        self._list = HandedDownList(orders=(order, *self.orders))
        self._news.set()
        return order, await self._keep()

    def answered(self, site: str, answers: Iterable[OrderAnswer]) -> None:
        """Take in what a site says became of orders."""
        said = tuple(answers)
        if self._answers.get(site) == said:
            return
        self._answers[site] = said
        known = {answer.number: answer for answer in said}
        for order in self.orders:
            if answer := known.get(order.number):
                self._put(_with(order, site, answer))
        self._keep_news()

    async def talk(self, connection: HubConnection) -> None:
        """Send what waits, and look how far all is, until cancelled."""
        from nats.errors import Error

        if not connection.credentials.seed:
            await asyncio.Event().wait()  # nobody could tell whose word it is
        looked = False
        while True:
            self._news.clear()
            try:
                if not looked:
                    await self._look_again(connection.stream)
                looked = True
                await self._go_on(connection)
            except Error as refused:  # its streams are not made, or a member restarts
                log.debug("nothing is handed down: %s", refused)
                await asyncio.sleep(AGAIN_S)
            else:
                await self._rest()
            finally:
                self._keep_news()

    async def _go_on(self, connection: HubConnection) -> None:
        """Send what waits, and look how far all is."""
        self._end()
        consumers = await _consumers(connection)
        self._address(consumers)
        await self._send_all(connection)
        self._follow(consumers)

    async def _send_all(self, connection: HubConnection) -> None:
        """Send what waits, the oldest first: a site takes none older than the last."""
        for order in reversed(self.orders):
            for to in order.to:
                if to.progress is OrderProgress.WAITING:
                    await self._send(order, to, connection)

    async def _rest(self) -> None:
        """Wait for news, or until it is time to look how far all is."""
        every_s = LOOK_EVERY_S if any(o.is_open for o in self.orders) else None
        try:
            async with asyncio.timeout(every_s):
                await self._news.wait()
        except TimeoutError:
            return

    def _number(self, now: Instant) -> int:
        """Return a number above all before, also after the disk with those was lost."""
        known = max((order.number for order in self.orders), default=0)
        return max(known + 1, int(now.utc.timestamp() * 1000))

    def _address(self, consumers: dict[str, "ConsumerInfo"]) -> None:
        """Let what goes to all go to each site that the hub knows."""
        for order in self.orders:
            if order.to_all and consumers:
                to = tuple(Addressee(site=name) for name in sorted(consumers))
                self._put(replace(order, to=to, to_all=False))

    async def _send(
        self, order: HandedDown, to: Addressee, connection: HubConnection
    ) -> None:
        plan = order.kind is OrderKind.PLAN
        subject = subjects.order(to.site, subjects.PLAN if plan else subjects.WORD)
        issued = order.issued.utc
        message = Order(
            number=order.number,
            to=to.site,
            author=order.author,
            by=order.by,
            kind=order.kind,
            issued=issued,
            until=order.until,
            age_s=self._age_s(order),
            text=order.text,
        )
        taken = await connection.stream.publish(
            subject,
            inbox.written(message, connection.credentials.seed),
            headers={MESSAGE_ID: _message_id(order, to)},
        )
        log.info("order %d for %s is at the hub", order.number, to.site)
        at_hub = replace(to, progress=OrderProgress.AT_HUB, sequence=taken.seq)
        self._put_addressee(order, at_hub)

    def _age_s(self, order: HandedDown) -> float:
        """Return how long ago it was issued: over a reboot only the wall clock says."""
        now = self._now()
        if order.boot_id == self._boot_id:
            return max(0.0, now.since(order.issued))
        return max(0.0, (now.utc - order.issued.utc).total_seconds())

    def _end(self) -> None:
        """Give up what reached its end before a site had it."""
        for order in self.orders:
            life_s = (order.until - order.issued.utc).total_seconds()
            if order.is_open and self._age_s(order) > life_s:
                to = tuple(
                    replace(each, progress=OrderProgress.OVER)
                    if each.progress is not OrderProgress.ANSWERED
                    else each
                    for each in order.to
                )
                self._put(replace(order, to=to, to_all=False))

    def _follow(self, consumers: dict[str, "ConsumerInfo"]) -> None:
        """Note which sites have fetched what is at the hub."""
        for order, to in self._at_hub():
            progress = OrderProgress.UNKNOWN_SITE
            if info := consumers.get(to.site):
                floor = info.ack_floor.stream_seq if info.ack_floor else 0
                done = floor >= to.sequence
                progress = OrderProgress.ANSWERED if done else OrderProgress.AT_HUB
            if progress is not to.progress:
                self._put_addressee(order, replace(to, progress=progress))

    async def _look_again(self, stream: "JetStreamContext") -> None:
        """Send again what a hub had and has no more, as one that lost its power."""
        from nats.js.errors import NotFoundError

        for order, to in self._at_hub():
            try:
                found = await stream.get_msg(subjects.ORDERS, to.sequence)
            except NotFoundError:
                there = False
            else:
                headers = found.headers or {}
                there = headers.get(MESSAGE_ID) == _message_id(order, to)
            if not there:
                again = replace(to, progress=OrderProgress.WAITING, sequence=0)
                self._put_addressee(order, again)

    def _at_hub(self) -> Iterator[tuple[HandedDown, Addressee]]:
        """Yield whom something at the hub is for that no site has fetched yet."""
        for order in self.orders:
            for to in order.to:
                if to.progress in (OrderProgress.AT_HUB, OrderProgress.UNKNOWN_SITE):
                    yield order, to

    def _put_addressee(self, order: HandedDown, to: Addressee) -> None:
        """Note how far an order is, unless the site has answered meanwhile."""
        known = next(each for each in self.orders if each.number == order.number)
        every = tuple(
            to if each.site == to.site and not each.outcome else each
            for each in known.to
        )
        self._put(replace(known, to=every))

    def _put(self, order: HandedDown) -> None:
        fresh = (order if o.number == order.number else o for o in self.orders)
        self._list = HandedDownList(orders=tuple(fresh))

    def _keep_news(self) -> None:
        """Put on the disk what is not there yet, without waiting for it."""
        if self._list is not self._written:
            self._keep()

    def publish(self) -> None:
        """Let screens and commands see how far all is."""
        try:
            self._published.put(self._list)
        except OSError as error:
            if not self._unpublished:
                log.error("what was handed down cannot be published: %s", error)
            self._unpublished = True
        else:
            self._unpublished = False

    def _keep(self) -> "asyncio.Future[bool]":
        """Put on the disk what is open, and the latest of the others."""
        left = tuple(
            order if order.is_open else replace(order, text="")
            for n, order in enumerate(self.orders)
            if order.is_open or n < LISTED
        )
        self._list = self._written = HandedDownList(orders=left)
        self.publish()
        written = self._files.keep(NAME, msgspec.json.encode(self._list))
        return asyncio.wrap_future(written)


def recall(folder: Path) -> HandedDownList:
    """Return what is remembered in this folder."""
    try:
        return msgspec.json.decode((folder / NAME).read_bytes(), type=HandedDownList)
    except FileNotFoundError:
        return HandedDownList()
    except (OSError, msgspec.MsgspecError) as error:
        log.error("%s cannot be read: %s", NAME, error)
        return HandedDownList()


def _with(order: HandedDown, site: str, answer: OrderAnswer) -> HandedDown:
    to = tuple(
        replace(
            each,
            progress=OrderProgress.ANSWERED,
            outcome=answer.outcome.value,
            why=answer.why,
        )
        if each.site == site
        else each
        for each in order.to
    )
    return replace(order, to=to)


async def _consumers(connection: HubConnection) -> dict[str, "ConsumerInfo"]:
    """Return the consumer of each site that the hub knows, but for our own."""
    found: dict[str, ConsumerInfo] = {}
    stream = connection.stream
    while page := await stream.consumers_info(subjects.ORDERS, offset=len(found)):
        found |= {subjects.site_of(each.name): each for each in page}
    return {n: each for n, each in found.items() if n != connection.sites.name}


def _message_id(order: HandedDown, to: Addressee) -> str:
    return f"{order.author}/{to.site}/{order.number}"
