"""An engine as people run it, beside which one can look at what it costs."""

import json
import math
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench.measuring import cpu_of, environment, memory_of, until
from bench.table import NotMeasured, Row
from secours.engine.clock import now
from secours.engine.published import snapshot_file
from secours.engine.store.reader import HistoryReader
from secours.model.observed import Result, Verdict
from secours.model.snapshot import Snapshot

PLAN = "probes.yaml"
START_S = 120.0
GONE_S = 20.0  # until a process that was told to end is killed
CARRIERS = 10
DONE_LEAST = 0.9  # of the tests that are planned, or they are too few to divide by
TIERS = ("primary", "alternate", "contingency")
SECOURS = shutil.which("secours", path=str(Path(sys.executable).parent)) or "secours"


class Unsound(Exception):
    """What was measured is not what the row is about, and why."""


def sound(what: str, found: Iterator[Row | NotMeasured]) -> Iterator[Row | NotMeasured]:
    """Yield rows until one turns out not to be sound: that is a row that says so."""
    try:
        yield from found
    except Unsound as why:
        yield NotMeasured(what=what, why=str(why))


def enough(who: str, done: int, planned: float) -> None:
    """Refuse a stretch in which too little was done to say what one test costs.

    Raises:
        Unsound: the machine is starved, or what is measured has collapsed.
    """
    if done < DONE_LEAST * planned:
        raise Unsound(
            f"{who} did {done} of {planned:g} tests: the machine is starved, or it"
            " collapsed"
        )


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some time of an engine's life, by the clock of its results."""

    begins_s: float
    ends_s: float
    cpu_s: float  # that it used meanwhile

    @property
    def lasts_s(self) -> float:
        """Return how long it was."""
        return self.ends_s - self.begins_s

    @property
    def cores(self) -> float:
        """Return how many processors it kept busy."""
        return self.cpu_s / self.lasts_s


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

    def take(self, plan: Mapping[str, Any]) -> None:
        """Put another plan in place of its own, which it takes up by itself."""
        fresh = self.folder / f"{PLAN}.new"
        fresh.write_text(json.dumps(plan))
        fresh.replace(self.folder / PLAN)

    def live(self, until_s: float) -> None:
        """Let it run until so many seconds after its start."""
        time.sleep(max(0.0, self.began_s + until_s - time.monotonic()))

    def lived(self, until_s: float) -> Stretch:
        """Let it run until so many seconds after its start; return what it used."""
        begins_s, before_s = _steady_s(), self.cpu_s
        self.live(until_s)
        return Stretch(begins_s, _steady_s(), self.cpu_s - before_s)

    def until_tested(self) -> None:
        """Wait until each channel was tested once."""
        until(self._all_tested, START_S, "a test of each channel")

    def _all_tested(self) -> bool:
        shown = self.shown()
        return shown is not None and all(
            probe.at for view in shown.channels for probe in view.probes
        )

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
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [SECOURS, *command, "--config", str(file)],
            env=settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
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
    def of(cls, folder: Path, channels: int, probe: str = "tcp") -> "Kept":
        """Read its history of channels with a probe of this name."""
        with HistoryReader(folder / "history") as history:
            entries = history.journal(limit=100_000)
            started = min(entry.at for entry in entries if entry.kind == "start")
            found = {
                name: history.results(f"channels/{name}/{probe}")[::-1]
                for name in (f"c{n}" for n in range(channels))
            }
        return cls(started.timestamp(), found)

    def tests(self, channels: Sequence[str] = ()) -> list[Result]:
        """Return all results, or those of some channels."""
        return [r for name in channels or self.results for r in self.results[name]]

    def within(
        self, stretch: Stretch, channels: Sequence[str] = ()
    ) -> Sequence[Result]:
        """Return the results of tests that began in a stretch."""
        return [
            each
            for each in self.tests(channels)
            if stretch.begins_s <= each.at.steady_s < stretch.ends_s
        ]

    def all_passed(self) -> None:
        """Refuse a life in which a test of a healthy server did not pass.

        Raises:
            Unsound: says how many, and what they found; or that there was none.
        """
        if not self.tests():
            raise Unsound("no test was kept")
        if failed := self.failures():
            reasons = Counter(
                each.outcome.reason.value
                for each in self.tests()
                if each.outcome.verdict is not Verdict.OK
            )
            found = ", ".join(f"{reason} {n}" for reason, n in reasons.most_common())
            raise Unsound(
                f"{failed} of {len(self.tests())} tests of a healthy server failed:"
                f" {found}"
            )

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

    def late_s(
        self, interval_s: float, ends_s: float, channels: Sequence[str] = ()
    ) -> list[float]:
        """Return how long after they were due tests began, each but the first.

        A test is due one interval after the one before it began. One that is due and
        has not begun when all ends is late by then; one of a channel that was never
        tested is late without end.
        """
        late = []
        for name in channels or self.results:
            began_s = [each.at.steady_s for each in self.results[name]]
            late += [after - before - interval_s for before, after in pairwise(began_s)]
            last_s = max(began_s, default=-math.inf)
            if ends_s - last_s > interval_s:
                late.append(ends_s - last_s - interval_s)
        return [max(0.0, each) for each in late]


def _steady_s() -> float:
    """Return the second on the clock of results."""
    return now().steady_s
