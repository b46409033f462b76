"""An engine of a site, in a folder of its own, and who listens to what it says."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from nats.aio.msg import Msg
from servers.nats_server import RunningHub, client_of

from secours.engine.process import run_engine
from secours.engine.published import snapshot_file
from secours.model.sites.views import Alive
from secours.model.snapshot import Snapshot
from secours.sites import envelope, subjects
from secours.sites.envelope import Envelope

LIMIT_S = 60.0
LOOK_EVERY_S = 0.05
PLAN = """
site: {{name: Dison, language: en, contact: "Ann, 087 12 34 56"}}
{sites}
channels:
{channels}
plan: [{{purpose: alert, audience: staff, primary: desk, last_resort: Walk}}]
"""
DESK = "  desk: {purposes: [alert], depends_on: [], test: {every: 7d}, how: Ring twice}"
SITES = "sites: {{name: dison, hub: 'nats://127.0.0.1:{port}', {more}}}"


def plan_text(port: int | None, *channels: str, more: str = "region: Verviers") -> str:
    """Return a plan; of a site by itself where there is no port of a hub."""
    sites = SITES.format(port=port, more=more) if port else ""
    return PLAN.format(sites=sites, channels="\n".join((DESK, *channels)))


class SiteEngine:
    """An engine in this process, and its folders."""

    def __init__(self, folder: Path) -> None:
        self.plan = folder / "probes.yaml"
        self.data, self.run = folder / "data", folder / "run"
        self.stop = asyncio.Event()

    def write(self, text: str) -> None:
        fresh = self.plan.with_suffix(".new")
        fresh.write_text(text)
        fresh.replace(self.plan)

    async def until(self, true: Callable[[Snapshot], object]) -> Snapshot:
        """Wait for a snapshot, and return it."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                try:
                    shot, _ = snapshot_file.read(self.run)
                except FileNotFoundError:
                    pass
                else:
                    if true(shot):
                        return shot
                await asyncio.sleep(LOOK_EVERY_S)


@asynccontextmanager
async def engine_of(
    folder: Path, text: str, *, province: bool = False
) -> AsyncIterator[SiteEngine]:
    """Run an engine by a plan while the block lasts."""
    engine = SiteEngine(folder)
    engine.write(text)
    engine.run.mkdir(mode=0o700, exist_ok=True)
    running = asyncio.create_task(
        run_engine(
            engine.plan,
            store_in=engine.data,
            publish_in=engine.run,
            stop=engine.stop,
            province=province,
        )
    )
    try:
        yield engine
    finally:
        engine.stop.set()
        await running


class Ear:
    """What came of a site, the newest by its subject, and all that came."""

    def __init__(self) -> None:
        self.raw: list[bytes] = []
        self.newest: dict[str, Envelope] = {}
        self.alive: list[Alive] = []

    async def hear(self, message: Msg) -> None:
        self.raw.append(message.subject.encode() + b" " + message.data)
        *_, found = envelope.read_events(message.data)
        self.newest[message.subject] = found
        if message.subject.endswith(subjects.ALIVE):
            self.alive.append(envelope.body_of(found, Alive))

    def body(self, subject: str) -> Any:
        return msgspec.json.decode(self.newest[subject].body)

    async def until(self, true: Callable[["Ear"], object]) -> None:
        async with asyncio.timeout(LIMIT_S):
            while not true(self):  # noqa: ASYNC110 -- no event
                await asyncio.sleep(LOOK_EVERY_S)


@asynccontextmanager
async def listening(hub: RunningHub) -> AsyncIterator[Ear]:
    """Listen to all that is said at a hub."""
    ear = Ear()
    async with client_of(hub) as client:
        await client.subscribe(f"{subjects.ROOT}.>", cb=ear.hear)
        await client.flush()
        yield ear
