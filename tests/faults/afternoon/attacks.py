"""One attack after another on a province, and what each cost it."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
from faults.afternoon.place import SECRET, Told
from faults.afternoon.scene import TESTS, Scene
from faults.afternoon.witness import Costs, Witness, now_s
from faults.process_tree import tree
from soak import AT_LEISURE, by_level

BOUNDS = Costs(
    site_s=30.0 * AT_LEISURE,
    hub_mib=120.0,
    wall_s=15.0 * AT_LEISURE,
    health_s=2.0 * AT_LEISURE,
    engine_s=15.0 * AT_LEISURE,
)
FREED_MIB = by_level(1e9, 90.0, 90.0)  # else one attack pays for those before it
CALM = Costs(site_s=12.0, hub_mib=FREED_MIB, wall_s=10.0, health_s=1.0, engine_s=5.0)
STRIPPED_S = 8.0  # nobody is heard meanwhile, nor until the next try within 15 s
CALMED_S, LIMIT_S = 45.0, 60.0
LOOKED_EVERY_S = 0.3
STRIPPED = "TLS taken off on the way"
PORTAL, ECHO = "a captive portal", "another's secret said"
DEAD_PORT = "the port of a dead dashboard"
# It was killed, and nothing is seen of the engine but through it.
NOT_BOUND = {(DEAD_PORT, name) for name in ("health_s", "wall_s", "engine_s")}
PROVED_AT_MOST = ("none", "reached")


Doing = asyncio.Task[Told]


@dataclass(frozen=True)
class Attack:
    """What was done and won, and what it cost."""

    name: str
    told: Told
    costs: Costs

    @property
    def broken(self) -> list[str]:
        """Return what should not be."""
        found = [f"{self.name}: {each}" for each in self.told.won]
        for name, most in vars(BOUNDS).items():
            cost = getattr(self.costs, name)
            if cost >= most and (self.name, name) not in NOT_BOUND:
                found.append(f"{self.name}: {name} {cost:.1f}, at most {most:.0f}")
        return found


class Attacker:
    """The process that attacks, and does one thing at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.began = asyncio.Event()

    async def do(self, name: str) -> Told:
        """Have it do one."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin
        assert stdout
        self.began.clear()
        stdin.write(name.encode() + b"\n")
        async with asyncio.timeout(LIMIT_S):
            while not (line := await stdout.readline()).startswith(b"{"):
                assert line, "the attacker died"
                self.began.set()
        return Told(**json.loads(line))


@asynccontextmanager
async def attacker(scene: Scene) -> AsyncIterator[Attacker]:
    """Start it with what it knows of the scene; end it with the block."""
    file = scene.folder / "place.json"
    scene.place.write(file)
    log = (scene.folder / "attacker.log").open("wb")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "faults.afternoon.attacker", str(file)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=log,
        env={"PYTHONPATH": str(TESTS)},
        start_new_session=True,
    )
    try:
        yield Attacker(process)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        log.close()


async def attack(scene: Scene, witness: Witness, who: Attacker, name: str) -> Attack:
    """Do one, and wait until all is calm again, or for so long that it is not."""
    if name == STRIPPED:
        told = await stripped(scene)
    else:
        doing = asyncio.create_task(who.do(name))
        won = await BESIDE[name](scene, who, doing) if name in BESIDE else []
        told = await doing
        told.won += won
    worst, end_s = witness.take(), time.monotonic() + CALMED_S
    since_s = now_s() if name in FLOODS else 0.0
    while True:
        await asyncio.sleep(LOOKED_EVERY_S)
        now = witness.take()
        worst.add(now)
        is_calm = all(vars(now)[n] < most for n, most in vars(CALM).items())
        is_calm &= all(heard_s >= since_s for heard_s in witness.heard_s.values())
        if is_calm or time.monotonic() > end_s:
            return Attack(name, told, worst)


async def stripped(scene: Scene) -> Told:
    """Let the host on the way answer in clear until a site and the province came."""
    before = await scene.turn("clear")
    await asyncio.sleep(min(2 * scene.place.lasts_s, STRIPPED_S))
    after = await scene.turn("pass")
    won = [f"{after['taken']} events taken"] if after["taken"] else []
    if after["proofs"]:
        won.append(f"{after['proofs']} signatures, of {len(after['names'])} names")
    visits = after["visits"] - before["visits"]
    if not visits:
        won.append("nobody came")
    return Told(f"{visits} connections answered in clear, in the hub's place", won)


async def cut_the_way(scene: Scene, _: Attacker, doing: Doing) -> list[str]:
    """Cut a site and the province off, in the middle and after: they come in again."""
    await asyncio.sleep(scene.place.lasts_s / 2)
    await scene.turn("pass")
    await asyncio.wait([doing])
    await scene.turn("pass")
    return []


async def kill_the_dashboard(scene: Scene, who: Attacker, _: Doing) -> list[str]:
    """Kill what serves the screens, once the attacker waits for that."""
    await who.began.wait()
    for pid in tree(scene.office.pid)[1:]:
        with suppress(OSError):
            if b"secours.dashboard" in command_of(pid):
                os.kill(pid, signal.SIGKILL)
                return []
    return ["there is no dashboard"]


def command_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


async def look_at_portal(scene: Scene, _: Attacker, __: Doing) -> list[str]:
    """See what a site makes of it."""
    end_s = time.monotonic() + 1.8 * scene.place.lasts_s
    won = set()
    while time.monotonic() < end_s:
        for channel in (await snapshot(scene))["channels"]:
            standing = channel["standing"]
            proved = standing.get("evidence", "none")
            if channel["name"] == "portal" and proved not in PROVED_AT_MOST:
                won.add(f"the portal proves {proved}")
        await asyncio.sleep(LOOKED_EVERY_S)
    return sorted(won)


async def look_for_secret(scene: Scene, _: Attacker, doing: Doing) -> list[str]:
    """Look for it in what a site keeps, shows and says."""
    while not doing.done():
        shown = json.dumps(await snapshot(scene))
        if SECRET in shown:
            return ["it is in the snapshot"]
        await asyncio.sleep(LOOKED_EVERY_S)
    home = scene.sites["ans"].folder
    files = [*home.rglob("*"), *(scene.folder / "hub").rglob("*.blk")]
    kept = (f for f in files if f.is_file() and SECRET.encode() in f.read_bytes())
    return [f"it is in {file.name}" for file in kept]


async def snapshot(scene: Scene) -> dict:  # type: ignore[type-arg]
    """Return what the site shows whose peers lie."""
    async with httpx.AsyncClient(timeout=LIMIT_S) as client:
        answer = await client.get(
            f"http://127.0.0.1:{scene.doors['ans']}/api/v1/snapshot",
            headers={"Authorization": f"Bearer {scene.token('ans')}"},
        )
    return answer.json()["snapshot"]  # type: ignore[no-any-return]


Beside = Callable[[Scene, Attacker, Doing], Awaitable[list[str]]]
BESIDE: dict[str, Beside] = {
    "connections to the hub": cut_the_way,
    "states of 200 kB": cut_the_way,
    DEAD_PORT: kill_the_dashboard,
    PORTAL: look_at_portal,
    ECHO: look_for_secret,
}
FLOODS = (
    *("states of 200 kB", "states of 60 kB", "states under long names"),
    *("message ids of 7.5 kB", "events of 9 kB", "headers of the server's own"),
    *("ids of others' events", "signs of life", "questions without end"),
    *("connections to the hub", "questions under long names", "ears without end"),
    "ears that read nothing",
)
NAMES: Sequence[str] = (
    STRIPPED,
    *FLOODS,
    *("others' subjects", "others' words again", "others' acknowledgements"),
    *("subjects guessed", "streams deleted", "what no library reads"),
    *(
        "pages asked for 175 times a second",
        "40 strange sessions",
        "40 sessions with the wall's token",
    ),
    *("sessions of a moment", "huge frames", "slow connections", "huge requests"),
    *("foreign hosts", "the wall's token elsewhere", "cookies and tokens guessed"),
    DEAD_PORT,
    *(PORTAL, ECHO),
)
