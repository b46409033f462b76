"""The wall as one plain page: no script, no request but its own, under 30 kB.

For an old television, a telephone on EDGE, or the day Streamlit does not start. It is
drawn by the functions of the wall. The browser loads it anew every few seconds; a layer
that needs no script covers it when that stops, and the next loading takes it away.
"""

from string import Template

from markupsafe import Markup

from secours import texts
from secours.model.sections.site import Screen
from secours.model.sites.views import SitesView
from secours.model.snapshot import Snapshot
from secours.render import palette, styles, templates
from secours.render.escape import esc, plain
from secours.render.pages.notices import in_hand
from secours.render.province import wall as province
from secours.render.templates import Row
from secours.render.wall import stale_cover, wall
from secours.render.wall.layout import NUMBER
from secours.render.wall.type_sizes import COLUMNS, Sizes, named
from secours.render.wording import do_not_use
from secours.render.wording.localizer import Localizer, hour
from secours.render.wording.silence import orders
from secours.render.wording.sites import opinion

LETTER_WIDTH = 1.27  # of the fonts of televisions
SOONEST_S, LATEST_S = 2, 10  # between two loadings
DEADMAN_S = 2.0  # after the data are stale
MOST_LINES = 4  # of the plan, on the layer that does not scroll
BOLD = Markup("<b>%s</b>")


def lite_html(
    snapshot: Snapshot,
    language: str,
    *,
    age_s: float,
    line: int | None = None,
    theme: str | None = None,
    unstable: bool = False,
    sites: SitesView | None = None,
) -> Markup:
    """Return the page of a snapshot that is `age_s` old; `line` counts from 1.

    `unstable` says of a stale one that the engine keeps failing; `sites` are for
    the page of a province.
    """
    localizer = Localizer(snapshot, texts.language_of(language), age_s)
    if not 0 <= age_s <= snapshot.screen.max_age_s:
        words = stale_cover.stale_html(
            snapshot, localizer.language, unstable=unstable, scrolls=True
        )
        return _covered(words, localizer)
    left_s = snapshot.screen.max_age_s - age_s
    theme = palette.theme_of(theme, snapshot.screen.theme)
    title, inside = wall.title(snapshot, localizer.language), None
    if sites is not None:
        title = province.title(sites, localizer.language)
        inside = province.plain_html(localizer, sites, age_s=age_s)
    return templates.fill(
        "lite.html",
        localizer.language,
        title=title,
        site="",
        style=_style(theme, COLUMNS, left_s + DEADMAN_S, localizer),
        inside=inside or wall.plain_html(localizer, line, LETTER_WIDTH),
        waiting=_waiting(localizer),
        in_hand=in_hand(localizer),
        opinions=[
            *filter(None, [*opinion.sentences(localizer), opinion.silent(localizer)])
        ],
        again_s=refresh_s(snapshot.screen),
        top=_top(localizer),
    )


def waiting_html(
    plan: Snapshot | None,
    language: str,
    *,
    refused: str | None = None,
    unstable: bool = False,
) -> Markup:
    """Return the page for no data yet, see `cover.waiting_html`."""
    language = texts.language_of(language)
    words = stale_cover.waiting_html(
        plan, language, refused=refused, unstable=unstable, scrolls=True
    )
    return _without_states(words, language)


def error_html(snapshot: Snapshot | None, language: str) -> Markup:
    """Return the error page."""
    language = texts.language_of(language)
    return _without_states(
        stale_cover.error_html(snapshot, language, scrolls=True), language
    )


def refresh_s(screen: Screen) -> int:
    """Return the seconds from one load to the next."""
    return int(min(max(screen.max_age_s / 3, SOONEST_S), LATEST_S))


def _covered(words: Markup, localizer: Localizer) -> Markup:
    """Draw that the snapshot is stale, and its age."""
    age_s = localizer.screen_age_s
    age = texts.duration(localizer.language, age_s) if 0 <= age_s < 1e8 else "—"
    written = words.replace(stale_cover.AGE_NODE, BOLD % esc(age))
    return _without_states(written, localizer.language)


def _without_states(words: Markup, language: str) -> Markup:
    return templates.fill(
        "lite.html",
        language,
        title=f"⚠ {texts.say(language, 'title.ok')}",
        site="",
        style=_style("dark", COLUMNS, LATEST_S, None),
        inside=words,
        waiting="",
        in_hand=(),
        opinions=(),
        again_s=LATEST_S // 2,
        top=None,
    )


def _waiting(localizer: Localizer) -> str:
    """Return the codes of unacknowledged notices, if any."""
    codes = ", ".join(localizer.snapshot.unacknowledged())
    return localizer.say("notices.waits.brief", what=codes) if codes else ""


def _top(localizer: Localizer) -> Row:
    """Return the first line; its clock is that of the data, as it does not tick."""
    snapshot, age_s = localizer.snapshot, localizer.screen_age_s
    return {
        "site": localizer.site,
        "age": localizer.say("screen.age", age=f"{int(age_s)} s"),
        "late": age_s > 0.6 * snapshot.screen.max_age_s,
        "time": hour(localizer.local(snapshot.at), "%H:%M:%S"),
    }


def _style(
    theme: str, type_sizes: Sizes, delay_s: float, localizer: Localizer | None
) -> Markup:
    """Fill in the stylesheet: colours, sizes, and the cover's words and delay."""
    colours = palette.THEMES[theme].items()
    measures = {
        "low": type_sizes.rung,
        "number": NUMBER,
        **{f"z_{name}": size for name, size in named(type_sizes).items()},
    }
    style = Template(styles.sheet("lite.css")).substitute(
        {name.replace("-", "_"): colour for name, colour in colours},
        **{name: f"{size / 10:.4g}" for name, size in measures.items()},
        delay=f"{delay_s:.1f}",
        title=_quoted(localizer.say("stale")) if localizer else "",
        words=_quoted(_order(localizer)) if localizer else "",
    )
    return Markup(style)


def _order(localizer: Localizer) -> str:
    """Write the words of the cover: the order of the plan, no states."""
    sentences = [
        stale_cover.order(localizer),
        do_not_use.sentence(localizer),
        localizer.say("hand"),
    ]
    for line in localizer.snapshot.recommendations[:MOST_LINES]:
        names = do_not_use.trusted(line.planned, localizer.snapshot)
        order = plain(", ".join(map(localizer.short_name, names)))
        sentences.append(
            f"{localizer.heading(line, ' · ')}{localizer.say('colon')} {order}"
        )
    if more := len(localizer.snapshot.recommendations[MOST_LINES:]):
        sentences.append(localizer.say("more.lines", n=more))
    for view in localizer.snapshot.orders[:MOST_LINES]:
        sentences.append(orders.sentence(view, localizer, now=False))
    return "\n".join(filter(None, sentences))


def _quoted(text: str) -> str:
    """Write a string of CSS, every letter by its number.

    So it cannot end the string nor the stylesheet, and a search for the words of the
    cover in a living page finds nothing. Source: CSS Syntax 3, section 4.3.7.
    """
    return "".join(f"\\{ord(letter):x} " for letter in text)
