"""Answers of `recommend` in words, for a terminal or a screen reader."""

import math
from collections.abc import Iterable, Iterator, Sequence

from secours import texts
from secours.cli.state_text import notes
from secours.message import message
from secours.model.snapshot import (
    Backup,
    Link,
    Recommendation,
    Snapshot,
)
from secours.render.answers import recommend
from secours.render.answers.plan_line import LineAnswer, coming_of
from secours.render.answers.recommend import RecommendAnswer
from secours.render.wall.card_text import weaknesses
from secours.render.wording import caveats, do_not_use, exercise
from secours.render.wording.announcement import Announcement, heading
from secours.render.wording.localizer import Localizer
from secours.render.wording.receivers import misses, reasons


def recommendations(
    answer: RecommendAnswer, shot: Snapshot, language: str, *, fresh: bool
) -> Iterator[str]:
    """Write for each line of the plan the channel, backup, and why.

    Without a fresh answer only the order of the plan, without states.
    """
    age_s = math.inf if answer.age_s is None else answer.age_s
    yield from notes(shot, language, age_s)
    if not fresh:
        yield f"{texts.say(language, 'stale')}. {texts.say(language, 'hand')}"
    elif shot.own_link is Link.DOWN:
        how = texts.say(language, "own_link.how")
        yield f"{texts.say(language, 'own_link.down')}. {how}"
    if fresh and (advice := caveats.on_battery(Localizer(shot, language))):
        yield advice
    yield from _lines(answer, shot, language, fresh=fresh)
    if fresh:
        yield from _exercise(shot, language)


def _lines(
    answer: RecommendAnswer, shot: Snapshot, language: str, *, fresh: bool
) -> Iterator[str]:
    localizer = Localizer(shot, language)
    pairs = zip(answer.recommendations, shot.recommendations, strict=True)
    for line, view in pairs:
        purpose = localizer.line(line.purpose, line.audience)
        name = texts.named(purpose, f"{line.purpose}/{line.audience}")
        head = f"{name}{texts.say(language, 'colon')} "
        if not fresh:
            yield head + _order(view, shot, language)
        else:
            yield head + _use(line, view, shot, language)
            yield from _receivers(view, localizer)
            yield from _else(line, view, shot, language)
            yield from _next(view, shot, language)


def _exercise(shot: Snapshot, language: str) -> Iterator[str]:
    """Write the exercise after the real answer; each line bears the word."""
    imagined, localizer = exercise.played(shot), Localizer(shot, language)
    if imagined is None:
        return
    yield exercise.band(localizer)
    word = texts.say(language, "exercise")
    answer = recommend.answer(imagined, 0.0, language)
    if advice := caveats.on_battery(Localizer(imagined, language)):
        yield f"{word} · {advice}"
    for text in _lines(answer, imagined, language, fresh=True):
        yield f"{word} · {text.strip()}"


def _use(line: LineAnswer, view: Recommendation, shot: Snapshot, language: str) -> str:
    localizer = Localizer(shot, language)
    use = line.use
    if use is None and line.measuring:
        until_then, _ = caveats.until_measured(view, localizer)
        return f"{texts.say(language, 'measuring')}. {until_then}"
    if use is None:
        last = line.last_resort or texts.say(language, "last_resort.none")
        return f"{texts.say(language, 'nothing')}. {last}"
    how = f" ({use.how})" if use.how else ""
    noted = [
        texts.say(language, key)
        for key, holds in (
            ("pinned.down", use.pinned and use.state == "down"),
            ("pinned", use.pinned and use.state != "down"),
            ("state.degraded", use.state == "degraded"),
        )
        if holds
    ]
    if not use.verified:
        why = caveats.unverified(view, localizer)
        word = texts.say(language, "unverified")
        noted.append(f"{word}{texts.say(language, 'colon')} {why}" if why else word)
    noted += caveats.minded(view, localizer)
    label = texts.named(use.label, use.channel)
    sentence = texts.say(language, "cli.use", channel=label)
    if line.measuring:
        meanwhile = texts.say(language, "meanwhile") + texts.say(language, "colon")
        sentence = f"{caveats.measuring(view, localizer)}. {meanwhile} {sentence}"
    return f"{sentence}{how}{''.join(f' · {word}' for word in noted)}."


def _receivers(line: Recommendation, localizer: Localizer) -> Iterator[str]:
    """Write why some are missed; where it may be unheard, the last resort."""
    reach = line.use.reach if line.use else None
    if reasons.needs_last_resort(line.use, localizer):
        last = localizer.in_language(line.last_resort)
        last = last or localizer.say("last_resort.none")
        yield f"  {localizer.say('sheet.last')} {last}"
    elif reach and (cause := reasons.cause(reach, localizer)):
        names = misses.labels(reach.lost, localizer)
        yield f"    {names}{localizer.say('colon')} {cause}."


def _else(
    line: LineAnswer, view: Recommendation, shot: Snapshot, language: str
) -> Iterator[str]:
    if line.unpinned:
        name = _named(line.unpinned.channel, shot, language)
        without = texts.say(language, "pinned.not")
        yield f"  {without}{texts.say(language, 'colon')} {name}."
    if line.use is None:
        pass
    elif view.backup:
        yield from _backup(view, view.backup, Localizer(shot, language))
    else:
        none = texts.say(language, "else.none")
        yield f"  {texts.say(language, 'else')} {none}."
    if line.still_usable:
        names = ", ".join(_label(n, shot, language) for n in line.still_usable)
        yield f"  {texts.say(language, 'still')} {names}."
    if line.passed_over:
        colon = texts.say(language, "colon")
        reasons = texts.series(
            language,
            (
                f"{_label(passed.channel, shot, language)}{colon} {passed.detail}"
                for passed in line.passed_over
            ),
        )
        yield f"  {texts.say(language, 'why')} {reasons}."


def _backup(line: Recommendation, spare: Backup, localizer: Localizer) -> Iterator[str]:
    """Write the backup, its shared needs, and why none before it."""
    unknown = caveats.unknown_needs(line, localizer)
    told = [unknown] if unknown else caveats.tie(line, spare, localizer)
    risk = caveats.at_risk(spare.channel, localizer)
    weak = weaknesses(spare, localizer)
    told += [risk if k == "at_risk" else localizer.say(f"{k}.word") for k in weak]
    notes = ", ".join(told)
    name = _named(spare.channel, localizer.snapshot, localizer.language)
    yield f"  {localizer.say('else')} {name}{f' ({notes})' if notes else ''}."
    yield from (f"    {why}." for why in caveats.skipped(line, localizer))


def _next(view: Recommendation, shot: Snapshot, language: str) -> Iterator[str]:
    """Write the next expected change, if any."""
    if coming := coming_of(view, shot):
        when = Localizer(shot, language).time(coming.at.utc)
        channel = _named(coming.use, shot, language) if coming.use else None
        yield f"  {texts.say(language, 'cli.next', when=when, channel=channel)}"


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


def _order(view: Recommendation, shot: Snapshot, language: str) -> str:
    planned = (name for _, names in view.tiers for name in names)
    names = do_not_use.trusted(planned, shot)
    return ", ".join(_named(name, shot, language) for name in names) + "."


def _label(name: str, shot: Snapshot, language: str) -> str:
    return shot.channel(name).label.in_(language, shot.site.language) or name


def _named(name: str, shot: Snapshot, language: str) -> str:
    return texts.named(_label(name, shot, language), name)
