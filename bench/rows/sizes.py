"""An engine with more and more channels: its start, its load, its memory.

With a thousand also whether it keeps up: how many results a second, how late its tests
begin, and whether one is called failed that answers.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import peers
from bench.engines import Kept, plan, running
from bench.measuring import PASS, Scale, Spread, ended, percentile
from bench.table import NotMeasured, Row, growth
from bench.targets import probe_of, serving

INTERVAL_S = 10.0
SIZES, SIXTEENFOLD = (50, 100, 200, 400, 800, 1000), (50, 200, 800)
STARTS, MEMORIES = (100, 200, 400, 1000), (50, 400, 1000)
START_MOST_S, CORES_MOST, LATE_MOST_S, MEMORY_MOST_MIB = 2.0, 0.15, 0.050, 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What one engine came to."""

    start_s: float  # of the processor, in its first interval
    cores: list[float]  # in each interval after it
    mib: list[float]  # after the first interval, and at the end
    kept: Kept


def rows(scale: Scale) -> Iterator[Row | NotMeasured]:
    """Let an engine of each size live for some intervals."""
    sizes = scale.of(SIZES, (2, 4, 16, 32))
    interval_s = scale.of(INTERVAL_S, 1.0)
    largest = sizes[-1]
    with serving() as ports:
        lives = {
            n: _life(n, interval_s, ports, scale.of(4 if n == largest else 2, 2))
            for n in sizes
        }
        yield from _kept_up(lives[largest], largest, interval_s)
        yield from _beside(lives[largest], largest, interval_s, ports, scale)
    yield from _starts(lives, scale, interval_s)
    yield from _memory(lives, scale)
    for what, costs in (
        ("the CPU of a start", {n: lives[n].start_s for n in lives}),
        (
            "the CPU of the engine",
            {n: Spread.of(lives[n].cores).middle for n in lives},
        ),
        ("its memory", {n: lives[n].mib[-1] for n in lives}),
    ):
        sixteenfold = scale.of(SIXTEENFOLD, (2, 4, 32))
        yield growth(what, {n: costs[n] for n in sixteenfold})


def _life(n: int, interval_s: float, ports: dict[str, int], intervals: int) -> Life:
    cores, mib = [], []
    with tempfile.TemporaryDirectory() as folder:
        written = plan([probe_of("tcp", ports)] * n, interval_s)
        with running(Path(folder), written) as engine:
            engine.live(interval_s)
            start_s = before_s = engine.cpu_s
            mib.append(engine.mib)
            for turn in range(intervals):
                engine.live((2 + turn) * interval_s)
                after_s = engine.cpu_s
                cores.append((after_s - before_s) / interval_s)
                before_s = after_s
            mib.append(engine.mib)
            engine.until_tested()
        kept = Kept.of(Path(folder), n)
    return Life(start_s=start_s, cores=cores, mib=mib, kept=kept)


def _kept_up(life: Life, n: int, interval_s: float) -> Iterator[Row]:
    kept, load = life.kept, f"{n} TCP probes every {interval_s:g} s"
    times_s = [each.at.steady_s for each in kept.tests()]
    spans = max(times_s) - interval_s
    lately = sum(at_s > spans for at_s in times_s) / interval_s
    late_s = kept.late_s(interval_s)
    asked = Spread.of([n / interval_s])
    yield Row(
        what=f"engine, {load}: results a second",
        now=Spread.of([lately]),
        peer="what the plan asks for",
        theirs=asked,
    )
    yield Row(
        what=f"engine, {load}: 99 of 100 tests begin at most so late, on the clock",
        now=Spread.of([1000 * percentile(late_s, 99)]),
        unit="ms",
        most=1000 * LATE_MOST_S,
        peer="the interval",
        theirs=Spread.of([1000 * interval_s]),
    )
    yield Row(
        what=f"engine, {load}: tests called failed, of {len(kept.tests())}",
        now=Spread.of([kept.failures()]),
        most=0,
    )
    yield Row(
        what=f"engine, {load}: all probed once so long after the start, on the clock",
        now=Spread.of([kept.all_probed_s()]),
        unit="s",
        most=interval_s,
        peer="the interval",
        theirs=Spread.of([interval_s]),
    )


def _beside(
    life: Life, n: int, interval_s: float, ports: dict[str, int], scale: Scale
) -> Iterator[Row]:
    """Yield cores and memory beside blackbox_exporter at the same load."""
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
            if exporter.failed:
                peer += f"; {exporter.failed} of {exporter.asked} failed"
    except peers.Missing as why:
        peer = str(why)
    load = f"{n} TCP probes every {interval_s:g} s"
    yield Row(
        what=f"engine, {load}: CPU",
        now=Spread.of(life.cores),
        unit="cores",
        most=CORES_MOST,
        peer=peer,
        theirs=cores,
    )
    yield Row(
        what=f"engine, {load}: memory",
        now=Spread.of(life.mib[-1:]),
        unit="MiB",
        most=MEMORY_MOST_MIB,
        peer=peer,
        theirs=mib,
    )


def _starts(lives: dict[int, Life], scale: Scale, interval_s: float) -> Iterator[Row]:
    base = Spread.of([ended(PASS).cpu_ms / 1000 for _ in range(scale.of(7, 1))])
    sizes = scale.of(STARTS, [*lives])
    for n in sizes:
        yield Row(
            what=f"start of the engine, {n} channels: CPU of the first"
            f" {interval_s:g} s",
            now=Spread.of([lives[n].start_s]),
            unit="s",
            most=START_MOST_S if n == sizes[-1] else None,
            peer="`pass`",
            theirs=base,
        )


def _memory(lives: dict[int, Life], scale: Scale) -> Iterator[Row]:
    for n in scale.of(MEMORIES, [*lives]):
        first, last = lives[n].mib
        yield Row(
            what=f"memory, {n} channels, {len(lives[n].kept.tests())} tests after the"
            " start",
            now=Spread.of([last]),
            unit="MiB",
            most=MEMORY_MOST_MIB,
            peer="its own after the first interval",
            theirs=Spread.of([first]),
        )
