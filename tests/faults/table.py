"""What each fault cost: the table of docs/reliability.md, made by the run itself."""

import os
import platform
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from faults.process_tree import Size

HEAD = """\
# What each fault costs

Made by `make reliability`, which does the damage for real and writes this page: on
{day}, Python {python}, {cores} cores, in {minutes:.0f} minutes. `make soak` does all
of it for longer.

A result is lost where a test was done and its result is in no history; *in flight* are
tests that were cut off, and what waited up to a second for the disk. Seconds to
recover count from the damage, or from a start, to a fresh snapshot: the median and the
worst. Memory is resident, in MiB, of all processes; so are open files; both before and
after.

| fault | what was done | results lost | seconds | memory | files |
|---|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One fault: what was done, and what it cost."""

    fault: str
    done: str
    lost: str = "none"
    recovered_s: list[float] = field(default_factory=list)
    before: Size | None = None
    after: Size | None = None

    def __str__(self) -> str:
        took = self.recovered_s
        seconds = f"{median(took):.2f}, {max(took):.2f}" if took else ""
        memory = files = ""
        if self.before and self.after:
            memory = f"{self.before.mib:.0f} to {self.after.mib:.0f}"
            files = f"{self.before.files} to {self.after.files}"
        cells = (self.fault, self.done, self.lost, seconds, memory, files)
        return "| " + " | ".join(cells) + " |"


def write(file: Path, rows: list[Row], took_s: float) -> None:
    """Write the page."""
    head = HEAD.format(
        day=datetime.now(UTC).date(),
        python=platform.python_version(),
        cores=os.cpu_count(),
        minutes=took_s / 60,
    )
    lines = [str(row) for row in sorted(rows, key=lambda row: row.fault)]
    file.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
