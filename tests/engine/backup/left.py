"""Folders that engines of earlier versions left, and an engine of this one in them.

Each watched two local servers for a minute; one of them fell. Then people distrusted a
channel, marked a component down and one in maintenance, logged a test, pinned and
noted something; from `notices` on a notice was sent, in `watch` somebody took the
watch. They stay as they are; a release adds one.
"""

import asyncio
import shutil
import tarfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from secours.engine import clock
from secours.engine.process import run_engine
from secours.engine.published import snapshot_file
from secours.engine.store.database import schema
from secours.model.observed import Instant
from secours.model.snapshot import Snapshot

FOLDERS = Path(__file__).parents[2] / "folders"
NAMES = sorted(path.name for path in FOLDERS.iterdir())
LEFT = datetime(2026, 11, 27, 5, 9, tzinfo=UTC)  # all of them before this moment
AN_HOUR_LATER = Instant(LEFT + timedelta(hours=1), 1000.0)
GENEROUSLY_S = 60.0


def unpacked(name: str, into: Path, *, rebooted: bool = True) -> Path:
    """Unpack its plan and `data`, and in `run` what lay in memory, unless rebooted."""
    with tarfile.open(FOLDERS / name / "folder.tar.gz") as tar:
        tar.extractall(into, filter="data")
    if rebooted:
        shutil.rmtree(into / "run")
        (into / "run").mkdir()
    return into


def from_then(moment: Instant) -> Callable[[], Instant]:
    """Return a clock that shows this moment now, and goes on."""
    began = clock.now()

    def now() -> Instant:
        passed_s = clock.now().since(began)
        passed = timedelta(seconds=passed_s)
        return Instant(moment.utc + passed, round(moment.steady_s + passed_s, 3))

    return now


@asynccontextmanager
async def watched(folder: Path, at: Instant = AN_HOUR_LATER) -> AsyncIterator[None]:
    """Run an engine of this version in a folder while the block lasts."""
    stop = asyncio.Event()
    engine = asyncio.create_task(
        run_engine(
            folder / "probes.yaml",
            store_in=folder / "data",
            publish_in=folder / "run",
            stop=stop,
            now=from_then(at),
        )
    )
    try:
        yield
    finally:
        stop.set()
        await engine


async def until(folder: Path, true: Callable[[Snapshot], object]) -> Snapshot:
    """Wait for a snapshot of the engine in a folder, and return it."""
    async with asyncio.timeout(GENEROUSLY_S):
        while True:
            try:
                shot, _ = snapshot_file.read(folder / "run")
            except FileNotFoundError:
                pass
            else:
                if true(shot):
                    return shot
            await asyncio.sleep(0.05)


async def until_migrated(folder: Path) -> None:
    """Wait until the history in a folder is of this version."""
    async with asyncio.timeout(GENEROUSLY_S):
        while schema.is_older(folder / "data"):  # noqa: ASYNC110 -- another thread
            await asyncio.sleep(0.05)
