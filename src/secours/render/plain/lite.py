"""The wall as one plain page: no script, no request but its own, under 30 kB.

For an old television, a telephone on EDGE, or the day Streamlit does not start. It is
drawn by the functions of the wall. The browser loads it anew every few seconds; a layer
that needs no script covers it when that stops, and the next loading takes it away.
"""

from importlib.resources import files
from string import Template

from secours import texts
from secours.model.plan import Screen
from secours.model.snapshot import Snapshot
from secours.render import palette
from secours.render.escape import esc, plain
from secours.render.wall import stale_cover, wall
from secours.render.wall.layout import NUMBER
from secours.render.wall.type_sizes import COLUMNS, Sizes, named
from secours.render.wording import do_not_use
from secours.render.wording.localizer import Localizer

LETTER_WIDTH = 1.2  # of the fonts that a television may have
SOONEST_S, LATEST_S = 2, 10  # between two loadings
DEADMAN_S = 2.0  # from the time when the data are too old


def lite_html(
    snapshot: Snapshot,
    language: str,
    *,
    age_s: float,
    line: int | None = None,
    theme: str | None = None,
    unstable: bool = False,
) -> str:
    """Return the page of a snapshot that is `age_s` old; `line` counts from 1.

    `unstable` says of one that is too old that the engine fails again and again.
    """
    localizer = Localizer(snapshot, texts.language_of(language), age_s)
    if not 0 <= age_s <= snapshot.screen.max_age_s:
        words = stale_cover.stale_html(
            snapshot, localizer.language, unstable=unstable, scrolls=True
        )
        return _covered(words, localizer)
    left_s = snapshot.screen.max_age_s - age_s
    theme = palette.theme_of(theme, snapshot.screen.theme)
    style = _style(theme, COLUMNS, left_s + DEADMAN_S, localizer)
    inside = wall.plain_html(localizer, line, LETTER_WIDTH)
    return _page(
        wall.title(snapshot, localizer.language),
        localizer.language,
        style,
        f'{_top(localizer)}{_main(inside)}<div id="deadman" aria-hidden="true"></div>',
        refresh_s(snapshot.screen),
    )


def waiting_html(
    plan: Snapshot | None,
    language: str,
    *,
    refused: str | None = None,
    unstable: bool = False,
) -> str:
    """Return the page for no data yet, see `cover.waiting_html`."""
    language = texts.language_of(language)
    words = stale_cover.waiting_html(
        plan, language, refused=refused, unstable=unstable, scrolls=True
    )
    return _without_states(words, language)


def error_html(snapshot: Snapshot | None, language: str) -> str:
    """Return the page for one that could not be drawn."""
    language = texts.language_of(language)
    return _without_states(
        stale_cover.error_html(snapshot, language, scrolls=True), language
    )


def refresh_s(screen: Screen) -> int:
    """Return how many seconds after one loading the browser begins the next."""
    return int(min(max(screen.max_age_s / 3, SOONEST_S), LATEST_S))


def _covered(words: str, localizer: Localizer) -> str:
    """Say that the snapshot is too old, and how old."""
    age_s = localizer.screen_age_s
    age = texts.duration(localizer.language, age_s) if 0 <= age_s < 1e8 else "—"
    written = words.replace(stale_cover.AGE_NODE, f"<b>{esc(age)}</b>")
    return _without_states(written, localizer.language)


def _without_states(words: str, language: str) -> str:
    style = _style("dark", COLUMNS, LATEST_S, None)
    title = f"⚠ {texts.say(language, 'title.ok')}"
    return _page(title, language, style, _main(words), LATEST_S // 2)


def _page(title: str, language: str, style: str, inside: str, again_s: int) -> str:
    """Write the document; title and inside are words and HTML, in this order."""
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta http-equiv="refresh" content="{again_s}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{esc(title)}</title><link rel="icon" href="data:,">'
        f"<style>{style}</style></head><body>{inside}</body></html>\n"
    )


def _main(inside: str) -> str:
    return f'<main class="s-page">{inside}</main>'


def _top(localizer: Localizer) -> str:
    """Draw the first line; the clock is that of the data, for it does not tick."""
    snapshot, age_s = localizer.snapshot, localizer.screen_age_s
    age = esc(localizer.say("screen.age", age=f"{int(age_s)} s"))
    late = " s-late" if age_s > 0.6 * snapshot.screen.max_age_s else ""
    time = localizer.local(snapshot.at).strftime("%H:%M:%S")
    return (
        '<header class="s-top"><h1 class="s-product">Secours</h1>'
        '<span class="s-site">'
        f"{esc(localizer.in_language(snapshot.site.name), 44)}</span>"
        f'<span class="s-age{late}">{age}</span>'
        f'<time class="s-clock">{time}</time></header>'
    )


def _style(
    theme: str, type_sizes: Sizes, delay_s: float, localizer: Localizer | None
) -> str:
    """Fill in the stylesheet: colours, sizes, and what the layer says and when."""
    sheet = files("secours.render.stylesheets").joinpath("lite.css").read_text("utf-8")
    colours = palette.THEMES[theme].items()
    measures = {
        "low": type_sizes.rung,
        "number": NUMBER,
        **{f"z_{name}": size for name, size in named(type_sizes).items()},
    }
    return Template(sheet).substitute(
        {name.replace("-", "_"): colour for name, colour in colours},
        **{name: f"{size / 10:.4g}" for name, size in measures.items()},
        delay=f"{delay_s:.1f}",
        title=_quoted(localizer.say("stale")) if localizer else "",
        words=_quoted(_order(localizer)) if localizer else "",
    )


def _order(localizer: Localizer) -> str:
    """Write what to do when the screen is old: the order of the plan, no states."""
    said = [
        stale_cover.order(localizer),
        do_not_use.sentence(localizer),
        localizer.say("hand"),
    ]
    for line in localizer.snapshot.recommendations[: stale_cover.MOST_LINES]:
        purpose = " · ".join(word for word in localizer.purpose(line) if word)
        planned = (name for _, channels in line.tiers for name in channels)
        names = do_not_use.trusted(planned, localizer.snapshot)
        order = plain(", ".join(map(localizer.short_name, names)))
        said.append(f"{purpose}{localizer.say('colon')} {order}")
    return "\n".join(filter(None, said))


def _quoted(text: str) -> str:
    """Write a string of CSS, every letter by its number.

    So it ends neither the string nor the stylesheet, and who looks for the words of
    the cover in a living page does not find them. Source: CSS Syntax 3, section 4.3.7.
    """
    return "".join(f"\\{ord(letter):x} " for letter in text)
