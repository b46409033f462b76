"""The state of a site as people see it: a shape, a word and a colour, never one alone.

What cannot alert comes first, then what is not known.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Protocol

from markupsafe import Markup

from secours import texts
from secours.model.plan import Purpose
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

CANNOT = {Purpose.ALERT: "no-alert", Purpose.COORDINATE: "no-coordinate"}
"""The word of a site that has channels for something else: what it cannot do."""

WORDS: Mapping[str, SiteState] = {
    SiteState.NOTHING_LEFT: SiteState.NOTHING_LEFT,
    **dict.fromkeys(CANNOT.values(), SiteState.NOTHING_LEFT),
    **{state: state for state in WORST_FIRST[1:-1]},
    UNSURE: SiteState.FALLBACK,
    SiteState.PRIMARY: SiteState.PRIMARY,
}
"""What a site may be said to be, the worst first, and which state that is."""


class Served(Protocol):
    """A line of a plan: what it is for, and the channel that it uses."""

    @property
    def purpose(self) -> Purpose:
        """Return what it is for."""

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
    """Return what the word of a site says: a first choice not sure is no fallback."""
    return UNSURE if site.is_unsure else key(site.state, site.lines)


def key(state: SiteState, lines: Iterable[Served]) -> str:
    """Return what is said of a state: of who can do some of it, what cannot be done."""
    cannot = unserved(lines) if state is SiteState.NOTHING_LEFT else []
    return cannot[0] if cannot else state


def unserved(lines: Iterable[Served]) -> list[str]:
    """Return what cannot be done, as words of CANNOT; none where nothing at all can."""
    lines = list(lines)
    lacking = {line.purpose for line in lines if line.use is None}
    if all(line.use is None for line in lines):
        return []
    return [said for purpose, said in CANNOT.items() if purpose in lacking]


def word_of(site: SiteView, localizer: Localizer) -> str:
    """Return the word of a site."""
    return word(key_of(site), localizer.language)


def known_words(group: Iterable[SiteView], localizer: Localizer) -> Iterator[str]:
    """Yield what sites that count for nothing were last."""
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
    """Return those of each word together, the worst first."""
    groups = by_name(sites)
    found = ([g for g in groups if key_of(g[0]) == key] for key in WORDS)
    return [*filter(None, found)]


def by_name(sites: Iterable[SiteView]) -> list[Sequence[SiteView]]:
    """Return those of each name together, the worst first: two may say one name."""

    def name(site: SiteView) -> str:
        return site.name

    groups = [[*group] for _, group in groupby(sorted(sites, key=name), key=name)]
    ranks = list(WORDS)
    return sorted(groups, key=lambda group: ranks.index(key_of(group[0])))


def worst(sites: Iterable[SiteView]) -> SiteState:
    """Return the worst state of any; well where there are none."""
    states = {site.state for site in sites}
    return next((s for s in WORST_FIRST if s in states), SiteState.PRIMARY)
