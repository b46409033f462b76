"""What the card of a line says: what to use, how, what else, what to mind, and why.

The answer has its size by the length of its name. How to use it is whole in any case:
before it takes more than three rows it is set smaller, and then an answer is. What has
no room is left out: first what is usable still, then why, then what to mind.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import asdict, replace

from secours import texts
from secours.model.observed import Reason
from secours.model.snapshot import Forecast, Recommendation, State, Use
from secours.render import badges
from secours.render.badges import Badge, Tone, tone_of
from secours.render.escape import plain
from secours.render.wall import text_width
from secours.render.wall.rungs import answered
from secours.render.wall.text_width import LEADING, Space
from secours.render.wall.type_sizes import COLUMNS, HOW_LEAST, HOW_ROWS, Sizes
from secours.render.wording import caveats
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
SENTENCE = re.compile(r"(?<=[.!?])\s+")
LONGEST_HOW = 400


class Frame(NamedTuple):
    """How much room a card has inside, and whether words stand beside the answer."""

    room: Space
    sizes: Sizes = COLUMNS
    beside: bool = False
    aligned: bool = False  # each answer is as high as the largest
    heads: int = 1  # rows that the purpose and the rank of some card take


FREE = Frame(Space(200.0, 166.0))  # on a page that scrolls


class Row(NamedTuple):
    """A row under the answer: its class, what is said first, and the rest."""

    look: str
    label: str
    text: str
    brief: str = ""  # the rest where there is room for one row only

    def short(self, sizes: Sizes, wide: float) -> "Row":
        """Return it in one row, if that can be; remarks are left out, not cut."""
        room = wide - text_width.width(f"{self.label} ", sizes.words)
        for text in (self.text, self.brief, self.brief.partition(" (")[0]):
            if text and text_width.width(text, sizes.words) <= room:
                return self._replace(text=text)
        text = text_width.shorten(self.brief or self.text, sizes.words, room, 1)
        return self._replace(text=text)


class PinnedDown(NamedTuple):
    """The channel that a person chose and that is down, and what stands beside it."""

    name: str
    badge: Badge
    label: str  # of the answer without that choice


class CardText(Struct, frozen=True, kw_only=True):
    """All that a card says, and in which size."""

    tone: Tone
    verb: str = ""
    audience: str = ""
    rank: str = ""
    answer: str
    size: str = "long"
    pinned: PinnedDown | None = None
    left: float | None = None  # part of what it lives on that is left
    how: str = ""
    how_size: float = COLUMNS.how
    rows: tuple[Row, ...] = ()
    reasons: tuple[Row, ...] = ()
    nothing: bool = False
    stacked: bool = False  # in a band: the words stand under the answer

    @property
    def title(self) -> str:
        """Return what it is called."""
        return f"{self.verb} {self.audience}".strip() or self.answer


def card_text(
    line: Recommendation, localizer: Localizer, frame: Frame = FREE
) -> CardText:
    """Return what the card of a line says in this frame."""
    if line.measuring:
        return _measuring(line, localizer, frame)
    if line.use is None:
        return _fitted(last_resort(line, localizer), Secondary(), localizer, frame)
    return _use(line, line.use, localizer, frame)


def _use(
    line: Recommendation, use: Use, localizer: Localizer, frame: Frame
) -> CardText:
    verb, audience = localizer.purpose(line)
    tone = tone_of_use(use, localizer)
    used = answered(line) or use
    card = CardText(
        tone=tone,
        verb=verb,
        audience=audience,
        rank=rank(line, use, localizer),
        answer=plain(localizer.short_name(used.channel), 60),
        pinned=_pinned(line, use, localizer),
        left=_part_left(use, localizer),
        how=plain(localizer.how(used.channel), LONGEST_HOW),
        rows=tuple(_next(line, use, localizer)),
    )
    remarks = Secondary(
        minded=[
            part
            for each in caveats.of_use(line, localizer)
            for part in each.split("; ")
        ],
        why=[
            caveats.why(line, localizer),
            caveats.why(line, localizer, brief=True),
            caveats.why(line, localizer, bare=True),
        ],
        still=[
            f"{localizer.short_name(name)} ({localizer.say('degraded.word')})"
            for name in line.still_usable
        ],
    )
    return _fitted(card, remarks, localizer, frame)


def _measuring(line: Recommendation, localizer: Localizer, frame: Frame) -> CardText:
    """Say that nothing is known yet; until then the order of the plan, no states."""
    verb, audience = localizer.purpose(line)
    snapshot = localizer.snapshot
    left_s = int(snapshot.first_answer_s - localizer.age_s(snapshot.started))
    key = "measuring.first" if left_s > 0 else "measuring.soon"
    names = [
        localizer.short_name(name) for _, channels in line.tiers for name in channels
    ]
    order = f", {localizer.say('measuring.then')} ".join(names)
    card = CardText(
        tone=Tone.UNKNOWN,
        verb=verb,
        audience=audience,
        answer=localizer.say("measuring"),
        how=plain(
            f"{localizer.say(key, left_s=left_s)} "
            f"{localizer.say('measuring.order')} {order}.",
            LONGEST_HOW,
        ),
    )
    return _fitted(card, Secondary(), localizer, frame)


def last_resort(line: Recommendation, localizer: Localizer) -> CardText:
    """Say the last resort as the answer: its first sentence large."""
    verb, audience = localizer.purpose(line)
    last = localizer.in_language(line.last_resort) or localizer.say("last_resort.none")
    first, *rest = SENTENCE.split(plain(last, LONGEST_HOW), maxsplit=1)
    return CardText(
        tone=Tone.DOWN,
        verb=verb,
        audience=audience,
        rank=localizer.say("nothing.rank"),
        answer=first,
        how="".join(rest),
        nothing=True,
    )


def _pinned(line: Recommendation, use: Use, localizer: Localizer) -> PinnedDown | None:
    """Return what is pinned and down where something else is to be used."""
    if use.state is not State.DOWN or line.unpinned is None:
        return None
    standing = localizer.snapshot.channel(use.channel).standing
    return PinnedDown(
        name=plain(localizer.short_name(use.channel), 60),
        badge=Badge(Tone.DOWN, badges.of(standing, localizer).word),
        label=localizer.say("pinned.not"),
    )


def _next(line: Recommendation, use: Use, localizer: Localizer) -> Iterator[Row]:
    """Say what to take if it fails, and what comes when it ends."""
    yield Row(
        "else",
        localizer.say("else"),
        backup(line, localizer),
        backup(line, localizer, brief=True),
    )
    coming = _coming(line, use, localizer)
    if coming is not None:
        time = localizer.time(coming.at.utc)
        then = localizer.short_name(coming.use) if coming.use else ""
        yield Row(
            "else",
            localizer.say("then", time=time),
            then or localizer.say("then.nothing"),
        )


def _coming(line: Recommendation, use: Use, localizer: Localizer) -> Forecast | None:
    """Return what the line will be told to use when the channel in use ends."""
    standing = localizer.snapshot.channel(use.channel).standing
    if not badges.ends(standing):
        return None
    of_line = (line.purpose, line.audience)
    coming = localizer.snapshot.forecast
    return next((f for f in coming if (f.purpose, f.audience) == of_line), None)


def backup(line: Recommendation, localizer: Localizer, *, brief: bool = False) -> str:
    """Name the next safe rung, and what is to be known of it; in brief the worst."""
    spare = line.backup
    if spare is None:
        return localizer.say("else.none")
    notes = [*caveats.tie(spare, localizer)]
    if brief and notes and spare.shares:
        notes = [localizer.say("else.tied")]
    standing = localizer.snapshot.channel(spare.channel).standing
    if standing.state is State.UNKNOWN:
        notes.append(localizer.say("unverified.word"))
    if standing.state is State.DEGRADED:
        notes.append(localizer.say("degraded.word"))
    if standing.at_risk:
        notes.append(localizer.say("at_risk.word"))
    if Reason.TEST_DUE in standing.warnings:
        notes.append(localizer.say("untried.word"))
    if badges.ends(standing):
        told = texts.countdown if brief else texts.left
        notes.append(told(localizer.language, localizer.left_s(standing)))
    name = localizer.short_name(spare.channel)
    said = ", ".join(notes[:1] if brief else notes)
    return f"{name} ({said})" if said else name


def tone_of_use(use: Use, localizer: Localizer) -> Tone:
    """Return what the card looks like; green only for the plan's first, proven."""
    if use.state is State.DOWN:
        return Tone.DOWN
    if not use.verified:
        return Tone.UNKNOWN
    if use.rank > 1 or use.state is State.DEGRADED or use.pinned:
        return Tone.DEGRADED
    return tone_of(localizer.snapshot.channel(use.channel).standing)


def tone_of_line(line: Recommendation, localizer: Localizer) -> Tone:
    """Return what the card of a line looks like."""
    if line.measuring:
        return Tone.UNKNOWN
    return Tone.DOWN if line.use is None else tone_of_use(line.use, localizer)


def rank(line: Recommendation, use: Use, localizer: Localizer) -> str:
    """Return how long it lasts, or which choice it is, or what to know before that."""
    if use.pinned:
        return localizer.say("pinned.down" if use.state is State.DOWN else "pinned")
    if not use.verified:
        return localizer.say("unverified")
    standing = localizer.snapshot.channel(use.channel).standing
    if badges.ends(standing):
        return texts.left(localizer.language, localizer.left_s(standing))
    return texts.rank(localizer.language, place(line, use))


def _part_left(use: Use, localizer: Localizer) -> float | None:
    """Return how much is left of what it lives on, since the mains failed."""
    standing = localizer.snapshot.channel(use.channel).standing
    began = localizer.mains_failed()
    if standing.until is None or not badges.ends(standing) or began is None:
        return None
    lasts_s = standing.until.since(began)
    return min(1.0, localizer.left_s(standing) / lasts_s) if lasts_s > 0 else None


def place(line: Recommendation, use: Use) -> int:
    """Return the number of the rung that holds the channel in use."""
    tiers = [tier for tier, _ in line.tiers]
    return tiers.index(use.tier) + 1 if use.tier in tiers else use.rank


# ------------------------------------------------------------------ what has room


class Secondary(Struct, frozen=True, kw_only=True):
    """What is said where it has room; why in full, in brief, and barely."""

    minded: Sequence[str] = ()
    why: Sequence[Sequence[str]] = ()
    still: Sequence[str] = ()


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


def head_rows(line: Recommendation, localizer: Localizer, frame: Frame) -> int:
    """Return how many rows the purpose and the rank of a line take now."""
    said = rank(line, line.use, localizer) if line.use and not line.measuring else ""
    return _head_rows(*localizer.purpose(line), said, frame)


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
