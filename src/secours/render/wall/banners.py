"""What is said first, for the whole screen: our own link or the mains are down.

They stand side by side where that has room, else below each other.
"""

from typing import NamedTuple

from secours.model.snapshot import Link
from secours.render.badges import Tone, shape
from secours.render.escape import esc
from secours.render.wall import text_width
from secours.render.wording import caveats
from secours.render.wording.localizer import Localizer

ACROSS = 164.0  # the width of the wall between its paddings, in units
PADDING = 6.0  # of a banner, and the gap after its shape


class Banner(NamedTuple):
    """A banner as HTML, and how wide its words are in one row."""

    html: str
    wide: float
    rows: int = 1


class Banners(NamedTuple):
    """Banners as HTML, and how many rows they take."""

    html: str
    rows: int


def banners(localizer: Localizer) -> Banners:
    """Draw the banners that hold now."""
    drawn = [*_own_link(localizer), *_on_battery(localizer), *_example(localizer)]
    if not drawn:
        return Banners("", 0)
    rows = _packed(drawn)
    inside = "".join(
        f'<div class="s-banner-row">{"".join(each.html for each in row)}</div>'
        for row in rows
    )
    high = sum(max(each.rows for each in row) for row in rows)
    return Banners(f'<div class="s-banners">{inside}</div>', high)


def _packed(drawn: list[Banner]) -> list[list[Banner]]:
    """Put banners side by side as long as they fit, in their order."""
    rows: list[list[Banner]] = []
    for banner in drawn:
        beside = [*rows[-1], banner] if rows else []
        if beside and sum(each.wide + PADDING for each in beside) <= ACROSS:
            rows[-1] = beside
        else:
            rows.append([banner])
    return rows


def _own_link(localizer: Localizer) -> list[Banner]:
    """Say that our own link is down, and what that means where there is room."""
    if localizer.snapshot.own_link is not Link.DOWN:
        return []
    down, how = localizer.say("own_link.down"), localizer.say("own_link.how")
    wide = text_width.width(f"O {down} {how}", localizer.sizes.banner)
    if wide + PADDING > ACROSS or localizer.snapshot.example:
        return [_urgent(f"<b>{esc(down)}</b>", down, localizer)]
    more = f'<span class="s-banner-how">{esc(how)}</span>'
    return [_urgent(f"<b>{esc(down)}</b>{more}", f"{down} {how}", localizer)]


def _on_battery(localizer: Localizer) -> list[Banner]:
    """Say what to do first while the mains are down."""
    words = caveats.on_battery(localizer)
    return [_urgent(f"<b>{esc(words)}</b>", words, localizer)] if words else []


def _urgent(inside: str, words: str, localizer: Localizer) -> Banner:
    """Draw a banner in amber; `inside` is HTML that says the words."""
    size = localizer.sizes.banner
    room = ACROSS - PADDING - 1.2 * size
    html = (
        f'<div class="s-banner s-urgent" role="status">{shape(Tone.DEGRADED)}'
        f"{inside}</div>"
    )
    return Banner(
        html, text_width.width(f"O {words}", size), text_width.rows(words, size, room)
    )


def _example(localizer: Localizer) -> list[Banner]:
    if not localizer.snapshot.example:
        return []
    note, size = localizer.say("note.example"), localizer.sizes.banner
    if text_width.width(note, size) + PADDING > ACROSS:
        note = note.partition(":")[0].strip()
    html = f'<div class="s-banner s-example">{esc(note)}</div>'
    return [Banner(html, text_width.width(note, size))]
