"""The state of a site as a shape, a word and a colour, never one alone.

Sites that cannot alert come first, then unknown ones.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Protocol

from markupsafe import Markup

from secours import texts
from secours.model.sections.line import Purpose
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
"""Word of a site whose first choices are unverified, in place of its state's."""

CANNOT = {
    Purpose.ALERT: "no-alert",
    Purpose.COORDINATE: "no-coordinate",
    Purpose.INFORM: "no-inform",
}
"""Words of a site that lacks a channel for one purpose only."""

WORDS: Mapping[str, SiteState] = {
    SiteState.NOTHING_LEFT: SiteState.NOTHING_LEFT,
    **dict.fromkeys(CANNOT.values(), SiteState.NOTHING_LEFT),
    **{state: state for state in WORST_FIRST[1:-1]},
    UNSURE: SiteState.FALLBACK,
    SiteState.PRIMARY: SiteState.PRIMARY,
}
"""Words of a site, the worst first, each with its state."""


class LineInUse(Protocol):
    """Line of a plan: its purpose, and the channel in use."""

    @property
    def purpose(self) -> Purpose:
        """Return its purpose."""

    @property
    def use(self) -> str | None:
        """Return the channel by name, None where nothing is left."""


def look(state: SiteState) -> str:
    """Return the name of its shape, which is its class of CSS too."""
    return LOOKS.get(state, state)


def glyph(state: SiteState) -> str:
    """Return its shape as a character."""
    return GLYPHS[LOOKS[state]] if state in LOOKS else GLYPH_OF[state]


def shape(state: SiteState) -> Markup:
    """Draw its shape; it is for the eye, a word says the same."""
    return badges.shape(look(state))


def word(key: str, language: str) -> str:
    """Return a word of WORDS, or of a state, in a language."""
    return texts.say(language, f"province.state.{key}")


def key_of(site: SiteView) -> str:
    """Return the key of a site's word: unverified is no fallback."""
    return UNSURE if site.is_unsure else key(site.state, site.lines)


def key(state: SiteState, lines: Iterable[LineInUse]) -> str:
    """Return the key of a state, or of the first purpose lacking."""
    cannot = unserved(lines) if state is SiteState.NOTHING_LEFT else []
    return cannot[0] if cannot else state


def unserved(lines: Iterable[LineInUse]) -> list[str]:
    """Return the purposes lacking, as words of CANNOT; [] where all lack."""
    lines = list(lines)
    lacking = {line.purpose for line in lines if line.use is None}
    if all(line.use is None for line in lines):
        return []
    return [said for purpose, said in CANNOT.items() if purpose in lacking]


def word_of(site: SiteView, localizer: Localizer) -> str:
    """Return the word of a site."""
    return word(key_of(site), localizer.language)


def known_words(group: Iterable[SiteView], localizer: Localizer) -> Iterator[str]:
    """Yield the last known states of sites out of touch."""
    for site in group:
        if site.known is not None:
            yield word(key(site.known, site.lines), localizer.language)


def mark(site: SiteView, localizer: Localizer) -> Markup:
    """Draw the shape and the word of a site."""
    return drawn(site.state, word_of(site, localizer))


def drawn(state: SiteState, words: str) -> Markup:
    """Draw the shape of a state, and words in its colour."""
    return Markup('<span class="s-mark s-site-{}">{}{}</span>').format(
        state, shape(state), words
    )


def by_word(sites: Iterable[SiteView]) -> list[Sequence[Sequence[SiteView]]]:
    """Return the sites grouped by word, the worst first."""
    groups = by_name(sites)
    found = ([g for g in groups if key_of(g[0]) == key] for key in WORDS)
    return [*filter(None, found)]


def by_name(sites: Iterable[SiteView]) -> list[Sequence[SiteView]]:
    """Return the sites grouped by name, the worst first: two may share one."""

    def name(site: SiteView) -> str:
        return site.name

    groups = [[*group] for _, group in groupby(sorted(sites, key=name), key=name)]
    ranks = list(WORDS)
    return sorted(groups, key=lambda group: ranks.index(key_of(group[0])))


def worst(sites: Iterable[SiteView]) -> SiteState:
    """Return the worst state of any; PRIMARY for no sites."""
    states = {site.state for site in sites}
    return next((s for s in WORST_FIRST if s in states), SiteState.PRIMARY)
