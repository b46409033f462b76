"""What the province does at the hub: it makes the streams, and admits each site.

A site that it hears has been let in by the server under its own name. Once there is a
consumer for it, what the province says waits there until the site takes it.
"""

import asyncio
from typing import TYPE_CHECKING

from secours.sites import streams, subjects
from secours.sites.link import HubConnection

if TYPE_CHECKING:
    from nats.aio.msg import Msg

COPIES = 3  # of all that is kept, where the hub has so many members


class Administration:
    """The part of a link by which a province looks after its hub."""

    async def talk(self, connection: HubConnection) -> None:
        """Make the streams, then admit each site once that is heard.

        One that was admitted before goes on where it was.

        Raises:
            nats.errors.Error: the hub refuses, or does not answer.

        """
        copies = COPIES if len(connection.sites.hub) >= COPIES else 1
        heard: set[str] = set()
        waiting: asyncio.Queue[str] = asyncio.Queue()

        async def hear(said: "Msg") -> None:
            if said.subject not in heard:
                heard.add(said.subject)
                waiting.put_nowait(said.subject)

        await streams.ensure(connection.stream, copies=copies)
        await connection.client.subscribe(
            f"{subjects.ROOT}.*.{subjects.ALIVE}", cb=hear
        )
        while True:
            if (found := subjects.read(await waiting.get())) is not None:
                await streams.admit(connection.stream, found.site)
