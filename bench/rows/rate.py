"""What does one test cost in an engine with 200, all included?"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import peers
from bench.engines import Kept, Stretch, enough, plan, running, sound
from bench.measuring import Scale, Spread
from bench.table import NotMeasured, Row
from bench.targets import probe_of, serving

MOST_MS = {"tcp": 0.7, "http": 1.4, "dns": 0.7, "smtp": 1.5, "icmp": 0.6}
INTERVAL_S = 5.0


def rows(scale: Scale) -> Iterator[Row | NotMeasured]:
    """Measure each type for some intervals, ours and then the peer."""
    channels, interval_s = scale.of(200, 10), scale.of(INTERVAL_S, 0.5)
    with serving() as ports:
        for kind in MOST_MS:
            what = f"engine, {channels} probes every {interval_s:g} s, {kind}:"
            probe = probe_of(kind, ports)
            target = peers.target_of(kind, ports)
            row = _row(what, kind, Load(probe, target, channels, interval_s), scale)
            yield from sound(what, row)


@dataclass(frozen=True, slots=True)
class Load:
    """What both are asked to do."""

    probe: dict[str, Any]
    target: str  # the same, as the peer is told it
    channels: int
    interval_s: float

    @property
    def a_second(self) -> float:
        """Return how many tests that is."""
        return self.channels / self.interval_s


def _row(what: str, kind: str, load: Load, scale: Scale) -> Iterator[Row]:
    ours = _ours(kind, load, scale)
    theirs, peer = None, "blackbox_exporter, asked over HTTP"
    try:
        theirs = _theirs(kind, load, scale)
    except peers.Missing as why:
        peer = str(why)
    yield Row(
        what=f"{what} CPU a probe, all included",
        now=ours,
        unit="ms",
        most=MOST_MS[kind],
        peer=peer,
        theirs=theirs,
    )


def _ours(kind: str, load: Load, scale: Scale) -> Spread:
    """Return what each test cost that was done, in ms.

    Raises:
        Unsound: one did not pass, or too few were done.
    """
    first, each = scale.of(1, 3), scale.of(1, 4)  # intervals; in the first all is new
    with tempfile.TemporaryDirectory() as folder:
        written = plan([load.probe] * load.channels, load.interval_s)
        with running(Path(folder), written) as engine:
            engine.live(first * load.interval_s)
            stretches = [
                engine.lived((first + turn * each) * load.interval_s)
                for turn in range(1, scale.of(3, 2))
            ]
        kept = Kept.of(Path(folder), load.channels, load.probe.get("name", kind))
    kept.all_passed()
    return Spread.of([_cost_ms(load, kept, stretch) for stretch in stretches])


def _cost_ms(load: Load, kept: Kept, stretch: Stretch) -> float:
    done = len(kept.within(stretch))
    enough("the engine", done, load.a_second * stretch.lasts_s)
    return 1000 * stretch.cpu_s / done


def _theirs(kind: str, load: Load, scale: Scale) -> Spread:
    with (
        tempfile.TemporaryDirectory() as folder,
        peers.blackbox(Path(folder)) as exporter,
    ):
        exporter.drive(kind, load.target, load.a_second, 1.0)
        return Spread.of(
            [
                exporter.drive(kind, load.target, load.a_second, load.interval_s)
                for _ in range(scale.of(2, 1))
            ]
        )
