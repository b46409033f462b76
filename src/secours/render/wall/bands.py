"""The wall as bands: one line of the plan across the screen, its rungs side by side.

For long names, for one purpose only, and for very wide screens.
"""

from collections.abc import Sequence

from secours.model.snapshot import Recommendation
from secours.render.wall.card import Card, Frame, card, is_stacked
from secours.render.wall.text_width import Space
from secours.render.wall.tiers import ladder
from secours.render.wording.localizer import Localizer


def bands(
    shown: Sequence[Recommendation], localizer: Localizer, room: Space, *, rungs: bool
) -> str:
    """Draw a band for each line."""
    return "".join(
        band_html(
            card(line, localizer, Frame(room, beside=True)),
            localizer,
            room.wide,
            ladder(line, localizer) if rungs else "",
        )
        for line in shown
    )


def band_html(drawn: Card, localizer: Localizer, wide: float, rungs: str = "") -> str:
    """Draw a card as a band so wide; `rungs` is HTML."""
    reasons = "".join(drawn.reasons)
    stacked = is_stacked(drawn.answer, drawn.size, localizer.sizes, wide)
    return (
        f'<article class="s-card s-band {drawn.look}" aria-label="{drawn.name}">'
        f'<div class="s-head">{drawn.verb_html}'
        f'<div class="s-because">{drawn.rank_html}{reasons}</div></div>'
        f'<div class="s-say{" s-stacked" if stacked else ""}">{drawn.answer_html}'
        f'<div class="s-words">{"".join(drawn.words)}</div></div>{rungs}</article>'
    )
