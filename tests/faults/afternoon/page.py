"""What each attack did and cost: the table of docs/security.md, made by the run."""

import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from faults.afternoon.attacks import BOUNDS, Attack

PAGE = "security.md"  # beside docs/reliability.md, which SECOURS_TABLE names
PLACE = re.compile(r"(?<=<!-- attacks -->\n).*?(?=<!-- end -->)", re.DOTALL)
HEAD = """\
Made by `tests/faults/afternoon` on {day}: {tries} attacks of {lasts:.0f} s or more,
while three honest sites made {events:,} events; {wrong}.
The worst of each while it lasted, and until all was calm again: how long nothing was
heard of an honest site, the resident memory of the hub's server, the age of the wall
that a kiosk shows, and how long `/healthz` took. A rogue site says 40 MB a second at
most, and a dashboard that was killed has the time that it takes to begin again.

| attack | what was done | site, s | hub, MiB | wall, s | `/healthz`, s |
|---|---|---|---|---|---|
"""
BOUND = (
    "| at most | | {0.site_s:.0f} | {0.hub_mib:.0f} | {0.wall_s:.0f}"
    " | {0.health_s:.0f} |\n"
)


def write(
    done: Sequence[Attack], lasts_s: float, events: int, wrong: Sequence[str]
) -> None:
    """Write it where SECOURS_TABLE says that the tables are."""
    if not (table := os.environ.get("SECOURS_TABLE")):
        return
    file = Path(table).with_name(PAGE)
    head = HEAD.format(
        day=datetime.now(UTC).date(),
        tries=len(done),
        lasts=lasts_s,
        events=events,
        wrong="; ".join(wrong) or "none was lost, doubled or forged",
    )
    text = head + "".join(map(row, worst(done))) + BOUND.format(BOUNDS)
    file.write_text(PLACE.sub(lambda _: text, file.read_text("utf-8")), "utf-8")


def worst(done: Sequence[Attack]) -> list[Attack]:
    """Return each attack once, with the worst of what it cost."""
    found: dict[str, Attack] = {}
    for each in done:
        found.setdefault(each.name, each).costs.add(each.costs)
    return [*found.values()]


def row(attack: Attack) -> str:
    costs = attack.costs
    numbers = f"{costs.site_s:.1f} | {costs.hub_mib:.0f} | {costs.wall_s:.1f}"
    return f"| {attack.name} | {attack.told.did} | {numbers} | {costs.health_s:.2f} |\n"
