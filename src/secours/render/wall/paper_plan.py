"""The plan without states, as a cover shows it.

It is as large as fits, each channel with how to use it beside it, or below. What does
not fit even in the smallest type is left out, in this order: orders for silence that
did not hold, how to use channels, the last resort, a row for each channel, those orders
that held, one audience after the other, lines of the plan.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup, escape
from msgspec import Struct
from msgspec.structs import replace

from secours.model.snapshot import OrdersView, Recommendation
from secours.render import text_width
from secours.render.escape import plain
from secours.render.wording import do_not_use
from secours.render.wording.localizer import Localizer
from secours.render.wording.silence import orders

MOST_LINES, MOST_IN_TWO = 8, 6  # in all, and in two columns
LONGEST_HOW, LONGEST_LAST = 160, 160
REGULAR = 0.95  # as wide as bold
NUMBER = 1.2  # of a rung, as part of the type size
BETWEEN = 0.6  # a name and how to use it, as part of the type size
LEADING = 1.22  # of a rung
BULLET = " · "  # between a purpose and its audience
GAPS = (4.0, 1.0)  # between two lines of the plan, beside and below each other
SIZES = (6.4, 5.6, 5.2, 4.7, 4.3, 3.8, 3.4, 3.1)
SMALLER, LEAST = 0.8, 3.1  # how to use a channel, beside its name; no text is smaller


class PaperChannel(NamedTuple):
    """Channel of the plan: its name, how to use it, and if it must not be."""

    name: str
    how: str
    unsafe: bool


class Paper(Struct, frozen=True, kw_only=True):
    """Way to write the plan: its lines, and how much of each."""

    lines: Sequence[Recommendation]
    named: Mapping[tuple[str, ...], Sequence[PaperChannel]]  # those of each rung
    rest: str = ""  # number of further lines
    orders: Sequence[OrdersView] = ()  # for silence
    how: bool = True  # how to use each channel
    last: bool = True  # the last resort
    flowing: bool = False  # the channels one after the other in a row

    @property
    def abreast(self) -> int:
        """Return the number of lines side by side."""
        count = len(self.lines)
        return {1: 1, 3: 3}.get(count, 2 if count <= MOST_IN_TWO else 4)


def papers(localizer: Localizer) -> Iterator[Paper]:
    """Yield the ways to write the plan, the fullest first."""
    lines = localizer.snapshot.recommendations
    rungs = {names for line in lines for _, names in line.tiers}
    named = {names: _named(names, localizer) for names in rungs}
    for count in dict.fromkeys(min(n, len(lines)) for n in (MOST_LINES, 4, 2, 1)):
        hidden = len(lines) - count
        rest = localizer.say("more.lines", n=hidden) if hidden else ""
        shown = lines[:count]
        if shown:
            whole = Paper(lines=shown, named=named, rest=rest)
            yield replace(whole, orders=localizer.snapshot.orders)
            paper = replace(whole, orders=orders.in_force(localizer))
            yield paper
            yield replace(paper, how=False)
            yield replace(paper, how=False, last=False)
            flow = replace(paper, how=False, last=False, flowing=True)
            for n in range(len(flow.orders), -1, -1):
                yield replace(flow, orders=flow.orders[:n])


def sizes(largest: float) -> list[float]:
    """Return the possible sizes of the plan, the largest first."""
    return [largest, *(size for size in SIZES if size < largest)]


def how_size(size: float) -> float:
    """Return the size of `how` beside a name of this size."""
    return max(SMALLER * size, LEAST)


def height(paper: Paper, size: float, wide: float, localizer: Localizer) -> float:
    """Return the estimated height in this size."""
    if paper.flowing:
        said = [_flow(line, paper, localizer) for line in paper.lines]
        said[-1] += f" {_whole(paper.rest)}"
        rows = sum(text_width.height(text, size, wide) for text in said)
        below = _orders_heights(paper, size, wide, localizer)
        return rows + sum(below) + (len(paper.lines) + len(below)) * GAPS[1]
    count = paper.abreast
    column = (wide - (count - 1) * GAPS[0]) / count
    heights = [
        _line_height(line, paper, size, column, localizer) for line in paper.lines
    ]
    heights[-1] += text_width.LEADING * size * bool(paper.rest)
    below = [max(heights[at : at + count]) for at in range(0, len(heights), count)]
    if last := _shared_last(paper, localizer):
        below.append(regular(last, how_size(size), wide))
    below += _orders_heights(paper, size, wide, localizer)
    return sum(below) + GAPS[1] * len(below)


def _orders_heights(
    paper: Paper, size: float, wide: float, localizer: Localizer
) -> list[float]:
    return [
        regular(
            orders.sentence(view, localizer),
            size if view.in_force else how_size(size),
            wide,
        )
        for view in paper.orders
    ]


def least_height(paper: Paper) -> float:
    """Return a quick lower bound of its height: a least row for each channel."""
    most = max(len(line.planned) for line in paper.lines)
    return 0.0 if paper.flowing else most * LEAST * LEADING


def regular(text: str, size: float, wide: float) -> float:
    """Return the estimated height of a regular paragraph."""
    return text_width.height(text, size, wide / REGULAR)


def _line_height(
    line: Recommendation, paper: Paper, size: float, wide: float, localizer: Localizer
) -> float:
    high = text_width.height(localizer.heading(line, BULLET), size, wide)
    for _, channels in line.tiers:
        for each in paper.named[channels]:
            how = each.how if paper.how else ""
            high += _channel_height(each.name, how, size, wide - NUMBER * size)
    if last := _own_last(line, paper, localizer):
        high += regular(last, how_size(size), wide)
    return high


def _channel_height(name: str, how: str, size: float, wide: float) -> float:
    """Return the height of a channel; a `how` that is too wide goes below."""
    small = how_size(size)
    used = text_width.width(name, size) + BETWEEN * size
    used += REGULAR * text_width.width(how, small)
    high = text_width.rows(name, size, wide) * size * LEADING
    return high + (regular(how, small, wide) if how and used > wide else 0.0)


def paper_html(paper: Paper | None, localizer: Localizer) -> Markup:
    """Write the order of the plan."""
    if paper is None:
        return Markup("")
    columns = Markup("").join(
        _line_html(line, paper, localizer, paper.rest * (line is paper.lines[-1]))
        for line in paper.lines
    )
    shape = "s-flow" if paper.flowing else f"s-abreast-{paper.abreast}"
    shared = _last_html(_shared_last(paper, localizer))
    return Markup(
        '{}<p class="s-cover-hand">{}</p><div class="s-paper {}">{}{}{}</div>'
    ).format(
        _orders_html(paper, localizer, in_force=True),
        localizer.say("hand"),
        shape,
        columns,
        shared,
        _orders_html(paper, localizer, in_force=False),
    )


def _orders_html(paper: Paper, localizer: Localizer, *, in_force: bool) -> Markup:
    """Write the orders that held by the last data, or the others."""
    last = Markup('<p class="s-last">{}</p>')
    html = Markup('<p class="s-cover-silence">{}</p>') if in_force else last
    return Markup("").join(
        html.format(orders.stateless_html(view, localizer))
        for view in paper.orders
        if view.in_force is in_force
    )


def _line_html(
    line: Recommendation, paper: Paper, localizer: Localizer, rest: str
) -> Markup:
    verb, audience = localizer.purpose(line)
    whom = Markup(' <span class="s-audience">· {}</span>').format(audience)
    rungs = Markup("").join(
        Markup("<li>{}</li>").format(_rung_html(paper.named[channels], paper))
        for _, channels in line.tiers
    )
    return Markup("<section><h2>{}{}</h2><ol>{}</ol>{}{}</section>").format(
        verb,
        whom if audience else "",
        rungs,
        _last_html(_own_last(line, paper, localizer)),
        Markup('<span class="s-rest">{}</span>').format(rest) if rest else "",
    )


def _last_html(last: str) -> Markup:
    return Markup('<p class="s-last">{}</p>').format(last) if last else Markup("")


def _rung_html(named: Sequence[PaperChannel], paper: Paper) -> Markup:
    """Write the channels of a rung below each other, or in a row."""
    if paper.flowing:
        return Markup(" / ").join(map(_name_html, named))
    rows = Markup("").join(
        Markup("<p>{}{}</p>").format(
            _name_html(each),
            Markup(' <span class="s-how">{}</span>').format(each.how)
            if paper.how and each.how
            else "",
        )
        for each in named
    )
    return Markup("<div>{}</div>").format(rows)


def _name_html(each: PaperChannel) -> Markup:
    """Write a name; one that must not be used is struck through."""
    return Markup("<s>{}</s>").format(each.name) if each.unsafe else escape(each.name)


def _flow(line: Recommendation, paper: Paper, localizer: Localizer) -> str:
    names = (
        _whole(f"00 {' / '.join(each.name for each in paper.named[tier])}")
        for _, tier in line.tiers
    )
    return f"{localizer.heading(line, BULLET)} {' '.join(names)}"


def _whole(text: str) -> str:
    """Return a text that is measured as unbroken."""
    return text.replace(" ", "-")


def _named(channels: Sequence[str], localizer: Localizer) -> list[PaperChannel]:
    """Return the channels of a rung; `how` is left out for distrusted ones."""
    safe = set(do_not_use.trusted(channels, localizer.snapshot))
    return [
        PaperChannel(
            plain(localizer.short_name(name), 60),
            localizer.how_shown(name, LONGEST_HOW) if name in safe else "",
            unsafe=name not in safe,
        )
        for name in channels
    ]


def _own_last(line: Recommendation, paper: Paper, localizer: Localizer) -> str:
    """Return a line's last resort; "" if all share one."""
    shared = not paper.last or _shared_last(paper, localizer)
    return "" if shared else _last(line, localizer)


def _shared_last(paper: Paper, localizer: Localizer) -> str:
    """Return the last resort shared by several lines; else ""."""
    said = {_last(line, localizer) for line in paper.lines if paper.last}
    return said.pop() if len(said) == 1 and len(paper.lines) > 1 else ""


def _last(line: Recommendation, localizer: Localizer) -> str:
    """Return the last resort of a line, with its label."""
    last = plain(localizer.last_resort(line), LONGEST_LAST)
    return f"{localizer.say('sheet.last')} {last}"
