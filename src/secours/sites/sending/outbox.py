"""Events of a site, sent in order: none lost, and none twice at the hub.

Events to be sent are in the site's own store; one is over when the hub has acknowledged
it. At the start of each connection, and after each refusal, the hub names its last one:
after a loss of power it has fewer than it acknowledged, after a cut it may have more.
Sending continues from there.

Each message names its predecessor by its place in the stream; the hub refuses it where
that is not our last. So none is there twice, out of order or without those before it,
however late it comes. Waiting events go together, as one message is under way at a
time. None has an id for detecting duplicates: those are common to all sites, and
another could have used ours up.

Source: NATS documentation, "JetStream / Headers" (Nats-Expected-Last-Subject-Sequence)
and "JetStream / Direct get".
"""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

import msgspec
from msgspec import Struct

from secours.model.observed import Facts, Reason
from secours.model.sites.events import MOST_BODY_BYTES, EventRow, OutboxNumbers
from secours.outside_text import plain
from secours.sites import envelope, subjects
from secours.sites.envelope import EnvelopeWriter
from secours.sites.link import HubConnection
from secours.sites.streams import LARGEST_EVENT, READY_WITHIN_S

log = logging.getLogger(__name__)

AT_ONCE = subjects.MOST_TOGETHER  # events that wait for their acknowledgement
ROOM = LARGEST_EVENT - 512  # of a message, beside its headers
ACK_WITHIN_S = 10.0
AGAIN_S = 2.0  # after a refusal, shortened at random; or a failed disk
SOON_S = 0.3  # after the hub had another last event than we believed
WRONG_LAST_SEQUENCE = 10071, 10164  # error codes: another last event, or soon


class Events(Protocol):
    """Events of the site's store that the hub may not have."""

    @property
    def numbers(self) -> OutboxNumbers | None:
        """Return the present numbers, None while unknown."""

    def tell(self, news: Callable[[], object]) -> None:
        """Call this when the numbers change, in any thread."""

    def after(self, epoch: str, number: int, most: int) -> Sequence[EventRow] | None:
        """Return the events beyond a number, in order; None where unreadable.

        It may wait for the disk.
        """

    def acknowledged(self, epoch: str, number: int) -> None:
        """Note that the hub has all events up to a number, and none beyond."""

    def end_epoch(self, epoch: str) -> None:
        """Let another epoch begin."""


class HubRefusal(Struct, frozen=True):
    """A refusal of events by the hub, and its reason."""

    reason: Reason
    facts: Facts


class _AtHub(Struct, frozen=True):
    """Our last event at the hub."""

    number: int
    sequence: int  # of its last message of ours in the stream, 0 for none


class EventSender:
    """Sender of the store's events that the hub does not have."""

    def __init__(self, writer: EnvelopeWriter, events: Events) -> None:
        self._writer, self._events = writer, events
        self._news = asyncio.Event()  # the numbers are others
        self._done = OutboxNumbers("", 0, 0)
        self.refused: HubRefusal | None = None

    @property
    def waiting(self) -> int | None:
        """Return the number of unacknowledged events, None while unknown."""
        numbers = self._events.numbers
        if numbers is None:
            return None
        return max(0, numbers.newest - self._known_at_hub(numbers))

    async def talk(self, connection: HubConnection) -> None:
        """Send until cancelled; retry what is refused, as streams may not exist yet."""
        from nats.errors import NoRespondersError
        from nats.errors import TimeoutError as TookTooLong
        from nats.js.errors import Error as HubError

        loop = asyncio.get_running_loop()
        ready_s = loop.time() + READY_WITHIN_S
        self._events.tell(partial(loop.call_soon_threadsafe, self._news.set))
        while True:
            try:
                await self._send_on(connection)
            except (HubError, NoRespondersError, TookTooLong, TimeoutError) as error:
                code = getattr(error, "err_code", None)
                pause_s = SOON_S if code in WRONG_LAST_SEQUENCE else AGAIN_S
                unmade = isinstance(error, NoRespondersError)
                if pause_s == AGAIN_S and not (unmade and loop.time() < ready_s):
                    self._note(error)
            else:
                pause_s = SOON_S
            await asyncio.sleep(pause_s * random.uniform(0.2, 1.0))

    async def _send_on(self, connection: HubConnection) -> None:
        """Send present and new events, for as long as the epoch lasts."""
        numbers = await self._numbers_after(None)
        epoch = numbers.epoch
        end = await self._look_at_hub(connection, numbers)
        if end.number > numbers.newest:
            log.warning("the hub knows more of us than we do: a new epoch begins")
            self._events.end_epoch(epoch)
            return
        self._go_on(epoch, end.number)
        most = 1  # first; it shows whether the hub is where we believe, and how slow
        while numbers.epoch == epoch:
            rows = await self._after(end.number, numbers, most)
            if rows is None:
                await asyncio.sleep(AGAIN_S)
            elif rows:
                began_s = self._writer.now().steady_s
                end = await self._send(connection, epoch, rows, end.sequence)
                most = as_many(most, self._writer.now().steady_s - began_s)
                self._go_on(epoch, end.number)
                self.refused = None
            else:
                numbers = await self._numbers_after(numbers)

    async def _after(
        self, number: int, numbers: OutboxNumbers, most: int
    ) -> Sequence[EventRow] | None:
        """Return the events beyond a number, from the disk if there are any."""
        if number >= numbers.newest:
            return ()
        epoch = numbers.epoch
        return await asyncio.to_thread(self._events.after, epoch, number, most)

    async def _numbers_after(self, last: OutboxNumbers | None) -> OutboxNumbers:
        """Wait until there are events beyond the last numbers."""
        while True:
            self._news.clear()
            now = self._events.numbers
            if now is not None and (
                last is None or (now.epoch, now.newest) != (last.epoch, last.newest)
            ):
                return now
            await self._news.wait()

    def _go_on(self, epoch: str, number: int) -> None:
        if (self._done.epoch, self._done.acknowledged) != (epoch, number):
            self._done = OutboxNumbers(epoch, number, number)
            self._events.acknowledged(epoch, number)

    async def _look_at_hub(
        self, connection: HubConnection, numbers: OutboxNumbers
    ) -> _AtHub:
        """Ask the hub for our last event: it has all before.

        If that is of another epoch, it has those acknowledged of this one.
        """
        from nats.js.errors import NotFoundError

        subject = subjects.event(connection.sites.name)
        try:
            last = await connection.stream.get_msg(
                subjects.EVENTS, subject=subject, direct=True
            )
        except NotFoundError:
            return _AtHub(0, 0)
        sequence, ours = last.seq or 0, self._known_at_hub(numbers)
        try:
            found = envelope.read_events(last.data or b"")[-1]
        except msgspec.MsgspecError:  # no other writes by this subject
            return _AtHub(ours, sequence)
        return _AtHub(found.number if found.epoch == numbers.epoch else ours, sequence)

    def _known_at_hub(self, numbers: OutboxNumbers) -> int:
        """Return the last number of an epoch that the hub acknowledged."""
        ours = self._done.epoch == numbers.epoch
        return self._done.acknowledged if ours else numbers.acknowledged

    async def _send(
        self,
        connection: HubConnection,
        epoch: str,
        rows: Sequence[EventRow],
        sequence: int,
    ) -> _AtHub:
        """Send the first events, as many as fit, after our last one there.

        An event too large for the hub is skipped: its number is missing there, and it
        delays no other.

        Raises:
            nats.errors.Error: the hub has not taken them.
        """
        from nats.js.api import Header
        from nats.js.errors import Error as HubError

        name = connection.sites.name
        first, texts = self._together(name, epoch, rows)
        newest = first + len(texts) - 1
        if not texts:
            return _AtHub(newest, sequence)
        ack = await connection.stream.publish(
            subjects.event(name),
            envelope.written_events(texts),
            timeout=ACK_WITHIN_S,
            headers={
                Header.EXPECTED_LAST_SUBJECT_SEQUENCE.value: str(sequence),
                subjects.NUMBERS: f"{epoch}/{first}-{newest}",
            },
        )
        if ack.duplicate:  # of what has no id: it was not this that was stored
            raise HubError("it takes for a duplicate what is none")
        return _AtHub(newest, ack.seq)

    def _together(
        self, name: str, epoch: str, rows: Sequence[EventRow]
    ) -> tuple[int, list[bytes]]:
        """Return the events of one message, without a gap, and the first's number.

        Without a sendable event the number is the next one's.
        """
        first, room, texts = rows[0].number, ROOM, list[bytes]()
        for row in rows:
            if row.number != first + len(texts) and texts:
                break
            if len(row.body) > MOST_BODY_BYTES:
                if texts:
                    break
                log.warning("event %d is too large for the hub", row.number)
                first = row.number + 1
                continue
            text = self._writer.event(name, row, epoch)
            room -= len(text) + 1
            if texts and room < 0:
                break
            first = first if texts else row.number
            texts.append(text)
        return first, texts

    def _note(self, error: Exception) -> None:
        from nats.js.errors import APIError

        if isinstance(error, APIError):
            refused = HubRefusal(
                Reason.REFUSED, {"said": plain(error.description or "")}
            )
        elif isinstance(error, TimeoutError):
            refused = HubRefusal(Reason.TIMEOUT, {})
        else:
            refused = HubRefusal(Reason.REFUSED, {})
        if refused != self.refused:
            log.warning("the hub takes no events: %s", error)
        self.refused = refused


def as_many(most: int, took_s: float) -> int:
    """Return how many to send next, by the time of the last: at most doubled.

    On a slow way more would not be acknowledged in time, and be sent for ever.
    """
    quick = took_s < ACK_WITHIN_S / 3
    return min(2 * most, AT_ONCE) if quick else max(1, most // 2)
