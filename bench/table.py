"""The table of docs/performance.md, made by the run itself."""

import math
import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.measuring import Spread, exponent, figure, log_linear

HEAD = """\
# How fast and how light

Made by `make bench`, which measures everything in one run and writes this page: on
{day}, Python {python}, {cores} cores, in {minutes:.0f} minutes.

The *engine* tests the channels of a plan for ever; the *core* is its reasoning, which
takes each result and says what to use. *Suspects* are what may be down, given what
fails; a *cut set* is what must fail together for none of some channels to work. A
*line* is whom the plan wants to reach, and by which channels in which order; the *wall*
is the screen in the crisis room that shows the answers. A page is *read* once the
browser has painted what the server put into it, and *all there* once its script has
drawn the same.

Times are of the processor, unless a row says otherwise, and mean little on another
machine: compare the ratios. A figure with others between brackets is a median, and they
are the middle half of what was measured; the brackets of a ratio are as wide as both of
its figures allow. A figure with none was measured once, or is what its row says: the
slowest, a mean. A peer is measured in the same run, on the same machine, against the
same servers: figures of it from elsewhere cannot be compared with these. `pass` is
`python -c pass`.

"""
COLUMNS = "| what | now | to reach | reached | peer | ratio to the peer |"
POWER_NOISE = 0.05
WHY_CHARS = 200
KEPT = re.compile(r"<!-- by hand -->.*<!-- end -->\n?", re.DOTALL)
BY_HAND = """\
<!-- by hand -->
## What each gain cost

## Where a target is not met: the floor
<!-- end -->
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure: what is wanted, and what a peer needs for the same.

    The peer may be a bound that is promised or a fixed piece of work; where it could
    not be measured, `peer` says why.
    """

    what: str
    now: Spread
    unit: str = ""
    most: float | None = None  # to be reached
    least: float | None = None  # to be reached, where more is better
    peer: str = ""
    theirs: Spread | None = None

    @property
    def reached(self) -> bool:
        """Tell whether it is within what is to be reached."""
        most = math.inf if self.most is None else self.most
        least = -math.inf if self.least is None else self.least
        return least <= self.now.middle <= most

    @property
    def wanted(self) -> str:
        """Say what is to be reached."""
        unit = f" {self.unit}".rstrip()
        bounds = []
        if self.least is not None:
            bounds.append(f"at least {figure(self.least)}{unit}")
        if self.most is not None:
            bounds.append(f"{figure(self.most)}{unit}")
        return ", ".join(bounds)

    def __str__(self) -> str:
        unit = f" {self.unit}".rstrip()
        reached = ("yes" if self.reached else "no") if self.wanted else ""
        peer, ratio = self.peer, ""
        if self.theirs is not None:
            peer += f", {self.theirs}{unit}"
            ratio = str(self.now.over(self.theirs))
        cells = (self.what, f"{self.now}{unit}", self.wanted, reached, peer, ratio)
        return f"| {' | '.join(cells)} |"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotMeasured:
    """A row that could not be had, and why."""

    what: str
    why: str
    takes_all: bool = False  # with a little of it, it is left out

    reached = False

    def __str__(self) -> str:
        why = " ".join(self.why.split()).replace("|", "/")[:WHY_CHARS]
        return f"| {self.what} | not measured: {why} | | | | |"


Rows = Sequence[Row | NotMeasured]


def growth(what: str, costs: dict[int, float]) -> Row | NotMeasured:
    """Return how a cost grows, beside n log n between the same sizes."""
    sizes = ", ".join(map(str, costs))
    name = f"growth of {what} at {sizes}, as a power of the size"
    try:
        power, bound = exponent(costs), log_linear(costs)
    except ValueError as why:
        return NotMeasured(what=name, why=str(why), takes_all=True)
    return Row(
        what=name,
        now=Spread.of([power]),
        most=bound + POWER_NOISE,
        peer="n log n",
        theirs=Spread.of([bound]),
    )


def write(file: Path, tables: dict[str, Rows], took_s: float) -> None:
    """Write the page; what was written into it by hand stays."""
    old = file.read_text("utf-8") if file.exists() else ""
    kept = KEPT.search(old)
    head = HEAD.format(
        day=datetime.now(UTC).date(),
        python=platform.python_version(),
        cores=os.cpu_count(),
        minutes=took_s / 60,
    )
    parts = [_table(name, rows) for name, rows in tables.items()]
    by_hand = kept.group() if kept else BY_HAND
    file.write_text(head + "\n".join([*parts, by_hand]), encoding="utf-8")


def _table(name: str, rows: Rows) -> str:
    lines = [f"## {name}", COLUMNS, "|---" * 6 + "|", *map(str, rows)]
    return "\n".join(lines) + "\n"
