"""nats-server, unprivileged, on a free loopback port, with JetStream on.

Plain and open to all unless a configuration is given; killed, it loses nothing that it
had written. Break it with a signal to its process, a small disk, or another folder.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import Struct
from nats.aio.client import Client
from servers.daemons import running
from servers.debian import found, needs
from servers.scripted import LOOPBACK, closed_port

from secours.sites import streams

NEEDED = needs("nats-server", "nats-server")
CONF = """
host: "{host}"
port: {port}
server_name: "hub"
jetstream {{
  store_dir: "{folder}/jetstream"
  max_memory_store: 64MB
  max_file_store: 10GB
}}
"""


class RunningHub(Struct):
    """A hub that runs, and where it is."""

    url: str
    port: int
    folder: Path
    process: asyncio.subprocess.Process


@asynccontextmanager
async def nats_server(
    folder: Path,
    *,
    host: str = LOOPBACK,
    port: int | None = None,
    conf: str = CONF,
    made: bool = True,
    sites: Sequence[str] = (),
    within: Sequence[str] = (),
) -> AsyncIterator[RunningHub]:
    """Run it while the block lasts; with our streams, unless they are not `made`.

    It has admitted these `sites`.

    `within` is the command that runs another one in a network namespace.
    """
    port = port or closed_port()
    file = folder / "nats.conf"
    file.write_text(conf.format(host=host, port=port, folder=folder))
    command = [*within, found("nats-server"), "-c", str(file)]
    async with running(
        command, host=host, port=port, log=folder / "nats.log"
    ) as process:
        hub = RunningHub(f"nats://{host}:{port}", port, folder, process)
        if made:
            async with client_of(hub) as client:
                await streams.ensure(client.jetstream())
                for site in sites:
                    await streams.admit(client.jetstream(), site)
        yield hub


@asynccontextmanager
async def client_of(hub: RunningHub) -> AsyncIterator[Client]:
    """Connect to it as anybody."""
    client = Client()
    await client.connect(hub.url, allow_reconnect=False)
    try:
        yield client
    finally:
        await client.close()
