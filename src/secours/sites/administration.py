"""What the province does at the hub: it makes the streams, and admits each site.

A site that it hears has been let in by the server under its own name. Once there is a
consumer for it, what the province says waits there until the site takes it.
"""

import asyncio
import logging
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from secours.sites import streams, subjects
from secours.sites.link import HubConnection

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg

log = logging.getLogger(__name__)

COPIES = 3  # of all that is kept, where the hub has so many members
ANSWER_S = 10.0


class Administration:
    """The part of a link by which a province looks after its hub."""

    async def talk(self, connection: HubConnection) -> None:
        """Make the streams, then admit each site that is heard and was not.

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
        admitted = await _admitted(connection.client)
        await connection.client.subscribe(
            f"{subjects.ROOT}.*.{subjects.ALIVE}", cb=hear
        )
        while True:
            found = subjects.read(await waiting.get())
            if found is None or subjects.consumer(found.site) in admitted:
                continue
            await streams.admit(connection.stream, found.site)
            log.info("the site %s may have what the province says", found.site)


class _Names(Struct, frozen=True):
    """A page of names, as JetStream answers."""

    total: int
    consumers: tuple[str, ...] = ()


async def _admitted(client: "Client") -> set[str]:
    """Return the consumers that there are already."""
    names: set[str] = set()
    while True:
        asked = msgspec.json.encode({"offset": len(names)})
        subject = f"$JS.API.CONSUMER.NAMES.{subjects.ORDERS}"
        answer = await client.request(subject, asked, timeout=ANSWER_S)
        page = msgspec.json.decode(answer.data, type=_Names)
        names.update(page.consumers)
        if not page.consumers or len(names) >= page.total:
            return names
