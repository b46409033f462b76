"""A state as a shape, a word and a colour, never the colour alone."""

from enum import StrEnum

from markupsafe import Markup
from msgspec import Struct

from secours import texts
from secours.model.observed import Evidence, Reason
from secours.model.snapshot import ChannelView, Link, Standing, State
from secours.render.wording import caveats
from secours.render.wording.localizer import Localizer

OLD_S = 120.0  # two of the usual intervals: older proofs show their age


class Tone(StrEnum):
    """Appearance of a state: the name of its CSS class, which draws its shape."""

    OK = "ok"  # full disc
    ANSWERS = "answers"  # ring: something answers, no more is proven
    DEGRADED = "degraded"  # full triangle
    DOWN = "down"  # cross
    UNKNOWN = "unknown"  # dashed square
    ASIDE = "aside"  # horizontal bar


GLYPHS = {
    Tone.OK: "●",
    Tone.ANSWERS: "○",
    Tone.DEGRADED: "▲",
    Tone.DOWN: "✖",
    Tone.UNKNOWN: "□",
    Tone.ASIDE: "▬",
}
"""For places that take no CSS: the tab's title and plain text."""

TONES = {
    State.AVAILABLE: Tone.OK,
    State.DEGRADED: Tone.DEGRADED,
    State.DOWN: Tone.DOWN,
    State.UNKNOWN: Tone.UNKNOWN,
    Link.OK: Tone.OK,
    Link.DOWN: Tone.DOWN,
    Link.UNKNOWN: Tone.UNKNOWN,
}

BEST_FIRST = (
    Tone.OK,
    Tone.ANSWERS,
    Tone.DEGRADED,
    Tone.UNKNOWN,
    Tone.DOWN,
    Tone.ASIDE,
)

WORST_FIRST = (
    Tone.DOWN,
    Tone.ASIDE,
    Tone.UNKNOWN,
    Tone.DEGRADED,
    Tone.ANSWERS,
    Tone.OK,
)
"""Tones of a line's recommendation, the worst first."""

WORKING = (Tone.OK, Tone.ANSWERS)
LOUD = (Tone.DOWN, Tone.DEGRADED)  # drawn as a badge: filled, or outlined
PADDING = 0.9  # of a badge beside its word, as part of the type size


class Badge(Struct, frozen=True):
    """A tone, its word, and a smaller text beside or under it."""

    tone: Tone
    word: str
    beside: str = ""
    under: str = ""

    @property
    def bare(self) -> "Badge":
        """Return it without the texts beside and under it."""
        return Badge(self.tone, self.word)

    @property
    def badness(self) -> int:
        """Return its place, the worst first."""
        return WORST_FIRST.index(self.tone)

    @property
    def glyph(self) -> str:
        """Return the shape as a character."""
        return GLYPHS[self.tone]

    def html(self, *, badge: bool = False) -> Markup:
        """Draw it; as a badge, down is filled and degraded outlined."""
        loud = badge and self.tone in LOUD
        drawn = Markup('<span class="s-mark s-{}{}">{}{}</span>').format(
            self.tone, " s-badge" if loud else "", shape(self.tone), self.word
        )
        if self.beside:
            drawn += Markup('<span class="s-beside">{}</span>').format(self.beside)
        if self.under:
            drawn += Markup('<span class="s-under">{}</span>').format(self.under)
        return drawn


SIGNS = {
    Tone.OK: "state.available",
    Tone.ANSWERS: "state.answers",
    Tone.DEGRADED: "sign.attention",
    Tone.DOWN: "state.down",
    Tone.UNKNOWN: "state.unknown",
    Tone.ASIDE: "sign.aside",  # unsafe, or in maintenance
}
"""The meaning of each shape, for a shape without a word beside it."""


def sign(tone: Tone | None, localizer: Localizer) -> str:
    """Return the word of a shape that stands alone; "" for no shape."""
    return localizer.say(SIGNS[tone]) if tone else ""


def shape(tone: str, word: str = "") -> Markup:
    """Draw this shape, with a label for screen readers if no word stands beside it."""
    if word:
        return Markup(
            '<i class="s-shape" data-shape="{}" role="img" title="{}" aria-label="{}">'
            "</i>"
        ).format(tone, word, word)
    return Markup('<i class="s-shape" data-shape="{}" aria-hidden="true"></i>').format(
        tone
    )


def of(standing: Standing, localizer: Localizer) -> Badge:
    """Return the mark of a channel or component."""
    tone = tone_of(standing)
    if tone is Tone.OK and localizer.snapshot.words_lost:
        tone = Tone.ANSWERS  # somebody may have said that it must not be used
    if tone is Tone.UNKNOWN and standing.reason is Reason.OWN_LINK:
        under = localizer.say("own_link.not_through")
        return Badge(tone, localizer.say("state.unknown"), under=under)
    if tone is Tone.ANSWERS and caveats.is_declared(standing):
        under = localizer.say("declared", by=standing.declared_by)
        return Badge(tone, localizer.say("state.declared"), under=under)
    word = localizer.say(_key(standing, tone))
    if ends(standing):
        word = texts.left(localizer.language, localizer.left_s(standing))
    if tone is Tone.DOWN and standing.presumed:
        word = localizer.say("presumed.mark", word=word)
    return Badge(
        tone,
        word,
        beside=_tested(standing, localizer) if tone in WORKING else "",
        under=localizer.say("at_risk.word") if standing.at_risk else "",
    )


def _key(standing: Standing, tone: Tone) -> str:
    """Return the key of the word for a standing."""
    if standing.aside is Reason.MAINTENANCE:
        return "state.maintenance"
    if tone in (Tone.ASIDE, Tone.ANSWERS):
        return f"state.{tone}"
    if standing.reason is Reason.UNPROVEN:
        return "unverified"
    return f"state.{standing.state}"


def tone_of(standing: Standing) -> Tone:
    """Return the tone of a standing; weak or merely declared proofs are never OK."""
    if standing.aside:
        return Tone.ASIDE
    weak = standing.evidence in (Evidence.REACHED, Evidence.NONE) or bool(
        standing.may_need or standing.at_risk  # what it may rest on has failed since
    )
    if ends(standing):
        return Tone.DEGRADED  # nothing that ends is green
    if standing.state is State.AVAILABLE and (weak or caveats.is_declared(standing)):
        return Tone.ANSWERS
    answers = standing.evidence is not Evidence.NONE
    if standing.reason is Reason.UNPROVEN and answers:
        return Tone.ANSWERS
    return TONES[standing.state]


def badness(view: ChannelView) -> int:
    """Return the place of a channel, the worst state first."""
    return WORST_FIRST.index(tone_of(view.standing))


def ends(standing: Standing) -> bool:
    """Return whether it works on a draining battery."""
    return standing.usable and standing.until is not None


def of_word(state: str, localizer: Localizer) -> Badge:
    """Return the mark of a state or link known only by its word."""
    tone = next((t for known, t in TONES.items() if known == state), Tone.UNKNOWN)
    key = next((known for known in State if TONES[known] is tone), State.UNKNOWN)
    return Badge(tone, localizer.say(f"state.{key}"))


def _tested(standing: Standing, localizer: Localizer) -> str:
    """Return that a test is due, or the age of the proof unless it is recent."""
    if Reason.TEST_DUE in standing.warnings:
        return localizer.say("untried.word")
    if standing.evidence_at is None:
        return ""
    age_s = localizer.age_s(standing.evidence_at)
    if standing.evidence is not Evidence.EXERCISED and age_s <= OLD_S:
        return ""
    return localizer.say("tested", ago=localizer.ago(age_s))
