"""What does one test cost in an engine with 200, all included?"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import peers
from bench.engines import plan, running
from bench.measuring import Scale, Spread
from bench.table import Row
from bench.targets import probe_of, serving

MOST_MS = {"tcp": 0.7, "http": 1.4, "dns": 0.7, "smtp": 1.5, "icmp": 0.6}
INTERVAL_S = 5.0


def rows(scale: Scale) -> Iterator[Row]:
    """Measure each type for some intervals, ours and then the peer."""
    with serving() as ports:
        for kind, most_ms in MOST_MS.items():
            yield _of(kind, most_ms, ports, scale)


def _of(kind: str, most_ms: float, ports: dict[str, int], scale: Scale) -> Row:
    channels = scale.of(200, 10)
    interval_s = scale.of(INTERVAL_S, 0.5)
    a_second = channels / interval_s
    with tempfile.TemporaryDirectory() as folder:
        probes = [probe_of(kind, ports)] * channels
        ours = []
        with running(Path(folder), plan(probes, interval_s)) as engine:
            engine.live(scale.of(1, 3) * interval_s)  # each was tested once by then
            for turn in range(scale.of(2, 1)):
                before_s = engine.cpu_s
                engine.live((scale.of(2, 4) + turn) * interval_s)
                used_s = engine.cpu_s - before_s
                ours.append(1000 * used_s / (a_second * interval_s))
    theirs, peer = None, "blackbox_exporter, asked over HTTP"
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            peers.blackbox(Path(folder)) as exporter,
        ):
            target = peers.target_of(kind, ports)
            exporter.drive(kind, target, a_second, 1.0)
            cost = [
                exporter.drive(kind, target, a_second, interval_s)
                for _ in range(scale.of(2, 1))
            ]
            theirs = Spread.of(cost)
            if exporter.failed:
                peer += f"; {exporter.failed} of {exporter.asked} failed"
    except peers.Missing as why:
        peer = str(why)
    return Row(
        what=f"engine, {channels} probes every {interval_s:g} s, {kind}:"
        " CPU a probe, all included",
        now=Spread.of(ours),
        unit="ms",
        most=most_ms,
        peer=peer,
        theirs=theirs,
    )
