"""What of a card has room, and in which sizes?

The answer has its size by the length of its name. How to use it is whole in any case:
before it takes more than three rows it is set smaller, and then an answer is. What has
no room is left out: first what is usable still, then why, then what to mind.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import asdict, replace

from secours.model.snapshot import Recommendation
from secours.render.wall import text_width
from secours.render.wall.card_text import (
    LONGEST_HOW,
    CardText,
    Row,
    Secondary,
    rank,
    said,
)
from secours.render.wall.text_width import LEADING, Space
from secours.render.wall.type_sizes import COLUMNS, HOW_LEAST, HOW_ROWS, Sizes
from secours.render.wording.localizer import Localizer

HEAD_LEADING = 1.15
ANSWER_LEADING = 1.08
ANSWER_PADDING = 1.4  # above and below it
SPLIT = 4.0  # between an answer and what was pinned
BESIDE = 0.34  # of a band is for the words beside the answer, at least
BETWEEN = 4.0  # an answer and the words beside it
BAR = 2.4  # of how long it lasts, with what is around it
MOST_ROWS = 2  # of one thing to mind, or of why
GIVE = 0.5  # heights are estimates


class Frame(NamedTuple):
    """How much room a card has inside, and whether words stand beside the answer."""

    room: Space
    sizes: Sizes = COLUMNS
    beside: bool = False
    aligned: bool = False  # each answer is as high as the largest
    heads: int = 1  # rows that the purpose and the rank of some card take


FREE = Frame(Space(200.0, 166.0))  # on a page that scrolls


class Placed(NamedTuple):
    """An answer of some size, and how wide the words under or beside it are."""

    size: str
    high: float
    wide: float
    beside: bool = False


class Way(NamedTuple):
    """Sizes in which what must be said may be written, and how high that is."""

    placed: Placed
    how_size: float
    rows: tuple[Row, ...]
    high: float


def card_text(
    line: Recommendation, localizer: Localizer, frame: Frame = FREE
) -> CardText:
    """Return what the card of a line says in this frame."""
    card, besides = said(line, localizer)
    return _fitted(card, besides, localizer, frame)


def head_rows(line: Recommendation, localizer: Localizer, frame: Frame) -> int:
    """Return how many rows the purpose and the rank of a line take now."""
    place = rank(line, line.use, localizer) if line.use and not line.measuring else ""
    return _head_rows(*localizer.purpose(line), place, frame)


def _head_rows(verb: str, audience: str, rank: str, frame: Frame) -> int:
    whom = f"· {audience}  " if audience else ""
    said = text_width.width(f"{verb}  {whom}▲ {rank}", frame.sizes.head)
    return 1 if said + 2.0 <= frame.room.wide else 2


def _heads(card: CardText, frame: Frame) -> int:
    return max(frame.heads, _head_rows(card.verb, card.audience, card.rank, frame))


def how_sizes(how: str, sizes: Sizes, wide: float) -> list[float]:
    """Return the sizes in which how to use it may be set, the largest first."""
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
    """Choose the sizes so that all that must be said is whole; then add the rest."""
    sizes, (high, wide) = frame.sizes, frame.room
    high -= _heads(card, frame) * sizes.head * HEAD_LEADING
    minded = _row("mind", remarks.minded, MOST_ROWS, localizer, sizes, wide)
    least = sum(_height(row, sizes, wide) for row in minded) * (not frame.beside)
    ways = list(_ways(card, frame))
    way = _chosen(ways, high + GIVE, least)
    room = Space(high - way.high, way.placed.wide)
    if frame.beside:
        taken = text_width.width(f"{card.verb} {card.audience} {card.rank}", sizes.head)
        room = Space(sizes.words * LEADING, max(wide - taken - 8.0, 1.0))
    return replace(
        card,
        size=way.placed.size,
        how_size=way.how_size,
        rows=way.rows,
        stacked=frame.beside and not way.placed.beside,
        reasons=tuple(_reasons(remarks, localizer, sizes, room)),
    )


def _chosen(ways: Sequence[Way], high: float, least: float) -> Way:
    """Return the first way that has room with what to mind, else without.

    No answer is smaller for that.
    """
    for way in ways:
        if way.placed == ways[0].placed and way.high + least <= high:
            return way
    return next((way for way in ways if way.high <= high), ways[-1])


def _ways(card: CardText, frame: Frame) -> Iterator[Way]:
    """Yield how what must be said may be written, in the largest sizes first.

    First how to use it is set smaller, then the rest is said in brief, and only then
    the answer is smaller than by its length.
    """
    sizes = frame.sizes
    for placed in _answers(card, frame):
        for rows in (
            card.rows,
            tuple(row.short(sizes, placed.wide) for row in card.rows),
        ):
            hows = how_sizes(card.how, sizes, placed.wide)
            answer = asdict(sizes)[placed.size]
            for how_size in (size for size in hows if size < answer):
                high = _used(card, rows, placed, how_size, sizes)
                yield Way(placed, how_size, rows, high)


def has_room(card: CardText, frame: Frame, *, reasons: int, tight: bool) -> bool:
    """Tell whether what must be said fits, with so many rows of reasons.

    If it is tight, in the smallest sizes that it may have.
    """
    high = frame.room.high - _heads(card, frame) * frame.sizes.head * HEAD_LEADING
    more = reasons * (not frame.beside) * frame.sizes.words * LEADING
    used = (way.high for way in _ways(card, frame))
    least = min(used) if tight else next(used)
    return least + more <= high + GIVE


def _answers(card: CardText, frame: Frame) -> Iterator[Placed]:
    """Yield the sizes an answer may have, the largest first."""
    sizes, wide = frame.sizes, frame.room.wide
    own = (wide - SPLIT) / 2 if card.pinned else wide
    names = [card.answer, *([card.pinned.name] if card.pinned else [])]
    least = sizes.short if frame.aligned and not frame.beside else 0.0
    for name, size, most in sizes.answers:
        if not (card.nothing or _is_whole_at(names, size, most, own)):
            continue
        if card.nothing and name == "short":
            continue
        rows = max(text_width.rows(each, size, own) for each in names)
        high = max(size * rows, least) * ANSWER_LEADING + ANSWER_PADDING
        if card.pinned and not (frame.beside and _is_in_one_row(card, size, frame)):
            high += text_width.height(card.pinned.label, sizes.words, own)
        left = wide - text_width.width(card.answer, size) - BETWEEN
        if frame.beside and not card.pinned and left >= BESIDE * wide:
            yield Placed(name, high, left, beside=True)
        else:
            yield Placed(name, high, wide)


def _is_in_one_row(card: CardText, size: float, frame: Frame) -> bool:
    """Tell whether what was pinned, its state and the answer are in one row."""
    if card.pinned is None:
        return True
    names = text_width.width(card.pinned.name + card.answer, size)
    beside = f"{card.pinned.badge.word}{card.pinned.label}   "
    wide = names + text_width.width(beside, frame.sizes.words) + 3 * SPLIT
    return wide <= frame.room.wide


def _is_whole_at(names: Sequence[str], size: float, most: int, wide: float) -> bool:
    """Tell whether an answer of this size is in one row, or of the least in any."""
    if most >= LONGEST_HOW:
        return True
    in_one = all(text_width.width(name, size) <= wide for name in names)
    return in_one and max(map(len, names)) <= most


def _used(
    card: CardText,
    rows: Sequence[Row],
    placed: Placed,
    how_size: float,
    sizes: Sizes,
) -> float:
    """Return how high all is that must be said."""
    words = BAR if card.left is not None else 0.0
    if card.how:
        words += text_width.height(card.how, how_size, placed.wide)
    words += sum(_height(row, sizes, placed.wide) for row in rows)
    return max(placed.high, words) if placed.beside else placed.high + words


def _height(row: Row, sizes: Sizes, wide: float) -> float:
    return text_width.height(f"{row.label} {row.text}", sizes.words, wide)


def _reasons(
    remarks: Secondary, localizer: Localizer, sizes: Sizes, room: Space
) -> Iterator[Row]:
    """Yield what has room: what to mind first, then why, then what is usable still."""
    rows = int((room.high + GIVE) / (sizes.words * LEADING))
    for key, ways in (
        ("mind", [remarks.minded]),
        ("why", remarks.why),
        ("still", [remarks.still]),
    ):
        most = min(rows, MOST_ROWS)
        if most < 1:
            return
        said = [_row(key, way, most, localizer, sizes, room.wide) for way in ways]
        whole = (
            row for row, way in zip(said, ways, strict=True) if _is_whole(row, way)
        )
        found = next(whole, said[-1] if said else [])
        if key != "mind" and any(row.text.endswith("…") for row in found):
            continue  # not even one has room: the rungs tell
        yield from found
        for row in found:
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
    """Write phrases after a label, as many as have room in so many rows."""
    if not phrases:
        return []
    label = localizer.say(key)
    led = [f"{label} {phrases[0]}", *phrases[1:]]
    whole = text_width.listed(led, sizes.words, wide, most)
    if not whole.startswith(f"{label} "):  # not even the label has room
        whole = f"{label} {text_width.shorten(phrases[0], sizes.words, wide, 1)}"
    return [Row("why", label, whole.removeprefix(f"{label} "))]
