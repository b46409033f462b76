"""An engine as people run it, beside which one can look at what it costs."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench.measuring import cpu_of, environment, memory_of
from secours.engine.published import snapshot_file
from secours.engine.store.reader import HistoryReader
from secours.model.observed import Result, Verdict
from secours.model.snapshot import Snapshot

PLAN = "probes.yaml"
GONE_S = 20.0  # until a process that was told to end is killed
CARRIERS = 10
TIERS = ("primary", "alternate", "contingency")
SECOURS = shutil.which("secours", path=str(Path(sys.executable).parent)) or "secours"


def plan(
    probes: Sequence[dict[str, Any]], interval_s: float, timeout_s: float = 2.0
) -> dict[str, Any]:
    """Make a plan of a channel for each probe, over ten carriers, in one line."""
    names = [f"c{n}" for n in range(len(probes))]
    tiers: dict[str, Any] = dict(zip(TIERS, names, strict=False))
    if names[3:]:
        tiers["emergency"] = names[3:]
    return {
        "probing": {"interval": f"{interval_s:g}s", "timeout": f"{timeout_s:g}s"},
        "components": {f"carrier:{n}": {} for n in range(CARRIERS)},
        "channels": {
            name: {
                "how": "Write",
                "purposes": ["coordinate"],
                "depends_on": [f"carrier:{n % CARRIERS}"],
                "probes": [probe],
            }
            for n, (name, probe) in enumerate(zip(names, probes, strict=True))
        },
        "plan": [{"purpose": "coordinate", "audience": "management", **tiers}],
    }


@dataclass(frozen=True, slots=True)
class Engine:
    """One that runs."""

    pid: int
    folder: Path
    began_s: float  # of the monotonic clock
    environment: Mapping[str, str]

    @property
    def cpu_s(self) -> float:
        """Return the processor's time that it has used since its start."""
        return cpu_of(self.pid)

    @property
    def mib(self) -> float:
        """Return the memory that it holds."""
        return memory_of(self.pid)

    def live(self, until_s: float) -> None:
        """Let it run until so many seconds after its start."""
        time.sleep(max(0.0, self.began_s + until_s - time.monotonic()))

    def link(self, port: int) -> str:
        """Return the address that lets a browser in to its screens."""
        told = subprocess.run(
            [SECOURS, "link", "--config", self.folder / PLAN, "--port", str(port)],
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return next(word for word in told.stdout.split() if word.startswith("http"))

    def shown(self) -> Snapshot | None:
        """Return what it has published, if anything."""
        with suppress(FileNotFoundError, StopIteration):
            folder = next((self.folder / "run").glob("secours/*"))
            return snapshot_file.read(folder)[0]
        return None


@contextmanager
def running(
    folder: Path, plan: dict[str, Any], command: Sequence[str] = ("run",)
) -> Iterator[Engine]:
    """Run an engine with this plan, in a folder of its own, while the block lasts."""
    (folder / "run").mkdir(mode=0o700)
    file = folder / PLAN
    file.write_text(json.dumps(plan))
    settings = environment() | {
        "SECOURS_DATA": str(folder / "history"),
        "XDG_RUNTIME_DIR": str(folder / "run"),
    }
    process = subprocess.Popen(
        [SECOURS, *command, "--config", str(file)],
        env=settings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=(folder / "log").open("wb"),
    )
    try:
        yield Engine(process.pid, folder, time.monotonic(), settings)
        if process.poll() is not None:
            raise RuntimeError((folder / "log").read_text())
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(GONE_S)
        process.kill()
        process.wait()


@dataclass(frozen=True, slots=True)
class Kept:
    """What an engine kept of its tests, when it has ended."""

    started_s: float  # epoch seconds
    results: dict[str, list[Result]]  # by channel, oldest first

    @classmethod
    def of(cls, folder: Path, channels: int, kind: str = "tcp") -> "Kept":
        """Read its history of channels with a probe of one type."""
        with HistoryReader(folder / "history") as history:
            entries = history.journal(limit=100_000)
            started = min(entry.at for entry in entries if entry.kind == "start")
            found = {
                name: history.results(f"channels/{name}/{kind}")[::-1]
                for name in (f"c{n}" for n in range(channels))
            }
        return cls(started.timestamp(), found)

    def tests(self, channels: Sequence[str] = ()) -> list[Result]:
        """Return all results, or those of some channels."""
        return [r for name in channels or self.results for r in self.results[name]]

    def failures(self, channels: Sequence[str] = ()) -> int:
        """Return how many tests did not find a healthy server to work."""
        return sum(
            each.outcome.verdict is not Verdict.OK for each in self.tests(channels)
        )

    def all_probed_s(self) -> float:
        """Return how long it took from the start until all were probed once."""
        if not all(self.results.values()):
            return float("inf")
        first = (each[0].at.utc.timestamp() for each in self.results.values())
        return max(first) - self.started_s

    def late_s(self, interval_s: float, channels: Sequence[str] = ()) -> list[float]:
        """Return how long after they were due tests began, each but the first.

        A test is due one interval after the one before it began.
        """
        return [
            max(0.0, after.at.steady_s - before.at.steady_s - interval_s)
            for name in channels or self.results
            for before, after in pairwise(self.results[name])
        ]
