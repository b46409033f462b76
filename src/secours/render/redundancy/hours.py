"""Table of the channel that each line uses, by hours after a failure. Pure."""

from collections.abc import Iterator, Sequence
from math import inf

from secours import texts
from secours.core.replay import segments
from secours.core.replay.segments import Segment
from secours.core.replay.whatif import Outlook
from secours.render import terminal
from secours.render.badges import GLYPHS
from secours.render.redundancy.rows import name_in_use, quality_of, tone_in_use
from secours.render.wording.localizer import Localizer

GAP = "  "

Column = Sequence[str]


def table(outlook: Outlook, language: str, width: int | None) -> Iterator[str]:
    """Write a row for each moment at which a line changes, a column for each line.

    Columns too many for a terminal follow in a table below.
    """
    localizer = Localizer(outlook.steps[0].snapshot, language)
    hours, columns = _turns(outlook, localizer)
    for number, together in enumerate(_blocks(hours, columns, width)):
        if number:
            yield ""
        rows = zip(*map(_padded, (hours, *together)), strict=True)
        written = (GAP.join(row).rstrip() for row in rows)
        yield from (row for row in written if row)  # one purpose needs no audience


def _turns(outlook: Outlook, localizer: Localizer) -> tuple[Column, list[Column]]:
    """Return the moments of change, and a column for each line."""
    used = segments.followed(outlook, inf)
    lines = localizer.snapshot.recommendations
    named = [localizer.purpose(line) for line in lines]
    moments: dict[float, Column] = {}
    for step in outlook.steps:
        cells = [_cell(used[line.name], step.after_s, localizer) for line in lines]
        if cells not in list(moments.values())[-1:]:
            moments[step.after_s] = cells
    hours = ["", "", *(_moment(after_s, localizer.language) for after_s in moments)]
    columns = zip(*moments.values(), strict=True)
    return hours, [[*name, *cells] for name, cells in zip(named, columns, strict=True)]


def _moment(after_s: float, language: str) -> str:
    key = "whatif.after" if after_s else "whatif.at_once"
    return texts.say(language, key, after_s=after_s)


def _cell(stays: Sequence[Segment], after_s: float, localizer: Localizer) -> str:
    now = next(each for each in stays if each.begin_s <= after_s < each.end_s)
    shape = GLYPHS[tone_in_use(now, quality_of(now))]
    return f"{shape} {name_in_use(now, localizer)}"


def _blocks(
    hours: Column, columns: Sequence[Column], width: int | None
) -> Iterator[list[Column]]:
    """Yield the columns that fit side by side; at least one."""
    room = inf if width is None else width - _wide(hours)
    together: list[Column] = []
    used = 0
    for column in columns:
        wide = _wide(column) + len(GAP)
        if together and used + wide > room:
            yield together
            together, used = [], 0
        together.append(column)
        used += wide
    if together:
        yield together


def _wide(column: Column) -> int:
    return max(map(terminal.columns, column))


def _padded(column: Column) -> Iterator[str]:
    wide = _wide(column)
    return (terminal.padded(text, wide) for text in column)
