"""The wall: per purpose what to use, how, what if that fails, and why not the usual.

Pure: a Snapshot in, HTML out. The browser keeps time in the nodes marked
`data-secours-age` and `data-secours-clock`. What a stale screen says is in `cover`.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from secours import texts
from secours.model.snapshot import Recommendation, Snapshot, State
from secours.render import palette
from secours.render.badges import GLYPHS, Badge, Tone
from secours.render.escape import esc, plain
from secours.render.wall import text_width
from secours.render.wall.bands import band_html, bands
from secours.render.wall.banners import ACROSS, banners
from secours.render.wall.card import Card, Frame, card
from secours.render.wall.footer import notes, strip
from secours.render.wall.layout import (
    Arrangement,
    Wall,
    arrange,
    number_width,
    top_height,
)
from secours.render.wall.tiers import ladder
from secours.render.wall.type_sizes import Sizes, layout_of, sizes_of, variables
from secours.render.wording import do_not_use, exercise
from secours.render.wording.localizer import Localizer, zone

MOST_LINES = 2

WORST_FIRST = (Tone.DOWN, Tone.UNKNOWN, Tone.DEGRADED, Tone.ANSWERS, Tone.OK)


def wall_html(
    snapshot: Snapshot,
    language: str,
    *,
    age_s: float,
    line: int | None = None,
    layout: str | None = None,
    theme: str | None = None,
) -> str:
    """Draw the wall of a snapshot that is `age_s` old; `line` counts from 1.

    Layout and theme are those asked for, else those of the plan.
    """
    layout = layout_of(snapshot.screen, layout, snapshot.screen.layout)
    type_sizes = sizes_of(snapshot.screen, layout)
    localizer = Localizer(snapshot, texts.language_of(language), age_s, type_sizes)
    theme = palette.theme_of(theme, snapshot.screen.theme)
    return (
        f'<div class="s-wall s-{theme}" lang="{localizer.language}"'
        f' style="{_measures(type_sizes)}">{_top(localizer)}'
        f"{inside_html(localizer, line, layout)}</div>"
    )


def inside_html(
    localizer: Localizer,
    line: int | None = None,
    layout: str = "columns",
    *,
    scrolls: bool = False,
) -> str:
    """Draw all that is below the first line, of a wall or of a page that scrolls."""
    above = banners(localizer)
    asked = Wall(
        localizer=localizer,
        shown=lines_shown(localizer.snapshot, line),
        layout=layout,
        banners=above.rows,
        scrolls=scrolls,
    )
    shown, given, told = _arranged(asked)
    lines = localizer.snapshot.recommendations
    hidden = [each for each in lines if each not in shown] if shown else []
    if not shown:
        main = _no_line(localizer, line, layout)
    elif layout == "bands":
        main = bands(shown, localizer, given.card, rungs=given.ladder)
    else:
        heights = given.rungs or ((),) * len(shown)
        columns = zip(shown, heights, strict=True)
        main = "".join(
            _column(each, localizer, given, rungs) for each, rungs in columns
        )
    bare = "" if given.ladder else " s-bare"
    more = _hidden(hidden, localizer)
    return (
        f'{above.html}<div class="s-main s-{layout} s-{layout}-{len(shown)}{bare}">'
        f"{main}</div>"
        f"{do_not_use.band(localizer)}"
        f"{exercise.block(localizer, told, across=exercise.ACROSS)}"
        f"{strip(localizer, given.rows, more) if given.rows else ''}"
    )


def _arranged(
    wall: Wall,
) -> tuple[tuple[Recommendation, ...], Arrangement, tuple[Recommendation, ...]]:
    """Choose what is shown: two lines, or one where two have no room.

    Then for which of them an exercise is told: its rows give way before an answer does.
    """
    shown, localizer = tuple(wall.shown), wall.localizer
    hidden = len(shown) < len(localizer.snapshot.recommendations)
    wall = replace(wall, least=int(bool(notes(localizer)) or hidden))
    given, told = _with_exercise(wall)
    if shown[1:] and not given.enough:
        shown = shown[:1]
        given, told = _with_exercise(replace(wall, shown=shown, least=1))
    return shown, given, told


def _with_exercise(wall: Wall) -> tuple[Arrangement, tuple[Recommendation, ...]]:
    told, kept = tuple(wall.shown), do_not_use.height(wall.localizer)
    below = kept + exercise.height(wall.localizer, len(told))
    given = arrange(replace(wall, below=below))
    if given.enough or wall.localizer.snapshot.rehearsal is None:
        return given, told
    return arrange(replace(wall, below=kept + exercise.height(wall.localizer, 0))), ()


def _column(
    line: Recommendation,
    localizer: Localizer,
    given: Arrangement,
    heights: Sequence[float],
) -> str:
    drawn = card(line, localizer, Frame(given.card)).html
    rungs = ladder(line, localizer, heights, given.bare) if given.ladder else ""
    return f'<section class="s-column">{drawn}{rungs}</section>'


def _measures(type_sizes: Sizes) -> str:
    """Write the sizes of type, and what follows from them, for the stylesheet."""
    return (
        f"{variables(type_sizes)}--top:{top_height(type_sizes):.4g};"
        f"--number:{number_width(type_sizes):.4g}"
    )


def lines_shown(
    snapshot: Snapshot, line: int | None = None
) -> tuple[Recommendation, ...]:
    """Return the lines on the wall: one asked for, else two of the first audience.

    An audience with only one line leaves its room to the next line of the plan.
    """
    lines = snapshot.recommendations
    if line is not None:
        return lines[line - 1 : line] if line > 0 else ()
    first = [each for each in lines if each.audience == lines[0].audience]
    others = [each for each in lines if each.audience != lines[0].audience]
    chosen = (first + others)[:MOST_LINES]
    return tuple(each for each in lines if each in chosen)


def line_asked(words: str | None) -> int | None:
    """Return the line of an address; what is no number asks for none that there is."""
    if not words:
        return None
    return int(words) if words.isascii() and words.isdigit() and len(words) < 9 else 0


def answers(snapshot: Snapshot, line: int | None = None) -> list[str]:
    """Return what each line on the wall says to use, to tell when that changes."""
    return [
        each.use.channel if each.use else "" for each in lines_shown(snapshot, line)
    ]


def title(snapshot: Snapshot, language: str) -> str:
    """Return what the browser's tab says: the worst state, then the name."""
    tone = _worst(snapshot.recommendations, Localizer(snapshot, language))
    name = texts.say(language, "title.ok")
    return name if tone is Tone.OK else f"{GLYPHS[tone]} {name}"


def timezone(snapshot: Snapshot) -> str:
    """Return the name of the site's time zone, UTC where it is not known here."""
    return zone(snapshot.site.timezone).key


def _worst(lines: Sequence[Recommendation], localizer: Localizer) -> Tone:
    tones = {card(each, localizer).tone for each in lines}
    return next((tone for tone in WORST_FIRST if tone in tones), Tone.UNKNOWN)


def _top(localizer: Localizer) -> str:
    snapshot, type_sizes = localizer.snapshot, localizer.sizes
    age = (
        f"{max(0, int(localizer.screen_age_s))} s"
        if localizer.screen_age_s < 1e6
        else "—"
    )
    clock = localizer.local(snapshot.at).strftime("%H:%M:%S")
    label = localizer.say("screen.age")
    used = text_width.width(f"Secours {label} 000 s", type_sizes.top)
    left = ACROSS - 3 * 3.4 - 4 - used - text_width.width(clock, type_sizes.clock)
    label = label if left >= 0 else ""
    site = plain(localizer.in_language(snapshot.site.name), 44)
    if text_width.width(site, type_sizes.top) > left:
        site = text_width.shorten(site, type_sizes.top, left, 1) if left > 12 else ""
    version = localizer.say("sheet.version", what=snapshot.plan_version[:12])
    taken = text_width.width(site + version, type_sizes.top) + 3.4
    has_room = bool(snapshot.plan_version) and taken <= left
    plan = f'<span class="s-plan">{esc(version)}</span>' if has_room else ""
    return (
        '<header class="s-top"><h1 class="s-product"><a target="_self"'
        f' href="status?lang={localizer.language}">Secours</a></h1>'
        f'<span class="s-site">{esc(site)}</span>'
        f'<span class="s-age">{esc(label)} '
        f"<span data-secours-age>{age}</span></span>"
        f"{plan}"
        f'<time class="s-clock" data-secours-clock>{clock}</time></header>'
    )


def _no_line(localizer: Localizer, line: int | None, layout: str) -> str:
    """Draw what stands where the plan has nothing to show."""
    missing = line is not None and bool(localizer.snapshot.recommendations)
    how = localizer.say("no_line", n=line) if missing else localizer.say("no_plan.how")
    drawn = Card(
        tone=Tone.UNKNOWN,
        verb="",
        rank=localizer.say("state.unknown"),
        answer=localizer.say("no_plan"),
        words=(f'<p class="s-how">{esc(how)}</p>',),
    )
    if layout == "bands":
        return band_html(drawn, localizer, text_width.WIDE[1])
    return f'<section class="s-column">{drawn.html}</section>'


def _hidden(hidden: Sequence[Recommendation], localizer: Localizer) -> str:
    """Say that there are more lines, and the worst of their states."""
    if not hidden:
        return ""
    tone = _worst(hidden, localizer)
    word = {
        Tone.DOWN: localizer.say(f"state.{State.DOWN}"),
        Tone.DEGRADED: localizer.say(f"state.{State.DEGRADED}"),
        Tone.UNKNOWN: localizer.say(f"state.{State.UNKNOWN}"),
        Tone.ANSWERS: localizer.say("state.answers"),
    }.get(tone, localizer.say(f"state.{State.AVAILABLE}"))
    key = "more.one" if len(hidden) == 1 else "more.many"
    count = esc(localizer.say(key, n=len(hidden)))
    return f'<div class="s-more">{count} {Badge(tone, word).html(badge=True)}</div>'
