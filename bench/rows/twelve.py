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
        commands = {"ours": check(Path(folder), MIXED, ports)}
        peer = "12 plugins one after the other"
        try:
            plugins = [peers.plugin(kind, ports) for kind in MIXED]
        except peers.Missing as why:
            peer = str(why)
        else:
            commands["theirs"] = peers.in_sequence(plugins)
        done = in_turn(commands, scale.of(9, 0))
    for what, most, name in (
        ("CPU", CPU_MOST, "cpu_ms"),
        ("time on the clock", WALL_MOST, "wall_ms"),
    ):
        found = {
            who: Spread.of([getattr(each, name) for each in ended])
            for who, ended in done.items()
        }
        theirs = found.get("theirs")
        yield Row(
            what=f"twelve mixed channels in one `check`: {what}",
            now=found["ours"],
            unit="ms",
            most=most * theirs.middle if theirs else None,
            peer=peer,
            theirs=theirs,
        )
