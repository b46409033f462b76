"""What the province does at the hub: makes the streams, admits sites, drops floods.

A site that it hears has been let in by the server under its own name. Once there is a
consumer for it, what the province says waits there until the site takes it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from secours.outside_text import plain
from secours.sites import streams, subjects
from secours.sites.link import HubConnection, together

if TYPE_CHECKING:
    from nats.aio.msg import Msg

log = logging.getLogger(__name__)

COPIES = 3  # of all that is kept, where the hub has so many members
AGAIN_AFTER_S = 5.0
PREPARED_WITHIN_S = 2.0
MOST_AT_ONCE, REST_S = 5000, 10.0  # lives that are heard, to admit whose they are, and
# the rest after them: a flood is as many at once
LOOK_EVERY_S = 5.0  # whether a site floods the hub


class Administration:
    """The part of a link by which a province looks after its hub."""

    async def prepare(self, connection: HubConnection) -> None:
        """Make the streams at a new hub before anything is said, if it lets us at once.

        Where it does not, that is tried again, and said, while others talk.
        """
        from nats.errors import Error

        with suppress(Error, TimeoutError):
            async with asyncio.timeout(PREPARED_WITHIN_S):
                await _make_streams(connection)

    async def talk(self, connection: HubConnection) -> None:
        """Make the streams, then admit each site that is heard.

        Where the hub refuses, or its members have no leader yet, it is asked again: to
        be heard ourselves needs none of this.
        """
        from nats.errors import Error

        while True:
            try:
                await together(_look_after(connection), _drop_floods(connection))
            except Error as error:
                log.warning("the hub cannot be looked after: %s", plain(error))
            await asyncio.sleep(AGAIN_AFTER_S)


async def _make_streams(connection: HubConnection) -> None:
    copies = COPIES if len(connection.sites.hub) >= COPIES else 1
    await streams.ensure(connection.stream, copies=copies)


async def _look_after(connection: HubConnection) -> None:
    """Admit each site once: one that was admitted before goes on where it was."""
    heard: set[str] = set()
    waiting: asyncio.Queue[str] = asyncio.Queue()

    async def hear(said: "Msg") -> None:
        if said.subject not in heard:
            heard.add(said.subject)
            waiting.put_nowait(said.subject)

    async def admit() -> None:
        while True:
            if (found := subjects.read(await waiting.get())) is not None:
                await streams.admit(connection.stream, found.site)

    await _make_streams(connection)
    await together(_listen(connection, hear), admit())


async def _listen(
    connection: HubConnection, hear: Callable[["Msg"], Awaitable[None]]
) -> None:
    """Hear who lives, but no more at a time than many sites have to say."""
    every_site = f"{subjects.ROOT}.*.{subjects.ALIVE}"
    while True:
        left, over = MOST_AT_ONCE, asyncio.Event()

        async def count(said: "Msg") -> None:
            nonlocal left
            left -= 1
            if left <= 0:
                over.set()  # noqa: B023 -- it is of this turn
            await hear(said)

        subscription = await connection.client.subscribe(every_site, cb=count)
        try:
            await over.wait()
        finally:
            with suppress(Exception):  # the connection may be gone
                await subscription.unsubscribe()
        await asyncio.sleep(REST_S)


async def _drop_floods(connection: HubConnection) -> None:
    """Keep the hub from being filled by one site, until cancelled."""
    known = streams.HeldStates()
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        known, over = await streams.drop_floods(connection.stream, known)
        for site in over:
            log.warning("%s floods the hub: its states are dropped", plain(site))
