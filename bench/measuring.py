"""What a process cost, and figures with their spread."""

import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import TypeVar

from faults.process_tree import PAGE, tree

Value = TypeVar("Value")

TICKS = os.sysconf("SC_CLK_TCK")
MIB = 1 << 20
LOOK_EVERY_S = 0.05
APART = 1.4  # so many times another is a size that can be told from it
TOLD = 0.05  # of the smallest cost: what comes on top can be told from none
SQUARES, TRIES = 100_000, 21
YARDSTICK = f"a sum of {SQUARES} squares"
PASS = (sys.executable, "-c", "pass")


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is done: all of it, or a little to see that it can be done."""

    short: bool = False

    def of(self, whole: Value, little: Value) -> Value:
        """Return the one or the other."""
        return little if self.short else whole


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some figures, and between which the middle half of them lie."""

    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, figures: Sequence[float]) -> "Spread":
        """Return the spread of figures; of one it is that one."""
        if len(figures) < 2:
            return cls(figures[0], figures[0], figures[0])
        low, _, high = quantiles(figures, n=4, method="inclusive")
        return cls(median(figures), low, high)

    def over(self, other: "Spread") -> "Spread":
        """Return how many times as much as another; the spreads add up."""
        return Spread(
            _share(self.middle, other.middle),
            _share(self.low, other.high),
            _share(self.high, other.low),
        )

    def __str__(self) -> str:
        if figure(self.low) == figure(self.high):
            return figure(self.middle)
        return f"{figure(self.middle)} ({figure(self.low)} to {figure(self.high)})"


def _share(one: float, other: float) -> float:
    return one / other if other else math.inf


def figure(number: float) -> str:
    """Write a number with three digits that count."""
    if number == 0 or math.isinf(number) or abs(number) >= 100:
        return f"{number:.0f}"
    return f"{number:.{max(0, 2 - math.floor(math.log10(abs(number))))}f}"


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that ran to its end."""

    cpu_ms: float
    wall_ms: float
    code: int
    said: bytes


def environment() -> dict[str, str]:
    """Return an environment in which Python keeps what it compiled, as people's do."""
    mine = {k: v for k, v in os.environ.items() if not k.startswith("SECOURS_")}
    mine.pop("PYTHONDONTWRITEBYTECODE", None)
    return mine


def ended(command: Sequence[str]) -> Ended:
    """Run a command to its end; its processor's time is that of its children too."""
    began_s = time.perf_counter()
    process = subprocess.Popen(
        command,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    with process.stdout as stdout:
        said = stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Ended(
        cpu_ms=1000 * (used.ru_utime + used.ru_stime),
        wall_ms=1000 * (time.perf_counter() - began_s),
        code=process.returncode,
        said=said,
    )


def in_turn(commands: dict[str, Sequence[str]], rounds: int) -> dict[str, list[Ended]]:
    """Run commands one after another, and so many times again.

    The first round, in which all is compiled and read from disk, is kept only where no
    other is asked for.

    Raises:
        RuntimeError: one of them failed.
    """
    kept: dict[str, list[Ended]] = {name: [] for name in commands}
    for round_ in range(rounds + 1):
        for name, command in commands.items():
            done = ended(command)
            if done.code != 0:
                raise RuntimeError(f"{name} ended with {done.code}: {done.said!r}")
            if round_ or not rounds:
                kept[name].append(done)
    return kept


def cpu_of(pid: int) -> float:
    """Return the seconds of processor that a process and its descendants have used."""
    used = 0
    for each in tree(pid):
        try:
            stat = Path(f"/proc/{each}/stat").read_text()
        except OSError:  # it has just ended
            continue
        used += sum(map(int, stat.rpartition(")")[2].split()[11:15]))
    return used / TICKS


def memory_of(pid: int) -> float:
    """Return the MiB that a process and its descendants hold."""
    pages = 0
    for each in tree(pid):
        try:
            pages += int(Path(f"/proc/{each}/statm").read_text().split()[1])
        except OSError:
            continue
    return pages * PAGE / MIB


def until(holds: Callable[[], bool], limit_s: float, what: str) -> None:
    """Wait for something.

    Raises:
        TimeoutError: it did not come.
    """
    ends_s = time.monotonic() + limit_s
    while not holds():
        if time.monotonic() > ends_s:
            raise TimeoutError(f"{what}: not within {limit_s:g} s")
        time.sleep(LOOK_EVERY_S)


def processor_ms(work: Callable[[], object]) -> float:
    """Return what some work costs this thread."""
    began_s = time.thread_time()
    work()
    return 1000 * (time.thread_time() - began_s)


def yardstick() -> Spread:
    """Return what a fixed piece of work in Python costs here, in ms of processor."""
    return Spread.of(
        [processor_ms(lambda: sum(n * n for n in range(SQUARES))) for _ in range(TRIES)]
    )


def percentile(figures: Sequence[float], of_100: int) -> float:
    """Return below which so many of a hundred figures lie; of none it is infinite."""
    if not figures:
        return math.inf
    ordered = sorted(figures)
    return ordered[min(len(ordered) - 1, len(ordered) * of_100 // 100)]


def exponent(costs: Mapping[int, float]) -> float:
    """Return the power of its size with which a cost grows between the two largest.

    What the smallest costs is taken off both first: where much is fixed, the power of
    the whole would say next to nothing. What comes on top by less than a twentieth of
    it cannot be told from none.

    Raises:
        ValueError: they are not three sizes that can be told apart, or cost nothing.
    """
    if len(costs) < 3:
        raise ValueError("it takes three sizes")
    least, *_, middle, largest = sorted(costs)
    if largest < APART * middle or middle < APART * least:
        raise ValueError("the sizes are too near")
    if min(costs.values()) <= 0:
        raise ValueError("a size cost nothing that could be measured")
    floor = TOLD * costs[least]
    added = [max(floor, costs[size] - costs[least]) for size in (middle, largest)]
    return math.log(added[1] / added[0]) / math.log(largest / middle)


def log_linear(sizes: Iterable[int]) -> float:
    """Return the power with which n log n grows between these sizes."""
    return exponent({size: size * math.log(size + 1) for size in sizes})
