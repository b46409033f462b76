"""The page of the notices that recorded outages make: docs/notices-of-outages.md."""

from pathlib import Path
from statistics import median
from typing import NamedTuple

from core.notices.played import BESIDE, THROUGH, Played, Sent, played, told_plan

from secours.config.sections.scenario import recordings
from secours.core.notices.due import STRANDED_S
from secours.core.notices.matters import LINE
from secours.model.notices import Fitness
from secours.model.sections.line import purpose_and_audience
from secours.model.snapshot import Change

PAGE = Path(__file__).parents[3] / "docs" / "notices-of-outages.md"
HEAD = f"""\
# Which notices the recorded outages make

Made by `make notices`, which plays each recorded outage on the reference plan of
`src/secours/outages` and writes this page; `tests/core/notices/test_recordings.py`
holds the page to what is played. One recipient is told of the eight lines of the plan,
by these of its channels, in this order:
{", ".join(f"`{name}`" for name in THROUGH)};
and by an address beside it that needs the internet or a mobile operator, `{BESIDE}`.

Seconds count from when another channel is to be used until the notice goes to the first
target: the median and the worst. What is worse waits two seconds for what else its
cause takes; what is better until it has been so for a minute, and until five minutes
after the line was last told, or {STRANDED_S:.0f} seconds after it where the channel
that people were told has gone down too and another is to be used. A change is
*overtaken* where the line changed again before it was told: then only the newest was
told. A notice goes *astray* where it is first tried over a channel that the recording
has failed at that second, while another target works.

| outage | changes | notices | in an hour | worse, s | better, s | overtaken | astray |
|---|---|---|---|---|---|---|---|
"""
PART = """
## {name}
| minute | notice | first over | not before the others |
|---|---|---|---|
"""


class Late(NamedTuple):
    """How long after each change people were told of it."""

    worse: tuple[float, ...]
    better: tuple[float, ...]
    overtaken: int


def late(outage: Played) -> Late:
    """Return how late the notices of an outage are."""
    worse, better, overtaken = list[float](), list[float](), 0
    for at_s, change in outage.changes:
        told_s = _told_s(outage, at_s, change)
        if told_s is None:
            overtaken += 1
        else:
            (worse if _is_worse(change) else better).append(told_s - at_s)
    return Late(tuple(worse), tuple(better), overtaken)


def most_in_an_hour(outage: Played) -> int:
    """Return how many notices went out in the worst hour."""
    times = [sent.at_s for sent in outage.notices]
    return max((sum(t <= o < t + 3600 for o in times) for t in times), default=0)


def astray(outage: Played) -> list[Sent]:
    """Return the notices first tried over a dead channel, while a live one exists."""
    targets = {*THROUGH}
    return [
        sent
        for sent in outage.notices
        if sent.first in sent.dead and targets - sent.dead
    ]


def row(name: str) -> str:
    """Return the row of an outage in the table."""
    outage = played(name)
    times = late(outage)
    cells = (
        f"[{name}](#{name})" if outage.notices else name,
        str(len(outage.changes)),
        str(len(outage.notices)),
        str(most_in_an_hour(outage)),
        _seconds(times.worse),
        _seconds(times.better),
        str(times.overtaken),
        str(len(astray(outage))),
    )
    return _row(*cells)


def part(name: str) -> str:
    """Return what is said of one outage: each of its notices."""
    notices = played(name).notices
    if not notices:
        return ""
    rows = (
        _row(f"{sent.at_s / 60:.1f}", sent.title, f"`{sent.first}`", _behind(sent))
        for sent in notices
    )
    return PART.format(name=name) + "".join(rows)


def page() -> str:
    """Return the whole page."""
    names = recordings()
    return HEAD + "".join(map(row, names)) + "".join(map(part, names))


def _told_s(outage: Played, at_s: float, change: Change) -> float | None:
    """Return when a change was told, None where the line changed again before."""
    again = (
        other_s
        for other_s, other in outage.changes
        if other_s > at_s and other.name == change.name
    )
    until_s = next(again, float("inf"))
    key = f"{LINE}/{change.name}"
    for sent in outage.notices:
        for matter in sent.matters:
            same = matter.key == key and matter.state == change.after
            if same and at_s <= sent.at_s < until_s:
                return sent.at_s
    return None


def _is_worse(change: Change) -> bool:
    purpose, audience = purpose_and_audience(change.name)
    (line,) = (
        each
        for each in told_plan().plan
        if (each.purpose, each.audience) == (purpose, audience)
    )
    order = [name for name, _ in line.order]
    return not change.after or (
        bool(change.before) and order.index(change.after) > order.index(change.before)
    )


def _behind(sent: Sent) -> str:
    """Name what is tried only after the rest, and why."""
    kinds = (Fitness.SHARES, Fitness.UNKNOWN_NEEDS, Fitness.DOWN, Fitness.DISTRUSTED)
    return "; ".join(
        f"{kind}: {', '.join(f'`{name}`' for name in names)}"
        for kind in kinds
        if (names := [each.target for each in sent.ranked if each.fitness is kind])
    )


def _seconds(times: tuple[float, ...]) -> str:
    return f"{median(times):.0f}, {max(times):.0f}" if times else ""


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
