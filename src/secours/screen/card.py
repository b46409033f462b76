"""The answer for one line of the plan: what to use, how, what else, and why."""

from collections.abc import Sequence
from dataclasses import dataclass

from secours import texts
from secours.model import Recommendation, State, Use
from secours.screen import fit
from secours.screen.escape import esc, plain
from secours.screen.fit import Space
from secours.screen.marks import Tone, shape, tone_of
from secours.screen.voice import Voice

HOW_SIZE, WHY_SIZE = 4.3, 3.7
HEAD_SIZE, AUDIENCE_SIZE = 5.2, 3.8
ROOM = Space(60.0, fit.WIDE[2])  # in units
NOTHING_SIZE = 9.6  # of the words that nothing is left
FURNITURE = 11.8  # its edge, paddings and head


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """An answer, ready to be drawn. `words` are HTML already escaped."""

    tone: Tone
    verb: str
    audience: str = ""
    rank: str
    answer: str
    words: tuple[str, ...]
    size: str = "long"
    nothing: bool = False

    @property
    def html(self) -> str:
        """Draw the card."""
        name = f"{self.verb} {self.audience}".strip() or self.answer
        audience = f'<span class="s-audience">· {esc(self.audience)}</span>'
        return (
            f'<article class="s-card s-{"nothing" if self.nothing else self.tone}"'
            f' aria-label="{esc(name)}">'
            f'<div class="s-head"><h2 class="s-verb">{esc(self.verb)}'
            f"{audience if self.audience else ''}</h2>"
            f'<span class="s-rank">{shape(self.tone)}{esc(self.rank)}</span></div>'
            f'<p class="s-answer s-{self.size}">{esc(self.answer)}</p>'
            f"{''.join(self.words)}</article>"
        )


def card(line: Recommendation, voice: Voice, room: Space = ROOM) -> Card:
    """Draw up the answer of a line for a card of this size."""
    room = room.less(FURNITURE)
    if line.measuring:
        return _measuring(line, voice, room)
    if line.use is None:
        return _nothing(line, voice, room)
    rank = _rank(line, line.use, voice)
    if _head_width(line, rank, voice) > room.wide:
        room = room.less(HEAD_SIZE * 1.1)  # the rank goes under the verb
    return _use(line, line.use, voice, room)


def _head_width(line: Recommendation, rank: str, voice: Voice) -> float:
    verb, audience = voice.purpose(line)
    beside = fit.width(f"O · {audience}", AUDIENCE_SIZE) if audience else 0.0
    return fit.width(f"{verb} ▲ {rank}", HEAD_SIZE) + beside + 3.0


def _use(line: Recommendation, use: Use, voice: Voice, room: Space) -> Card:
    verb, audience = voice.purpose(line)
    answer = plain(voice.short_name(use.channel), 60)
    size, high = fit.answer_size(answer, room.wide)
    return Card(
        tone=_tone(use, voice),
        verb=verb,
        audience=audience,
        rank=_rank(line, use, voice),
        answer=answer,
        size=size,
        words=_words(line, use, voice, room.less(high)),
    )


def _measuring(line: Recommendation, voice: Voice, room: Space) -> Card:
    """Say that nothing is known yet; until then the order of the plan, no states."""
    verb, audience = voice.purpose(line)
    snapshot = voice.snapshot
    left_s = int(snapshot.first_answer_s - voice.age_s(snapshot.started))
    key = "measuring.first" if left_s > 0 else "measuring.soon"
    names = [voice.short_name(name) for _, channels in line.tiers for name in channels]
    order = f", {voice.say('measuring.then')} ".join(names)
    text = f"{voice.say(key, left_s=left_s)} {voice.say('measuring.order')} {order}."
    answer = voice.say("measuring")
    size, high = fit.answer_size(answer, room.wide)
    return Card(
        tone=Tone.UNKNOWN,
        verb=verb,
        audience=audience,
        rank="",
        answer=answer,
        size=size,
        words=(_how(text, room.less(high)),),
    )


def _nothing(line: Recommendation, voice: Voice, room: Space) -> Card:
    verb, audience = voice.purpose(line)
    count = sum(len(channels) for _, channels in line.tiers)
    last = voice.in_language(line.last_resort) or voice.say("last_resort.none")
    answer = voice.say("nothing")
    high = fit.height(answer, NOTHING_SIZE, room.wide)
    return Card(
        tone=Tone.DOWN,
        verb=verb,
        audience=audience,
        rank=voice.say("nothing.count", n=0, of=count),
        answer=answer,
        size="medium",
        words=(_how(last, room.less(high)),),
        nothing=True,
    )


def _tone(use: Use, voice: Voice) -> Tone:
    """Return what the card looks like; green only for the plan's first, proven."""
    if use.state is State.DOWN:
        return Tone.DOWN
    if not use.verified:
        return Tone.UNKNOWN
    if use.rank > 1 or use.state is State.DEGRADED or use.pinned:
        return Tone.DEGRADED
    return tone_of(voice.snapshot.channel(use.channel).standing)


def _rank(line: Recommendation, use: Use, voice: Voice) -> str:
    """Return which choice of the plan it is, or what is to be known before that."""
    if use.pinned:
        return voice.say("pinned.down" if use.state is State.DOWN else "pinned")
    if not use.verified:
        return voice.say("unverified")
    return texts.rank(voice.language, place(line, use))


def place(line: Recommendation, use: Use) -> int:
    """Return the number of the rung that holds the channel in use."""
    tiers = [tier for tier, _ in line.tiers]
    return tiers.index(use.tier) + 1 if use.tier in tiers else use.rank


def _words(
    line: Recommendation, use: Use, voice: Voice, room: Space
) -> tuple[str, ...]:
    """Write how, what else and why; what is needed least gives way first."""
    spare, how = _backup(line, voice), voice.how(use.channel)
    else_row, why_row = HOW_SIZE * fit.LEADING, WHY_SIZE * fit.LEADING
    kept = why_row if line.passed_over else 0.0
    said = []
    if how:
        left = room.less(else_row + kept)
        said.append(_how(how, left))
        rows = min(fit.rows(how, HOW_SIZE, room.wide), left.rows(HOW_SIZE))
        room = room.less(rows * else_row)
    html, used = _labelled("s-else", voice.say("else"), [spare], room.less(kept))
    said.append(html)
    room = room.less(used)
    if line.passed_over:
        html, used = _labelled("s-why", voice.say("why"), _why(line, voice, room), room)
        said.append(html)
        room = room.less(used)
    if line.still_usable and room.high >= why_row:
        word = f" ({voice.say('degraded.word')})"
        names = [voice.short_name(name) + word for name in line.still_usable]
        said.append(_labelled("s-why", voice.say("still"), names, room)[0])
    return tuple(said)


def _why(line: Recommendation, voice: Voice, room: Space) -> list[str]:
    """Name every rung passed over; without since when, if else they do not fit."""
    whole = [voice.why(each) for each in line.passed_over]
    wide = room.wide - fit.width(f"{voice.say('why')} ", WHY_SIZE)
    if fit.rows(", ".join(whole), WHY_SIZE, wide) <= room.rows(WHY_SIZE):
        return whole
    return [voice.why(each, brief=True) for each in line.passed_over]


def _backup(line: Recommendation, voice: Voice) -> str:
    """Name the next safe rung, and what is to be known of it."""
    backup = line.backup
    if backup is None:
        return voice.say("else.none")
    notes = []
    if backup.shares:
        shared = ", ".join(voice.component(name) for name in backup.shares)
        notes.append(voice.say("else.shares", what=shared))
    standing = voice.snapshot.channel(backup.channel).standing
    if standing.state is State.UNKNOWN:
        notes.append(voice.say("unverified.word"))
    if standing.state is State.DEGRADED:
        notes.append(voice.say("degraded.word"))
    name = voice.short_name(backup.channel)
    return f"{name} ({', '.join(notes)})" if notes else name


def _how(text: str, room: Space) -> str:
    short = fit.shorten(text, HOW_SIZE, room.wide, room.rows(HOW_SIZE))
    return f'<p class="s-how">{esc(short)}</p>'


def _labelled(
    look: str, label: str, phrases: Sequence[str], room: Space
) -> tuple[str, float]:
    """Write phrases after a label, as many as fit, and how high that is."""
    size = HOW_SIZE if look == "s-else" else WHY_SIZE
    wide = room.wide - fit.width(f"{label} ", size)
    text = fit.listed(phrases, size, wide, room.rows(size))
    html = (
        f'<p class="{look}"><span class="s-label">{esc(label)}</span> '
        f"<b>{esc(text)}</b></p>"
    )
    return html, fit.height(text, size, wide)
