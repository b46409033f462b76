"""Words of a line's card: answer, how, backup, caveats, and why.

`card_fit` chooses their sizes, and what is left out.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from secours import texts
from secours.model.observed import Reason
from secours.model.snapshot import Backup, Forecast, Recommendation, State, Use
from secours.render import badges, text_width
from secours.render.badges import Badge, Tone, tone_of
from secours.render.escape import plain
from secours.render.wall.type_sizes import COLUMNS, Sizes
from secours.render.wording import caveats
from secours.render.wording.localizer import Localizer
from secours.render.wording.receivers import misses, reasons

SENTENCE = re.compile(r"(?<=[.!?])\s+")
LONGEST_HOW = 400


class Row(NamedTuple):
    """Row under the answer: its class, label and text."""

    look: str
    label: str
    text: str
    brief: str = ""  # the text where one row has to do
    few: str = ""  # the text with the first of a list and a count
    kept: bool = False  # never cut: the answer gives way

    def with_text(self, text: str) -> "Row":
        """Return it with another text, unchanged for ""."""
        return self._replace(text=text) if text else self

    def short(self, sizes: Sizes, wide: float) -> "Row":
        """Return it in one row, if possible; remarks are dropped, not cut."""
        room = wide - text_width.width(f"{self.label} ", sizes.words)
        for text in (self.text, self.few, self.brief, self.brief.partition(" (")[0]):
            if text and text_width.width(text, sizes.words) <= room:
                return self._replace(text=text)
        least = self.brief or self.text
        if self.kept:
            return self._replace(text=least)
        text = text_width.shorten(least, sizes.words, room, 1)
        is_one_row = text_width.width(text, sizes.words) <= room
        return self._replace(text=text if is_one_row else least)


class PinnedDown(NamedTuple):
    """Pinned channel that is down, with its badge and label."""

    name: str
    badge: Badge
    label: str  # of the answer without that choice


class CardText(Struct, frozen=True, kw_only=True):
    """All words of a card, and their sizes."""

    tone: Tone
    verb: str = ""
    audience: str = ""
    rank: str = ""
    answer: str
    size: str = "long"
    pinned: PinnedDown | None = None
    split: float = 0.0  # part of the width for it; 0 above the answer
    left: float | None = None  # part of the battery that is left
    how: str = ""
    how_brief: str = ""  # where the whole does not fit
    how_size: float = COLUMNS.how
    words_size: float | None = None  # of the rows, where not as usual
    rows: tuple[Row, ...] = ()
    reasons: tuple[Row, ...] = ()
    nothing: bool = False
    stacked: bool = False  # in a band: the words stand under the answer

    @property
    def title(self) -> str:
        """Return its title."""
        return f"{self.verb} {self.audience}".strip() or self.answer


class Secondary(Struct, frozen=True, kw_only=True):
    """Optional words; why in full, in brief, and barely."""

    minded: Sequence[str] = ()
    why: Sequence[Sequence[str]] = ()
    still: Sequence[str] = ()
    holds: bool = False  # a better channel works again, or nobody may hear the one in
    # use: show why if it fits


def said(line: Recommendation, localizer: Localizer) -> tuple[CardText, Secondary]:
    """Return the required words of a line's card, and the optional ones."""
    if line.measuring and line.use is None:
        return first_measurement(line, localizer), Secondary()
    if line.use is None:
        return last_resort(line, localizer), Secondary()
    if line.answer is None:  # the pin is in vain, and so is all else
        rank_of_pin = rank(line, line.use, localizer)
        return replace(last_resort(line, localizer), rank=rank_of_pin), Secondary()
    return _use(line, line.use, localizer), _besides(line, localizer)


def _use(line: Recommendation, use: Use, localizer: Localizer) -> CardText:
    verb, audience = localizer.purpose(line)
    tone = tone_of_line(line, localizer)
    followed = line.answered
    used = followed.use or use
    return CardText(
        tone=tone,
        verb=verb,
        audience=audience,
        rank=rank(line, use, localizer),
        answer=plain(localizer.short_name(used.channel), 60),
        pinned=_pinned(line, use, localizer),
        left=_part_left(line, used, localizer),
        how=localizer.how_shown(used.channel, LONGEST_HOW),
        rows=tuple(_next(followed, used, localizer)),
    )


def _besides(line: Recommendation, localizer: Localizer) -> Secondary:
    measured = replace(line, passed_over=caveats.but_unmeasured(line))
    line = line.answered
    holds = any(each.reason is Reason.FAILBACK for each in line.passed_over)
    told = caveats.tested(line, localizer) if holds else ""  # also on its rung
    told_above = (told, misses.sentence(line, localizer))
    doubtful = reasons.is_doubtful(line.use, localizer)  # in why
    unverified = "" if doubtful else caveats.unverified(line, localizer)
    return Secondary(
        minded=[
            part
            for each in filter(None, (unverified, *caveats.minded(line, localizer)))
            for part in each.split("; ")
            if each not in told_above
        ],
        why=[
            caveats.why(measured, localizer),
            caveats.why(measured, localizer, brief=True),
            caveats.why(measured, localizer, bare=True),
            *_returns(line, localizer),
        ],
        still=[
            f"{localizer.short_name(name)} ({_weakness(name, line, localizer)})"
            for name in line.still_usable
        ],
        holds=holds or doubtful,
    )


def _returns(line: Recommendation, localizer: Localizer) -> Iterator[list[str]]:
    """Yield by its rank when a channel with a long name is used again."""
    tiers = [names for _, names in line.tiers]
    for passed in line.passed_over:
        if until := localizer.held_until(passed):
            at = next(n for n, names in enumerate(tiers, 1) if passed.channel in names)
            name = texts.rank(localizer.language, at)
            yield [localizer.say("why.failback.bare", name=name, time=until)]


def _weakness(channel: str, line: Recommendation, localizer: Localizer) -> str:
    """Return why a channel works for a line, but not well."""
    reach = line.receivers.get(channel)
    return localizer.say("in_part.word" if reach and reach.lost else "degraded.word")


def first_measurement(line: Recommendation, localizer: Localizer) -> CardText:
    """Return that nothing is known yet; with the order of the plan, no states.

    Where the names do not fit, the rungs below show that order.
    """
    verb, audience = localizer.purpose(line)
    whole, brief = caveats.until_measured(line, localizer)
    return CardText(
        tone=Tone.UNKNOWN,
        verb=verb,
        audience=audience,
        answer=localizer.say("measuring"),
        how=whole if len(whole) <= LONGEST_HOW else brief,
        how_brief=brief,
    )


def last_resort(line: Recommendation, localizer: Localizer) -> CardText:
    """Return the last resort, its first sentence large."""
    verb, audience = localizer.purpose(line)
    last = localizer.last_resort(line)
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
    """Return the channel pinned in vain where another is to be used."""
    if line.answer is use or line.answer is None:
        return None
    told = pinned_down(use.channel, _notes(line, line.answer, localizer), localizer)
    if use.state is State.DOWN:
        return told
    unheard = Badge(Tone.DOWN, localizer.say("state.unheard"))
    return told._replace(badge=unheard)


def pinned_down(channel: str, notes: Sequence[str], localizer: Localizer) -> PinnedDown:
    """Return a pinned channel as down, with notes on the answer beside it."""
    return PinnedDown(
        name=plain(localizer.short_name(channel), 60),
        badge=Badge(Tone.DOWN, localizer.say("down.brief")),
        label=" · ".join([localizer.say("pinned.not"), *notes]),
    )


def _notes(line: Recommendation, used: Use, localizer: Localizer) -> list[str]:
    """Return notes on the answer beside a pin."""
    if not used.verified:
        return [localizer.say("unverified.word")]
    standing = localizer.for_line(used.channel, line)
    if badges.ends(standing):
        return [texts.left(localizer.language, localizer.left_s(standing))]
    degraded = standing.state is State.DEGRADED
    return [localizer.say("degraded.word")] if degraded else []


def _next(line: Recommendation, use: Use, localizer: Localizer) -> Iterator[Row]:
    """Yield what is being measured, the backup, and the change at its end."""
    if line.measuring and (names := caveats.unmeasured(line, localizer)):
        label = localizer.say("measuring") + localizer.say("colon")
        yield Row("else", label, names)
    if use.reach and use.reach.missed and not reasons.is_unheard(use.reach):
        yield _missed(line, localizer)
    yield _else(line, use, localizer)
    coming = _coming(line, use, localizer)
    if coming is not None:
        time = localizer.time(coming.at.utc)
        then = localizer.short_name(coming.use) if coming.use else ""
        yield Row(
            "else",
            localizer.say("then", time=time),
            then or localizer.say("then.nothing"),
            kept=True,
        )


def _missed(line: Recommendation, localizer: Localizer) -> Row:
    """Return the groups missed, and what completes the channel."""
    (label, names), *others = misses.missed(line, localizer)
    whole = localizer.series((names, *map(" ".join, others)))
    said = ". ".join(filter(None, (whole, misses.completed(line, localizer))))
    label = label[:1].upper() + label[1:]
    return Row("else", label, said, misses.in_brief(line, localizer), kept=True)


def _else(line: Recommendation, use: Use, localizer: Localizer) -> Row:
    """Return the backup; where nobody may hear the one in use, the last resort."""
    label = localizer.say("else")
    if reasons.needs_last_resort(use, localizer) and not use.pinned:
        last = plain(localizer.last_resort(line), LONGEST_HOW)
        return Row("else", label, last, SENTENCE.split(last)[0], kept=True)
    return Row(
        "else",
        label,
        backup(line, localizer),
        backup(line, localizer, brief=True),
        backup(line, localizer, few=True),
    )


def _coming(line: Recommendation, use: Use, localizer: Localizer) -> Forecast | None:
    """Return the expected change of the line when the channel in use ends.

    Without mains the batteries of its people may end it too.
    """
    standing = localizer.for_line(use.channel, line)
    if not (badges.ends(standing) or (line.on_battery and line.receivers)):
        return None
    return localizer.snapshot.coming(line)


def backup(
    line: Recommendation,
    localizer: Localizer,
    *,
    brief: bool = False,
    few: bool = False,
) -> str:
    """Return the backup with its caveats; in brief the worst."""
    spare = line.backup
    if spare is None:
        return localizer.say("else.none")
    notes = [*caveats.tie(line, spare, localizer, few=few)]
    if brief and notes and spare.shares:
        notes = [localizer.say("else.tied")]
    notes += [localizer.say(f"{key}.word") for key in weaknesses(spare, localizer)]
    standing = localizer.for_line(spare.channel, line)
    if badges.ends(standing):
        told = texts.countdown if brief else texts.left
        notes.append(told(localizer.language, localizer.left_s(standing)))
    name = localizer.short_name(spare.channel)
    said = ", ".join(notes[:1] if brief else notes)
    return f"{name} ({said})" if said else name


def weaknesses(spare: Backup, localizer: Localizer) -> list[str]:
    """Return the weaknesses of the backup, the worst first."""
    standing = localizer.snapshot.channel(spare.channel).standing
    weak = tone_of(standing) is Tone.ANSWERS and not standing.at_risk
    unheard = reasons.is_unheard(spare.reach)
    told_of_it = {
        "unverified": standing.state is State.UNKNOWN or weak or unheard,
        "in_part": bool(spare.reach and spare.reach.lost) and not unheard,
        "degraded": standing.state is State.DEGRADED,
        "at_risk": standing.at_risk,
        "untried": Reason.TEST_DUE in standing.warnings,
    }
    return [key for key, holds in told_of_it.items() if holds]


def tone_of_use(line: Recommendation, use: Use, localizer: Localizer) -> Tone:
    """Return the tone of a card; green only for the plan's first, proven."""
    if use.in_vain:
        return Tone.DOWN
    if not use.verified or reasons.is_unheard(use.reach):
        return Tone.UNKNOWN
    if use.rank > 1 or use.state is State.DEGRADED or use.pinned:
        return Tone.DEGRADED
    return tone_of(localizer.for_line(use.channel, line))


def tone_of_line(line: Recommendation, localizer: Localizer) -> Tone:
    """Return the tone of a line's card."""
    if line.measuring:
        return Tone.UNKNOWN
    return Tone.DOWN if line.use is None else tone_of_use(line, line.use, localizer)


def rank(line: Recommendation, use: Use, localizer: Localizer) -> str:
    """Return the time left, else the rank, else a more important caveat."""
    if use.pinned and use.state is State.DOWN:
        return localizer.say("pinned.down")
    if line.measuring and not use.pinned:
        return caveats.measuring_rank(line, localizer)
    if not use.verified or reasons.is_unheard(use.reach):
        return localizer.say("pinned" if use.pinned else "unverified")
    standing = localizer.for_line(use.channel, line)
    if badges.ends(standing):
        return texts.left(localizer.language, localizer.left_s(standing))
    if use.pinned:
        return localizer.say("pinned")
    return texts.rank(localizer.language, place(line, use))


def _part_left(line: Recommendation, use: Use, localizer: Localizer) -> float | None:
    """Return the part of the battery left, since the mains failed."""
    standing = localizer.for_line(use.channel, line)
    began = localizer.mains_failed()
    if standing.until is None or not badges.ends(standing) or began is None:
        return None
    lasts_s = standing.until.since(began)
    return min(1.0, localizer.left_s(standing) / lasts_s) if lasts_s > 0 else None


def place(line: Recommendation, use: Use) -> int:
    """Return the number of the rung that holds the channel in use."""
    tiers = [tier for tier, _ in line.tiers]
    return tiers.index(use.tier) + 1 if use.tier in tiers else use.rank
