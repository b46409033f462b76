"""Banners for the whole screen: role of a standby, own link, mains, example.

They stand side by side where they fit, else below each other.
"""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from secours.model.snapshot import Link
from secours.render import standby, text_width
from secours.render.badges import Tone, shape
from secours.render.wall.type_sizes import COLUMNS
from secours.render.wording import caveats
from secours.render.wording.localizer import Localizer

ACROSS = 164.0  # the width that banners side by side may take, in units
PADDING = 6.0  # of a banner, and the gap after its shape


class Banner(NamedTuple):
    """Banner as HTML, and the width of its words in one row."""

    html: Markup
    wide: float
    rows: int = 1


class Banners(NamedTuple):
    """Banners as HTML, and their number of rows."""

    html: Markup
    rows: int


def banners(localizer: Localizer, also: Sequence[Banner] = ()) -> Banners:
    """Draw the banners that hold now, and others."""
    drawn = [*_standby(localizer), *_own_link(localizer), *also]
    drawn += _on_battery(localizer)
    drawn += _example(localizer, brief=bool(drawn))
    if not drawn:
        return Banners(Markup(""), 0)
    rows = _packed(drawn)
    inside = Markup("").join(
        Markup('<div class="s-banner-row">{}</div>').format(
            Markup("").join(each.html for each in row)
        )
        for row in rows
    )
    high = sum(max(each.rows for each in row) for row in rows)
    return Banners(Markup('<div class="s-banners">{}</div>').format(inside), high)


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


def _standby(localizer: Localizer) -> list[Banner]:
    """Return that this is the wall of a standby, and its role."""
    words, size = standby.sentence(localizer), COLUMNS.banner
    if not words:
        return []
    html = Markup('<div class="s-banner s-standby" role="status"><b>{}</b></div>')
    rows = text_width.rows(words, size, ACROSS - PADDING)
    return [Banner(html.format(words), text_width.width(words, size), rows)]


def _own_link(localizer: Localizer) -> list[Banner]:
    """Return that our own link is down, with the meaning where it fits."""
    if localizer.snapshot.own_link is not Link.DOWN:
        return []
    down, how = localizer.say("own_link.down"), localizer.say("own_link.how")
    return [urgent(down, "" if localizer.snapshot.example else how)]


def urgent(down: str, how: str) -> Banner:
    """Return what is down, with the meaning where it fits."""
    wide = text_width.width(f"O {down} {how}", COLUMNS.banner)
    if not how or wide + PADDING > ACROSS:
        return _urgent(Markup("<b>{}</b>").format(down), down)
    said = Markup('<b>{}</b><span class="s-banner-how">{}</span>').format(down, how)
    return _urgent(said, f"{down} {how}")


def _on_battery(localizer: Localizer) -> list[Banner]:
    """Say what to do first without mains."""
    if not caveats.is_on_battery(localizer):
        return []
    words = localizer.say("on_battery")
    return [_urgent(Markup("<b>{}</b>").format(words), words)]


def _urgent(inside: Markup, words: str) -> Banner:
    """Draw a banner in amber; `inside` says the words."""
    size = COLUMNS.banner
    html = Markup('<div class="s-banner s-urgent" role="status">{}{}</div>').format(
        shape(Tone.DEGRADED), inside
    )
    return Banner(
        html,
        text_width.width(f"O {words}", size),
        text_width.rows(words, size, ACROSS - PADDING - 1.2 * size),
    )


def _example(localizer: Localizer, *, brief: bool) -> list[Banner]:
    if not localizer.snapshot.example:
        return []
    note, size = localizer.say("note.example"), COLUMNS.banner
    if brief or text_width.width(note, size) + PADDING > ACROSS:
        note = note.partition(":")[0].strip()
    html = Markup('<div class="s-banner s-example">{}</div>').format(note)
    return [Banner(html, text_width.width(note, size))]
