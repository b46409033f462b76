"""Fit of a card: sizes of its words, and omissions.

The length of its name sets the size of the answer. The instructions are never cut: to
stay within three rows, their type shrinks first, then the answer. The rest is omitted
in this order: channels still usable, reasons, caveats.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, product
from typing import NamedTuple

from msgspec.structs import replace

from secours.model.snapshot import Recommendation
from secours.render import text_width
from secours.render.text_width import LEADING, Space
from secours.render.wall.card_text import (
    LONGEST_HOW,
    CardText,
    PinnedDown,
    Row,
    Secondary,
    said,
)
from secours.render.wall.type_sizes import COLUMNS, HOW_LEAST, HOW_ROWS, Sizes
from secours.render.wording.localizer import Localizer

HEAD_LEADING = 1.15
LIGHTER = 0.97  # of the bold width: a purpose in bold, an audience not
ANSWER_LEADING = 1.08
ANSWER_PADDING = 1.4  # above and below it
BADGE, APART = 2.2, 2.0  # around a word, by its type size; from a name to its label
SPLIT = 4.0  # between an answer and what was pinned
BESIDE = 0.34  # of a band, at least, for the words beside the answer
BETWEEN = 4.0  # an answer and the words beside it
BAR = 2.4  # of the time left, with its margins
MOST_ROWS = 2  # of a caveat, or of why
GIVE = 0.5  # heights are estimates
WIDER = 1.03  # so are widths: a name may be so much wider


class Frame(NamedTuple):
    """Room inside a card, and whether words stand beside the answer."""

    room: Space
    sizes: Sizes = COLUMNS
    beside: bool = False
    aligned: bool = False  # each answer is as high as the largest
    heads: int = 1  # rows of the highest head


FREE = Frame(Space(200.0, 166.0))  # on a page that scrolls


class Placement(NamedTuple):
    """Answer of some size, and the width of the words under or beside it."""

    size: str
    high: float
    wide: float
    split: float = 0.0  # part of the width for the pinned channel; 0 above the answer
    beside: bool = False


class Way(NamedTuple):
    """Sizes for the required words, and their height."""

    placed: Placement
    said: CardText
    high: float
    cut: bool  # its rows have lost remarks


def card_text(
    line: Recommendation, localizer: Localizer, frame: Frame = FREE
) -> CardText:
    """Return the words of a line's card in this frame."""
    card, besides = said(line, localizer)
    return _fitted(card, besides, localizer, frame)


def fitted(card: CardText, localizer: Localizer, frame: Frame) -> CardText:
    """Return a card without optional words in this frame."""
    return _fitted(card, Secondary(), localizer, frame)


def head_rows(line: Recommendation, localizer: Localizer, frame: Frame) -> int:
    """Return the rows that the purpose and the rank of a line take now."""
    return heads_of(said(line, localizer)[0], frame)


def heads_of(card: CardText, frame: Frame) -> int:
    """Return the rows of a card's head in its frame."""
    size, room = frame.sizes.head, frame.room.wide
    line = f"{card.verb} · {card.audience}" if card.audience else card.verb
    if text_width.width(f"{line}  ▲ {card.rank}", size) + 2.0 <= room:
        return frame.heads
    rows = text_width.rows(line, size * LIGHTER, room)
    return max(frame.heads, rows + 1)  # the rank below it


def how_sizes(how: str, sizes: Sizes, wide: float) -> list[float]:
    """Return the possible sizes of how to use it, the largest first."""
    steps = (sizes.how * part for part in (1.0, 0.93, 0.86, 0.8))
    few = [
        size
        for size in steps
        if size > HOW_LEAST and text_width.rows(how, size, wide) <= HOW_ROWS
    ]
    return [*few, min(HOW_LEAST, sizes.how)]


def _fitted(
    card: CardText, remarks: Secondary, localizer: Localizer, frame: Frame
) -> CardText:
    """Choose the sizes so that all required words fit; then add the rest."""
    sizes, (high, wide) = frame.sizes, frame.room
    high -= heads_of(card, frame) * sizes.head * HEAD_LEADING
    minded = _row("mind", remarks.minded, MOST_ROWS, localizer, sizes, wide)
    least = sum(_height(row, sizes, wide) for row in minded) * (not frame.beside)
    held = remarks.why[-1] if remarks.holds and not frame.beside else ()
    why = _row("why", held, 1, localizer, sizes, wide)
    with_why = least + sum(_height(row, sizes, wide) for row in why)
    ways = list(_ways(card, frame))
    way = _chosen(ways, high + GIVE, least, with_why)
    room = Space(high - way.high, way.placed.wide)
    if frame.beside:
        taken = text_width.width(f"{card.verb} {card.audience} {card.rank}", sizes.head)
        room = Space(sizes.words * LEADING, max(wide - taken - 8.0, 1.0))
    return replace(
        way.said,
        size=way.placed.size,
        split=way.placed.split,
        stacked=frame.beside and not way.placed.beside,
        reasons=tuple(_reasons(remarks, localizer, sizes, room)),
    )


def _chosen(ways: Sequence[Way], high: float, least: float, with_why: float) -> Way:
    """Return the first way that fits with caveats and why, else without.

    No answer is smaller for that, and why displaces no remark.
    """
    largest = [way for way in ways if way.placed == ways[0].placed]
    for way in largest:
        if way.high + with_why <= high and not way.cut:
            return way
    for way in largest:
        if way.high + least <= high:
            return way
    return next((way for way in ways if way.high <= high), ways[-1])


def _ways(card: CardText, frame: Frame) -> Iterator[Way]:
    """Yield the ways to write the required words, in the largest sizes first.

    First how to use it is set smaller, then the rest is in brief, and only then is the
    answer smaller than by its length; beside a pin the answer goes first.
    """
    if card.pinned:
        yield from _large(list(_by_answer(card, frame)), frame)
    yield from _by_answer(card, frame)


def _by_answer(card: CardText, frame: Frame) -> Iterator[Way]:
    sizes = frame.sizes
    hows = [card.how, card.how_brief] if card.how_brief else [card.how]
    for how, placed in product(hows, list(_answers(card, frame))):
        for rows in (
            card.rows,
            tuple(row.with_text(row.few) for row in card.rows),
            tuple(row.with_text(row.brief) for row in card.rows),
            cut := tuple(row.short(sizes, placed.wide) for row in card.rows),
        ):
            answer = getattr(sizes, placed.size)
            for how_size in how_sizes(how, sizes, placed.wide):
                if how_size < answer:
                    said = replace(card, how=how, how_size=how_size, rows=rows)
                    yield Way(placed, said, _used(said, placed, sizes), rows is cut)


def _large(ways: Sequence[Way], frame: Frame) -> list[Way]:
    """Return those with a large answer, and `how` as large as other words."""
    sizes = frame.sizes
    least = sizes.how if sizes.how > COLUMNS.how else sizes.words
    return [w for w in ways if w.placed.size != "small" and w.said.how_size >= least]


def has_room(card: CardText, frame: Frame, *, reasons: int, tight: bool) -> bool:
    """Return whether the required words fit, with so many rows of reasons.

    If tight, in the smallest sizes.
    """
    high = frame.room.high - heads_of(card, frame) * frame.sizes.head * HEAD_LEADING
    more = reasons * (not frame.beside) * frame.sizes.words * LEADING
    ways: Iterable[Way] = _ways(card, frame)
    if not tight:
        large = card.pinned and _large(list(_ways(card, frame)), frame)
        ways = large or islice(ways, 1)
    return any(way.high + more <= high + GIVE for way in ways)


def _answers(card: CardText, frame: Frame) -> Iterator[Placement]:
    """Yield the sizes an answer may have, the largest first."""
    sizes, wide = frame.sizes, frame.room.wide
    for name, size, most in sizes.answers:
        if card.nothing and name == "short":
            continue
        if card.pinned:
            yield from _beside_pin(card.answer, card.pinned, name, size, most, frame)
            continue
        if not (card.nothing or _is_whole_at(card.answer, size, most, wide)):
            continue
        rows = text_width.rows(card.answer, size, wide)
        high = _answer_height(rows, size, frame)
        left = wide - text_width.width(card.answer, size) - BETWEEN
        if frame.beside and left >= BESIDE * wide:
            yield Placement(name, high, left, beside=True)
        else:
            yield Placement(name, high, wide)


def _answer_height(rows: int, size: float, frame: Frame) -> float:
    least = frame.sizes.short if frame.aligned and not frame.beside else 0.0
    return max(size * rows, least) * ANSWER_LEADING + ANSWER_PADDING


def _beside_pin(
    answer: str, pinned: PinnedDown, name: str, size: float, most: int, frame: Frame
) -> Iterator[Placement]:
    """Yield the places of an answer beside a pinned channel.

    That is at its left, each in one row or in two, else above it. Only the smallest
    may break a word.
    """
    names = (pinned.name, answer)
    if max(map(len, names)) > most:
        return
    wide, words = frame.room.wide, frame.sizes.words
    badge = text_width.width(pinned.badge.word, words) + BADGE * words
    labels = [badge + APART, text_width.width(pinned.label, words) + APART]

    def at_left(rows: int, share: float, abreast: float) -> Placement:
        own = (wide - SPLIT) * (1 - share)
        below = 0.0 if abreast <= wide else text_width.height(pinned.label, words, own)
        return Placement(name, _answer_height(rows, size, frame) + below, wide, share)

    for rows in (1, 2):
        left, right = (WIDER * text_width.narrowest(each, size, rows) for each in names)
        left = max(left, labels[0])
        if left + right + SPLIT <= wide:
            right = min(max(right, labels[1]), wide - SPLIT - left)
            abreast = left + right + SPLIT + sum(labels) if frame.beside else math.inf
            yield at_left(rows, left / (left + right), abreast)
    if WIDER * max(text_width.width(each, size) for each in names) <= wide:
        yield Placement(name, _above_answer(names, labels, size, frame), wide)
    if name == "small":
        own = (wide - SPLIT) / 2
        rows = max(text_width.rows(each, size, own) for each in names)
        yield at_left(rows, 0.5, math.inf)


def _above_answer(
    names: Sequence[str], labels: Sequence[float], size: float, frame: Frame
) -> float:
    """Return how high two names are below each other, each with its label."""
    high = 2 * (size * ANSWER_LEADING + ANSWER_PADDING)
    under = sum(
        text_width.width(name, size) + label > frame.room.wide
        for name, label in zip(names, labels, strict=True)
    )
    return high + under * frame.sizes.words * LEADING


def _is_whole_at(answer: str, size: float, most: int, wide: float) -> bool:
    """Return whether an answer fits in one row; the smallest may take several."""
    if most >= LONGEST_HOW:
        return True
    return text_width.width(answer, size) <= wide and len(answer) <= most


def _used(text: CardText, placed: Placement, sizes: Sizes) -> float:
    """Return the height of all required words."""
    words = BAR if text.left is not None else 0.0
    if text.how:
        words += text_width.height(text.how, text.how_size, placed.wide)
    words += sum(_height(row, sizes, placed.wide) for row in text.rows)
    return max(placed.high, words) if placed.beside else placed.high + words


def _height(row: Row, sizes: Sizes, wide: float) -> float:
    return text_width.height(f"{row.label} {row.text}", sizes.words, wide)


def _reasons(
    remarks: Secondary, localizer: Localizer, sizes: Sizes, room: Space
) -> Iterator[Row]:
    """Yield what fits: caveats first, then why, then what is still usable."""
    rows = int((room.high + GIVE) / (sizes.words * LEADING))
    for key, ways in (
        ("mind", [remarks.minded]),
        ("why", remarks.why),
        ("still", [remarks.still]),
    ):
        most = min(rows, MOST_ROWS)
        if most < 1:
            return
        ways_in_rows = [
            _row(key, way, most, localizer, sizes, room.wide) for way in ways
        ]
        whole = (
            row
            for row, way in zip(ways_in_rows, ways, strict=True)
            if _is_whole(row, way)
        )
        fitting = next(whole, ways_in_rows[-1] if ways_in_rows else [])
        if key != "mind" and any(row.text.endswith("…") for row in fitting):
            continue  # not even one fits: the rungs tell
        yield from fitting
        for row in fitting:
            text = f"{row.label} {row.text}"
            rows -= text_width.rows(text, sizes.words, room.wide)


def _is_whole(row: Sequence[Row], phrases: Sequence[str]) -> bool:
    return [each.text for each in row] == ([", ".join(phrases)] if phrases else [])


def _row(
    key: str,
    phrases: Sequence[str],
    most: int,
    localizer: Localizer,
    sizes: Sizes,
    wide: float,
) -> list[Row]:
    """Write phrases after a label, as many as fit in so many rows."""
    if not phrases:
        return []
    label = localizer.say(key)
    led = [f"{label} {phrases[0]}", *phrases[1:]]
    whole = text_width.listed(
        led, sizes.words, wide, most, lambda n: localizer.say("more.others", n=n)
    )
    if not whole.startswith(f"{label} "):  # not even the label fits
        whole = f"{label} {text_width.shorten(phrases[0], sizes.words, wide, 1)}"
    return [Row("why", label, whole.removeprefix(f"{label} "))]
