"""The answer for one line of the plan: what to use, large, and which choice it is.

The words under it are in `under`.
"""

from typing import NamedTuple

from msgspec import Struct

from secours import texts
from secours.model.snapshot import Recommendation, State, Use
from secours.render.badges import Tone, shape, tone_of
from secours.render.escape import esc, plain
from secours.render.wall import card_text, text_width
from secours.render.wall.text_width import Space
from secours.render.wall.type_sizes import Sizes
from secours.render.wording.localizer import Localizer

FURNITURE = 6.1  # its edge and paddings, in units
HEAD_LEADING = 1.1
BESIDE = 0.34  # of a band is for the words beside the answer, at least
BETWEEN = 4.0  # an answer and the words beside it


class Frame(NamedTuple):
    """What a card is drawn in: how much room, and where the words stand."""

    room: Space
    beside: bool = False  # of the answer, and the reasons beside the rank


FRAME = Frame(Space(60.0, text_width.WIDE[2]))


class Card(Struct, frozen=True, kw_only=True):
    """An answer, ready to be drawn. `words` are HTML already escaped."""

    tone: Tone
    verb: str
    audience: str = ""
    rank: str
    answer: str
    words: tuple[str, ...]
    reasons: tuple[str, ...] = ()  # why it is not the usual one
    size: str = "long"
    nothing: bool = False

    @property
    def html(self) -> str:
        """Draw the card."""
        return (
            f'<article class="s-card {self.look}" aria-label="{self.name}">'
            f'<div class="s-head">{self.verb_html}{self.rank_html}</div>'
            f"{self.answer_html}{''.join(self.words)}{''.join(self.reasons)}</article>"
        )

    @property
    def look(self) -> str:
        """Return the class that colours it."""
        return f"s-{'nothing' if self.nothing else self.tone}"

    @property
    def name(self) -> str:
        """Return what it is called, safe for HTML."""
        return esc(f"{self.verb} {self.audience}".strip() or self.answer)

    @property
    def verb_html(self) -> str:
        """Draw the purpose, and the audience where there are several."""
        audience = f' <span class="s-audience">· {esc(self.audience)}</span>'
        said = f"{esc(self.verb)}{audience if self.audience else ''}"
        return f'<h2 class="s-verb">{said}</h2>' if self.verb else ""

    @property
    def rank_html(self) -> str:
        """Draw which choice of the plan it is."""
        return f'<span class="s-rank">{shape(self.tone)}{esc(self.rank)}</span>'

    @property
    def answer_html(self) -> str:
        """Draw the name of the channel to use."""
        level = "h3" if self.verb else "h2"
        said = esc(self.answer)
        return f'<{level} class="s-answer s-{self.size}">{said}</{level}>'


def card(line: Recommendation, localizer: Localizer, frame: Frame = FRAME) -> Card:
    """Draw up the answer of a line for a card of this size."""
    high = FURNITURE + localizer.sizes.head * HEAD_LEADING
    frame = frame._replace(room=frame.room.less(high))
    if line.measuring:
        return _measuring(line, localizer, frame)
    if line.use is None:
        return _nothing(line, localizer, frame)
    rank = _rank(line, line.use, localizer)
    if not frame.beside and head_width(line, rank, localizer) > frame.room.wide:
        # the rank goes under the verb
        rows = text_width.rows(f"▲ {rank}", localizer.sizes.rank, frame.room.wide)
        below = rows * localizer.sizes.rank * HEAD_LEADING
        frame = frame._replace(room=frame.room.less(below))
    return _use(line, line.use, localizer, frame)


def head_width(line: Recommendation, rank: str, localizer: Localizer) -> float:
    """Return how wide the purpose and the rank are in one row."""
    verb, audience = localizer.purpose(line)
    sizes = localizer.sizes
    beside = text_width.width(f"  · {audience}", sizes.audience) if audience else 0.0
    rank_width = text_width.width(f" ▲ {rank}", sizes.rank)
    return text_width.width(verb, sizes.head) + rank_width + beside + 3.0


def _placed(
    answer: str, localizer: Localizer, frame: Frame, more: float = 0.0
) -> tuple[str, Space]:
    """Choose the size of an answer; return its name, and the room left for words.

    `more` is how high words are that not every answer has.
    """
    room, sizes = frame.room, localizer.sizes
    if not frame.beside:
        kept = (2 * sizes.how + sizes.why) * text_width.LEADING + more
        size, high = text_width.answer_size(answer, room.less(kept), sizes)
        return size, room.less(high)
    most = Space(room.high, room.wide * (1 - BESIDE))
    size, _ = text_width.answer_size(answer, most, sizes)
    if is_stacked(answer, size, sizes, room.wide):
        return size, room.less(
            sizes.long * text_width.rows(answer, sizes.long, room.wide)
        )
    wide = text_width.width(answer, getattr(sizes, size))
    return size, Space(room.high, room.wide - wide - BETWEEN)


def is_stacked(answer: str, size: str, sizes: Sizes, wide: float) -> bool:
    """Tell whether an answer leaves no room beside it, so that words go under it."""
    return text_width.width(answer, getattr(sizes, size)) > wide * (1 - BESIDE)


def _use(line: Recommendation, use: Use, localizer: Localizer, frame: Frame) -> Card:
    verb, audience = localizer.purpose(line)
    answer, rank = (
        plain(localizer.short_name(use.channel), 60),
        _rank(line, use, localizer),
    )
    why_row = localizer.sizes.why * text_width.LEADING
    rows, more = card_text.remark_rows(line, localizer, frame.room.wide)
    size, room = _placed(answer, localizer, frame, more * why_row)
    if frame.beside:
        words, _ = card_text.words(line, use, localizer, room, 0.0)
        left = frame.room.wide - head_width(line, rank, localizer)
        room = Space(why_row, max(left, 1.0))
    else:
        words, room = card_text.words(line, use, localizer, room, rows * why_row)
    return Card(
        tone=_tone(use, localizer),
        verb=verb,
        audience=audience,
        rank=rank,
        answer=answer,
        size=size,
        words=words,
        reasons=card_text.reasons(line, localizer, room),
    )


def _measuring(line: Recommendation, localizer: Localizer, frame: Frame) -> Card:
    """Say that nothing is known yet; until then the order of the plan, no states."""
    verb, audience = localizer.purpose(line)
    snapshot = localizer.snapshot
    left_s = int(snapshot.first_answer_s - localizer.age_s(snapshot.started))
    key = "measuring.first" if left_s > 0 else "measuring.soon"
    names = [
        localizer.short_name(name) for _, channels in line.tiers for name in channels
    ]
    order = f", {localizer.say('measuring.then')} ".join(names)
    text = (
        f"{localizer.say(key, left_s=left_s)} "
        f"{localizer.say('measuring.order')} {order}."
    )
    answer = localizer.say("measuring")
    size, room = _over(text, answer, localizer, frame)
    return Card(
        tone=Tone.UNKNOWN,
        verb=verb,
        audience=audience,
        rank="",
        answer=answer,
        size=size,
        words=(card_text.how(text, room, localizer),),
    )


def _nothing(line: Recommendation, localizer: Localizer, frame: Frame) -> Card:
    verb, audience = localizer.purpose(line)
    count = sum(len(channels) for _, channels in line.tiers)
    last = localizer.in_language(line.last_resort) or localizer.say("last_resort.none")
    answer = localizer.say("nothing")
    size, room = _over(last, answer, localizer, frame)
    return Card(
        tone=Tone.DOWN,
        verb=verb,
        audience=audience,
        rank=localizer.say("nothing.count", n=0, of=count),
        answer=answer,
        size=size,
        words=(card_text.how(last, room, localizer),),
        nothing=True,
    )


def _over(
    text: str, answer: str, localizer: Localizer, frame: Frame
) -> tuple[str, Space]:
    """Choose the size of an answer so that the text under it is whole."""
    if frame.beside:
        return _placed(answer, localizer, frame)
    sizes, room = localizer.sizes, frame.room
    left = room
    for size in ("medium", "long"):
        left = room.less(text_width.height(answer, getattr(sizes, size), room.wide))
        if text_width.rows(text, sizes.how, room.wide) <= left.rows(sizes.how):
            return size, left
    return "long", left


def _tone(use: Use, localizer: Localizer) -> Tone:
    """Return what the card looks like; green only for the plan's first, proven."""
    if use.state is State.DOWN:
        return Tone.DOWN
    if not use.verified:
        return Tone.UNKNOWN
    if use.rank > 1 or use.state is State.DEGRADED or use.pinned:
        return Tone.DEGRADED
    return tone_of(localizer.snapshot.channel(use.channel).standing)


def _rank(line: Recommendation, use: Use, localizer: Localizer) -> str:
    """Return which choice of the plan it is, or what is to be known before that."""
    if use.pinned:
        return localizer.say("pinned.down" if use.state is State.DOWN else "pinned")
    if not use.verified:
        return localizer.say("unverified")
    return texts.rank(localizer.language, place(line, use))


def place(line: Recommendation, use: Use) -> int:
    """Return the number of the rung that holds the channel in use."""
    tiers = [tier for tier, _ in line.tiers]
    return tiers.index(use.tier) + 1 if use.tier in tiers else use.rank
