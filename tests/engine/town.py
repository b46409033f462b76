"""The engine as a process, for tests that kill it."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from servers import forked
from servers.command import Done

from secours.engine.published import snapshot_file
from secours.engine.store.database.schema import NAME as STORE
from secours.model.snapshot import Snapshot, State

GENEROUSLY_S = 60.0
PLAN = """\
probing: {{interval: 200ms, watch_every: 200ms, retry_every: 50ms, timeout: 2s}}
channels:
  mail:
    how: Write
    purposes: [coordinate]
    probes: [{{type: tcp, host: 127.0.0.1, port: {port}, expect: ok}}]
plan:
  - {{purpose: coordinate, audience: management, primary: mail}}
"""
ENGINE = """
import sys
from pathlib import Path
from secours.engine.process import run_until_told
run_until_told(Path(sys.argv[1]))
"""


def take_away(folder: Path) -> None:
    """Remove a folder at once: its engine may be adding and removing files in it."""
    aside = folder.with_name(f"{folder.name}-taken-away")
    folder.rename(aside)
    shutil.rmtree(aside, ignore_errors=True)


class Town:
    """A plan with one channel, its server, and the engine as a process."""

    def __init__(self, folder: Path) -> None:
        self.plan = folder / "probes.yaml"
        self.store_in = folder / "history"
        self.environment = {
            **os.environ,
            "SECOURS_DATA": str(self.store_in),
            "XDG_RUNTIME_DIR": str(folder / "run"),
        }
        self._processes: list[subprocess.Popen[str]] = []

    def kill(self) -> None:
        """Kill the engine; what it kept in memory and on disk stays."""
        for process in self._processes:
            process.send_signal(signal.SIGKILL)
            process.wait()

    def lose_power(self, *damaged: str) -> None:
        """Kill the engine; what is in memory goes, these files on disk are spoilt."""
        self.kill()
        shutil.rmtree(self.publish_in.parent)
        for name in damaged:
            (self.store_in / name).write_bytes(b"spoilt " * 1000)
            if name == STORE:
                for more in ("-wal", "-shm"):
                    (self.store_in / f"{name}{more}").unlink(missing_ok=True)

    def start(self, first: str = "") -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", first + ENGINE, str(self.plan)],
            env=self.environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._processes.append(process)
        return process

    async def ended(self, number: signal.Signals = signal.SIGTERM) -> str:
        """End the engine that was started last; return what it said."""
        process = self._processes[-1]
        process.send_signal(number)
        _, said = await asyncio.to_thread(process.communicate, timeout=GENEROUSLY_S)
        return said

    async def command(self, *argv: str) -> Done:
        """Run a command of Secours beside the engine."""
        environment = {**self.environment, "LC_ALL": "C.UTF-8"}
        return Done(*await forked.run(argv, self.plan.parent, environment))

    @property
    def publish_in(self) -> Path:
        return next(Path(self.environment["XDG_RUNTIME_DIR"]).glob("secours/*"))

    async def until(self, true: Callable[[Snapshot, float], object]) -> Snapshot:
        async with asyncio.timeout(GENEROUSLY_S):
            while True:
                try:
                    snapshot, age_s = snapshot_file.read(self.publish_in)
                except (FileNotFoundError, StopIteration):
                    pass
                else:
                    if true(snapshot, age_s):
                        return snapshot
                await asyncio.sleep(0.05)

    def end(self) -> None:
        for process in self._processes:
            process.kill()
            process.communicate()


def available(snapshot: Snapshot, age_s: float) -> bool:
    """Tell whether the channel of the plan is, by a fresh snapshot."""
    state = snapshot.channel("mail").standing.state
    return state is State.AVAILABLE and age_s < 5
