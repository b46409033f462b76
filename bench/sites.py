"""Sites that all speak to one hub, are all cut off, and come back.

The hub is as `secours hub init` makes it: TLS on both sides, an nkey a site. As root
the way to it is cut in a network of namespaces, where packets are dropped; else the hub
is stopped for as long. It is killed meanwhile in any case.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import msgspec
from msgspec.structs import replace
from servers import namespace
from servers.namespace import Network, network
from servers.scripted import LOOPBACK, closed_port

from bench import peers
from bench.crowd import BARE, PROVINCE, STORED, Orders, Progress, Received
from bench.engines import Unsound
from bench.measuring import cpu_of, environment, memory_of
from secours.sites.hub.configuration import environment as memory_bounds
from secours.sites.hub.folder import HubFolder
from secours.sites.hub.roster import HubMember

MEMBER, WAY = "hub", "out"
ENGINES = tuple(f"engine-{number}" for number in range(8))  # sites that are admitted
# and have no process here
START_S, ANSWER_S, CONVERGE_S, GONE_S = 30.0, 60.0, 90.0, 10.0
LOOK_S = 0.1
IN_A_PROCESS = {BARE: 100, STORED: 25}

Numbers = Mapping[str, Progress]


class Surroundings:
    """Where the hub and the sites run, and how the way between them is cut."""

    def __init__(self, net: Network | None) -> None:
        """Take a network of namespaces, or this machine's loopback."""
        self._net = net
        self.host = net.address(MEMBER) if net else LOOPBACK

    def for_hub(self) -> tuple[str, ...]:
        """Return the command that runs another one where the hub is."""
        return self._net.within(MEMBER) if self._net else ()

    def for_sites(self) -> tuple[str, ...]:
        """Return the command that runs another one where the sites are."""
        return self._net.within("here") if self._net else ()

    @property
    def can_cut(self) -> bool:
        """Tell whether a way can be cut and the hub left running."""
        return self._net is not None

    def cut(self) -> None:
        """Drop whatever goes to the hub."""
        if self._net:
            self._net.cut(WAY, "dropped")

    def mend(self) -> None:
        """Undo it."""
        if self._net:
            self._net.mend(WAY, "dropped")


@contextmanager
def surroundings(*, apart: bool) -> Iterator[Surroundings]:
    """Make a place for a hub and its sites, apart where they can be; in a loop."""
    if not (apart and namespace.CAN):
        yield Surroundings(None)
        return
    with network([WAY], [MEMBER]) as net:
        yield Surroundings(net)


@dataclass
class Hub:
    """A NATS server, its files, and who may come in."""

    folder: HubFolder
    member: HubMember
    place: Surroundings
    process: asyncio.subprocess.Process | None = None
    used_s: float = 0.0  # of the processor, by those that were killed
    most_mib: float = 0.0

    async def start(self) -> None:
        """Run it until it listens."""
        where = self.folder.server(self.member)
        with (where / "log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.place.for_hub(),
                peers.found("nats-server", "nats-server"),
                *("-c", "nats.conf"),
                cwd=where,
                env=os.environ | memory_bounds(len(self.folder.roster().sites)),
                stdout=log,
                stderr=log,
            )

    async def kill(self) -> None:
        """End it as a fault would."""
        assert self.process is not None
        self.used_s += cpu_of(self.process.pid)
        self.process.kill()
        await self.process.wait()
        self.process = None

    @property
    def cpu_s(self) -> float:
        """Return the processor's time that it has used since its first start."""
        return self.used_s + (cpu_of(self.process.pid) if self.process else 0.0)

    @property
    def mib(self) -> float:
        """Return the memory that it holds."""
        return memory_of(self.process.pid) if self.process else 0.0

    @property
    def disk_bytes(self) -> int:
        """Return what its streams take."""
        files = (self.folder.server(self.member) / "jetstream").rglob("*")
        return sum(file.stat().st_blocks * 512 for file in files if file.is_file())


class Talking:
    """A process of a crowd, which answers."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        """Take one that was started."""
        self._process = process

    @property
    def pid(self) -> int:
        """Return which it is."""
        return self._process.pid

    def tell(self, line: str) -> None:
        """Give an order."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())

    async def ask(self, line: str) -> bytes:
        """Give an order, and return the answer."""
        assert self._process.stdout is not None
        self.tell(line)
        async with asyncio.timeout(ANSWER_S):
            answer = await self._process.stdout.readline()
        if not answer:
            raise Unsound(f"a process of the crowd ended when it was told to {line}")
        return answer

    async def end(self) -> None:
        """Let it go."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(GONE_S):
                await self._process.wait()
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


@dataclass
class Province:
    """A hub with its sites, all of them running."""

    hub: Hub
    processes: list[Talking]  # the one that governs first

    @property
    def governor(self) -> Talking:
        """Return the process that makes the streams, and reads them."""
        return self.processes[0]

    @property
    def crowd(self) -> list[Talking]:
        """Return the processes of the sites."""
        return self.processes[1:]

    async def begin(self, folder: Path, orders: Orders) -> None:
        """Start one more process."""
        name = f"crowd-{len(self.processes)}"
        place = self.hub.place
        self.processes.append(await _start(folder, name, orders, place))

    async def numbers(self) -> Numbers:
        """Return how far each site is."""
        answers = await asyncio.gather(*(each.ask("numbers") for each in self.crowd))
        found: dict[str, Progress] = {}
        for answer in answers:
            found |= msgspec.json.decode(answer, type=dict[str, Progress])
        return found

    async def until_begun(self) -> Numbers:
        """Wait until something happened at each site; return how far they are.

        Raises:
            Unsound: it took too long.
        """
        began_s = monotonic()
        while monotonic() - began_s < START_S:
            now = await self.numbers()
            if all(each.made for each in now.values()):
                return now
            await asyncio.sleep(LOOK_S)
        raise Unsound(f"nothing happened at some sites in {START_S:g} s")

    async def stop(self) -> None:
        """Let nothing more happen."""
        for each in self.crowd:
            each.tell("stop")

    async def received(self) -> Mapping[str, Mapping[str, Received]]:
        """Return what the hub has of each site, by epoch."""
        answer = await self.governor.ask("heard")
        return msgspec.json.decode(answer, type=dict[str, dict[str, Received]])

    async def until_acknowledged(self, wanted: Numbers) -> float:
        """Wait until the hub has so much of each site; return how long it took.

        Raises:
            Unsound: it took too long.
        """
        began_s = monotonic()
        while monotonic() - began_s < CONVERGE_S:
            now = await self.numbers()
            if all(now[n].acknowledged >= wanted[n].made for n in wanted):
                return monotonic() - began_s
            await asyncio.sleep(LOOK_S)
        behind = sum(now[n].acknowledged < wanted[n].made for n in wanted)
        raise Unsound(
            f"{behind} of {len(wanted)} sites had not converged in {CONVERGE_S:g} s"
        )

    def of_an_engine(self, name: str) -> dict[str, object]:
        """Return the section of a plan that makes its engine one of the sites."""
        file = self.hub.folder.path / "sites" / f"{name}.credentials"
        return {
            "name": name,
            "hub": self.hub.member.url,
            "credentials": f"${{file:{file}}}",
        }

    @property
    def cpu_s(self) -> float:
        """Return the processor's time that all sites have used."""
        return sum(cpu_of(each.pid) for each in self.crowd)

    @property
    def mib(self) -> float:
        """Return the memory that all sites hold."""
        return sum(memory_of(each.pid) for each in self.crowd)


@asynccontextmanager
async def province(
    folder: Path, count: int, kind: str, every_s: float, *, apart: bool = True
) -> AsyncIterator[Province]:
    """Run a hub and so many sites while the block lasts, apart so as to be cut off.

    Raises:
        Missing: there is no nats-server.
    """
    peers.found("nats-server", "nats-server")
    with surroundings(apart=apart) as place:
        hub, keys = _founded(folder, count, place)
        made = Province(hub, [])
        try:
            await hub.start()
            governing = {PROVINCE: str(hub.folder.path / f"{PROVINCE}.credentials")}
            await made.begin(folder, _orders(hub, PROVINCE, governing, every_s))
            await made.governor.ask("make")
            await made.governor.ask(f"admit {' '.join(ENGINES)}")
            names = list(keys)
            together = IN_A_PROCESS[kind]
            for first in range(0, count, together):
                some = {n: keys[n] for n in names[first : first + together]}
                orders = _orders(hub, kind, some, every_s)
                await made.begin(folder, replace(orders, folder=str(folder)))
            yield made
        finally:
            await asyncio.gather(*(each.end() for each in made.processes))
            if hub.process:
                await hub.kill()


def _founded(
    folder: Path, count: int, place: Surroundings
) -> tuple[Hub, dict[str, str]]:
    """Return a hub with all its files, and the file of each site."""
    now = datetime.now(UTC)
    member = HubMember(name=MEMBER, hosts=(place.host,), port=closed_port())
    files = HubFolder(folder / "hub")
    files.init([member], PROVINCE, now)
    for name in ENGINES:
        files.add(name, (), now)
    names = (f"site-{number}" for number in range(count))
    return Hub(files, member, place), {n: str(files.add(n, (), now)) for n in names}


def _orders(hub: Hub, kind: str, keys: dict[str, str], every_s: float) -> Orders:
    return Orders(kind=kind, url=hub.member.url, credentials=keys, every_s=every_s)


async def _start(
    folder: Path, name: str, orders: Orders, place: Surroundings
) -> Talking:
    file = folder / f"{name}.json"
    file.write_bytes(msgspec.json.encode(orders))
    with (folder / f"{name}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *place.for_sites(),
            *(sys.executable, "-m", "bench.crowd", str(file)),
            env=environment(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            limit=1 << 24,
        )
    return Talking(process)
