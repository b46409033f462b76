"""The card of a line of the plan as HTML; its words are in `card_text`."""

from markupsafe import Markup

from secours.render.badges import shape
from secours.render.wall.card_text import CardText, Row


def column_html(card: CardText) -> Markup:
    """Draw a card to stand above its rungs."""
    return Markup(
        '<article class="s-card {}" aria-label="{}"{}>'
        '<div class="s-head">{}{}</div><div class="s-body">{}'
        '<div class="s-words">{}{}{}</div></div></article>'
    ).format(
        look(card),
        card.title,
        _size(card),
        _verb(card),
        _rank(card),
        _answer(card),
        _bar(card),
        _how(card),
        Markup("").join(map(_row, (*card.rows, *card.reasons))),
    )


def band_html(card: CardText, rungs: Markup) -> Markup:
    """Draw a card across the screen, with its rungs inside."""
    return Markup(
        '<article class="s-card s-band {}" aria-label="{}"{}>'
        '<div class="s-head">{}<div class="s-because">{}{}</div></div>'
        '<div class="s-say{}">{}<div class="s-words">{}{}{}</div></div>{}</article>'
    ).format(
        look(card),
        card.title,
        _size(card),
        _verb(card),
        _rank(card),
        Markup("").join(map(_row, card.reasons)),
        " s-stacked" if card.stacked else "",
        _answer(card),
        _bar(card),
        _how(card),
        Markup("").join(map(_row, card.rows)),
        rungs,
    )


def look(card: CardText) -> str:
    """Return the class that colours a card."""
    return f"s-{'nothing' if card.nothing else card.tone}"


def _size(card: CardText) -> Markup:
    style = Markup(' style="--z-words:{:.4g};--answer:0"')
    return style.format(card.words_size) if card.words_size else Markup("")


def _verb(card: CardText) -> Markup:
    """Draw the purpose, and the audience where there are several."""
    if not card.verb:
        return Markup("")
    audience = Markup("")
    if card.audience:
        audience = Markup(' <span class="s-audience">· {}</span>').format(card.audience)
    return Markup('<h2 class="s-verb">{}{}</h2>').format(card.verb, audience)


def _rank(card: CardText) -> Markup:
    """Draw its rank in the plan, or the time left."""
    if not card.rank:
        return Markup("")
    return Markup('<span class="s-rank">{}{}</span>').format(
        shape(card.tone), card.rank
    )


def _answer(card: CardText) -> Markup:
    """Draw what to use; with it, equally large, what was pinned and is down."""
    level = Markup("h3") if card.verb else Markup("h2")
    answer = Markup('<{0} class="s-answer s-{1}">{2}</{0}>').format(
        level, card.size, card.answer
    )
    if card.pinned is None:
        return answer
    return Markup(
        '<div class="s-split{}"><div style="--part:{:.3f}">'
        '<p class="s-answer s-{} s-gone">{}</p>{}</div>'
        '<div style="--part:{:.3f}">{}<p class="s-label">{}</p></div></div>'
    ).format(
        "" if card.split else " s-over",
        card.split,
        card.size,
        card.pinned.name,
        card.pinned.badge.html(badge=True),
        1 - card.split,
        answer,
        card.pinned.label,
    )


def _bar(card: CardText) -> Markup:
    """Draw the part of the battery that is left."""
    if card.left is None:
        return Markup("")
    return Markup(
        '<div class="s-left" aria-hidden="true"><i style="width:{}%"></i></div>'
    ).format(round(100 * card.left))


def _how(card: CardText) -> Markup:
    if not card.how:
        return Markup("")
    return Markup('<p class="s-how" style="--z-how:{:.4g}">{}</p>').format(
        card.how_size, card.how
    )


def _row(row: Row) -> Markup:
    return Markup(
        '<p class="s-{}"><span class="s-label">{}</span> <b>{}</b></p>'
    ).format(row.look, row.label, row.text)
