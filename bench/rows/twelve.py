"""Twelve channels in one `check`, beside twelve plugins one after the other."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import peers
from bench.measuring import Scale, Spread, in_turn
from bench.rows.check import check
from bench.table import Row
from bench.targets import serving

MIXED = ("tcp", "http", "smtp", "dns") * 3
WALL_MOST, CPU_MOST = 0.5, 4.0  # of theirs


def rows(scale: Scale) -> Iterator[Row]:
    """Measure both, as many times one as the other."""
    with tempfile.TemporaryDirectory() as folder, serving() as ports:
        plugins = [peers.plugin(kind, ports) for kind in MIXED]
        commands = {
            "ours": check(Path(folder), MIXED, ports),
            "theirs": peers.in_sequence(plugins),
        }
        done = in_turn(commands, scale.of(9, 0))
    for what, most, name in (
        ("CPU", CPU_MOST, "cpu_ms"),
        ("time on the clock", WALL_MOST, "wall_ms"),
    ):
        ours, theirs = (
            Spread.of([getattr(each, name) for each in done[who]])
            for who in ("ours", "theirs")
        )
        yield Row(
            what=f"twelve mixed channels in one `check`: {what}",
            now=ours,
            unit="ms",
            most=most * theirs.middle,
            peer="12 plugins one after the other",
            theirs=theirs,
        )
