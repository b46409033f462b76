"""What covers the wall when it is not to be believed: the paper plan, no states.

The watchdog in the browser shows it over everything, and takes it away by itself. Like
the wall it is read from afar: what then has no room is left out, in this order: the
last resorts, a row for each channel, lines of the plan.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from secours import texts
from secours.model.snapshot import Recommendation, Snapshot
from secours.render.escape import plain
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
HAND = 2.6  # around the rule above the order of the plan
TITLE_LEADING = 1.05
REGULAR = 0.95  # as wide as bold
NUMBER = 1.2  # of a rung, as part of its type size
LONGEST_HOW, LONGEST_LAST = 160, 160
GAPS = (4.0, 1.0)  # between two lines of the plan, beside and below each other


class Paper(NamedTuple):
    """How the paper plan is written: which lines, and how much of each."""

    lines: Sequence[Recommendation]
    rest: str = ""  # how many lines there are besides
    hows: int = 99  # rungs of each line for which it is said how to use them
    last: bool = True  # what to do when nothing works
    flowing: bool = False  # the channels one after the other in a row


class PaperChannel(NamedTuple):
    """A channel of the paper plan: its name, how to use it, and that it must not be."""

    name: str
    how: str
    unsafe: bool


class Heading(NamedTuple):
    """What stands above the plan."""

    title: str
    order: str  # what to do, and why
    last: str = ""  # when the last data came, with `AGE` for how long ago


def stale_html(
    snapshot: Snapshot, language: str, *, unstable: bool = False, scrolls: bool = False
) -> Markup:
    """Draw the cover for data that are too old, on a page that scrolls or on a wall.

    `unstable` says that the engine was started again too often of late.
    """
    localizer = Localizer(snapshot, texts.language_of(language))
    at = localizer.local(snapshot.at).strftime("%d/%m %H:%M:%S")
    words = Heading(
        localizer.say("stale"),
        order(localizer, unstable),
        localizer.say("stale.last", time=at, age=AGE),
    )
    return _drawn(words, localizer, scrolls=scrolls)


def order(localizer: Localizer, unstable: bool = False) -> str:
    """Say that an old screen is not to be trusted, nor a plan that is not all there.

    Last comes whom to call.
    """
    said = [_order(localizer.language, "stale.order", unstable)]
    said += (f"{w}." for w in caveats.words_lost(localizer))
    if localizer.snapshot.config_error:
        said.append(f"{localizer.say('note.config_error')}.")
    return " ".join([*said, *_contact(localizer)])


def _contact(localizer: Localizer) -> list[str]:
    """Say whom to call, if the plan does."""
    who = localizer.in_language(localizer.snapshot.site.contact)
    return [localizer.say("contact", who=plain(who, 80))] if who else []


def error_html(
    snapshot: Snapshot | None, language: str, *, scrolls: bool = False
) -> Markup:
    """Draw the cover for a page that could not be drawn; never says what broke."""
    words = Heading(texts.say(language, "error"), texts.say(language, "stale.order"))
    return _with_plan(words, snapshot, language, scrolls)


def unheard_html(snapshot: Snapshot | None, language: str) -> Markup:
    """Draw the cover for a page that does not hear its server."""
    words = Heading(texts.say(language, "unheard"), texts.say(language, "unheard.how"))
    return _with_plan(words, snapshot, language, scrolls=False)


def waiting_html(
    snapshot: Snapshot | None,
    language: str,
    *,
    refused: str | None = None,
    unstable: bool = False,
    scrolls: bool = False,
) -> Markup:
    """Draw the cover for no data yet; `refused` says why the plan cannot be read.

    The snapshot, if there is one, only lends its plan; `unstable` as for stale data.
    """
    key = "waiting" if refused is None else "refused"
    how = _order(language, f"{key}.how", unstable, what=refused)
    words = Heading(texts.say(language, key), how)
    return _with_plan(words, snapshot, language, scrolls)


def _order(language: str, key: str, unstable: bool, **facts: str | None) -> str:
    """Say what to do, first whom to call where the engine fails again and again."""
    first = [texts.say(language, "stale.unstable")] if unstable else []
    return " ".join([*first, texts.say(language, key, **facts)])


def _with_plan(
    words: Heading, snapshot: Snapshot | None, language: str, scrolls: bool
) -> Markup:
    language = texts.language_of(language)
    if snapshot is None:
        return _cover(language, Cover(), _above_html(words, ""))
    return _drawn(words, Localizer(snapshot, language), scrolls=scrolls)


def _drawn(words: Heading, localizer: Localizer, *, scrolls: bool) -> Markup:
    """Draw words above the plan: as large as who reads from afar needs, if it can be.

    On a page that scrolls everything has room.
    """
    if scrolls:
        unsafe = do_not_use.sentence(localizer)
        lines = localizer.snapshot.recommendations[:MOST_LINES]
        paper = next(_papers(lines, localizer), None)
        inside = _above_html(words, unsafe) + _paper_html(paper, localizer)
        return _cover(localizer.language, Cover(), inside)
    looks = (type_sizes.of_cover(localizer.snapshot.screen), Cover())
    return next(
        (drawn for look in looks for drawn in _fitting(words, localizer, look)),
        _cover(localizer.language, Cover(), _above_html(words, "")),
    )


def _fitting(words: Heading, localizer: Localizer, look: Cover) -> Iterator[Markup]:
    """Yield the cover in these sizes, if the least that it must say has room.

    The plan matters more than all of a long reason.
    """
    room = Space(UNSAFE_ROWS * look.order * text_width.LEADING, WIDE)
    unsafe = do_not_use.fitted(localizer, look.order, room)
    if text_width.width(words.last.replace(AGE, LONGEST_AGE), look.age) > WIDE:
        words = words._replace(last=localizer.say("stale.last", age=AGE))
    lines = localizer.snapshot.recommendations[:MOST_LINES]
    papers = list(_papers(lines, localizer))
    least = _height(papers[-1], localizer, look) if papers else 0.0
    bare = _above_height(words._replace(order=""), unsafe, localizer, look)
    rows = int((HIGH - bare - least) / (look.order * text_width.LEADING))
    if rows < 1:
        return
    short = text_width.shorten(words.order, look.order, WIDE, rows)
    words = words._replace(order=short)
    left = HIGH - _above_height(words, unsafe, localizer, look)
    fitting = (p for p in papers if _height(p, localizer, look) <= left)
    inside = _paper_html(next(fitting, None), localizer)
    yield _cover(localizer.language, look, _above_html(words, unsafe) + inside)


def _cover(language: str, look: Cover, inside: Markup) -> Markup:
    """Draw the hazard border."""
    return Markup(
        '<div class="s-cover" lang="{}" style="{}"><div class="s-cover-inside">{}</div>'
        "</div>"
    ).format(language, type_sizes.variables(look), inside)


def _above_html(words: Heading, unsafe: str) -> Markup:
    """Write what stands above the plan; what must not be used stays true."""
    html = Markup(
        '<h1 class="s-cover-title">{}</h1><p class="s-cover-order">{}</p>'
    ).format(plain(words.title), plain(words.order, 600))
    if words.last:
        age = AGE_NODE.join(map(escape, words.last.split(AGE)))
        html += Markup('<p class="s-cover-age">{}</p>').format(age)
    if unsafe:
        html += Markup('<p class="s-cover-order s-cover-unsafe">{}</p>').format(
            plain(unsafe, 600)
        )
    return html


def _above_height(
    words: Heading, unsafe: str, localizer: Localizer, look: Cover
) -> float:
    """Return about how high all is that stands above the plan."""
    rows = text_width.rows(words.title, look.title, WIDE)
    high = look.title * TITLE_LEADING * rows + HAND
    high += _regular(localizer.say("hand"), look.age, WIDE)
    if words.last:
        high += _regular(words.last.replace(AGE, LONGEST_AGE), look.age, WIDE)
    said = [text for text in (words.order, unsafe) if text]
    return high + sum(_regular(text, look.order, WIDE) for text in said)


# ------------------------------------------------------------------ the paper plan


def _paper_html(paper: Paper | None, localizer: Localizer) -> Markup:
    """Write the order of the plan as configured, without any state."""
    if paper is None:
        return Markup("")
    columns = Markup("").join(
        _paper_line(
            line, paper, localizer, paper.rest if line is paper.lines[-1] else ""
        )
        for line in paper.lines
    )
    shape = f"s-columns-{len(paper.lines)}{' s-flow' if paper.flowing else ''}"
    return Markup(
        '<p class="s-cover-hand">{}</p><div class="s-paper {}">{}</div>'
    ).format(localizer.say("hand"), shape, columns)


def _papers(lines: Sequence[Recommendation], localizer: Localizer) -> Iterator[Paper]:
    """Yield how the plan may be written, the most of it first."""
    for count in (len(lines), 2, 1):
        hidden = len(localizer.snapshot.recommendations) - len(lines[:count])
        paper = Paper(
            lines[:count], localizer.say("more.lines", n=hidden) if hidden else ""
        )
        yield paper
        yield from (paper._replace(hows=hows) for hows in (3, 2, 1, 0))
        yield paper._replace(hows=0, last=False)
        yield paper._replace(hows=0, last=False, flowing=True)


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
        high = text_width.height(_heading(line, localizer), size, wide)
        for place, (_, channels) in enumerate(line.tiers):
            names = " / ".join(each.name for each in _named(channels, localizer))
            high += text_width.height(names, size, wide - NUMBER * size)
            how = _hows(channels, localizer) if place < paper.hows else ""
            high += _regular(how, look.how, wide - NUMBER * size) if how else 0.0
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
) -> Markup:
    verb, audience = localizer.purpose(line)
    rungs = Markup("").join(
        Markup("<li><div>{}{}</div></li>").format(
            Markup(" / ").join(_name_html(each) for each in _named(tier, localizer)),
            Markup('<p class="s-how">{}</p>').format(hows)
            if place < paper.hows and (hows := _hows(tier, localizer))
            else "",
        )
        for place, (_, tier) in enumerate(line.tiers)
    )
    last = _last(line, localizer) if paper.last else ""
    return Markup("<section><h2>{}{}</h2><ol>{}</ol>{}{}</section>").format(
        verb,
        Markup(' <span class="s-audience">· {}</span>').format(audience)
        if audience
        else "",
        rungs,
        Markup('<p class="s-last">{}</p>').format(last) if last else "",
        Markup('<span class="s-rest">{}</span>').format(rest) if rest else "",
    )


def _name_html(each: PaperChannel) -> Markup:
    """Write a name; one that must not be used is struck through."""
    return Markup("<s>{}</s>").format(each.name) if each.unsafe else escape(each.name)


def _heading(line: Recommendation, localizer: Localizer) -> str:
    return " · ".join(word for word in localizer.purpose(line) if word)


def _flow(line: Recommendation, localizer: Localizer) -> str:
    names = (
        _whole(f"00 {' / '.join(each.name for each in _named(tier, localizer))}")
        for _, tier in line.tiers
    )
    return f"{_heading(line, localizer)} {' '.join(names)}"


def _whole(text: str) -> str:
    """Return a text that is measured as one that is not broken."""
    return text.replace(" ", "-")


def _named(channels: Sequence[str], localizer: Localizer) -> list[PaperChannel]:
    """Return the channels of a rung, and which of them must not be used."""
    safe = do_not_use.trusted(channels, localizer.snapshot)
    return [
        PaperChannel(
            plain(localizer.short_name(name), 60),
            plain(localizer.how(name), LONGEST_HOW),
            unsafe=name not in safe,
        )
        for name in channels
    ]


def _hows(channels: Sequence[str], localizer: Localizer) -> str:
    """Say how to use the channels of a rung that may be tried."""
    named = _named(channels, localizer)
    return " / ".join(each.how for each in named if each.how and not each.unsafe)


def _last(line: Recommendation, localizer: Localizer) -> str:
    """Say what to do when nothing works, and that it is for then."""
    last = localizer.in_language(line.last_resort) or localizer.say("last_resort.none")
    return f"{localizer.say('sheet.last')} {plain(last, LONGEST_LAST)}"
