"""What people said, and when it no longer holds.

A word is first-class: signed, kept with the memory, and it expires. People give it a
date, which says for how long: that is counted on the steady clock, so that a wall clock
that is set takes nothing back early and keeps nothing for years. A distrust never
lapses by itself.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from secours.model.nodes import channel_node
from secours.model.observed import Instant, Reason
from secours.model.snapshot import Change
from secours.model.statements import (
    Announced,
    Confirmed,
    Declared,
    Exercise,
    Mark,
    Pin,
    Trial,
    Watch,
    Withdrawn,
    Word,
)


class Words(Struct, frozen=True, kw_only=True):
    """Every word in force, by what it is about.

    A distrust is a fact of its own, beside whatever else is said of the same thing.
    """

    marks: Mapping[str, Mark] = field(default_factory=dict)
    distrusts: Mapping[str, Mark] = field(default_factory=dict)
    lapsed: Mapping[str, Mark] = field(default_factory=dict)  # that it was not to be
    # used, until nobody said so any more; and nothing has proved since that it works
    displaced: Mapping[str, Mark] = field(default_factory=dict)  # that would have
    # lapsed so, but for a mark in force or a test that may be taken back
    pins: Mapping[str, Pin] = field(default_factory=dict)
    trials: Mapping[str, Trial] = field(default_factory=dict)  # the latest of each
    former_trials: Mapping[str, Trial | None] = field(default_factory=dict)  # the one
    # before, if any, of each latest one that may be taken back
    exercise: Exercise | None = None
    announced: tuple[Announced, ...] = ()  # the newest first
    watch: Watch | None = None  # the newest word on it
    lost: bool = False  # some may be: the disk that had them was damaged


ANNOUNCED_KEPT = 50
SAME_DATE_S = 60.0  # both clocks drift apart a little by themselves
ASKS_IN_LAST = 0.1  # of its life, within these limits
ASKS_AT_LEAST_S, ASKS_AT_MOST_S = 300.0, 3600.0
ASKS_AFTER = 0.5  # of its life: who has just said something is not asked

Timed = TypeVar("Timed", Mark, Pin, Exercise)
Dated = TypeVar("Dated", Mark, Pin, Trial, Exercise, Announced, Watch)
V = TypeVar("V")


def hear(words: Words, word: Word) -> Words:
    """Take a word in; a newer one about the same thing replaces the older."""
    match word:
        case Mark():
            return _mark(words, word)
        case Pin():
            return replace(words, pins={**words.pins, word.line: word})
        case Trial():
            return _trial(words, word)
        case Exercise():
            return replace(words, exercise=word)
        case Withdrawn():
            return _withdraw(words, word)
    return _note(words, word)


def all_marks(words: Words) -> tuple[Mark, ...]:
    """Return every mark in force; a distrust beside another one comes first."""
    return (*words.distrusts.values(), *words.marks.values())


def without_latest_tests(words: Words) -> Words:
    """Return the words as if no test that may be taken back had been logged."""
    known = {**words.trials, **words.former_trials}
    trials = {name: trial for name, trial in known.items() if trial is not None}
    return replace(words, trials=trials, former_trials={})


def sorted_out(words: Words) -> Words:
    """Return words that an older version kept, each in the place it has now."""
    distrusts = {
        name: mark
        for name, mark in words.marks.items()
        if mark.says is Declared.DISTRUSTED
    }
    marks = {n: mark for n, mark in words.marks.items() if n not in distrusts}
    return replace(words, marks=marks, distrusts={**distrusts, **words.distrusts})


def said(word: Word, before: Words, at: Instant) -> Change:
    """Return the change that a word is, for the journal."""
    change = Change(
        at=at,
        subject="",
        name="",
        before="",
        after="",
        reason=Reason.DECLARED,
        facts={"by": word.by, "said": _remark(word), **_more(word)},
    )
    subject, name, was_said, is_said = _told(word, before)
    return replace(change, subject=subject, name=name, before=was_said, after=is_said)


def _told(word: Word, before: Words) -> tuple[str, str, str, str]:
    """Return the subject, the name, what was said before and what is said now."""
    match word:
        case Mark():
            kept = (
                before.distrusts if word.says is Declared.DISTRUSTED else before.marks
            )
            was = kept.get(word.subject)
            return "mark", word.subject, was.says if was else "", word.says
        case Pin():
            held = before.pins.get(word.line)
            return "pin", word.line, held.channel if held else "", word.channel
        case Trial():
            return "test", word.channel, "", "worked" if word.worked else "failed"
        case Exercise():
            return "exercise", " + ".join(word.fails), "", "started"
        case Withdrawn():
            return word.kind, word.subject, word.says or "", "withdrawn"
        case Announced():
            return "announced", word.line, " ".join(word.on), word.channel
        case Watch():
            return "watch", "", "", word.action
    return "marks", "", "", "confirmed"


def lapse(words: Words, at: Instant) -> tuple[Words, tuple[Change, ...]]:
    """Drop what has reached its date, and say so."""
    gone: list[Change] = []
    marks, pins, lapsed = dict(words.marks), dict(words.pins), dict(words.lapsed)
    displaced = dict(words.displaced)
    for subject, mark in words.marks.items():
        if _over(mark, at):
            del marks[subject]
            gone.append(_lapsed("mark", subject, mark.says, at))
            if mark.says is not Declared.UP:
                lapsed[subject] = mark
                displaced.pop(subject, None)
    for line, pin in words.pins.items():
        if _over(pin, at):
            del pins[line]
            gone.append(_lapsed("pin", line, pin.channel, at))
    exercise = words.exercise
    if exercise is not None and _over(exercise, at):
        gone.append(_lapsed("exercise", " + ".join(exercise.fails), "started", at))
        exercise = None
    if not gone:
        return words, ()
    words = replace(words, marks=marks, lapsed=lapsed, displaced=displaced)
    return replace(words, pins=pins, exercise=exercise), tuple(gone)


def stop_exercise(words: Words, at: Instant) -> tuple[Words, tuple[Change, ...]]:
    """End an exercise because reality has changed."""
    if words.exercise is None:
        return words, ()
    name = " + ".join(words.exercise.fails)
    ended = _lapsed("exercise", name, "started", at)
    return replace(words, exercise=None), (replace(ended, after="overtaken"),)


def edges(words: Words) -> Iterator[float]:
    """Yield the steady times at which a word lapses, or asks to be confirmed."""
    if words.exercise and (end_s := _end_s(words.exercise)) is not None:
        yield end_s
    asked: Iterable[Mark | Pin] = (*all_marks(words), *words.pins.values())
    for word in asked:
        if (end_s := _end_s(word)) is not None:
            yield _asks_s(word, end_s)
            yield end_s


def asking(said: Iterable[Mark | Pin], at: Instant) -> tuple[Mark | Pin, ...]:
    """Return the marks and pins that ask at a moment to be confirmed.

    Those that lapse do shortly before; a distrust does from its date on. They are
    dated as in a snapshot, on the wall clock of that moment.
    """
    return tuple(
        word
        for word in said
        if word.until is not None
        and _asks_s(word, steady(word.until, at)) <= at.steady_s
    )


def dated(word: Timed, at: Instant) -> Timed:
    """Return a word with the date of its end on the wall clock as it is now.

    That is the date it was given, unless the clock was set since.
    """
    end_s = _end_s(word)
    if end_s is None or word.until is None:
        return word
    until = at.utc + timedelta(seconds=end_s - at.steady_s)
    if abs((until - word.until).total_seconds()) < SAME_DATE_S:
        return word
    return replace(word, until=until)


def reanchored(words: Words, now: Instant) -> Words:
    """Return the words for another boot, whose steady clock began anew."""

    def again(said: Dated) -> Dated:
        said = replace(said, at=moved(said.at, now))
        if isinstance(said, Mark | Watch) and said.since is not None:
            return replace(said, since=moved(said.since, now))
        return said

    return Words(
        marks={k: again(v) for k, v in words.marks.items()},
        distrusts={k: again(v) for k, v in words.distrusts.items()},
        lapsed={k: again(v) for k, v in words.lapsed.items()},
        displaced={k: again(v) for k, v in words.displaced.items()},
        pins={k: again(v) for k, v in words.pins.items()},
        trials={k: again(v) for k, v in words.trials.items()},
        former_trials={k: v and again(v) for k, v in words.former_trials.items()},
        exercise=words.exercise and again(words.exercise),
        announced=tuple(map(again, words.announced)),
        watch=words.watch and again(words.watch),
        lost=words.lost,
    )


def moved(at: Instant, now: Instant) -> Instant:
    """Return a moment of another boot on the steady clock of this one.

    What was at a date yet to come, by a clock since set back, was just now.
    """
    ago_s = max(0.0, (now.utc - at.utc).total_seconds())
    return Instant(at.utc, now.steady_s - ago_s)


def steady(date: datetime, at: Instant) -> float:
    """Return the steady time of a date, as the clocks stand now."""
    return at.steady_s + (date - at.utc).total_seconds()


def age(trial: Trial, at: Instant) -> timedelta:
    """Return how long ago people tried a channel; by dates, for it takes days."""
    return at.utc - trial.at.utc


def _mark(words: Words, mark: Mark) -> Words:
    """Take a mark in; what is said again holds since it was said first."""
    distrust = mark.says is Declared.DISTRUSTED
    kept = words.distrusts if distrust else words.marks
    before = kept.get(mark.subject)
    again = before is not None and before.says is mark.says
    if again and before and mark.since is None and mark.says is not Declared.UP:
        mark = replace(mark, since=before.began)
    marks = {**kept, mark.subject: mark}
    if distrust:
        return replace(words, distrusts=marks)
    subject, words = mark.subject, replace(words, marks=marks)
    if mark.says is not Declared.UP:
        ended = words.lapsed.get(subject) or words.displaced.get(subject)
        displaced = {**words.displaced, subject: ended} if ended else words.displaced
        lapsed = _without(words.lapsed, subject)
        return replace(words, lapsed=lapsed, displaced=displaced)
    if before is None or before.says is Declared.UP:
        return words
    return _uncovered(words, subject, back=mark.since is not None)


def _uncovered(words: Words, subject: str, *, back: bool) -> Words:
    """Let a mark that ended before another leave something unproven again, or not."""
    ended = words.displaced.get(subject)
    if ended is None:
        return words
    lapsed = {**words.lapsed, subject: ended} if back else words.lapsed
    return replace(words, lapsed=lapsed, displaced=_without(words.displaced, subject))


def _trial(words: Words, trial: Trial) -> Words:
    """Take a test in; what the one before proved is proved for good."""
    name = trial.channel
    if not _is_held_down(words, channel_node(name)):
        words = _uncovered(words, channel_node(name), back=False)
    former = {**words.former_trials, name: words.trials.get(name)}
    trials = {**words.trials, name: trial}
    return replace(words, trials=trials, former_trials=former)


def _untried(words: Words, channel: str) -> Words:
    """Take the latest test of a channel back: the one before holds again."""
    if channel not in words.former_trials:
        return words
    before = words.former_trials[channel]
    trials = _without(words.trials, channel)
    if before is not None:
        trials[channel] = before
    if not _is_held_down(words, channel_node(channel)):
        words = _uncovered(words, channel_node(channel), back=True)
    former = _without(words.former_trials, channel)
    return replace(words, trials=trials, former_trials=former)


def _is_held_down(words: Words, subject: str) -> bool:
    """Tell whether a mark in force keeps it out of use; a distrust is none of them."""
    mark = words.marks.get(subject)
    return mark is not None and mark.says is not Declared.UP


def _note(words: Words, word: Announced | Confirmed | Watch) -> Words:
    """Take in what says nothing of the world, but of what people did."""
    match word:
        case Confirmed():
            return replace(words, lost=False)
        case Watch():
            return replace(words, watch=word)
    return replace(words, announced=(word, *words.announced)[:ANNOUNCED_KEPT])


def _withdraw(words: Words, word: Withdrawn) -> Words:
    match word.kind:
        case "exercise":
            return replace(words, exercise=None)
        case "pin":
            return replace(words, pins=_without(words.pins, word.subject))
        case "test":
            return _untried(words, word.subject)
    return _unmark(words, word)


def _unmark(words: Words, word: Withdrawn) -> Words:
    def left(marks: Mapping[str, Mark]) -> Mapping[str, Mark]:
        return {
            name: mark
            for name, mark in marks.items()
            if name != word.subject or word.says not in (None, mark.says)
        }

    was_held = _is_held_down(words, word.subject)
    marks, distrusts = left(words.marks), left(words.distrusts)
    words = replace(words, marks=marks, distrusts=distrusts)
    if was_held and not _is_held_down(words, word.subject):
        return _uncovered(words, word.subject, back=word.mistaken)
    return words


def _without(table: Mapping[str, V], name: str) -> dict[str, V]:
    return {key: value for key, value in table.items() if key != name}


def _over(word: Mark | Pin | Exercise, at: Instant) -> bool:
    end_s = _end_s(word)
    return end_s is not None and end_s <= at.steady_s


def _end_s(word: Mark | Pin | Exercise) -> float | None:
    """Return the steady time at which a word ends, None for never."""
    if word.until is None:
        return None
    return word.at.steady_s + (word.until - word.at.utc).total_seconds()


def _asks_s(word: Mark | Pin, end_s: float) -> float:
    """Return the steady time from which a word that ends then asks to be confirmed."""
    if isinstance(word, Mark) and word.says is Declared.DISTRUSTED:
        return end_s
    life_s = end_s - word.at.steady_s
    before_s = max(ASKS_IN_LAST * life_s, ASKS_AT_LEAST_S)
    return end_s - min(before_s, ASKS_AT_MOST_S, ASKS_AFTER * life_s)


def _remark(word: Word) -> str:
    match word:
        case Trial() | Watch():
            return word.remark
        case Withdrawn() | Announced() | Confirmed():
            return ""
    return word.why


def _more(word: Word) -> dict[str, str]:
    """Return since when it holds, where that is not since it was said, and for whom."""
    if not isinstance(word, Mark | Watch):
        return {}
    since = {"since": word.since.utc.isoformat()} if word.since else {}
    if isinstance(word, Mark):
        return since
    named = {"before": word.before, "to": word.to}
    return since | {key: name for key, name in named.items() if name}


def _lapsed(subject: str, name: str, before: str, at: Instant) -> Change:
    return Change(
        at=at,
        subject=subject,
        name=name,
        before=before,
        after="",
        reason=Reason.LAPSED,
    )
