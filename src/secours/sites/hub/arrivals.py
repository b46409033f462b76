"""Sites seen at a running hub, asked with the province's credentials."""

import asyncio
import logging
from pathlib import Path

from secours.model.sites.membership import Sites
from secours.sites import credentials, link, streams
from secours.sites.hub.roster import Roster

LIMIT_S = 10.0  # over a satellite it takes six answers


def ask(roster: Roster, file: Path) -> frozenset[str]:
    """Return the sites seen; `file` has the credentials of the province.

    Raises:
        OSError: the file cannot be read, or no server is reached.
        msgspec.MsgspecError: there are no credentials in it.
        nats.errors.Error: the hub does not let us in.
    """
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # TLS may end as it likes
    return asyncio.run(_ask(roster, file.read_text("utf-8")))


async def _ask(roster: Roster, text: str) -> frozenset[str]:
    from nats.aio.client import Client
    from nats.js.errors import NotFoundError

    office = roster.province.name
    client, sites = Client(), Sites(name=office, hub=roster.urls)
    ours = credentials.read(text)
    try:
        async with asyncio.timeout(LIMIT_S):
            await link.connect(client, sites, ours, closed=asyncio.Event())
            present = await streams.admitted(client.jetstream())
    except NotFoundError:  # the province has made no streams yet
        return frozenset()
    finally:
        await client.close()
    return frozenset(present) - {office}
