"""The hub that `secours hub` writes: real servers, and who comes in with its keys."""

import asyncio
import random
import signal
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec import Struct
from nats.aio.client import Client
from nats.js import JetStreamContext
from servers.daemons import running
from servers.debian import found
from servers.nats_server import PatientClient
from servers.scripted import LOOPBACK, closed_port

from secours.model.sites.membership import Sites
from secours.sites import credentials, link, streams
from secours.sites.credentials import Credentials
from secours.sites.hub.configuration import SERVER_CONF, TLS_FIRST, environment
from secours.sites.hub.folder import PROVINCE, HubFolder, file_of
from secours.sites.hub.roster import ALONE, ROUTES_ABOVE, HubMember
from secours.sites.hub.site_list import SiteList
from secours.sites.link import connect

LISTENS = "Listening for route connections"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OFFICE = "province"
LOWEST, HIGHEST = 22_000, 30_000  # ports that no connection of anybody begins at: what
# takes one between here and there keeps a server from its own


@pytest.fixture(autouse=True)
def counts_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a connection count from its first moment."""
    monkeypatch.setattr(link, "COUNTS_AFTER_S", 0.0)


def one_hub(folder: Path, **sites: Sequence[str]) -> HubFolder:
    """Make the folder of a hub of one server, for sites and whom each follows."""
    hub = HubFolder(folder)
    hub.init([alone()], OFFICE, datetime.now(UTC))
    for name, follow in sites.items():
        hub.add(name, follow, datetime.now(UTC))
    return hub


def alone() -> HubMember:
    """Return a server that is no member of a cluster, on a free port."""
    return HubMember(name=ALONE, hosts=(LOOPBACK,), port=closed_port())


def three() -> list[HubMember]:
    """Return the members of a cluster, on free ports."""
    return [
        HubMember(name=name, hosts=(LOOPBACK,), port=port)
        for name, port in zip((ALONE, "two", "three"), _ports(), strict=False)
    ]


def _ports() -> Sequence[int]:
    tried = random.sample(range(LOWEST, HIGHEST), 1000)
    found = (n for n in tried if _is_free(n) and _is_free(n + ROUTES_ABOVE))
    return [port for port, _ in zip(found, range(3), strict=False)]


def _is_free(port: int) -> bool:
    """Tell whether a server can listen on a port, on all addresses as members do."""
    with socket.socket() as sock, suppress(OSError, OverflowError):
        sock.bind(("", port))
        return True
    return False


def make_earlier(hub: HubFolder) -> Path:
    """Make its server one of an earlier version, which speaks before TLS."""
    conf = hub.server(hub.roster().members[0]) / SERVER_CONF
    text = conf.read_text()
    conf.write_text("".join(x for x in text.splitlines(True) if TLS_FIRST not in x))
    assert conf.read_text() != text
    return conf


@asynccontextmanager
async def serving(
    hub: HubFolder, member: HubMember | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a server as its folder says, while the block lasts."""
    member = member or hub.roster().members[0]
    folder = hub.server(member)
    bounds = environment(len(hub.roster().sites)).items()
    given = (f"{key}={value}" for key, value in bounds)
    command = ["env", *given, found("nats-server"), "-c", SERVER_CONF]
    log = folder / "nats.log"
    async with running(command, port=member.port, log=log, folder=folder) as process:
        while len(hub.roster().members) > 1 and LISTENS not in log.read_text():
            assert process.returncode is None, log  # without one no cluster is whole
            await asyncio.sleep(0.02)
        yield process


async def reload(process: asyncio.subprocess.Process, hub: HubFolder) -> None:
    """Have a server read its configuration, and wait until it has."""
    log = hub.server(hub.roster().members[0]) / "nats.log"
    before = log.read_text().count("Reloaded server configuration")
    process.send_signal(signal.SIGHUP)
    while log.read_text().count("Reloaded server configuration") == before:  # noqa: ASYNC110 -- a log
        await asyncio.sleep(0.02)


class Visitor(Struct):
    """A connection to the hub, and what the server denied it."""

    client: Client
    denied: list[str]
    closed: asyncio.Event

    async def said(self) -> list[str]:
        """Return what the server denied until now.

        The client sends its first ping before what it has not yet written.
        """
        await self.client.flush()
        await self.client.flush()
        return self.denied


def given_to(hub: HubFolder, site: str) -> Credentials:
    """Return what was made for a site, or for the province."""
    file = PROVINCE if site == OFFICE else f"sites/{file_of(site)}"
    return credentials.read((hub.path / file).read_text("utf-8"))


@asynccontextmanager
async def visiting(
    hub: HubFolder, site: str, ours: Credentials | None = None
) -> AsyncIterator[Visitor]:
    """Connect as a site does, with its own or other credentials."""
    ours = ours or given_to(hub, site)
    sites = Sites(name=site, hub=hub.roster().urls)
    visitor = Visitor(PatientClient(), [], asyncio.Event())
    await connect(
        visitor.client,
        sites,
        ours,
        closed=visitor.closed,
        denied=visitor.denied.append,
    )
    try:
        yield visitor
    finally:
        await visitor.client.close()


@asynccontextmanager
async def slow_way(port: int, slow_s: float) -> AsyncIterator[int]:
    """Listen in front of a port, and pass on later what is said to it, in seconds."""

    async def pass_on(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, after_s: float
    ) -> None:
        loop = asyncio.get_running_loop()
        while data := await reader.read(1 << 16):
            loop.call_later(after_s, writer.write, data)

    async def meet(near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        far, there = await asyncio.open_connection(LOOPBACK, port)
        with suppress(OSError):
            await link.together(pass_on(near, there, slow_s), pass_on(far, back, 0.0))
        there.close()
        back.close()

    server = await asyncio.start_server(meet, LOOPBACK, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


class KnownSites:
    """Remembers whom the hub lets in, as a province does without a disk."""

    def __init__(self) -> None:
        self.newest = SiteList()

    def take(self, fresh: SiteList) -> None:
        if fresh.replaces(self.newest):
            self.newest = fresh


@asynccontextmanager
async def administered(hub: HubFolder, *sites: str) -> AsyncIterator[JetStreamContext]:
    """Be the province, which has made the streams and admitted these sites."""
    async with visiting(hub, OFFICE) as office:
        stream = office.client.jetstream()
        await streams.ensure(stream)
        for site in sites:
            await streams.admit(stream, site)
        yield stream
