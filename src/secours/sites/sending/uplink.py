"""Present state of a site for others: its sign of life, and each of its states.

The engine only leaves the newest snapshot here. A slow hub gets the newest when it
takes it, and delays nobody; an old snapshot is not sent any more.
"""

import asyncio
import logging
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from operator import attrgetter
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.sites.events import OutboxNumbers
from secours.model.sites.views import Alive, SiteView
from secours.model.snapshot import Snapshot
from secours.sites import subjects
from secours.sites.envelope import LARGEST_BODY, LARGEST_BYTES, EnvelopeWriter
from secours.sites.link import HubConnection
from secours.sites.sending.shared_states import (
    Encoder,
    SharedState,
    cut_to_lines,
    shared,
)

log = logging.getLogger(__name__)

ALIVE_EVERY_S, NEARLY = 10.0, 0.5  # from this share on it may go with others
RENEW_EVERY_S = 300.0  # an unchanged state, as its ages grow
REST_S = 1.0  # the shortest pause between two messages
STATES_NEARLY_S, STATES_EVERY_S = 15.0, 20.0  # between two checks for changed
# states, which only detailed views show
ACK_WITHIN_S = 10.0
AT_ONCE = 64  # states that wait for their acknowledgement
GONE = b"null"  # body under the subject of a state that is gone
# Of a snapshot.
NEWS = attrgetter("changes", "explanations", "recommendations", "own_link", "trouble")


class PlannedSnapshot(Struct, frozen=True):
    """A snapshot, and its plan."""

    config: Config
    shot: Snapshot

    def is_fresh(self, now: Instant) -> bool:
        """Tell whether it may be sent as present."""
        return now.since(self.shot.at) <= self.shot.screen.max_age_s


class Newest:
    """Newest snapshot, for tasks that wait for a change."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()
        self.stamped: PlannedSnapshot | None = None
        self.changes = 0

    def put(self, stamped: PlannedSnapshot) -> None:
        """Replace it by a newer one."""
        before = self.stamped
        if (
            before is None
            or not before.is_fresh(stamped.shot.at)
            or stamped.config is not before.config
            or NEWS(stamped.shot) != NEWS(before.shot)
        ):
            self.changes += 1
            self.wake()
        self.stamped = stamped

    def wake(self) -> None:
        """Wake tasks whose time has come, or nearly."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait(self, changes: int, nearly_s: float, within_s: float) -> None:
        """Wait for more changes than these, or for the time; rest at least.

        From `nearly_s` on a wake-up ends the wait: other messages then cost less.
        """
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self.changes == changes and loop.time() - began_s < nearly_s:
                    await self._changed.wait()
        if (left_s := began_s + REST_S - loop.time()) > 0:
            await asyncio.sleep(left_s)


class AliveSender:
    """Sender of signs of life, every few seconds and at each change."""

    def __init__(
        self,
        writer: EnvelopeWriter,
        encoded: Encoder,
        newest: Newest,
        view: Callable[[Config, Snapshot], SiteView],
        numbers: Callable[[], OutboxNumbers | None],
        spoke: Callable[[], None] = lambda: None,
    ) -> None:
        """Start; `view` returns the site's view of a snapshot for others.

        `spoke` is called after each one: the hub does not return it.
        """
        self._writer, self._encoded, self._newest = writer, encoded, newest
        self._view, self._numbers, self._spoke = view, numbers, spoke
        self.cut = False  # to its lines, for its size

    async def talk(self, connection: HubConnection) -> None:
        """Send until cancelled."""
        subject = subjects.alive(connection.sites.name)
        connection.wakeup.join(self._newest.wake)
        last, said_s = None, -math.inf
        while True:
            changes, now = self._newest.changes, self._writer.now()
            latest, nearly_s = self._newest.stamped, NEARLY * ALIVE_EVERY_S
            if latest is not None and latest.is_fresh(now):
                view = self._view(latest.config, latest.shot)
                settled = _without_ages(view)
                if settled != last or now.steady_s - said_s >= nearly_s:
                    message = self._message(view, now.since(latest.shot.at))
                    await connection.client.publish(subject, message)
                    self._spoke()
                    last, said_s = settled, now.steady_s
            left_s = said_s + ALIVE_EVERY_S - self._writer.now().steady_s
            within_s = min(max(REST_S, left_s), ALIVE_EVERY_S)
            await self._newest.wait(changes, NEARLY * within_s, within_s)

    def _message(self, view: SiteView, age_s: float) -> bytes:
        numbers = self._numbers()
        alive = Alive(
            site=replace(view, epoch=self._writer.epoch),
            newest=numbers.newest if numbers else 0,
        )
        body = self._encoded(alive)
        self.cut = len(body) > LARGEST_BODY
        if self.cut:
            body = self._encoded(cut_to_lines(alive))
        return self._writer.message(view.name, body, age_s)


class SubjectMemory(Protocol):
    """Memory over restarts of the subjects that the hub may hold of us."""

    def recall(self) -> frozenset[str]:
        """Return them; may wait for the disk."""

    def remember(self, subjects: frozenset[str]) -> None:
        """Note them."""


class StateSender:
    """Sender of the last state and recommendation under each subject."""

    def __init__(
        self,
        writer: EnvelopeWriter,
        encoded: Encoder,
        newest: Newest,
        memory: SubjectMemory,
    ) -> None:
        self._writer, self._encoded, self._newest = writer, encoded, newest
        self._memory = memory
        self._held: frozenset[str] | None = None  # subjects with a state at the hub
        self._in_vain: Mapping[str, bytes] = {}  # by subject: said, and not taken
        self.cut: frozenset[str] = frozenset()  # subjects whose states were cut to fit

    async def talk(self, connection: HubConnection) -> None:
        """Send everything, then changes, until cancelled."""
        last: dict[str, bytes] = {}
        said_s: dict[str, float] = {}
        epoch, forgot_s = self._writer.epoch, -math.inf
        if self._held is None:
            self._held = await asyncio.to_thread(self._memory.recall)
        while True:
            changes, now = self._newest.changes, self._writer.now()
            latest = self._newest.stamped
            if now.steady_s - forgot_s >= RENEW_EVERY_S:  # for other sites
                self._in_vain, forgot_s = {}, now.steady_s
            if self._writer.epoch != epoch:  # another memory: send all again
                last.clear()
                epoch = self._writer.epoch
            if latest is not None and latest.is_fresh(now):
                states = await asyncio.to_thread(
                    shared, latest.shot, connection.sites, self._encoded
                )
                due = {
                    subject: each.thing
                    for subject, each in states.items()
                    if last.get(subject) != each.news
                    or now.steady_s - said_s[subject] >= RENEW_EVERY_S
                }
                bodies = self._bodies(states, due)
                for subject in await self._say(connection, states, bodies, latest):
                    if subject in states:
                        last[subject] = states[subject].news
                        said_s[subject] = now.steady_s
                    else:
                        last.pop(subject, None)
            await self._newest.wait(changes, STATES_NEARLY_S, STATES_EVERY_S)

    def _bodies(
        self, states: Mapping[str, SharedState], due: Mapping[str, Any]
    ) -> dict[str, bytes]:
        """Return the bodies that are due, a too large one without its details."""
        bodies = {subject: self._encoded(thing) for subject, thing in due.items()}
        large = {name for name, body in bodies.items() if len(body) > LARGEST_BODY}
        for subject in large:
            bodies[subject] = self._encoded(cut_to_lines(due[subject]))
        self.cut = (self.cut - due.keys() | large) & states.keys()
        return bodies

    async def _say(
        self,
        connection: HubConnection,
        states: Mapping[str, SharedState],
        due: Mapping[str, bytes],
        latest: PlannedSnapshot,
    ) -> set[str]:
        """Send bodies that are due or gone; return the subjects that the hub took."""
        at_hub = self._held or frozenset()
        ours = subjects.all_of(connection.sites.name).removesuffix(">")
        gone = {each: GONE for each in at_hub - states.keys() if each.startswith(ours)}
        self._remember(at_hub | states.keys())
        age_s = self._writer.now().since(latest.shot.at)
        news = {each: states[each].news for each in due} | gone
        accepted = await self._publish(connection, {**due, **gone}, news, age_s)
        self._in_vain = {each: news[each] for each in news.keys() - accepted}
        self._remember((at_hub | states.keys()) - (gone.keys() & accepted))
        return accepted

    def _remember(self, held: frozenset[str]) -> None:
        if held != self._held:
            self._held = held
            self._memory.remember(held)

    async def _publish(
        self,
        connection: HubConnection,
        bodies: Mapping[str, bytes],
        news: Mapping[str, bytes],
        age_s: float,
    ) -> set[str]:
        """Return the subjects that the hub took; the others are sent again.

        Of those one goes first, and the rest where the hub takes it: one that began
        anew keeps no states until the province is back.
        """
        site, accepted = connection.sites.name, set()
        pairs = [
            (subject, self._writer.message(site, body, age_s))
            for subject, body in bodies.items()
        ]
        small = [pair for pair in pairs if len(pair[1]) <= LARGEST_BYTES]
        for subject, _ in set(pairs) - set(small):
            log.warning("%s is too large to be said to the hub", subject)
            accepted.add(subject)
        again = [each for each in small if self._in_vain.get(each[0]) == news[each[0]]]
        fresh = [each for each in small if each not in again]
        trial = again[:1]
        for part in (*_parts(fresh), trial, *_parts(again[1:])):
            answers = await asyncio.gather(
                *(
                    connection.stream.publish(subject, text, timeout=ACK_WITHIN_S)
                    for subject, text in part
                ),
                return_exceptions=True,
            )
            accepted.update(_taken(part, answers))
            if part is trial and not accepted & dict(trial).keys():
                break
        return accepted


def _parts(pairs: list[tuple[str, bytes]]) -> Iterator[list[tuple[str, bytes]]]:
    return (pairs[n : n + AT_ONCE] for n in range(0, len(pairs), AT_ONCE))


def _taken(
    sent: Iterable[tuple[str, bytes]], answers: Iterable[object]
) -> Iterable[str]:
    """Yield the acknowledged subjects; raise nats.errors.Error when cut off."""
    from nats.errors import TimeoutError as TookTooLong
    from nats.js.errors import Error as Refused

    for (subject, _), answer in zip(sent, answers, strict=True):
        if not isinstance(answer, BaseException):
            yield subject
        elif not isinstance(answer, TookTooLong | Refused):
            raise answer


def _without_ages(view: SiteView) -> SiteView:
    return replace(
        view,
        parts=tuple(replace(e, proved_s=None, failed_s=None) for e in view.parts),
        channels=tuple(replace(each, failed_s=None) for each in view.channels),
    )
