"""What covers the wall when it is not to be believed: the paper plan, no states.

The watchdog in the browser shows it over everything, and takes it away by itself. Like
the wall it is read from afar: what then has no room is left out, in this order: the
last resorts, a row for each channel, lines of the plan.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from markupsafe import Markup

from secours import texts
from secours.model.plan import Screen
from secours.model.snapshot import Recommendation, Snapshot
from secours.render.escape import esc, plain
from secours.render.wall import text_width, type_sizes
from secours.render.wall.text_width import Space
from secours.render.wall.type_sizes import Cover
from secours.render.wording import caveats, do_not_use
from secours.render.wording.localizer import Localizer

AGE = "@AGE@"  # stands for the node in which the browser counts
AGE_NODE = Markup("<b data-secours-age>—</b>")
LONGEST_AGE = "00 h 00 min"
MOST_LINES = 4
UNSAFE_ROWS = 2.01

HIGH, WIDE = 90.8, 162.0  # inside the hazard border, in units
HAND = 3.9  # around the rule above the order of the plan
TITLE_LEADING = 1.05
REGULAR = 0.95  # as wide as bold
GAPS = (4.0, 1.0)  # between two lines of the plan, beside and below each other


class Paper(NamedTuple):
    """How the paper plan is written: which lines, and how much of each."""

    lines: Sequence[Recommendation]
    rest: str = ""  # how many lines there are besides
    last: bool = True  # what to do when nothing works
    flowing: bool = False  # the channels one after the other in a row


def stale_html(
    snapshot: Snapshot, language: str, *, unstable: bool = False, scrolls: bool = False
) -> str:
    """Draw the cover for data that are too old, on a page that scrolls or on a wall.

    `unstable` says that the engine was started again too often of late.
    """
    localizer = Localizer(snapshot, texts.language_of(language))
    look = _look(snapshot, scrolls=scrolls)
    at = localizer.local(snapshot.at).strftime("%d/%m %H:%M:%S")
    full = localizer.say("stale.last", time=at, age=LONGEST_AGE)
    if not scrolls and text_width.width(full, look.age) > WIDE:
        at = ""
    last = esc(localizer.say("stale.last", time=at, age=AGE)).replace(AGE, AGE_NODE)
    above = [("title", localizer.say("stale")), ("order", order(localizer, unstable))]
    html = f'{_titled(above)}<p class="s-cover-age">{last}</p>'
    above.append(("age", localizer.say("stale.last", time=at, age=LONGEST_AGE)))
    html += _unsafe(localizer, look, above, scrolls)
    return _cover(
        localizer.language, look, html + _paper(localizer, look, above, scrolls)
    )


def order(localizer: Localizer, unstable: bool = False) -> str:
    """Say that an old screen is not to be trusted, nor a plan that is not all there."""
    said = [_order(localizer.language, "stale.order", unstable)]
    said += (f"{w}." for w in caveats.words_lost(localizer))
    if localizer.snapshot.config_error:
        said.append(f"{localizer.say('note.config_error')}.")
    return " ".join(said)


def error_html(
    snapshot: Snapshot | None, language: str, *, scrolls: bool = False
) -> str:
    """Draw the cover for a page that could not be drawn; never says what broke."""
    said = texts.say(language, "error"), texts.say(language, "stale.order")
    return _with_plan(*said, snapshot, language, scrolls)


def waiting_html(
    snapshot: Snapshot | None,
    language: str,
    *,
    refused: str | None = None,
    unstable: bool = False,
    scrolls: bool = False,
) -> str:
    """Draw the cover for no data yet; `refused` says why the plan cannot be read.

    The snapshot, if there is one, only lends its plan; `unstable` as for stale data.
    """
    key = "waiting" if refused is None else "refused"
    how = _order(language, f"{key}.how", unstable, what=refused)
    return _with_plan(texts.say(language, key), how, snapshot, language, scrolls)


def _order(language: str, key: str, unstable: bool, **facts: str | None) -> str:
    """Say what to do, first whom to call where the engine fails again and again."""
    first = [texts.say(language, "stale.unstable")] if unstable else []
    return " ".join([*first, texts.say(language, key, **facts)])


def _with_plan(
    title: str, order: str, snapshot: Snapshot | None, language: str, scrolls: bool
) -> str:
    language, look = texts.language_of(language), _look(snapshot, scrolls=scrolls)
    if snapshot is None:
        return _cover(language, look, _titled([("title", title), ("order", order)]))
    localizer = Localizer(snapshot, language)
    if not scrolls:  # the plan matters more than all of a long reason
        left = HIGH - _above_height([("title", title)], localizer, look)
        least = [*_papers(snapshot.recommendations[:1], localizer)][-1:]
        left -= sum(_height(paper, localizer, look) for paper in least)
        most = Space(left, WIDE).rows(look.order)
        order = text_width.shorten(order, look.order, WIDE, most)
    above = [("title", title), ("order", order)]
    html = _titled(above) + _unsafe(localizer, look, above, scrolls)
    return _cover(language, look, html + _paper(localizer, look, above, scrolls))


def _unsafe(
    localizer: Localizer, look: Cover, above: list[tuple[str, str]], scrolls: bool
) -> str:
    """Name what must not be used: people's word, which stays true; note its room."""
    room = Space(UNSAFE_ROWS * look.order * text_width.LEADING, WIDE)
    fitted = do_not_use.fitted(localizer, look.order, room)
    said = do_not_use.sentence(localizer) if scrolls else fitted
    if not said:
        return ""
    above.append(("order", said))
    return f'<p class="s-cover-order s-cover-unsafe">{esc(said, 600)}</p>'


def _look(snapshot: Snapshot | None, *, scrolls: bool) -> Cover:
    screen = snapshot.screen if snapshot and not scrolls else Screen()
    return type_sizes.of_cover(screen)


def _titled(above: Sequence[tuple[str, str]]) -> str:
    (_, title), (_, order) = above
    return (
        f'<h1 class="s-cover-title">{esc(title)}</h1>'
        f'<p class="s-cover-order">{esc(order)}</p>'
    )


def _cover(language: str, look: Cover, inside: str) -> str:
    """Draw the hazard border; `inside` is HTML."""
    return (
        f'<div class="s-cover" lang="{language}" style="{type_sizes.variables(look)}">'
        f'<div class="s-cover-inside">{inside}</div></div>'
    )


# ------------------------------------------------------------------ the paper plan


def _paper(
    localizer: Localizer, look: Cover, above: Sequence[tuple[str, str]], scrolls: bool
) -> str:
    """Write the order of the plan as configured, without any state."""
    lines = localizer.snapshot.recommendations[:MOST_LINES]
    if not lines:
        return ""
    left = HIGH - _above_height(above, localizer, look)
    papers = list(_papers(lines, localizer))
    fitting = (p for p in papers if _height(p, localizer, look) <= left)
    paper = papers[0] if scrolls else next(fitting, papers[-1])
    columns = "".join(
        _paper_line(
            line, paper, localizer, paper.rest if line is paper.lines[-1] else ""
        )
        for line in paper.lines
    )
    shape = f"s-columns-{len(paper.lines)}{' s-flow' if paper.flowing else ''}"
    return (
        f'<p class="s-cover-hand">{esc(localizer.say("hand"))}</p>'
        f'<div class="s-paper {shape}">{columns}</div>'
    )


def _above_height(
    above: Sequence[tuple[str, str]], localizer: Localizer, look: Cover
) -> float:
    """Return about how high all is that stands above the plan, the title first."""
    (_, title), *others = [*above, ("age", localizer.say("hand"))]
    high = look.title * TITLE_LEADING * text_width.rows(title, look.title, WIDE) + HAND
    return high + sum(
        _regular(text, getattr(look, name), WIDE) for name, text in others
    )


def _papers(lines: Sequence[Recommendation], localizer: Localizer) -> Iterator[Paper]:
    """Yield how the plan may be written, the most of it first."""
    for count in (len(lines), 2, 1):
        hidden = len(localizer.snapshot.recommendations) - len(lines[:count])
        key = "more.one" if hidden == 1 else "more.many"
        paper = Paper(lines[:count], localizer.say(key, n=hidden) if hidden else "")
        yield paper
        yield paper._replace(last=False)
        yield paper._replace(last=False, flowing=True)


def _height(paper: Paper, localizer: Localizer, look: Cover) -> float:
    """Return about how high the lines of a plan are, in units."""
    count = len(paper.lines)
    size, last_size = look.of_paper(count)
    if paper.flowing:
        said = [_flow(line, localizer) for line in paper.lines]
        said[-1] += f" {_whole(paper.rest)}"
        return (
            sum(text_width.height(text, size, WIDE) for text in said) + count * GAPS[1]
        )
    beside = {1: 1, 3: 3}.get(count, 2)
    wide = (WIDE - (beside - 1) * GAPS[0]) / beside
    heights = []
    for line in paper.lines:
        names = [_names(channels, localizer) for _, channels in line.tiers]
        rows = [_heading(line, localizer), *names]
        high = sum(text_width.height(text, size, wide - 1.2 * size) for text in rows)
        if paper.last:
            high += _regular(_last(line, localizer), last_size, wide)
        heights.append(high)
    heights[-1] += text_width.LEADING * size * bool(paper.rest)
    below = [max(heights[at : at + beside]) for at in range(0, count, beside)]
    return sum(below) + GAPS[1] * len(below)


def _regular(text: str, size: float, wide: float) -> float:
    """Return about how high a paragraph is that is not bold."""
    return text_width.height(text, size, wide / REGULAR)


def _paper_line(
    line: Recommendation, paper: Paper, localizer: Localizer, rest: str
) -> str:
    verb, audience = localizer.purpose(line)
    rungs = "".join(
        f"<li>{esc(_names(channels, localizer))}</li>" for _, channels in line.tiers
    )
    last = f'<p class="s-last">{esc(_last(line, localizer))}</p>' if paper.last else ""
    last += f'<span class="s-rest">{esc(rest)}</span>' if rest else ""
    who = f' <span class="s-audience">· {esc(audience)}</span>' if audience else ""
    return f"<section><h2>{esc(verb)}{who}</h2><ol>{rungs}</ol>{last}</section>"


def _heading(line: Recommendation, localizer: Localizer) -> str:
    return " · ".join(word for word in localizer.purpose(line) if word)


def _flow(line: Recommendation, localizer: Localizer) -> str:
    names = (_whole(f"00 {_names(channels, localizer)}") for _, channels in line.tiers)
    return f"{_heading(line, localizer)} {' '.join(names)}"


def _whole(text: str) -> str:
    """Return a text that is measured as one that is not broken."""
    return text.replace(" ", "-")


def _names(channels: Sequence[str], localizer: Localizer) -> str:
    """Name what may be tried of a rung; what must not be is named above."""
    names = do_not_use.trusted(channels, localizer.snapshot)
    return plain(" / ".join(map(localizer.short_name, names)), 60) or "—"


def _last(line: Recommendation, localizer: Localizer) -> str:
    return plain(localizer.in_language(line.last_resort), 110)
