"""An engine with more and more channels: its start, its load, its memory.

With a thousand also whether it keeps up: how many results a second, how late its tests
begin, and whether one is called failed that answers.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import peers
from bench.engines import Kept, Stretch, Unsound, enough, plan, running, sound
from bench.measuring import PASS, Scale, Spread, ended, percentile
from bench.table import NotMeasured, Row, growth
from bench.targets import probe_of, serving

INTERVAL_S = 10.0
SIZES, SIXTEENFOLD = (50, 100, 200, 400, 800, 1000), (50, 200, 800)
STARTS, MEMORIES = (100, 200, 400, 1000), (50, 400, 1000)
START_MOST_S, CORES_MOST, LATE_MOST_S, MEMORY_MOST_MIB = 2.0, 0.15, 0.050, 60.0
RESULTS_LEAST = 0.99  # of what the plan asks for


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What one engine came to."""

    interval_s: float
    start_s: float  # of the processor, in its first interval
    stretches: list[Stretch]  # each interval after it
    mib: list[float]  # after the first interval, and at the end
    kept: Kept

    @property
    def cores(self) -> Spread:
        """Return how many processors it kept busy in each interval."""
        return Spread.of([each.cores for each in self.stretches])

    @property
    def after_start(self) -> Stretch:
        """Return all its intervals after the first."""
        first, last = self.stretches[0], self.stretches[-1]
        used_s = sum(each.cpu_s for each in self.stretches)
        return Stretch(first.begins_s, last.ends_s, used_s)

    @property
    def done(self) -> int:
        """Return how many tests it did after the first interval."""
        return len(self.kept.within(self.after_start))

    def kept_up(self) -> None:
        """Refuse the cost of a life that did not do what it was to do.

        Raises:
            Unsound: a test did not pass, or too few were done.
        """
        self.kept.all_passed()
        planned = len(self.kept.results) * len(self.stretches)
        enough("the engine", self.done, planned)

    def started(self) -> None:
        """Refuse the cost of a start that was not over when it was read.

        Raises:
            Unsound: a test did not pass, or the first interval was too short for all.
        """
        self.kept.all_passed()
        took_s = self.kept.all_probed_s()
        if took_s > self.interval_s:
            raise Unsound(f"all were probed once only {took_s:.1f} s after the start")


def rows(scale: Scale) -> Iterator[Row | NotMeasured]:
    """Let an engine of each size live for some intervals."""
    sizes = scale.of(SIZES, (2, 4, 16, 32))
    interval_s = scale.of(INTERVAL_S, 1.0)
    largest = sizes[-1]
    load = f"engine, {largest} TCP probes every {interval_s:g} s:"
    with serving() as ports:
        lives = {
            n: _life(n, interval_s, ports, scale.of(4 if n == largest else 2, 2))
            for n in sizes
        }
        yield from _done(load, lives[largest], largest)
        yield from sound(
            f"{load} CPU and memory",
            _beside(load, lives[largest], largest, ports, scale),
        )
    base = Spread.of([ended(PASS).cpu_ms / 1000 for _ in range(scale.of(7, 1))])
    starts = scale.of(STARTS, sizes)
    for n in starts:
        most_s = START_MOST_S if n == starts[-1] else None
        what = f"start of the engine, {n} channels: CPU of the first {interval_s:g} s"
        yield from sound(what, _start(what, lives[n], most_s, base))
    for n in scale.of(MEMORIES, sizes):
        yield from sound(f"memory, {n} channels", _memory(n, lives[n]))
    some = {n: lives[n] for n in scale.of(SIXTEENFOLD, (2, 4, 32))}
    for what, grown in (
        ("the CPU of a start", _growth_of_start),
        ("the CPU of the engine", _growth_of_load),
        ("its memory", _growth_of_memory),
    ):
        yield from sound(f"growth of {what}", grown(what, some))


def _life(n: int, interval_s: float, ports: dict[str, int], intervals: int) -> Life:
    with tempfile.TemporaryDirectory() as folder:
        written = plan([probe_of("tcp", ports)] * n, interval_s)
        with running(Path(folder), written) as engine:
            engine.live(interval_s)
            start_s, mib = engine.cpu_s, [engine.mib]
            stretches = [
                engine.lived((2 + turn) * interval_s) for turn in range(intervals)
            ]
            mib.append(engine.mib)
            engine.until_tested()
        kept = Kept.of(Path(folder), n)
    return Life(
        interval_s=interval_s, start_s=start_s, stretches=stretches, mib=mib, kept=kept
    )


def _done(load: str, life: Life, n: int) -> Iterator[Row | NotMeasured]:
    """Yield whether it keeps up; the failures too where there are some."""
    kept = life.kept
    yield Row(
        what=f"{load} tests called failed, of {len(kept.tests())}",
        now=Spread.of([kept.failures()]),
        most=0,
    )
    yield from sound(f"{load} whether it keeps up", _in_time(load, life, n))


def _in_time(load: str, life: Life, n: int) -> Iterator[Row]:
    kept, interval_s = life.kept, life.interval_s
    kept.all_passed()
    ends_s = life.after_start.ends_s
    yield Row(
        what=f"{load} results a second",
        now=Spread.of([life.done / life.after_start.lasts_s]),
        least=RESULTS_LEAST * n / interval_s,
        peer="what the plan asks for",
        theirs=Spread.of([n / interval_s]),
    )
    yield Row(
        what=f"{load} 99 of 100 tests begin at most so late, on the clock",
        now=Spread.of([1000 * percentile(kept.late_s(interval_s, ends_s), 99)]),
        unit="ms",
        most=1000 * LATE_MOST_S,
        peer="the interval",
        theirs=Spread.of([1000 * interval_s]),
    )
    yield Row(
        what=f"{load} all probed once so long after the start, on the clock",
        now=Spread.of([kept.all_probed_s()]),
        unit="s",
        most=interval_s,
        peer="the interval",
        theirs=Spread.of([interval_s]),
    )


def _beside(
    load: str, life: Life, n: int, ports: dict[str, int], scale: Scale
) -> Iterator[Row]:
    """Yield cores and memory beside blackbox_exporter at the same load."""
    life.kept_up()
    interval_s = life.interval_s
    cores = mib = None
    peer = "blackbox_exporter, asked over HTTP"
    a_second = n / interval_s
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            peers.blackbox(Path(folder)) as exporter,
        ):
            target = peers.target_of("tcp", ports)
            cores = Spread.of(
                [
                    exporter.drive("tcp", target, a_second, interval_s) * a_second / 1e3
                    for _ in range(scale.of(2, 1))
                ]
            )
            mib = Spread.of([exporter.mib])
    except peers.Missing as why:
        peer = str(why)
    yield Row(
        what=f"{load} CPU",
        now=life.cores,
        unit="cores",
        most=CORES_MOST,
        peer=peer,
        theirs=cores,
    )
    yield Row(
        what=f"{load} memory",
        now=Spread.of(life.mib[-1:]),
        unit="MiB",
        most=MEMORY_MOST_MIB,
        peer=peer,
        theirs=mib,
    )


def _start(what: str, life: Life, most_s: float | None, base: Spread) -> Iterator[Row]:
    life.started()
    yield Row(
        what=what,
        now=Spread.of([life.start_s]),
        unit="s",
        most=most_s,
        peer="`pass`",
        theirs=base,
    )


def _memory(n: int, life: Life) -> Iterator[Row]:
    """Yield what it holds; so short a life does not tell how that goes on."""
    life.kept_up()
    first, last = life.mib
    lasted_s = life.interval_s + life.after_start.lasts_s
    yield Row(
        what=f"memory, {n} channels, {lasted_s:.0f} s after the start",
        now=Spread.of([last]),
        unit="MiB",
        most=MEMORY_MOST_MIB,
        peer=f"its own {life.interval_s:g} s after the start",
        theirs=Spread.of([first]),
    )


def _growth_of_start(what: str, lives: dict[int, Life]) -> Iterator[Row | NotMeasured]:
    for life in lives.values():
        life.started()
    yield growth(what, {n: life.start_s for n, life in lives.items()})


def _growth_of_load(what: str, lives: dict[int, Life]) -> Iterator[Row | NotMeasured]:
    for life in lives.values():
        life.kept_up()
    yield growth(what, {n: life.cores.middle for n, life in lives.items()})


def _growth_of_memory(what: str, lives: dict[int, Life]) -> Iterator[Row | NotMeasured]:
    for life in lives.values():
        life.kept_up()
    yield growth(what, {n: life.mib[-1] for n, life in lives.items()})
