"""Orders that the province hands down to sites, and the progress at each.

An order is kept on disk until the hub has it, and signed when it is sent. The hub
reports which sites have fetched it, the sites their answers.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from secours.core.sites.orders_in_force import ends, is_for, worth_keeping
from secours.engine import state_file
from secours.engine.published.handed_down_file import HandedDownFile
from secours.engine.store.durable_files import Files
from secours.model.observed import Instant
from secours.model.requests import OrderRequest
from secours.model.sites.handed_down import (
    Addressee,
    HandedDown,
    HandedDownList,
    OrderProgress,
)
from secours.model.sites.membership import ALL
from secours.model.sites.views import Order, OrderAnswer, OrderKind
from secours.sites import streams, subjects
from secours.sites.link import HubConnection
from secours.sites.orders import inbox
from secours.sites.orders.inbox import Forged

if TYPE_CHECKING:
    from nats.js import JetStreamContext
    from nats.js.api import ConsumerInfo

log = logging.getLogger(__name__)

NAME = "handed-down.json"
LISTED = 50  # orders; older ones are dropped once closed and no longer in force
LOOK_EVERY_S = 3.0  # check the progress of orders at the hub
AWAIT_EVERY_S = 10.0  # check for new sites that orders to all are for
AGAIN_S = 1.0  # after the hub refused
MESSAGE_ID = "Nats-Msg-Id"


class HandingDown:
    """Orders of the province: kept, sent and followed."""

    def __init__(
        self,
        files: Files,
        orders: HandedDownList,
        now: Callable[[], Instant],
        boot_id: str,
        published: HandedDownFile,
    ) -> None:
        """Resume with the list `orders`; screens read what is `published`."""
        self._files, self._now, self._boot_id = files, now, boot_id
        self._published, self._unpublished = published, False  # and the log knows
        self._list = self._written = orders
        self._answers: dict[str, tuple[OrderAnswer, ...]] = {}  # the latest, by site
        self._recalled = {order.number for order in orders.orders}
        self._let_in: frozenset[str] = frozenset()
        self._highest_at_hub = 0  # number of an order of ours that is unknown here
        self._news = asyncio.Event()

    @property
    def orders(self) -> tuple[HandedDown, ...]:
        """Return the orders, the newest first."""
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
        ends: datetime | None = None,
        sites: Iterable[str],
        request: OrderRequest,
        but: Iterable[str] = (),
    ) -> tuple[HandedDown, bool]:
        """Accept an order, to all `but` some; tell also whether it is on disk."""
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
            ends=ends,
            to_all=ALL in names,
            but=tuple(but),
            to=() if ALL in names else tuple(Addressee(site=name) for name in names),
            asked=request,
            text=text,
        )
        self._list = HandedDownList(orders=(order, *self.orders))
        self._news.set()
        return order, await self._keep()

    def answered(self, site: str, answers: Iterable[OrderAnswer]) -> None:
        """Note a site's answers to orders."""
        latest = tuple(answers)
        if self._answers.get(site) == latest:
            return
        self._answers[site] = latest
        known = {answer.number: answer for answer in latest}
        for order in self.orders:
            for to in order.to:
                answer = known.get(order.number_for(to))
                if to.site == site and answer is not None:
                    outcome, why = answer.outcome.value, answer.why
                    done = OrderProgress.ANSWERED
                    answered = replace(to, progress=done, outcome=outcome, why=why)
                    self._put_addressee(order, answered)
        self._keep_news()

    def let_in(self, sites: frozenset[str]) -> None:
        """Note which sites the hub lets in; orders for one that went are over.

        If it comes back, orders to all are for it again.
        """
        gone = self._let_in - sites
        self._let_in = sites
        for order in self.orders if gone else ():
            to = (each for each in order.to if not (order.to_all and each.site in gone))
            ended = (_over(each) if each.site in gone else each for each in to)
            self._put(replace(order, to=tuple(ended)))
        for site in gone:
            self._answers.pop(site, None)
        self._keep_news()

    async def talk(self, connection: HubConnection) -> None:
        """Send what waits, and follow all progress, until cancelled."""
        from nats.errors import Error

        if not connection.credentials.seed:
            await asyncio.Event().wait()  # nobody could tell whose word it is
        looked = False
        while True:
            self._news.clear()
            try:
                if not looked:
                    await self._look_again(connection.stream)
                    await self._look_for_forgotten(connection)
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
        """Send what waits, and follow all progress."""
        self._end()
        consumers = await streams.admitted(connection.stream)
        consumers.pop(connection.sites.name, None)
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
        """Wait for news, or until progress is to be checked."""
        every_s: float | None = None
        if any(order.is_open for order in self.orders):
            is_under_way = any(order.is_under_way for order in self.orders)
            every_s = LOOK_EVERY_S if is_under_way else AWAIT_EVERY_S
        try:
            async with asyncio.timeout(every_s):
                await self._news.wait()
        except TimeoutError:
            return

    def _number(self, now: Instant) -> int:
        """Return a number above all earlier ones, also after the loss of a disk."""
        highest = max(self._highest_at_hub, *self._numbers(), 0)
        return max(highest + 1, int(now.utc.timestamp() * 1000))

    def _numbers(self) -> set[int]:
        """Return all known numbers."""
        sent = {order.number_for(to) for order in self.orders for to in order.to}
        return {*sent, *(order.number for order in self.orders)}

    def _address(self, consumers: Iterable[str]) -> None:
        """Address orders to all also to new sites of the hub.

        Later sites get what still holds.
        """
        for order in self.orders:
            if not order.awaits_sites:
                continue
            known = {*order.but, *(each.site for each in order.to)}
            fresh = sorted(set(consumers) - known)
            to = (Addressee(site=n) for n in fresh if not self._is_undone(order, n))
            self._put(replace(order, to=(*order.to, *to)))

    def _is_undone(self, order: HandedDown, site: str) -> bool:
        """Tell whether a later order ends a word at a site."""
        return any(
            ends(later.asked, order.asked)
            for later in self.orders
            if later.number > order.number and is_for(later, site)
        )

    def _numbered(self, order: HandedDown, to: Addressee) -> Addressee:
        """Return a site with the number for an order to it.

        It is not the order's own where a newer order was sent before.
        """
        sent = (
            each.number_for(other)
            for each in self.orders
            for other in each.to
            if other.site == to.site and other.progress is not OrderProgress.WAITING
        )
        if order.number_for(to) > max(self._highest_at_hub, *sent, 0):
            return to
        return replace(to, number=self._number(self._now()))

    async def _send(
        self, order: HandedDown, to: Addressee, connection: HubConnection
    ) -> None:
        to = self._numbered(order, to)
        self._put_addressee(order, to)
        if to.number:  # unknown after a crash, it would end all that is kept
            self._keep_news()
        issued = order.issued.utc
        message = Order(
            number=order.number_for(to),
            to=to.site,
            author=order.author,
            by=order.by,
            kind=order.kind,
            issued=issued,
            until=order.until,
            age_s=self._age_s(order),
            text=order.text,
        )
        ack = await connection.stream.publish(
            subjects.order(to.site),
            inbox.written(message, connection.credentials.seed),
            headers={MESSAGE_ID: _message_id(order, to)},
        )
        log.info("order %d for %s is at the hub", message.number, to.site)
        at_hub = replace(to, progress=OrderProgress.AT_HUB, sequence=ack.seq)
        self._put_addressee(order, at_hub)

    def _age_s(self, order: HandedDown) -> float:
        """Return the age since its issue; over a reboot by the wall clock."""
        now = self._now()
        if order.boot_id == self._boot_id:
            return max(0.0, now.since(order.issued))
        return max(0.0, (now.utc - order.issued.utc).total_seconds())

    def _end(self) -> None:
        """End orders that reached their end before a site had them."""
        for order in self.orders:
            life_s = (order.until - order.issued.utc).total_seconds()
            if not order.over and self._age_s(order) > life_s:
                self._put(_ended(order))

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
        """Send again what the hub has lost, for instance after a power failure."""
        from nats.js.errors import NotFoundError

        for order, to in self._at_hub():
            try:
                message = await stream.get_msg(subjects.ORDERS, to.sequence)
            except NotFoundError:
                there = False
            else:
                headers = message.headers or {}
                there = headers.get(MESSAGE_ID) == _message_id(order, to)
            if not there:
                again = replace(to, progress=OrderProgress.WAITING, sequence=0)
                self._put_addressee(order, again)

    def _at_hub(self) -> Iterator[tuple[HandedDown, Addressee]]:
        """Yield the orders at the hub not fetched yet, by site."""
        for order in self.orders:
            for to in order.to:
                if to.progress in (OrderProgress.AT_HUB, OrderProgress.UNKNOWN_SITE):
                    yield order, to

    async def _look_for_forgotten(self, connection: HubConnection) -> None:
        """Check whether the hub has newer orders of ours than are known here.

        That is so after our disk was put back to an older day. Sites refuse lower
        numbers; and a word kept here may have been taken back since, so none of them is
        sent any more.
        """
        from nats.js.errors import NotFoundError

        try:
            newest = await connection.stream.get_last_msg(subjects.ORDERS, ">")
            order = inbox.read(newest.data or b"", connection.credentials.province)
        except (NotFoundError, Forged, msgspec.MsgspecError, RecursionError):
            return
        if order.number in self._numbers():
            return
        log.warning("the hub has newer orders than are known here")
        self._highest_at_hub = order.number
        for each in self.orders:
            if each.number in self._recalled:
                self._put(_ended(each))

    def _put_addressee(self, order: HandedDown, to: Addressee) -> None:
        """Note the progress of an order, unless the site has answered meanwhile."""
        latest = next(each for each in self.orders if each.number == order.number)
        every = tuple(
            to if each.site == to.site and not each.outcome else each
            for each in latest.to
        )
        self._put(replace(latest, to=every))

    def _put(self, order: HandedDown) -> None:
        fresh = (order if o.number == order.number else o for o in self.orders)
        self._list = HandedDownList(orders=tuple(fresh))

    def _keep_news(self) -> None:
        """Write changes to the disk, without waiting."""
        if self._list is not self._written:
            self._keep()

    def publish(self) -> None:
        """Publish all progress for screens and commands."""
        try:
            self._published.put(self._list)
        except OSError as error:
            if not self._unpublished:
                log.error("what was handed down cannot be published: %s", error)
            self._unpublished = True
        else:
            self._unpublished = False

    def _keep(self) -> "asyncio.Future[bool]":
        """Write open orders, and the latest of the others, to the disk."""
        orders = tuple(
            order if order.is_open else replace(order, text="")
            for order in worth_keeping(self.orders, LISTED, self._now().utc)
        )
        self._list = self._written = HandedDownList(orders=orders)
        self.publish()
        written = self._files.keep(NAME, msgspec.json.encode(self._list))
        return asyncio.wrap_future(written)


def recall(folder: Path) -> HandedDownList:
    """Return the list kept in this folder; plans of older versions are over."""
    damaged = partial(log.error, "%s cannot be read: %s", NAME)
    found = state_file.read((folder / NAME).read_bytes, HandedDownList, damaged)
    if found is None:
        return HandedDownList()
    ended = (_ended(o) if o.kind is OrderKind.PLAN else o for o in found.orders)
    return HandedDownList(orders=tuple(ended))


def _ended(order: HandedDown) -> HandedDown:
    """Return an order that no site has to take any more."""
    return replace(order, to=tuple(map(_over, order.to)), over=True)


def _over(to: Addressee) -> Addressee:
    """Return a site that will not answer any more."""
    if to.progress is OrderProgress.ANSWERED:
        return to
    return replace(to, progress=OrderProgress.OVER)


def _message_id(order: HandedDown, to: Addressee) -> str:
    return f"{order.author}/{to.site}/{order.number_for(to)}"
