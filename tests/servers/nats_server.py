"""nats-server, unprivileged, on a free loopback port, with JetStream on.

Plain and open to all unless a configuration is given; killed, it loses nothing that it
had written. Break it with a signal to its process, a small disk, or another folder.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from msgspec import Struct
from nats.aio.client import Client
from servers.daemons import running
from servers.debian import found, needs
from servers.scripted import LOOPBACK, closed_port

from secours.sites import streams

NEEDED = needs("nats-server", "nats-server")
PATIENCE_S = 60
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


class PatientClient(Client):
    """A client of a hub that a busy machine keeps from answering at once."""

    async def connect(self, *servers: Any, **how: Any) -> None:
        """Connect, and wait longer than the few seconds of the library, or ours."""
        await super().connect(*servers, **{**how, "connect_timeout": PATIENCE_S})

    async def flush(self, timeout: int = PATIENCE_S) -> None:  # noqa: ASYNC109 -- its own
        """Wait until all that was said is at the hub."""
        await super().flush(timeout)


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
    client = PatientClient()
    await client.connect(hub.url, allow_reconnect=False)
    try:
        yield client
    finally:
        await client.close()
