"""Administration of the hub by the province: streams, and admission of sites.

The server admits each site under its own name only. Orders for a site with a consumer
wait there until it takes them. Messages of a removed site are deleted at the hub, but
for its events.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from secours.outside_text import plain
from secours.sites import streams, subjects
from secours.sites.hub import site_list
from secours.sites.hub.site_list import SiteList
from secours.sites.link import HubConnection, together

if TYPE_CHECKING:
    from nats.aio.msg import Msg

log = logging.getLogger(__name__)

COPIES = 3  # of all streams, where the hub has so many members
AGAIN_AFTER_S = 5.0
PREPARED_WITHIN_S = 2.0
MOST_AT_ONCE, LEAST, REST_S = 2 << 20, 4 << 10, 10.0  # bytes of
# signs of life read at once to admit their sites, the least that one counts for, and
# the pause in seconds after that many: this bounds a flood
MAKE_ROOM_EVERY_S = 60.0  # for events; the first time once present ones are read
ASK_EVERY_S = 5.0  # interval of questions for the list of sites
ASK_IN_VAIN_EVERY_S = 60.0  # of a hub that does not answer them
OVERLAP = "err_code=10065"  # of streams' subjects (errors.json of the NATS server)
OF_OTHERS = "it has streams of another version of Secours: see docs/sites.md"


class KnownList(Protocol):
    """Memory of the sites that the hub lets in."""

    @property
    def newest(self) -> SiteList:
        """Return the newest list."""

    def take(self, fresh: SiteList) -> None:
        """Accept a list, unless there is a newer one."""


class Administration:
    """Part of a link by which a province administers its hub."""

    def __init__(self, known: KnownList) -> None:
        """Keep the hub's list in `known`."""
        self._known = known

    async def prepare(self, connection: HubConnection) -> None:
        """Make the streams at a new hub before any messages, if it lets us at once.

        If it refuses, that is tried again, and logged, while others talk.
        """
        from nats.errors import Error

        with suppress(Error, TimeoutError):
            async with asyncio.timeout(PREPARED_WITHIN_S):
                await _make_streams(connection)

    async def talk(self, connection: HubConnection) -> None:
        """Make the streams, then admit each site at its first sign of life.

        If the hub refuses, or its members have no leader yet, that is tried again: our
        own messages need none of this.
        """
        from nats.errors import Error

        while True:
            live: set[str] = set()
            try:
                await _make_streams(connection)
                await together(
                    _admit(connection, live),
                    self._follow_list(connection, live),
                    _make_room(connection),
                )
            except Error as error:
                why = OF_OTHERS if OVERLAP in str(error) else plain(error)
                log.warning("the hub cannot be looked after: %s", why)
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _follow_list(self, connection: HubConnection, live: set[str]) -> None:
        """Follow the hub's list of sites, and drop the messages of others."""
        in_force: SiteList | None = None
        while True:
            listed = await site_list.ask(connection.client)
            if listed is not None:
                self._known.take(listed)
            if listed == self._known.newest != in_force:
                await _shut_out(connection, listed.sites, live)
                in_force = listed
            await asyncio.sleep(ASK_EVERY_S if listed else ASK_IN_VAIN_EVERY_S)


async def _shut_out(
    connection: HubConnection, sites: frozenset[str], live: set[str]
) -> None:
    """Drop what the hub holds of other sites; one that comes again is admitted."""
    names = {*sites, connection.sites.name}
    for site in (await streams.admitted(connection.stream)).keys() - names:
        await streams.shut_out(connection.stream, site)
        live.discard(subjects.alive(site))
        log.info("%s is let in no more: what the hub held is dropped", plain(site))


async def _make_streams(connection: HubConnection) -> None:
    stream, copies = connection.stream, _copies(connection)
    await streams.ensure(stream, copies=copies)
    await streams.hold_states(stream, connection.sites.name, copies=copies)


def _copies(connection: HubConnection) -> int:
    return COPIES if len(connection.sites.hub) >= COPIES else 1


async def _make_room(connection: HubConnection) -> None:
    """Keep room for each site's events at the hub, until cancelled."""
    while True:
        await asyncio.sleep(MAKE_ROOM_EVERY_S)
        await streams.make_room(connection.stream)


async def _admit(connection: HubConnection, live: set[str]) -> None:
    """Admit each site once; one admitted before continues where it was."""
    waiting: asyncio.Queue[str] = asyncio.Queue()

    async def hear(message: "Msg") -> None:
        if message.subject not in live:
            live.add(message.subject)
            waiting.put_nowait(message.subject)

    async def admit() -> None:
        while True:
            if (subject := subjects.read(await waiting.get())) is not None:
                await streams.admit(
                    connection.stream, subject.site, copies=_copies(connection)
                )

    await together(_listen(connection, hear), admit())


async def _listen(
    connection: HubConnection, hear: Callable[["Msg"], Awaitable[None]]
) -> None:
    """Receive signs of life, at a rate for many sites."""
    every_site = f"{subjects.ROOT}.*.{subjects.ALIVE}"
    while True:
        budget, over = MOST_AT_ONCE, asyncio.Event()

        async def count(message: "Msg") -> None:
            nonlocal budget
            budget -= max(LEAST, len(message.data))
            if budget <= 0:
                over.set()  # noqa: B023 -- it is of this turn
            await hear(message)

        subscription = await connection.client.subscribe(every_site, cb=count)
        try:
            await over.wait()
        finally:
            with suppress(Exception):  # the connection may be gone
                await subscription.unsubscribe()
        await asyncio.sleep(REST_S)
