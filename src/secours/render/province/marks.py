"""The state of a site as people see it: a shape, a word and a colour, never one alone.

What cannot alert comes first, then what is not known.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from markupsafe import Markup

from secours.model.sites.views import SiteState, SiteView
from secours.render import badges
from secours.render.badges import GLYPHS, Tone
from secours.render.wording.localizer import Localizer

LOOKS = {
    SiteState.PRIMARY: Tone.OK,
    SiteState.FALLBACK: Tone.DEGRADED,
    SiteState.NOTHING_LEFT: Tone.DOWN,
    SiteState.NOT_HEARD: Tone.UNKNOWN,
}
"""States that look like those of a channel; the others have a shape of their own."""

GLYPH_OF = {SiteState.OWN_LINK: "◆", SiteState.DOUBLE: "⧉"}

WORST_FIRST = (
    SiteState.NOTHING_LEFT,
    SiteState.OWN_LINK,
    SiteState.NOT_HEARD,
    SiteState.DOUBLE,
    SiteState.FALLBACK,
    SiteState.PRIMARY,
)

UNSURE = "unsure"
"""The word of a site whose first choices are not all sure, in place of its state's."""

WORDS: Mapping[str, SiteState] = {
    **{state: state for state in WORST_FIRST[:-1]},
    UNSURE: SiteState.FALLBACK,
    SiteState.PRIMARY: SiteState.PRIMARY,
}
"""What a site may be said to be, the worst first, and which state that is."""


def look(state: SiteState) -> str:
    """Return the name of its shape, which is its class of CSS too."""
    return LOOKS.get(state, state)


def glyph(state: SiteState) -> str:
    """Return its shape as a character."""
    return GLYPHS[LOOKS[state]] if state in LOOKS else GLYPH_OF[state]


def shape(state: SiteState) -> Markup:
    """Draw its shape; it is for the eye, a word says the same."""
    return badges.shape(look(state))


def word(state: SiteState, localizer: Localizer) -> str:
    """Return its word."""
    return localizer.say(f"province.state.{state}")


def key_of(site: SiteView) -> str:
    """Return what the word of a site says: a first choice not sure is no fallback."""
    return UNSURE if site.is_unsure else site.state


def word_of(site: SiteView, localizer: Localizer) -> str:
    """Return the word of a site."""
    return localizer.say(f"province.state.{key_of(site)}")


def mark(site: SiteView, localizer: Localizer) -> Markup:
    """Draw the shape and the word of a site."""
    return Markup('<span class="s-mark s-site-{}">{}{}</span>').format(
        site.state, shape(site.state), word_of(site, localizer)
    )


def by_word(sites: Iterable[SiteView]) -> list[Sequence[Sequence[SiteView]]]:
    """Return those of each word together, the worst first."""
    groups = by_name(sites)
    found = ([g for g in groups if key_of(g[0]) == key] for key in WORDS)
    return [*filter(None, found)]


def by_name(sites: Iterable[SiteView]) -> list[Sequence[SiteView]]:
    """Return those of each name together, the worst first: two may say one name."""

    def name(site: SiteView) -> str:
        return site.name

    groups = [[*group] for _, group in groupby(sorted(sites, key=name), key=name)]
    return sorted(groups, key=lambda group: WORST_FIRST.index(group[0].state))


def worst(sites: Iterable[SiteView]) -> SiteState:
    """Return the worst state of any; well where there are none."""
    states = {site.state for site in sites}
    return next((s for s in WORST_FIRST if s in states), SiteState.PRIMARY)
