"""Orders for silence on the wall: in large where all is cut, else in a band."""

from collections.abc import Sequence
from itertools import product

from markupsafe import Markup
from msgspec.structs import replace

from secours.model.snapshot import OrdersView, Recommendation
from secours.render import text_width
from secours.render.badges import Tone, shape
from secours.render.escape import plain
from secours.render.wall.card_fit import Frame, fitted, has_room
from secours.render.wall.card_text import CardText, Row
from secours.render.wall.unsafe_band import ACROSS, BandText
from secours.render.wording.localizer import Localizer
from secours.render.wording.silence import orders

WORDS = (5.2, 4.7, 4.3, 3.8, 3.4, 3.1)  # sizes of the orders on a card
SIZES, HIGH = (4.7, 4.3, 3.8, 3.4, 3.1), 8.2  # of the band, and its height at most
LONGEST, ALL = 2000, 4  # characters, and orders


def cut(line: Recommendation, localizer: Localizer) -> OrdersView | None:
    """Return the orders that hold for a line whose audience nothing reaches."""
    held = orders.in_force(localizer)
    found = (each for each in held if each.all_cut and each.audience == line.audience)
    return None if line.measuring else next(found, None)


def shared(lines: Sequence[Recommendation], localizer: Localizer) -> OrdersView | None:
    """Return the orders for all of several lines, if one audience has them."""
    held = [cut(line, localizer) for line in lines]
    one = len(held) > 1 and len({view and view.audience for view in held}) == 1
    return held[0] if one else None


def ordered(
    lines: Sequence[Recommendation],
    view: OrdersView,
    localizer: Localizer,
    frame: Frame,
) -> CardText:
    """Return the card of one audience: its orders, then the last resorts."""
    first, *others = orders.rows(view, localizer)
    lasts = dict.fromkeys(localizer.last_resort(line) for line in lines)
    colon = localizer.say("colon")
    last = plain(" ".join(lasts), LONGEST)
    labelled = [(f"{each.label}{colon}", each.text) for each in others]
    labelled.append((localizer.say("sheet.last"), last))
    heads = [localizer.purpose(line) for line in lines]
    answer = f"{first.label}{colon} {first.text}"
    card = CardText(
        tone=Tone.DOWN,
        verb=", ".join(verb for verb, _ in heads),
        audience=heads[0][1],
        rank=orders.held(view, localizer),
        answer=f"{first.label} {first.soon}" if first.soon else answer,
        how=first.always if first.soon else "",
        rows=tuple(Row("else", label, text, kept=True) for label, text in labelled),
        nothing=True,
    )
    for words in WORDS:
        sizes = replace(frame.sizes, words=words)
        sized = frame._replace(sizes=sizes, aligned=False)
        if has_room(card, sized, reasons=0, tight=words < WORDS[1]):
            break
    else:  # pages and paper have the whole
        wide = frame.room.wide
        cut_rows = (
            row._replace(text=text_width.shorten(row.text, words, wide, 1))
            for row in card.rows
        )
        card = replace(card, rows=tuple(cut_rows))
    return replace(fitted(card, localizer, sized), words_size=words)


def banded(
    localizer: Localizer, shown: Sequence[Recommendation], letter_width: float = 1.0
) -> BandText:
    """Return what holds and is on no card, in the largest size that fits."""
    on_cards = {line.audience for line in shown if cut(line, localizer)}
    near = {line.audience for line in shown}  # others may have only the first order
    held = [e for e in orders.in_force(localizer) if e.audience not in on_cards]
    band_text = BandText()
    for most, size in product(range(ALL, 0, -1), SIZES) if held else ():
        sentences = (
            orders.sentence(
                view, localizer, most=ALL if view.audience in near else most
            )
            for view in held
        )
        text = plain(". ".join(sentences), LONGEST)
        high = text_width.height(text, size, ACROSS / letter_width)
        band_text = BandText(text, size, high)
        if high <= HIGH:
            break
    return band_text


def band(band_text: BandText) -> Markup:
    """Draw the band; "" for nothing."""
    if not band_text.text:
        return Markup("")
    html = Markup(
        '<section class="s-orders" style="--z-words:{:.4g}">'
        "<p>{}<b>{}</b></p></section>"
    )
    return html.format(band_text.size, shape(Tone.DEGRADED), band_text.text)
