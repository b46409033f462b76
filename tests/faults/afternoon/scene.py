"""A province for an afternoon: a hub, four sites and the province with its screens.

All is started by the commands of `secours` as people start it. Three sites are honest;
the credentials of the fourth were stolen.
"""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from faults.afternoon.place import HONEST, OFFICE, ROGUE, SECRET, Place
from servers.command import Command
from servers.daemons import running
from servers.debian import found
from servers.scripted import closed_port, tcp_server

ON_THE_WAY = ("dison", OFFICE)  # whose way to the hub leads by the host on the way
CHANNELS = ("desk", "radio", "phone")
TURN_S = 1.2  # after which a channel of each honest site changes
UP_S = 60.0
TESTS = Path(__file__).parents[2]
PROBING = "{interval: 400ms, watch_every: 400ms, retry_every: 100ms, timeout: 1s}"
PLAN = """\
site: {{name: {name}, language: en}}
sites: {{name: {name}, hub: "tls://127.0.0.1:{hub}",
  credentials: "${{file:{credentials}}}", follow: [{follow}]}}
probing: {probing}
channels:
{channels}
plan:
  - {{purpose: coordinate, audience: staff, primary: desk, alternate: radio,
      contingency: phone, last_resort: Send somebody}}
"""
CHANNEL = """\
  {name}:
    purposes: [coordinate]
    depends_on: []
    how: "Ask for number 4711 of {name}"
    probes: [{probe}]
"""
ANSWERS = "{{type: tcp, host: 127.0.0.1, port: {port}, expect: ok}}"
PEERS = """\
  portal:
    purposes: [alert]
    depends_on: []
    probes: [{{type: http, url: "http://127.0.0.1:{portal}/"}}]
  echo:
    purposes: [alert]
    depends_on: []
    probes: [{{type: tcp, host: 127.0.0.1, port: {echo}, expect: ok}}]
  mail:
    purposes: [alert]
    depends_on: []
    probes: [{{type: imap, host: 127.0.0.1, port: {echo}, security: none,
      username: us, password: "${{OTHER_SECRET}}"}}]
"""


@dataclass
class Scene:
    """What runs, and how to see it."""

    folder: Path
    place: Place
    hub: Process
    way: Process
    office: Process
    sites: dict[str, Command]
    doors: dict[str, int]  # of the sites
    broken: set[tuple[str, str]]  # channels: of which site, and their names

    def token(self, name: str) -> str:
        """Return with what the screens of a site open."""
        file = self.sites[name].folder / "state" / "access.token"
        return file.read_text().strip()

    async def turn(self, word: str) -> dict[str, Any]:
        """Have the host on the way do something else; return what it was told."""
        assert self.way.stdin
        assert self.way.stdout
        self.way.stdin.write(word.encode() + b"\n")
        answer: dict[str, Any] = json.loads(await self.way.stdout.readline())
        return answer

    async def change(self) -> None:
        """Let a channel of each honest site break or heal, again and again."""
        for turn in range(10**9):
            name = CHANNELS[turn % len(CHANNELS)]
            self.broken ^= {(site, name) for site in HONEST}
            await asyncio.sleep(TURN_S)


async def listening(
    stack: AsyncExitStack, broken: set[tuple[str, str]], who: str
) -> str:
    """Open what the channels of a site are tested with; return them for its plan."""
    text = ""
    for name in CHANNELS:

        async def peer(
            _: asyncio.StreamReader,
            writer: asyncio.StreamWriter,
            key: tuple[str, str] = (who, name),
        ) -> None:
            writer.write(b"no\r\n" if key in broken else b"ok\r\n")

        port = await stack.enter_async_context(tcp_server(peer))
        text += CHANNEL.format(name=name, probe=ANSWERS.format(port=port))
    return text


async def hub_of(folder: Path, port: int) -> dict[str, Path]:
    """Make a hub by its commands; return the credentials of each."""
    made, secours = folder / "hub", Command(folder)
    await ran(
        secours, "hub", "init", str(made), "--host", "127.0.0.1", "--port", str(port)
    )
    for name in (*HONEST, ROGUE):
        follow = ("--follow", "all") if name == ROGUE else ()
        await ran(secours, "hub", "add", name, "--folder", str(made), *follow)
    files = {name: made / "sites" / f"{name}.credentials" for name in (*HONEST, ROGUE)}
    return files | {OFFICE: made / "province.credentials"}


async def ran(secours: Command, *argv: str) -> str:
    done = await secours.run(*argv)
    assert done.code == 0, done.err
    return done.out


@asynccontextmanager
async def afternoon(folder: Path) -> AsyncIterator[Scene]:
    """Let the province live while the block lasts."""
    place = Place(
        hub=closed_port(),
        way=closed_port(),
        door=closed_port(),
        portal=closed_port(),
        echo=closed_port(),
        login=closed_port(),
    )
    files = await hub_of(folder, place.hub)
    place.stolen = str(files[ROGUE])
    doors = {name: closed_port() for name in (*HONEST, ROGUE)}
    broken: set[tuple[str, str]] = set()
    async with AsyncExitStack() as stack:
        hub = await stack.enter_async_context(serving(folder / "hub" / "hub", place))
        way = await way_of(stack, place)
        sites = {}
        for name in (OFFICE, *HONEST, ROGUE):
            sites[name] = Command(folder / name)
            (folder / name / "run").mkdir(mode=0o700, parents=True)
            channels = await listening(stack, broken, name)
            sites[name].plan(plan_of(name, place, files[name], channels))
            sites[name].env["OTHER_SECRET"] = SECRET
        up = ("up", "--province", "--port", str(place.door))
        office = await stack.enter_async_context(logged(sites[OFFICE], *up))
        for name, port in doors.items():
            run = ("run", "--http", str(port))
            await stack.enter_async_context(logged(sites[name], *run))
        for port in (*doors.values(), place.door):
            await is_well(port)
        links = await ran(sites[OFFICE], "link", "--port", str(place.door))
        place.wall_token = links.partition("/wall?token=")[2].split()[0]
        place.full_token = links.partition("/?token=")[2].split()[0]
        yield Scene(folder, place, hub, way, office, sites, doors, broken)


def plan_of(name: str, place: Place, credentials: Path, channels: str) -> str:
    """Write the plan of a site; of one of them peers will lie."""
    if name == "ans":
        channels += PEERS.format(portal=place.portal, echo=place.echo)
    return PLAN.format(
        name=name,
        hub=place.way if name in ON_THE_WAY else place.hub,
        credentials=credentials,
        follow={OFFICE: "all", "ans": "dison, spa"}.get(name, ""),
        probing=PROBING,
        channels=channels,
    )


@asynccontextmanager
async def serving(folder: Path, place: Place) -> AsyncIterator[Process]:
    """Run the server of the hub as the unit that `hub init` wrote runs it."""
    lines = (folder / "secours.conf").read_text().splitlines()
    said = (x.partition("Environment=") for x in lines)
    pairs = (rest for _, found_, rest in said if found_)
    command = ["env", *pairs, found("nats-server"), "-c", "nats.conf"]
    log = folder / "nats.log"
    async with running(command, port=place.hub, log=log, folder=folder) as process:
        yield process


async def way_of(stack: AsyncExitStack, place: Place) -> Process:
    """Start the host on the way."""
    command = (sys.executable, "-m", "faults.afternoon.way")
    way = await asyncio.create_subprocess_exec(
        *(*command, str(place.way), str(place.hub)),
        stdin=PIPE,
        stdout=PIPE,
        env={"PYTHONPATH": str(TESTS)},
    )
    stack.push_async_callback(way.wait)
    stack.callback(way.kill)
    assert way.stdout
    assert await way.stdout.readline() == b"ready\n"
    return way


@asynccontextmanager
async def logged(secours: Command, *argv: str) -> AsyncIterator[Process]:
    """Run a command while the block lasts, with what it says in a file."""
    with (secours.folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "secours", *argv),
            cwd=secours.folder,
            env=secours.env,
            stdin=DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), UP_S / 4)
            except TimeoutError:
                process.kill()
                await process.wait()


async def is_well(port: int) -> None:
    """Wait until the screens at a port say that all is fresh."""
    async with httpx.AsyncClient() as client, asyncio.timeout(UP_S):
        while True:
            try:
                answer = await client.get(f"http://127.0.0.1:{port}/healthz")
                if answer.status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.1)
