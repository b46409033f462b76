"""What is said first, for the whole screen: our own link is down, this is an example.

The two stand side by side, or below each other where that has no room.
"""

from typing import NamedTuple

from secours.model import Link
from secours.screen import fit
from secours.screen.escape import esc
from secours.screen.marks import Tone, shape
from secours.screen.voice import Voice

ACROSS = 164.0  # the width of the wall between its paddings, in units
PADDING = 6.0  # of a banner, and the gap after its shape


class Banners(NamedTuple):
    """Banners as HTML, and how many rows they take."""

    html: str
    rows: int


def banners(voice: Voice) -> Banners:
    """Draw the banners that hold now."""
    link, example = _own_link(voice), _example(voice)
    drawn = [each for each in (link, example) if each.rows]
    if not drawn:
        return Banners("", 0)
    if len(drawn) == 2 and _fit_together(voice):
        inside, rows = link.html + example.html, 1
    else:
        inside = "".join(f'<div class="s-banner-row">{e.html}</div>' for e in drawn)
        rows = link.rows + example.rows
    return Banners(f'<div class="s-banners">{inside}</div>', rows)


def _fit_together(voice: Voice) -> bool:
    words = f"O {voice.say('own_link.down')} {voice.say('note.example')}"
    return fit.width(words, voice.sizes.banner) + 2 * PADDING <= ACROSS


def _own_link(voice: Voice) -> Banners:
    if voice.snapshot.own_link is not Link.DOWN:
        return Banners("", 0)
    size = voice.sizes.banner
    down, how = voice.say("own_link.down"), voice.say("own_link.how")
    more = f'<span class="s-banner-how">{esc(how)}</span>'
    wide = fit.width(f"O {down} {how}", size) + PADDING
    alone = wide <= ACROSS and not voice.snapshot.example
    html = (
        f'<div class="s-banner s-own-link" role="status">{shape(Tone.DEGRADED)}'
        f"<b>{esc(down)}</b>{more if alone else ''}</div>"
    )
    return Banners(html, fit.rows(down, size, ACROSS - PADDING - 1.2 * size))


def _example(voice: Voice) -> Banners:
    if not voice.snapshot.example:
        return Banners("", 0)
    note = voice.say("note.example")
    if fit.width(note, voice.sizes.banner) + PADDING > ACROSS:
        note = note.partition(":")[0].strip()
    return Banners(f'<div class="s-banner s-example">{esc(note)}</div>', 1)
