"""Messages of other sites, received over a connection and remembered beyond it.

Signs of life are received as they come, by themselves; the hub's store, the last state
of each and the numbers of events, is for the province. Nothing of it decides anything:
it is only counted, and shown.
"""

import asyncio
import logging
import math
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import chain, product
from typing import TYPE_CHECKING

from msgspec.structs import replace

from secours.core.sites import picture as pictures
from secours.core.sites.life import Sent
from secours.core.sites.picture import SitesPicture
from secours.model.observed import Instant
from secours.model.sites.membership import ALL, Sites
from secours.model.sites.views import Alive, SiteState, SiteView
from secours.model.snapshot import Snapshot
from secours.outside_text import plain
from secours.sites import subjects
from secours.sites.envelope import LARGEST_BYTES, EnvelopeWriter
from secours.sites.link import HubConnection, together
from secours.sites.neighbours import hub_store, other_snapshot, site_message
from secours.sites.neighbours.hub_store import HubClock
from secours.sites.neighbours.other_snapshot import Detail, Details
from secours.sites.neighbours.site_message import SiteMessage
from secours.sites.neighbours.subscriptions import (
    DETAILS,
    EVENTS,
    LIVES,
    FloodingSites,
    SiteRates,
    Subscriptions,
)
from secours.sites.streams import HeldState

if TYPE_CHECKING:
    from nats.aio.msg import Msg

log = logging.getLogger(__name__)

EVENTS_OF = timedelta(days=1)
# After a loss of power a hub delivers events again, with new times.
AGAIN_OF = timedelta(minutes=5)
LOG_EVERY_S = 60.0
MOST_IN_A_ROW, LONGEST_ROW_S = 1000, 0.02  # of messages, then other tasks run
TAKEN_AS = 50  # unread messages that a read one counts as: it costs more


class Following:
    """Followed sites, and their picture over all connections."""

    def __init__(
        self,
        now: Callable[[], Instant],
        boot_id: str,
        *,
        province: bool = False,
        writer: EnvelopeWriter | None = None,
    ) -> None:
        """Start empty; the `province` follows all sites and reads the hub's store.

        `boot_id` is this machine's, for views assembled here. `writer` writes our own
        messages.
        """
        self._writer = writer
        self._now, self._boot_id, self._province = now, boot_id, province
        self._sites: Sites | None = None
        self._expected: frozenset[str] | None = None  # None until a hub lists them
        self._picture = SitesPicture()
        self._ourselves = SitesPicture()  # senders under our name; a fault if two
        self._details: dict[str, Details] = {}
        self._confirmed: dict[str, Instant] = {}
        self._changed: set[str] = set()  # sites, in detail
        self._hub_clock = HubClock(now)
        self._newest_event: datetime | None = None  # by the hub's clock
        self._logged_s: dict[str, float] = {}  # when, by the kind of trouble
        self._lives, self._in_detail = SiteRates(LIVES), SiteRates(DETAILS)
        self._events = SiteRates(EVENTS)
        self._flooding = FloodingSites()
        self._others = asyncio.Event()  # set when the flooding sites change
        self._row, self._row_s = 0, -math.inf  # of messages, and when it began
        self.news = asyncio.Event()  # something came
        self.dropped = 0  # messages that were not what they should be
        self.unread = 0  # messages of sites that said too much

    def follow(self, sites: Sites | None) -> None:
        """Follow the sites of the plan, and forget others."""
        if sites == self._sites:
            return
        self._sites = sites
        ours = sites.name if sites else ""
        self._ourselves = pictures.only(self._ourselves, [ours])
        self._picture = replace(self._picture, ours=ours)
        self._forget_others()

    def expect(self, names: frozenset[str]) -> None:
        """Expect all sites that the hub lets in, heard or not, and forget others."""
        if names == self._expected:
            return
        self._expected = names
        self._forget_others()

    def _forget_others(self) -> None:
        left = [name for name in self._picture.sites if self.follows(name)]
        self._picture = pictures.only(self._picture, left)
        for name in [name for name in self._details if not self.follows(name)]:
            del self._details[name]
            self._confirmed.pop(name, None)
        self.news.set()

    def follows(self, name: str) -> bool:
        """Tell whether a site is followed; a province follows all of its hub."""
        sites = self._sites
        if sites is None or name == sites.name:
            return False
        if name in sites.follow:
            return True
        if self._province and self._expected is not None:
            return name in self._expected
        return self._province or sites.follows_all

    def doubled(self, at: Instant) -> Instant | None:
        """Return since when another site uses our name, None where none does."""
        ours = self._sites.name if self._sites else ""
        known = self._ourselves.sites.get(ours)
        if known is None or known.doubled is None or not known.speakers(at):
            return None
        return known.doubled

    def spoke(self) -> None:
        """Note our own sign of life; the hub does not return it."""
        if self._sites is None or self._writer is None:
            return
        name, writer = self._sites.name, self._writer
        steady_s, number = writer.latest
        sent = Sent(
            site=name,
            epoch=writer.epoch,
            boot=writer.life,
            number=number,
            steady_s=steady_s,
        )
        alive = Alive(site=SiteView(name=name))
        self._ourselves = pictures.take_in(self._ourselves, sent, alive, self._now())

    def remember(self, views: Iterable[SiteView]) -> None:
        """Take in older views, by our clocks; they do not count as heard."""
        for view in views:
            if self.follows(view.name):
                self._picture = pictures.remember(self._picture, view)

    def views(self, at: Instant) -> tuple[SiteView, ...]:
        """Return the view of each followed site at a moment, by name.

        An expected site is included even if never heard, and another one while it is
        heard: the hub lets it in.
        """
        sites = self._sites
        if sites is None:
            return ()
        named = (name for name in sites.follow if name != ALL)
        names = filter(self.follows, (*named, *(self._expected or ())))
        return tuple(
            replace(view, confirmed=self._confirmed.get(view.name))
            for view in pictures.views(self._picture, at, names)
            if view.state is not SiteState.NOT_HEARD or self.follows(view.name)
        )

    def snapshot(self, name: str, at: Instant) -> Snapshot | None:
        """Return the snapshot of a site, None without enough parts."""
        details = self._details.get(name)
        if details is None:
            return None
        views = pictures.views_of(self._picture, name, at)
        view = views[0] if len(views) == 1 else None
        return other_snapshot.put_together(details, view, self._boot_id)

    def changed(self) -> set[str]:
        """Return the sites whose snapshot may have changed since the last call."""
        changed, self._changed = self._changed, set()
        return changed

    async def talk(self, connection: HubConnection) -> None:
        """Listen until cancelled."""
        self.follow(connection.sites)
        self._lives.begin_again()
        self._in_detail.begin_again()
        self._events.begin_again()
        subscriptions = Subscriptions(connection.client, self._hear)
        await subscriptions.listen(self._subjects(connection.sites))
        held = [self._read_held(connection)] if self._province else []
        await together(self._listen(subscriptions, connection.sites), *held)

    async def _listen(self, subscriptions: Subscriptions, sites: Sites) -> None:
        """Listen to all but flooding sites, until cancelled."""
        while True:
            before = {*self._flooding.sites}
            await self._flooding.wait()
            now_s = self._now().steady_s
            for site in self._flooding.end(now_s):
                self._lives.spend(site, now_s)
                self._in_detail.spend(site, now_s)
                self._events.spend(site, now_s)
            if before != {*self._flooding.sites}:
                self._others.set()
            await subscriptions.listen(self._subjects(sites))

    def _subjects(self, sites: Sites) -> list[str]:
        """Return the subjects to listen to: lives separately, so that none is delayed.

        A site hears who else lives by its own name. During a flood, a follower of all
        listens to known sites only.
        """
        flooding = self._flooding.sites
        everyone = (self._province or sites.follows_all) and not flooding
        tokens = ["*"] if everyone else self._tokens(sites)
        ours = [] if everyone else [subjects.token(sites.name)]
        details = f"{subjects.STATE}.>", f"{subjects.RECOMMEND}.>"
        topics = [(subjects.ALIVE, one) for one in (*tokens, *ours)]
        topics += product(details, tokens)
        return [
            f"{subjects.ROOT}.{one}.{topic}"
            for topic, one in topics
            if one not in flooding
        ]

    def _tokens(self, sites: Sites) -> list[str]:
        """Return the tokens of known sites that do not flood us."""
        wide = self._province or sites.follows_all
        known = self._picture.sites, self._details, self._expected or ()
        names = chain(sites.follow, *(known if wide else ()))
        return [
            subjects.token(name)
            for name in filter(self.follows, dict.fromkeys(names))
            if name != ALL
        ]

    async def _read_held(self, connection: HubConnection) -> None:
        """Read the hub's store; lives are received meanwhile.

        Flooding sites are left out: reading restarts with the others alone.

        Raises:
            nats.errors.Error: the connection is over.
        """
        from nats.js import api

        read: dict[str, int] = {}  # up to which place, of each site's states

        async def states() -> None:
            """Begin with all that is held."""
            await self._hub_clock.ask(connection)
            self._in_detail.begin_again()
            await hub_store.read_states(connection, reads, read, self._hear_held)

        def reads(site: str) -> bool:
            ignored = subjects.token(site) in self._flooding.sites
            return self.follows(site) and not ignored

        async def events() -> None:
            """Begin a day ago, or after the last one read."""
            now = await self._hub_clock.ask(connection)
            newest = self._newest_event or now - EVENTS_OF
            config = api.ConsumerConfig(
                deliver_policy=api.DeliverPolicy.BY_START_TIME,
                opt_start_time=min(newest, now) - AGAIN_OF,
                filter_subjects=self._event_subjects(connection.sites),
                headers_only=True,
            )
            await hub_store.read_messages(
                connection, subjects.EVENTS, config, self._count_event
            )

        self._hub_clock.begin_again()
        while True:
            self._others.clear()
            await together(
                hub_store.keep_reading(connection, states, self._miss),
                hub_store.keep_reading(connection, events, self._miss),
                self._others.wait(),
            )

    def _event_subjects(self, sites: Sites) -> list[str] | None:
        """Return the subjects of events to read from the store; None for all."""
        flooding = self._flooding.sites
        if not flooding:
            return None
        left = [token for token in self._tokens(sites) if token not in flooding]
        return [f"{subjects.ROOT}.{token}.{subjects.EVENT}" for token in left]

    def _miss(self, error: Exception) -> None:
        self._log("hub", f"the hub does not say what it holds: {plain(error)}")

    async def _hear(self, message: "Msg") -> None:
        """Take in a fresh message."""
        site = message.subject.split(".", 2)[1]
        if self._may_be_read(message):
            self._flooding.read(site)
            self._take(message.subject, message.data, 0.0)
            self._row += TAKEN_AS
        else:
            self._missed(site, len(message.data))
        await self._give_way()

    def _missed(self, site: str, size: int) -> None:
        if self._flooding.missed(site, self._now().steady_s, size):
            log.warning("%s floods us: it is not listened to", plain(site, 100))

    async def _give_way(self) -> None:
        """Yield to other tasks: a thousand messages at once stall none.

        Not after each: of an endless flood more would come than is read.
        """
        now_s = self._now().steady_s
        self._row += 1
        if self._row >= MOST_IN_A_ROW or not 0 <= now_s - self._row_s < LONGEST_ROW_S:
            await asyncio.sleep(0)
            self._row, self._row_s = 0, self._now().steady_s

    async def _hear_held(self, state: HeldState) -> bool:
        """Take in a state from the hub's store; return whether its site may go on."""
        token = state.subject.split(".", 2)[1]
        if self._may_be_read(state):
            held_s = self._hub_clock.held_s(state.time)
            self._take(state.subject, state.data, held_s)
        else:
            self._missed(token, len(state.data))
        await asyncio.sleep(0)
        return token not in self._flooding.sites

    def _may_be_read(self, message: "Msg | HeldState") -> bool:
        """Tell whether its site is within its rate; count what is not read."""
        site, topic = message.subject.split(".", 2)[1:]
        lives, size = topic == subjects.ALIVE, len(message.data)
        rates = self._lives if lives else self._in_detail
        may_be = size <= LARGEST_BYTES or not lives
        if may_be and rates.takes(site, size, self._now().steady_s):
            return True
        self.unread += 1
        said = f"{self.unread} messages of sites that say too much are not read"
        self._log("flood", f"{said}, now of {plain(message.subject, 100)}")
        return False

    async def _count_event(self, message: "Msg") -> None:
        """Note the events that came to the hub, by their headers."""
        about = subjects.read(message.subject)
        self._newest_event = message.metadata.timestamp
        epoch, numbers = subjects.numbers(message.headers or {})
        token = message.subject.split(".", 2)[1]
        size = sum(map(len, (message.headers or {}).values()))
        if not self._events.takes(token, size, self._now().steady_s):
            self._missed(token, 0)
        elif about and self.follows(about.site):
            for number in numbers:
                sent = Sent(
                    site=about.site, epoch=epoch, boot="", number=number, steady_s=0.0
                )
                self._picture = pictures.take_event(self._picture, sent)
            self.news.set()
        await asyncio.sleep(0)

    def _take(self, subject: str, data: bytes, held_s: float) -> None:
        """Take in a message; a malformed one is dropped.

        Whatever it holds, the next one is received.
        """
        came = self._now()
        try:
            message = site_message.read(subject, data)
            if message is None:
                return
            ours = self._sites.name if self._sites else None
            # A site alive at the hub of a province has been let in.
            lives_here = self._province and message.about.topic == subjects.ALIVE
            if message.sent.site == ours:
                self._take_own(message, came)
            elif not (lives_here or self.follows(message.sent.site)):
                return
            elif message.about.topic == subjects.ALIVE:
                self._take_alive(message, came)
            elif message.about.topic != subjects.EVENT:
                self._take_detail(message, came, held_s)
        except Exception as error:  # noqa: BLE001 -- one site is not to silence all
            self.dropped += 1
            said = f"{plain(subject, 100)}: {plain(error)}"
            many = f"{self.dropped} messages of other sites dropped"
            self._log("broken", f"{many}, now of {said}")
        self.news.set()

    def _take_own(self, message: SiteMessage, came: Instant) -> None:
        if message.about.topic == subjects.ALIVE:
            alive = site_message.alive_in(message)
            sent, writer = message.sent, self._writer
            if writer and not writer.is_ours(sent.epoch, sent.boot, sent.place):
                self._log("thief", "another speaks as we do: it has our key")
                writer.begin_another_life()
            self._ourselves = pictures.take_in(self._ourselves, sent, alive, came)

    def _take_alive(self, message: SiteMessage, came: Instant) -> None:
        alive = site_message.alive_in(message)
        self._picture = pictures.take_in(self._picture, message.sent, alive, came)
        self._confirm(message.sent.site, came)

    def _take_detail(self, message: SiteMessage, came: Instant, held_s: float) -> None:
        name = message.sent.site
        if not self._picture.has_room(name):
            return
        detail = None
        if not message.is_gone:
            thing = site_message.detail_in(message)
            sent_at = self._sent_at(message.sent, came, held_s)
            detail = other_snapshot.on_our_clocks(message, thing, sent_at)
        before = self._details.get(name, Details())
        after = other_snapshot.with_detail(before, message.about, detail)
        if after is not before:
            self._details[name] = after
            self._changed.add(name)
            self._remember_last(name, detail)
            self._confirm(name, came)

    def _sent_at(self, sent: Sent, came: Instant, held_s: float) -> Instant:
        """Return the time of sending: by its life, else by the hub."""
        told_s = pictures.said_s(self._picture, sent)
        ago_s = max(0.0, held_s if told_s is None else came.steady_s - told_s)
        return came.later(-ago_s)

    def _remember_last(self, name: str, detail: Detail | None) -> None:
        """Remember a site of whose life nothing came yet."""
        known = self._picture.sites.get(name)
        if detail is not None and not (known and known.lives):
            view = other_snapshot.last_word(name, self._details[name])
            if view is not None:
                self._picture = pictures.remember(self._picture, view)

    def _confirm(self, name: str, at: Instant) -> None:
        """Note whether a site's details match its sign of life."""
        details, picture = self._details.get(name), self._picture.sites.get(name)
        if details is None or picture is None or not picture.lives:
            return
        life = picture.lives[-1]
        view = replace(life.view, epoch=life.epoch)
        if not picture.speakers(at) and other_snapshot.agrees(details, view):
            self._confirmed[name] = life.heard

    def _log(self, kind: str, text: str) -> None:
        now_s = self._now().steady_s
        if now_s - self._logged_s.get(kind, -math.inf) >= LOG_EVERY_S:
            self._logged_s[kind] = now_s
            log.warning("%s", text)
