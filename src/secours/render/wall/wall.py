"""The wall: for each purpose the channel, how, the backup, and why.

Pure: a Snapshot in, HTML out, in three passes: `layout` measures the parts, `card_text`
and `rungs` word them, and they are drawn. The browser keeps time in the nodes marked
`data-secours-age` and `data-secours-clock`. The cover of a stale screen is in
`stale_cover`.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from markupsafe import Markup

from secours import texts
from secours.model.snapshot import Snapshot
from secours.render import palette, templates, text_width
from secours.render.badges import GLYPHS, WORST_FIRST, Tone
from secours.render.escape import plain
from secours.render.no_break import unbroken_html
from secours.render.text_width import Space
from secours.render.wall import card, rungs, silence, unsafe_band
from secours.render.wall.banners import banners
from secours.render.wall.card_fit import card_text, head_rows
from secours.render.wall.card_text import CardText, tone_of_line
from secours.render.wall.footer import ROOM, chips_html, notes, strip_html
from secours.render.wall.layout import (
    ACROSS,
    NUMBER,
    TOP,
    Around,
    Layout,
    column,
    lines_shown,
    measured,
)
from secours.render.wall.type_sizes import COLUMNS, is_far, layout_of, variables
from secours.render.wording import exercise
from secours.render.wording.localizer import Localizer, zone

TOP_GAP, AGE_PADDING = 3.4, 2.0  # of the first line, in units
ORDERS = (4, 1, 0)  # for silence in an exercise, where there is room
OLDEST = "30 s"  # the widest age before the wall is stale


def wall_html(
    snapshot: Snapshot,
    language: str,
    *,
    age_s: float,
    line: int | None = None,
    layout: str | None = None,
    theme: str | None = None,
) -> Markup:
    """Draw the wall of a snapshot that is `age_s` old; `line` counts from 1.

    Layout and theme are those asked for, else those of the plan.
    """
    localizer = Localizer(snapshot, texts.language_of(language), age_s)
    bands = layout_of(snapshot.screen, layout, snapshot.screen.layout) == "bands"
    bands &= not any(silence.cut(e, localizer) for e in lines_shown(snapshot, line))
    parts = measured(localizer, line, _around(localizer, line), bands=bands)
    style = f"{variables(parts.sizes)}--top:{TOP:.4g};--number:{NUMBER:.4g};"
    style += f"--rung:{parts.rung:.4g};"
    style += f"--answer:{parts.sizes.short if parts.aligned else 0:.4g}"
    return unbroken_html(
        Markup('<div class="s-wall s-{}" lang="{}" style="{}">{}{}</div>').format(
            palette.theme_of(theme, snapshot.screen.theme),
            localizer.language,
            style,
            top_html(localizer),
            _inside(localizer, parts, line),
        )
    )


def plain_html(localizer: Localizer, line: int | None, letter_width: float) -> Markup:
    """Draw all that is below the first line for a page without script.

    `letter_width` is of its font, beside that of Source Sans. What other sites see has
    rows of its own there.
    """
    around = _around(localizer, line, letter_width)
    given = measured(localizer, line, around)
    return _inside(localizer, given, line, letter_width, opinions=False)


def _around(
    localizer: Localizer, line: int | None, letter_width: float = 1.0
) -> Around:
    """Return the parts of the wall around the plan lines."""
    snapshot = localizer.snapshot
    height = unsafe_band.height(unsafe_band.banded(localizer, letter_width))
    shown = lines_shown(snapshot, line)
    held = (silence.banded(localizer, e, letter_width) for e in (shown[:1], shown))
    height += max(map(unsafe_band.height, held))
    below = [height]
    if (
        snapshot.rehearsal is not None
    ):  # its orders may be left out, its answers, then all of it
        near = shown[: 1 if is_far(snapshot.screen) else None]
        played = [
            exercise.height(localizer, near, letter_width, most=most) for most in ORDERS
        ]
        played.append(exercise.height(localizer, (), letter_width))
        below = [*(height + high for high in played), height]
    return Around(
        banners=banners(localizer).rows,
        below=tuple(below),
        notes=bool(notes(localizer)),
        letter_width=letter_width,
    )


def _inside(
    localizer: Localizer,
    layout: Layout,
    place: int | None,
    letter_width: float = 1.0,
    *,
    opinions: bool = True,
) -> Markup:
    look = f"s-bands s-bands-{len(layout.lines)}" if layout.bands else "s-columns"
    rows = (head_rows(line, localizer, layout.frame) for line in layout.lines)
    heads = max(rows, default=1)  # of every card: as many as the highest
    if not layout.bands:
        look += f" s-columns-{len(layout.lines)} s-abreast-{layout.abreast}"
        look += f" s-heads-{heads}"
    frame = layout.frame._replace(heads=heads)
    whole = Markup("")
    cards = [
        silence.ordered([line], view, localizer, frame)
        if (view := silence.cut(line, localizer))
        else card_text(line, localizer, frame)
        for line in layout.lines
    ]
    if (view := silence.shared(layout.lines, localizer)) is not None:
        room = Space(frame.room.high, column(1) / letter_width)
        wide = frame._replace(heads=1, room=room)
        one = silence.ordered(layout.lines, view, localizer, wide)
        whole = Markup('<div class="s-whole">{}</div>').format(card.column_html(one))
        look, cards = f"{look} s-ladders", []
    brief = layout.brief or any(_is_in_brief(text, localizer) for text in cards)
    return Markup('{}{}<div class="s-main {}">{}</div>{}{}{}{}{}').format(
        banners(localizer).html,
        whole,
        look,
        Markup("").join(_lines(localizer, layout, place, cards, brief=brief)),
        unsafe_band.band(localizer, unsafe_band.banded(localizer, letter_width)),
        silence.band(silence.banded(localizer, layout.lines, letter_width)),
        _exercise(localizer, layout, scrolls=not opinions),
        chips_html(layout.hidden, localizer, layout.chips),
        strip_html(
            localizer, layout.news, ROOM / letter_width, opinions=opinions, brief=brief
        )
        if layout.news
        else "",
    )


def _exercise(localizer: Localizer, layout: Layout, *, scrolls: bool) -> Markup:
    """Draw the exercise: with as much of it as there is room for, or whole."""
    if scrolls:
        return exercise.block(localizer, layout.lines, across=exercise.ACROSS)
    if layout.below > len(ORDERS):
        return Markup("")
    most = dict(enumerate(ORDERS)).get(layout.below)
    lines = () if most is None else layout.lines
    return exercise.block(localizer, lines, across=exercise.ACROSS, most=most or 0)


def _lines(
    localizer: Localizer,
    layout: Layout,
    place: int | None,
    cards: Sequence[CardText],
    *,
    brief: bool,
) -> Iterator[Markup]:
    """Draw each line of the plan, its answer above its rungs."""
    if not layout.lines:
        text = _no_line(localizer, place)
        yield _line_html(text, Markup(""), bands=layout.bands)
    for line, text in zip_longest(layout.lines, cards):
        ladder = rungs.rungs(line, localizer, layout.names, layout.silent, brief=brief)
        drawn = rungs.ladder_html(list(ladder), localizer)
        if text is None:  # one card for all
            yield Markup('<section class="s-column">{}</section>').format(drawn)
        else:
            yield _line_html(text, drawn, bands=layout.bands)


def _is_in_brief(text: CardText, localizer: Localizer) -> bool:
    """Return whether a card has the brief form of "down"."""
    word = localizer.say("down.brief")
    rows = [row.text for row in text.reasons]
    pin = text.pinned.badge.word if text.pinned else ""
    return pin == word or any(word in re.findall(r"\w+", row) for row in rows)


def _line_html(text: CardText, ladder: Markup, *, bands: bool) -> Markup:
    if bands:
        return card.band_html(text, ladder)
    drawn = card.column_html(text)
    return Markup('<section class="s-column">{}{}</section>').format(drawn, ladder)


def _no_line(localizer: Localizer, line: int | None) -> CardText:
    """Return the card of a wall without lines."""
    missing = line is not None and bool(localizer.snapshot.recommendations)
    how = localizer.say("no_line", n=line) if missing else localizer.say("no_plan.how")
    return CardText(
        tone=Tone.UNKNOWN,
        rank=localizer.say("state.unknown"),
        answer=localizer.say("no_plan"),
        how=how,
    )


def line_asked(words: str | None) -> int | None:
    """Return the line of an address; 0, which is none, for other words."""
    if not words:
        return None
    return int(words) if words.isascii() and words.isdigit() and len(words) < 9 else 0


def answers(snapshot: Snapshot, line: int | None = None) -> list[str]:
    """Return the channel of each line on the wall, to detect changes."""
    shown = lines_shown(snapshot, line)
    return [each.answer.channel if each.answer else "" for each in shown]


def title(snapshot: Snapshot, language: str) -> str:
    """Return the browser tab's title: the worst state, then the name."""
    localizer = Localizer(snapshot, language)
    tones = {tone_of_line(each, localizer) for each in snapshot.recommendations}
    tone = next((tone for tone in WORST_FIRST if tone in tones), Tone.UNKNOWN)
    name = texts.say(language, "title.ok")
    return name if tone is Tone.OK else f"{GLYPHS[tone]} {name}"


def timezone(snapshot: Snapshot) -> str:
    """Return the name of the site's time zone, UTC if unknown here."""
    return zone(snapshot.site.timezone).key


def top_html(localizer: Localizer) -> Markup:
    """Draw the first line: site, age, and time."""
    snapshot, size = localizer.snapshot, COLUMNS.top
    age_s = localizer.screen_age_s
    age = f"{max(0, int(age_s))} s" if age_s < 1e6 else "—"
    age_html = templates.age(localizer.language, age)
    clock = localizer.local(snapshot.at).strftime("%H:%M:%S")
    used = text_width.width("Secours", size) + text_width.width(clock, COLUMNS.clock)
    oldest = templates.age(localizer.language, OLDEST).striptags()
    room = (ACROSS - 3 * TOP_GAP - AGE_PADDING - used) / text_width.REGULAR
    left = room - text_width.width(oldest, size)
    site = plain(localizer.site, 44)
    if text_width.width(site, size) > left:
        site = text_width.shorten(site, size, left, 1) if left > 12 else ""
    return Markup(
        '<header class="s-top"><h1 class="s-product"><a target="_self"'
        ' href="now?lang={}">Secours</a></h1><span class="s-site">{}</span>'
        '<span class="s-age">{}</span>'
        '<time class="s-clock" data-secours-clock>{}</time></header>'
    ).format(localizer.language, site, age_html, clock)
