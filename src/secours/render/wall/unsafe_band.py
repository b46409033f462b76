"""Hatched band of the distrusted channels, on the wall and on pages."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from secours.render import text_width
from secours.render.badges import Tone, shape
from secours.render.escape import plain
from secours.render.wording import do_not_use
from secours.render.wording.localizer import Localizer

ACROSS = 153.0  # the width of its words on the wall, in units
BORDER, BETWEEN = 1.6, 1.3  # around the band, and above it
SIZES = (5.2, 4.3, 3.8, 3.1)  # of its type on the wall, smaller for many names
HIGH = 15.6  # of its words in all sizes but the last: two rows of the first
LONGEST = 6000


class BandText(NamedTuple):
    """Text of the band in the size that fits, and its height."""

    text: str = ""
    size: float = SIZES[0]
    high: float = 0.0


def fitted(
    localizer: Localizer, wide: float, sizes: Sequence[float] = SIZES
) -> BandText:
    """Return the sentence in the largest of these sizes that fits, else the names.

    No name is ever left out: in the last size they take as many rows as needed.
    """
    ways = [
        text
        for text in (do_not_use.sentence(localizer), do_not_use.names(localizer))
        if text
    ]
    text_in_size = BandText()
    for size in sizes:
        for text in ways:
            text_in_size = BandText(text, size, text_width.height(text, size, wide))
            if text_in_size.high <= HIGH:
                return text_in_size
    return text_in_size


def band(localizer: Localizer, on_wall: BandText | None = None) -> Markup:
    """Draw the hatched band, `on_wall` as fitted on a wall; "" for nothing."""
    text = do_not_use.sentence(localizer) if on_wall is None else on_wall.text
    if not text:
        return Markup("")
    label = localizer.say("unsafe")
    return Markup(
        '<section class="s-unsafe"{}><p>{}<span class="s-label">{}</span> <b>{}</b></p>'
        "</section>"
    ).format(
        Markup(' style="--z-unsafe:{:.4g}"').format(on_wall.size) if on_wall else "",
        shape(Tone.ASIDE),
        label,
        plain(text.removeprefix(label).strip(), LONGEST),
    )


def banded(localizer: Localizer, letter_width: float = 1.0) -> BandText:
    """Return the band of a wall whose letters have this width."""
    return fitted(localizer, ACROSS / letter_width)


def height(told: BandText) -> float:
    """Return how high the band is on the wall, in its unit."""
    return told.high + BORDER + BETWEEN if told.text else 0.0
