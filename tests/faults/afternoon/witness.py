"""What is seen from outside while the province is attacked."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from faults.afternoon.place import HONEST, OFFICE
from faults.afternoon.scene import Scene
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

DRAWN_EVERY_S, LOOKED_EVERY_S, SAMPLED_EVERY_S = 5.0, 0.5, 0.2
PATIENCE_S = 60.0
SHOWN = re.compile(r'"at": ?"[^/"]+/([0-9.]+)/')
HIGHEST = re.compile(r"VmHWM:\s+(\d+) kB")
RESET_HIGHEST = "5"  # proc(5), clear_refs


@dataclass
class Costs:
    """The worst of each while something lasted."""

    site_s: float = 0.0  # age of the honest site that was silent longest
    hub_mib: float = 0.0
    wall_s: float = 0.0
    health_s: float = 0.0
    engine_s: float = 0.0  # age of the stamp of the province's engine

    def add(self, more: "Costs") -> None:
        for name, value in vars(more).items():
            setattr(self, name, max(getattr(self, name), value))


def now_s() -> float:
    """Return the time by the clock by which the screens count."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass
class Witness:
    """Looks at the province all the time."""

    scene: Scene
    worst: Costs = field(default_factory=Costs)
    shown_s: float | None = None  # when what the wall shows was stamped
    heard_s: dict[str, float] = field(default_factory=dict)  # each honest site
    stamped_s: float | None = None
    asked_s: float | None = None  # since when an answer of /healthz is waited for

    @property
    def is_ready(self) -> bool:
        return self.shown_s is not None and set(self.heard_s) == set(HONEST)

    def take(self) -> Costs:
        """Return what was the worst until now, and begin anew."""
        self.sample()
        found, self.worst = self.worst, Costs()
        Path(f"/proc/{self.scene.hub.pid}/clear_refs").write_text(RESET_HIGHEST)
        return found

    def sample(self) -> None:
        at_s, worst = now_s(), self.worst
        for last_s in self.heard_s.values():
            worst.site_s = max(worst.site_s, at_s - last_s)
        if self.shown_s is not None:
            worst.wall_s = max(worst.wall_s, at_s - self.shown_s)
        if self.stamped_s is not None:
            worst.engine_s = max(worst.engine_s, at_s - self.stamped_s)
        if self.asked_s is not None:
            worst.health_s = max(worst.health_s, at_s - self.asked_s)
        status = Path(f"/proc/{self.scene.hub.pid}/status").read_text()
        if found := HIGHEST.search(status):
            worst.hub_mib = max(worst.hub_mib, int(found[1]) / 1024)

    async def sampling(self) -> None:
        while True:
            if self.is_ready:
                self.sample()
            await asyncio.sleep(SAMPLED_EVERY_S)

    async def show_the_wall(self) -> None:
        """Show the wall for ever, as a kiosk with its token does."""
        asked = BackMsg()
        asked.rerun_script.page_name = "wall"
        said = asked.SerializeToString()
        place = self.scene.place
        while True:
            with suppress(OSError, WebSocketException, TimeoutError):
                async with connect(
                    f"ws://127.0.0.1:{place.door}/_stcore/stream",
                    proxy=None,
                    subprotocols=[Subprotocol("streamlit")],
                    additional_headers={"Authorization": f"Bearer {place.wall_token}"},
                    max_size=None,
                ) as page:
                    while True:
                        await page.send(said)
                        drawn, over = b"", False
                        while not over:
                            message = await page.recv(decode=False)
                            drawn += message
                            kind = ForwardMsg.FromString(message).WhichOneof("type")
                            over = kind == "script_finished"
                        text = drawn.decode("utf-8", "replace").replace('\\"', '"')
                        if found := SHOWN.search(text):
                            self.shown_s = float(found[1])
                        await asyncio.sleep(DRAWN_EVERY_S)
            await asyncio.sleep(1.0)

    async def ask_for_health(self, client: httpx.AsyncClient) -> None:
        self.asked_s = self.asked_s or now_s()
        answer = await client.get(f"http://127.0.0.1:{self.scene.place.door}/healthz")
        self.sample()
        self.asked_s = None
        if (age_s := answer.json().get("age_s")) is not None:
            self.stamped_s = now_s() - age_s

    async def ask_for_sites(self, client: httpx.AsyncClient) -> None:
        for site in (await self.sites(client))["sites"]:
            if site["site"] in HONEST and site["heard_age_s"] is not None:
                self.heard_s[site["site"]] = now_s() - site["heard_age_s"]

    async def sites(self, client: httpx.AsyncClient) -> dict[str, list[dict]]:  # type: ignore[type-arg]
        answer = await client.get(
            f"http://127.0.0.1:{self.scene.place.door}/api/v1/sites",
            headers={"Authorization": f"Bearer {self.scene.token(OFFICE)}"},
        )
        return answer.json()  # type: ignore[no-any-return]

    async def looking(
        self, ask: Callable[[httpx.AsyncClient], Awaitable[None]]
    ) -> None:
        while True:
            with suppress(httpx.HTTPError, ValueError, KeyError):
                async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
                    while True:
                        await ask(client)
                        await asyncio.sleep(LOOKED_EVERY_S)
            await asyncio.sleep(LOOKED_EVERY_S)


@asynccontextmanager
async def watching(scene: Scene) -> AsyncIterator[Witness]:
    """Look at it while the block lasts."""
    found = Witness(scene)
    tasks = [
        asyncio.create_task(found.sampling()),
        asyncio.create_task(found.show_the_wall()),
        asyncio.create_task(found.looking(found.ask_for_health)),
        asyncio.create_task(found.looking(found.ask_for_sites)),
    ]
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not found.is_ready:  # noqa: ASYNC110 -- no event
                await asyncio.sleep(SAMPLED_EVERY_S)
        found.take()
        yield found
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
