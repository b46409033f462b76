"""What does `secours check` of one channel cost, beside the plugins of Nagios?"""

import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench import peers
from bench.engines import SECOURS, plan
from bench.measuring import PASS, Ended, Scale, Spread, in_turn
from bench.table import NotMeasured, Row, growth
from bench.targets import probe_of, serving

MOST = {"tcp": 6.5, "smtp": 10.0, "http": 14.0, "dns": 9.0, "icmp": 7.0}  # of `pass`


def rows(scale: Scale) -> Iterator[Row | NotMeasured]:
    """Measure one channel of each type, then 1, 4 and 16 channels."""
    with tempfile.TemporaryDirectory() as folder, serving() as ports:
        for kind, most in MOST.items():
            yield _one(kind, most, Path(folder), ports, scale)
        sizes = scale.of((1, 4, 16), (1, 4))
        commands = {str(n): check(Path(folder), ["tcp"] * n, ports) for n in sizes}
        done = in_turn(commands, scale.of(7, 0))
        costs = {n: _cpu(done[str(n)]).middle for n in sizes}
        yield growth("`check` of so many channels", costs)


def check(folder: Path, kinds: Sequence[str], ports: dict[str, int]) -> Sequence[str]:
    """Return the command that checks a channel of each of these types once."""
    file = folder / f"{'-'.join(kinds)}.json"
    file.write_text(json.dumps(plan([probe_of(kind, ports) for kind in kinds], 60.0)))
    return [SECOURS, "check", "--config", str(file)]


def _one(
    kind: str, most: float, folder: Path, ports: dict[str, int], scale: Scale
) -> Row | NotMeasured:
    what = f"`check`, one channel, {kind}: CPU"
    commands = {"pass": PASS, "ours": check(folder, [kind], ports)}
    try:
        command = peers.plugin(kind, ports)
    except peers.Missing as why:
        peer = str(why)
    else:
        commands["theirs"] = command
        peer = Path(command[0]).name
    try:
        done = in_turn(commands, scale.of(11, 0))
    except RuntimeError as why:
        return NotMeasured(what=what, why=str(why))
    base = _cpu(done["pass"]).middle
    theirs = [each.cpu_ms / base for each in done.get("theirs", ())]
    return Row(
        what=what,
        now=Spread.of([each.cpu_ms / base for each in done["ours"]]),
        unit="x `pass`",
        most=most,
        peer=peer,
        theirs=Spread.of(theirs) if theirs else None,
    )


def _cpu(done: Sequence[Ended]) -> Spread:
    return Spread.of([each.cpu_ms for each in done])
