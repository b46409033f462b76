"""The channels of each line over the next hours, as a row of boxes. Pure.

Beside each row stand in words its changes against the channels in use now.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Final

from msgspec.structs import replace

from secours import texts
from secours.core.replay import segments
from secours.core.replay.segments import Segment
from secours.core.replay.whatif import Outlook
from secours.model.nodes import channel_node, is_channel
from secours.model.snapshot import Recommendation, State
from secours.render import badges, text_width
from secours.render.badges import Tone
from secours.render.redundancy.choice import Names
from secours.render.templates import Row
from secours.render.wording.localizer import Localizer

HOURS: Final = 8
UNTIL_S: Final = 3600.0 * HOURS
SIZE = 17
LETTER_WIDTH = 1.12  # of a font wider than the measured one
PADDING = 46  # of a box, with its shape, in pixels
SHAPE = 26  # of a box that holds only its shape
NARROW = 300
ROOMS = {"narrow": NARROW, "wide": 590, "full": 740, "desk": 1140}
"""Least width of a row, on screens of four widths."""

ARROW = " → "


class Quality(StrEnum):
    """Quality of a line's channel."""

    FIRST = "first"
    FALLBACK = "fallback"
    UNSURE = "unsure"  # degraded, or not verified
    NOTHING = "nothing"


SHAPES = {
    Quality.FIRST: Tone.OK,
    Quality.FALLBACK: Tone.DEGRADED,
    Quality.UNSURE: Tone.UNKNOWN,
    Quality.NOTHING: Tone.DOWN,
}


def present(localizer: Localizer) -> list[Row]:
    """Return what is to be used from now on, if nothing more fails."""
    shot = localizer.snapshot
    each = segments.expected(shot, UNTIL_S)
    return [_row(line, each[line.name], localizer) for line in shot.recommendations]


def imagined(
    outlook: Outlook, out_of_use: Sequence[str], localizer: Localizer
) -> list[Row]:
    """Return the channels in use in a what-if; `out_of_use` is of now."""
    first = outlook.steps[0].snapshot
    each = segments.followed(outlook, UNTIL_S)
    now = {line.name: line for line in localizer.snapshot.recommendations}
    spoken = Localizer(first, localizer.language)
    return [
        _row(line, each[line.name], spoken, now=now.get(line.name), out=out_of_use)
        for line in first.recommendations
    ]


def _row(
    line: Recommendation,
    stays: Sequence[Segment],
    localizer: Localizer,
    *,
    now: Recommendation | None = None,
    out: Sequence[str] = (),
) -> Row:
    verb, audience = localizer.purpose(line)
    changes = list(_changes(stays, localizer, now))
    same = len(changes) == 1
    return {
        "verb": verb,
        "audience": audience,
        "stays": [_stay(each, line, localizer) for each in stays],
        "said": _same(line, localizer, foreseen=now is None)
        if same
        else ARROW.join(changes),
        "warnings": [
            *_out_of_use(stays, out, localizer),
            *_last_resort(stays, line, localizer),
        ],
        "changes": not same,
    }


def quality_of(segment: Segment) -> Quality:
    """Say how good it is; that it ends shows in the row."""
    use, standing = segment.use, segment.standing
    if use is None or use.state is State.DOWN:
        return Quality.NOTHING
    lasting = replace(standing, until=None) if standing else None
    proven = lasting is not None and badges.tone_of(lasting) is Tone.OK
    if not (use.verified and use.state is State.AVAILABLE and proven):
        return Quality.UNSURE
    return Quality.FIRST if use.rank == 1 else Quality.FALLBACK


def _stay(segment: Segment, line: Recommendation, localizer: Localizer) -> Row:
    if line.measuring:
        quality, name, word = Quality.UNSURE, localizer.say("measuring"), ""
        if segment.use:
            name, word = name_in_use(segment, localizer), name
    else:
        quality, name = quality_of(segment), name_in_use(segment, localizer)
        word = _word(segment, quality, localizer)
    begin_s, end_s = _minutes(segment.begin_s), _minutes(segment.end_s)
    when = localizer.say("redundancy.stay", begin_s=begin_s, end_s=end_s)
    part = (end_s - begin_s) / UNTIL_S
    words = ", ".join(filter(None, (name, word)))
    return {
        "quality": quality,
        "tone": tone_in_use(segment, quality),
        "left": _percent(begin_s / UNTIL_S),
        "width": _percent(part),
        "name": name,
        "word": word,
        "said": f"{when}{localizer.say('colon')} {words}",  # for screen readers
        "room": _room(part, name, word),  # of `ROOMS`, "shape" for it alone, or "none"
    }


def _minutes(after_s: float) -> int:
    """Drop the seconds, so that a row is stable for a minute."""
    return int(after_s if after_s < 60 else after_s // 60 * 60)


def _percent(part: float) -> str:
    return f"{100 * part:.3f}%"


def tone_in_use(segment: Segment, quality: Quality) -> Tone:
    """Return the shape: degraded is a triangle, as on every screen."""
    degraded = segment.use is not None and segment.use.state is State.DEGRADED
    return Tone.DEGRADED if degraded and quality is Quality.UNSURE else SHAPES[quality]


def name_in_use(segment: Segment, localizer: Localizer) -> str:
    """Name the channel in use, as short as on the wall."""
    if segment.use is None:
        return localizer.say("then.nothing")
    return localizer.short_name(segment.use.channel)


def _word(segment: Segment, quality: Quality, localizer: Localizer) -> str:
    """Return its rank, or a more important caveat."""
    if segment.use is None:
        return ""
    if segment.use.pinned:
        return localizer.say("pinned")
    if quality is Quality.NOTHING:
        return localizer.say("state.down")
    if segment.use.reach and segment.use.reach.lost and segment.use.verified:
        return localizer.say("in_part.word")
    if segment.use.state is State.DEGRADED and segment.use.verified:
        return localizer.say("degraded.word")
    if quality is Quality.UNSURE:
        return localizer.say("unverified.word")
    return texts.rank(localizer.language, segment.use.rank)


def _room(part: float, name: str, word: str) -> str:
    """Return the least screen on which the words of a box fit."""
    wide = max(_wide(name), _wide(word) - 20)
    found = (room for room, across in ROOMS.items() if part * across >= wide)
    return next(found, "shape" if part * NARROW >= SHAPE else "none")


def _wide(words: str) -> float:
    return text_width.width(words, SIZE) * LETTER_WIDTH + PADDING


def _changes(
    stays: Sequence[Segment], localizer: Localizer, now: Recommendation | None
) -> Iterator[str]:
    """Yield the change from the channel in use now, and those after it."""
    first = stays[0]
    use = now.answer if now else None
    if now is not None and _channel(first) != (use.channel if use else None):
        before = localizer.short_name(use.channel) if use else None
        before = before or localizer.say("then.nothing")
        yield localizer.say("redundancy.change.now", name=before)
        name = name_in_use(first, localizer)
        yield localizer.say("redundancy.change.at_once", name=name)
    else:
        yield name_in_use(first, localizer)
    for one, other in pairwise(stays):
        if _channel(one) != _channel(other):
            after_s = _minutes(other.begin_s)
            name = name_in_use(other, localizer)
            yield localizer.say("redundancy.change.later", name=name, after_s=after_s)


def _same(line: Recommendation, localizer: Localizer, *, foreseen: bool) -> str:
    if line.measuring:
        return localizer.say("measuring.soon")
    return localizer.say(
        "redundancy.change.unforeseen" if foreseen else "redundancy.change.none"
    )


def _channel(segment: Segment) -> str | None:
    return segment.use.channel if segment.use else None


def _last_resort(
    stays: Sequence[Segment], line: Recommendation, localizer: Localizer
) -> Iterator[str]:
    """Yield when no channel is left, and the last resort."""
    empty = next((each for each in stays if each.use is None), None)
    if empty is None or line.measuring:
        return
    last = localizer.last_resort(line)
    yield f"{_when(empty.begin_s, localizer)}{localizer.say('colon')} {last}"


def _out_of_use(
    stays: Sequence[Segment], out: Sequence[str], localizer: Localizer
) -> Iterator[str]:
    """Yield the channels of the row that are out of use now."""
    for name in dict.fromkeys(each.use.channel for each in stays if each.use):
        if channel_node(name) in out:
            yield localizer.say("redundancy.out.row", name=localizer.short_name(name))


def falls(
    outlook: Outlook, counted: Sequence[str], names: Names, localizer: Localizer
) -> list[str]:
    """Return the channels that fall, and when; not those out of use already."""
    found = (fall for step in outlook.steps for fall in step.falls)
    every = [
        fall
        for fall in (*found, *outlook.later)
        if is_channel(fall.name) and fall.name not in counted
    ]
    after = attrgetter("after_s")
    return [
        f"{_when(after_s, localizer)}{localizer.say('colon')} "
        + ", ".join(names[fall.name] for fall in together)
        for after_s, together in groupby(sorted(every, key=after), after)
    ]


def _when(after_s: float, localizer: Localizer) -> str:
    if not after_s:
        return localizer.say("whatif.at_once")
    return localizer.say("whatif.after", after_s=_minutes(after_s))
