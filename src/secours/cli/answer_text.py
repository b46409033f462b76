"""Answers of `recommend` in words, for a terminal or a screen reader."""

import math
from collections.abc import Iterable, Iterator, Sequence

from secours import texts
from secours.cli.state_text import notes
from secours.message import message
from secours.model.snapshot import Backup, Link, Recommendation, Snapshot
from secours.render.answers import recommend
from secours.render.answers.plan_line import LineAnswer
from secours.render.answers.recommend import RecommendAnswer
from secours.render.wall.card_text import weaknesses
from secours.render.wording import caveats, do_not_use, exercise
from secours.render.wording.announcement import Announcement, ended, heading
from secours.render.wording.localizer import Localizer
from secours.render.wording.receivers import misses, reasons
from secours.render.wording.silence import orders


def recommendations(
    answer: RecommendAnswer, shot: Snapshot, language: str, *, fresh: bool
) -> Iterator[str]:
    """Write for each line of the plan the channel, backup, and why.

    Without a fresh answer only the order of the plan, without states.
    """
    age_s = math.inf if answer.age_s is None else answer.age_s
    yield from notes(shot, language, age_s)
    localizer = Localizer(shot, language)
    if not fresh:
        yield f"{localizer.say('stale')}. {localizer.say('hand')}"
    elif shot.own_link is Link.DOWN:
        yield f"{localizer.say('own_link.down')}. {localizer.say('own_link.how')}"
    if fresh and (advice := caveats.on_battery(localizer)):
        yield advice
    yield from _lines(answer, localizer, fresh=fresh)
    yield from _silences(localizer, fresh=fresh)
    if fresh:
        yield from _exercise(localizer)


def _silences(localizer: Localizer, *, fresh: bool) -> Iterator[str]:
    """Write orders that hold, and whom to tell now what they missed.

    Without a fresh answer all orders.
    """
    shown = orders.in_force(localizer) if fresh else localizer.snapshot.orders
    for view in shown:
        yield orders.sentence(view, localizer, now=fresh)
    for _, head, missed in orders.back(localizer) if fresh else ():
        yield head
        yield from (f"  {each}" for each in missed)


def _lines(
    answer: RecommendAnswer, localizer: Localizer, *, fresh: bool
) -> Iterator[str]:
    shown = localizer.snapshot.recommendations
    for line, view in zip(answer.recommendations, shown, strict=True):
        purpose = localizer.line(line.purpose, line.audience)
        head = f"{texts.named(purpose, view.name)}{localizer.say('colon')} "
        if not fresh:
            yield head + _order(view, localizer)
        else:
            yield head + _use(line, view, localizer)
            yield from _receivers(view, localizer)
            yield from _else(line, view, localizer)
            yield from _next(view, localizer)


def _exercise(real: Localizer) -> Iterator[str]:
    """Write the exercise after the real answer; each line bears the word."""
    imagined = exercise.played(real.snapshot)
    if imagined is None:
        return
    yield exercise.band(real)
    word, localizer = real.say("exercise"), Localizer(imagined, real.language)
    answer = recommend.answer(imagined, 0.0, real.language)
    if advice := caveats.on_battery(localizer):
        yield f"{word} · {advice}"
    played = _lines(answer, localizer, fresh=True)
    for text in (*played, *_silences(localizer, fresh=True)):
        yield f"{word} · {text.strip()}"


def _use(line: LineAnswer, view: Recommendation, localizer: Localizer) -> str:
    say, use = localizer.say, line.use
    if use is None and line.measuring:
        until_then, _ = caveats.until_measured(view, localizer)
        return f"{say('measuring')}. {until_then}"
    if use is None:
        return f"{say('nothing')}. {localizer.last_resort(view)}"
    how = f" ({use.how})" if use.how else ""
    in_vain = view.use is not None and view.use.in_vain  # only a pin keeps that
    noted = [
        say(key)
        for key, holds in (
            ("pinned", use.pinned and not in_vain),
            ("state.degraded", use.state == "degraded"),
        )
        if holds
    ]
    if not use.verified:
        why = caveats.unverified(view, localizer)
        word = say("unverified")
        noted.append(f"{word}{say('colon')} {why}" if why else word)
    noted += caveats.minded(view, localizer)
    name = texts.named(use.label, use.channel)
    sentence = say("cli.use", channel=name)
    if in_vain:
        unheard = f"{say('pinned')} · {say('state.unheard')}"
        word = say("pinned.down") if use.state == "down" else unheard
        sentence = f"{word}{say('colon')} {name}"
    if line.measuring:
        meanwhile = say("meanwhile") + say("colon")
        sentence = f"{caveats.measuring(view, localizer)}. {meanwhile} {sentence}"
    return ended(f"{sentence}{how}{''.join(f' · {word}' for word in noted)}")


def _receivers(line: Recommendation, localizer: Localizer) -> Iterator[str]:
    """Write why some are missed; where it may be unheard, the last resort."""
    reach = line.use.reach if line.use else None
    in_vain = line.is_lost and line.use is not None  # a pin keeps what is down
    if in_vain or reasons.needs_last_resort(line.use, localizer):
        yield f"  {localizer.say('sheet.last')} {localizer.last_resort(line)}"
    elif reach and (cause := reasons.cause(reach, localizer)):
        lost = [misses.label(each, localizer) for each in reach.lost]
        names = texts.first_of(localizer.language, lost, misses.IN_BRIEF)
        yield ended(f"    {names}{localizer.say('colon')} {cause}")


def _else(
    line: LineAnswer, view: Recommendation, localizer: Localizer
) -> Iterator[str]:
    say, colon, view = localizer.say, localizer.say("colon"), view.answered
    if line.unpinned:
        name = _named(line.unpinned.channel, localizer)
        yield f"  {say('pinned.not')}{colon} {name}."
    if view.use and view.backup:
        yield from _backup(view, view.backup, localizer)
    elif view.use:
        yield f"  {say('else')} {say('else.none')}."
    if line.still_usable:
        names = ", ".join(map(localizer.channel_label, line.still_usable))
        yield f"  {say('still')} {names}."
    if line.passed_over:
        reasons = localizer.series(
            f"{localizer.channel_label(passed.channel)}{colon} {passed.detail}"
            for passed in line.passed_over
        )
        yield ended(f"  {say('why')} {reasons}")


def _backup(line: Recommendation, spare: Backup, localizer: Localizer) -> Iterator[str]:
    """Write the backup, its shared needs, and why none before it."""
    unknown = caveats.unknown_needs(line, localizer)
    remarks = [unknown] if unknown else caveats.tie(line, spare, localizer)
    risk = caveats.at_risk(spare.channel, localizer)
    weak = weaknesses(spare, localizer)
    remarks += [risk if k == "at_risk" else localizer.say(f"{k}.word") for k in weak]
    notes = ", ".join(remarks)
    name = _named(spare.channel, localizer)
    yield f"  {localizer.say('else')} {name}{f' ({notes})' if notes else ''}."
    yield from (f"    {why}." for why in caveats.skipped(line, localizer))


def _next(view: Recommendation, localizer: Localizer) -> Iterator[str]:
    """Write the next expected change, if any."""
    if coming := localizer.snapshot.coming(view):
        when = localizer.time(coming.at.utc)
        channel = _named(coming.use, localizer) if coming.use else None
        yield f"  {localizer.say('cli.next', when=when, channel=channel)}"


def announcements(
    said: Sequence[Announcement], shot: Snapshot, language: str
) -> Iterator[str]:
    """Write each text to send on its own line, below its channels."""
    for each in said:
        yield f"{heading(each, Localizer(shot, language))} [{each.line}]"
        yield f"  {each.text}"


def with_names(
    lines: Iterable[str], labels: Iterable[tuple[str, str]], language: str
) -> Iterator[str]:
    """Yield lines, then the command names of the labels in them."""
    text = ""
    for line in lines:
        text += f"{line}\n"
        yield line
    differ = ((label, texts.named(label, name)) for label, name in labels)
    named = [words for label, words in differ if words != label and label in text]
    if named:
        said = message("commands.names", names="; ".join(dict.fromkeys(named)))
        yield ""
        yield texts.in_words(language, said)


def _order(view: Recommendation, localizer: Localizer) -> str:
    names = do_not_use.trusted(view.planned, localizer.snapshot)
    return ", ".join(_named(name, localizer) for name in names) + "."


def _named(name: str, localizer: Localizer) -> str:
    return texts.named(localizer.channel_label(name), name)
