"""The page of who is told to reach whom in recorded outages: docs/outages.md."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from core.receivers.made import ROWS
from core.receivers.played import GRACE_M, PLANS, judged, shown
from core.receivers.silences import silences
from core.receivers.telling import said
from core.receivers.truth import truths

PAGE = Path(__file__).parents[3] / "docs" / "outages.md"
HEAD = f"""\
# Who hears what in the recorded outages

Made by `make outages`, which plays each recorded outage on four plans whose audiences
have groups, and writes this page; `tests/core/receivers/test_received.py` holds the
page to what is played. The plans, of a town hall, a hospital, a water company and a
ministry, and what the sources say of each service, are in `tests/core/receivers`.

Each channel of a line that works at our end says of each group of the line that it
hears it, or a part of it, or that nobody does. The hours below are those of all these
sentences together. One is *right* where the sources allow it, counted from
{GRACE_M:.0f} minutes after they change. It is *ahead* where it says more than was true,
and nobody on duty could know that yet. *No source* tells of the others, and nobody
judges them. Then what must not be: hours in which it says *too much*, though that could
be known, or *too little*.

| outage | plan | right, h | ahead, h | no source, h | too much, h | too little, h |
|---|---|---|---|---|---|---|
"""
VERDICTS = ("right", "early", "unknown", "false green", "false red")
CHANGES = """
## What people were told
In the town hall, from when each line names these channels: the first to use, after +
what completes it. Missed are those who do not hear the first, `never` by design.

| outage | minute | line | use | missed |
|---|---|---|---|---|
"""
DRILLS = """
## Three made drills
In no record is a group left with nothing. So three outages were made, and what each
line is to use was written before it was played: `tests/core/receivers/drills`.

| drill | minute | plan | line | use | missed |
|---|---|---|---|---|---|
"""

SILENCES = """
## When all is cut
Each plan with orders for silence (`when_cut: {after: 30m}`) for each audience: from
which minute they hold, above the answers (no channel is left at all) or below them
(what is left was not tried, or is not heard any more), and until when; — for the end.
The flood on the Ahr is made after what is told of it.

| outage | plan | audience | from | where | until |
|---|---|---|---|---|---|
"""


def hours(plan: str, recording: str) -> Counter[str]:
    """Return for how long what was said was right, or not."""
    found: Counter[str] = Counter()
    for each in judged(plan, recording):
        found[each.verdict] += each.minutes / 60  # type: ignore[assignment]
    return found


def _hours(recording: str) -> Iterator[str]:
    for plan in PLANS:
        each = hours(plan, recording)
        yield _row(recording, plan, *(f"{each[v]:.0f}" for v in VERDICTS))


def _changes(recording: str) -> Iterator[str]:
    """Yield each change of what a line of the town hall is told."""
    before: dict[str, tuple[str, str]] = {}
    for minute, shot in shown(PLANS[0], recording):
        for line in shot.recommendations:
            told = said(line)
            if before.setdefault(line.name, told) != told:
                yield _row(recording, f"{minute:.0f}", line.name, *told)
            before[line.name] = told


def _drill(row: str) -> str:
    place, _, expected = row.partition(": ")
    use, _, missed = expected.partition("; ")
    return _row(*place.split(), use, missed)


def page() -> str:
    """Return the whole page."""
    names = sorted(truths())
    return "".join(
        (
            HEAD,
            *(row for name in names for row in _hours(name)),
            CHANGES,
            *(row for name in names for row in _changes(name)),
            DRILLS,
            *map(_drill, ROWS),
            SILENCES,
            *(_row(*row) for row in silences()),
        )
    )


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
