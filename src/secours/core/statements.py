"""People's words, and the end of each.

A word is signed, kept with the memory, and expires. Its date of expiry becomes a
duration on the steady clock, so that setting the wall clock neither ends it early nor
keeps it for years. A distrust never lapses by itself.

The province may speak too. On the same subject the site's own mark is in force, and the
province's beneath it, until the site's ends. A distrust of either holds until its
author lifts it.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from secours.model.nodes import channel_node, is_channel
from secours.model.observed import Instant, Reason
from secours.model.receivers.reach import call_facts
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
    """Words in force, by subject.

    A distrust stands beside any other word on the same subject.
    """

    marks: Mapping[str, Mark] = field(default_factory=dict)
    beneath: Mapping[str, Mark] = field(default_factory=dict)  # the province's, where
    # the site's own mark is in force
    distrusts: Mapping[str, Mark] = field(default_factory=dict)
    beside: Mapping[str, Mark] = field(default_factory=dict)  # the province's, where
    # the site itself distrusts it too
    lapsed: Mapping[str, Mark] = field(default_factory=dict)  # that it was not to be
    # used, until nobody said so any more; and nothing has proved since that it works
    lapsed_before: Mapping[str, tuple[Mark, ...]] = field(default_factory=dict)  # that
    # a component was down, each begun before the next; the newest first
    displaced: Mapping[str, Mark] = field(default_factory=dict)  # that would have
    # lapsed so, but for a mark in force or a test that may be taken back
    held: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # channels that
    # distrusted components set aside by the latest plan that has them, with these
    former: Mapping[str, str] = field(default_factory=dict)  # the present node of each
    # that a plan renamed, by the former one
    pins: Mapping[str, Pin] = field(default_factory=dict)
    trials: Mapping[str, Trial] = field(default_factory=dict)  # the latest of each
    former_trials: Mapping[str, Trial | None] = field(default_factory=dict)  # the one
    # before, if any, of each latest one that may be taken back
    earlier_trials: Mapping[str, tuple[Trial | None, ...]] = field(
        default_factory=dict
    )  # those before that, which may be taken back in turn; the newest at the end
    exercise: Exercise | None = None
    announced: tuple[Announced, ...] = ()  # the newest first
    watch: Watch | None = None  # the newest word on it
    lost: bool = False  # some may be: the disk that had them was damaged


ANNOUNCED_KEPT = 50
EARLIER_KEPT = 8  # tests of one channel that may be taken back, before the latest
LAPSED_KEPT = 8  # of one component, before the newest
SAME_DATE_S = 60.0  # both clocks drift apart a little by themselves
ASKS_IN_LAST = 0.1  # of its life, within these limits
ASKS_AT_LEAST_S, ASKS_AT_MOST_S = 300.0, 3600.0
ASKS_AFTER = 0.5  # of its life: who has just said something is not asked

Timed = TypeVar("Timed", Mark, Pin, Exercise)
Dated = TypeVar("Dated", Mark, Pin, Trial, Exercise, Announced, Watch)
V = TypeVar("V")


def hear(words: Words, word: Word) -> Words:
    """Take a word in; a newer one on the same subject replaces the older."""
    match word:
        case Mark():
            return _mark(words, word)
        case Pin():
            return replace(words, pins={**words.pins, word.line: word})
        case Trial():
            return _trial(words, word)
        case Exercise():
            return _exercise(words, word)
        case Withdrawn():
            return _withdraw(words, word)
    return _note(words, word)


def all_marks(words: Words) -> tuple[Mark, ...]:
    """Return every mark in force; a distrust beside another one comes first."""
    return (
        *words.distrusts.values(),
        *words.beside.values(),
        *words.marks.values(),
    )


def is_displaced(words: Words, word: Word) -> bool:
    """Tell whether an exercise of the province finds the site's own running."""
    played = words.exercise
    return isinstance(word, Exercise) and played is not None and _outdoes(played, word)


def without_latest_tests(words: Words) -> Words:
    """Return the words without the latest tests that may be taken back."""
    known = {**words.trials, **words.former_trials}
    trials = {name: trial for name, trial in known.items() if trial is not None}
    return replace(words, trials=trials, former_trials={})


def sorted_out(words: Words) -> Words:
    """Return words kept by an older version in their present places."""
    distrusts = {
        name: mark
        for name, mark in words.marks.items()
        if mark.says is Declared.DISTRUSTED
    }
    marks = {n: mark for n, mark in words.marks.items() if n not in distrusts}
    return replace(words, marks=marks, distrusts={**distrusts, **words.distrusts})


def said(word: Word, before: Words, at: Instant) -> Change:
    """Return a word as a change for the journal."""
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
    """Return the subject, the name, and the values before and now."""
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
    """Drop expired words, and say so."""
    gone: list[Change] = []
    before = words
    for mark in words.beneath.values():
        if _over(mark, at):
            gone.append(_lapsed("mark", mark.subject, mark.says, at, mark.author))
            words = _ended_beneath(words, mark)
    for mark in words.marks.values():
        if _over(mark, at):
            gone.append(_lapsed("mark", mark.subject, mark.says, at, mark.author))
            words = _ended(words, mark)
    for line, pin in words.pins.items():
        if _over(pin, at):
            gone.append(_lapsed("pin", line, pin.channel, at))
            words = replace(words, pins=_without(words.pins, line))
    exercise = words.exercise
    if exercise is not None and _over(exercise, at):
        name = " + ".join(exercise.fails)
        gone.append(_lapsed("exercise", name, "started", at, exercise.author))
        words = replace(words, exercise=None)
    return words, (*gone, *precedence(before, words, at))


def precedence(before: Words, after: Words, at: Instant) -> tuple[Change, ...]:
    """Return which words of the province gave way to the site's own, or hold again."""
    gave_way = (
        mark
        for subject, mark in after.beneath.items()
        if (was := before.beneath.get(subject)) is None or was.says is not mark.says
    )
    waited = (
        (before.beneath, after.beneath, after.marks),
        (before.beside, after.beside, after.distrusts),
    )
    holding = (
        mark
        for was_waiting, waiting, held in waited
        for subject in was_waiting.keys() - waiting.keys()
        if (mark := held.get(subject)) is not None and mark.author
    )
    return (
        *(_of_province(mark, "beneath", at) for mark in gave_way),
        *(_of_province(mark, "again", at) for mark in holding),
    )


def _of_province(mark: Mark, after: str, at: Instant) -> Change:
    return Change(
        at=at,
        subject="mark",
        name=mark.subject,
        before=mark.says,
        after=after,
        facts={"author": mark.author},
    )


def kept_aside(mark: Mark, at: Instant) -> Change:
    """Return the change that a channel stays set aside despite an edit of the plan."""
    return Change(
        at=at,
        subject="mark",
        name=mark.subject,
        before=mark.says,
        after="kept",
        facts={"component": " + ".join(mark.held_for), "author": mark.author},
    )


def _ended(words: Words, mark: Mark) -> Words:
    """Remove a mark that reached its date; until proof, it may still be true."""
    subject = mark.subject
    words = replace(words, marks=_without(words.marks, subject))
    if mark.says is not Declared.UP:
        words = replace(words, displaced=_without(words.displaced, subject))
        words = _left_behind(words, mark)
    return _risen(words, subject, mark)


def _left_behind(words: Words, mark: Mark) -> Words:
    """Keep an ended mark until proof, with earlier ones that it does not cover.

    Only a failure drains batteries: one that ran out under it may still be empty.
    """
    subject = mark.subject
    known = words.lapsed.get(subject)
    marks = [mark, *([known] if known else []), *words.lapsed_before.get(subject, ())]
    newest, *rest = sorted(marks, key=lambda each: -each.began.steady_s)
    failures = [each for each in rest if each.says is Declared.DOWN]
    lapsed_before = _without(words.lapsed_before, subject)
    if failures and not is_channel(subject):
        lapsed_before[subject] = tuple(failures[:LAPSED_KEPT])
    lapsed = {**words.lapsed, subject: newest}
    return replace(words, lapsed=lapsed, lapsed_before=lapsed_before)


def _ended_beneath(words: Words, mark: Mark) -> Words:
    """Remove a mark of the province that reached its date beneath the site's own."""
    subject = mark.subject
    words = replace(words, beneath=_without(words.beneath, subject))
    if mark.says is Declared.UP or not _is_held_down(words, subject):
        return words
    return replace(words, displaced={**words.displaced, subject: mark})


def stop_exercise(words: Words, at: Instant) -> tuple[Words, tuple[Change, ...]]:
    """End an exercise because reality has changed."""
    if words.exercise is None:
        return words, ()
    name = " + ".join(words.exercise.fails)
    ended = _lapsed("exercise", name, "started", at, words.exercise.author)
    return replace(words, exercise=None), (replace(ended, after="overtaken"),)


def edges(words: Words) -> Iterator[float]:
    """Yield the steady times at which a word lapses, or asks to be confirmed."""
    if words.exercise and (end_s := _end_s(words.exercise)) is not None:
        yield end_s
    for mark in words.beneath.values():
        if (end_s := _end_s(mark)) is not None:
            yield end_s
    asked: Iterable[Mark | Pin] = (*all_marks(words), *words.pins.values())
    for word in asked:
        if (end_s := _end_s(word)) is not None:
            yield _asks_s(word, end_s)
            yield end_s


def asking(said: Iterable[Mark | Pin], at: Instant) -> tuple[Mark | Pin, ...]:
    """Return the marks and pins that ask at a moment to be confirmed here.

    Those that lapse do shortly before; a distrust does from its date on. They are
    dated as in a snapshot, on the wall clock of that moment.
    """
    return tuple(
        word
        for word in said
        if word.until is not None
        and not (isinstance(word, Mark) and word.author)  # it asks the province
        and _asks_s(word, steady(word.until, at)) <= at.steady_s
    )


def dated(word: Timed, at: Instant) -> Timed:
    """Return a word with the date of its end on the present wall clock.

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
    """Return the words on the steady clock of another boot."""

    def again(said: Dated) -> Dated:
        said = replace(said, at=moved(said.at, now))
        if isinstance(said, Mark | Watch) and said.since is not None:
            return replace(said, since=moved(said.since, now))
        if isinstance(said, Trial):
            calls = said.reached.items()
            called = {k: replace(c, at=c.at and moved(c.at, now)) for k, c in calls}
            return replace(said, reached=called)
        return said

    return Words(
        marks={k: again(v) for k, v in words.marks.items()},
        beneath={k: again(v) for k, v in words.beneath.items()},
        distrusts={k: again(v) for k, v in words.distrusts.items()},
        beside={k: again(v) for k, v in words.beside.items()},
        lapsed={k: again(v) for k, v in words.lapsed.items()},
        lapsed_before={k: tuple(map(again, v)) for k, v in words.lapsed_before.items()},
        displaced={k: again(v) for k, v in words.displaced.items()},
        held=words.held,
        former=words.former,
        pins={k: again(v) for k, v in words.pins.items()},
        trials={k: again(v) for k, v in words.trials.items()},
        former_trials={k: v and again(v) for k, v in words.former_trials.items()},
        earlier_trials={
            name: tuple(trial and again(trial) for trial in earlier)
            for name, earlier in words.earlier_trials.items()
        },
        exercise=words.exercise and again(words.exercise),
        announced=tuple(map(again, words.announced)),
        watch=words.watch and again(words.watch),
        lost=words.lost,
    )


def moved(at: Instant, now: Instant) -> Instant:
    """Return a moment of another boot on the steady clock of this one.

    A date yet to come, by a clock set back since, counts as just now.
    """
    ago_s = max(0.0, (now.utc - at.utc).total_seconds())
    return Instant(at.utc, now.steady_s - ago_s)


def steady(date: datetime, at: Instant) -> float:
    """Return the steady time of a date, as the clocks stand now."""
    return at.steady_s + (date - at.utc).total_seconds()


def age(tested: Instant, at: Instant) -> timedelta:
    """Return the time since people tried a channel, by dates, as it is in days."""
    return at.utc - tested.utc


def _mark(words: Words, mark: Mark) -> Words:
    """Take a mark in; a repetition holds since the first."""
    if mark.says is Declared.DISTRUSTED:
        return _distrust(words, mark)
    subject = mark.subject
    before = words.marks.get(subject)
    if before is not None and _outdoes(before, mark):
        mark = _going_on(mark, words.beneath.get(subject))
        return replace(words, beneath={**words.beneath, subject: mark})
    mark = _going_on(mark, before)
    if before is not None and _outdoes(mark, before):
        words = replace(words, beneath={**words.beneath, subject: before})
    words = replace(words, marks={**words.marks, subject: mark})
    outdone = mark.says is Declared.UP and before and before.says is not Declared.UP
    if not outdone:
        return words
    return _put_right(words, subject, mistaken=mark.since is not None)


def _distrust(words: Words, mark: Mark) -> Words:
    """Take a distrust in, beside another author's."""
    subject = mark.subject
    before = words.distrusts.get(subject)
    if before is not None and _outdoes(before, mark):
        mark = _going_on(mark, words.beside.get(subject))
        return replace(words, beside={**words.beside, subject: mark})
    if before is not None and _outdoes(mark, before):
        words = replace(words, beside={**words.beside, subject: before})
        before = None
    mark = _going_on(mark, before)
    return replace(words, distrusts={**words.distrusts, subject: mark})


def _outdoes(one: Mark | Exercise, other: Mark | Exercise) -> bool:
    """Tell whether one is the site's own, and the other the province's."""
    return not one.author and bool(other.author)


def _going_on(mark: Mark, before: Mark | None) -> Mark:
    """Date a repeated or continued mark by the first."""
    again = before is not None and before.says is mark.says
    if again and before and mark.since is None and mark.says is not Declared.UP:
        return replace(mark, since=before.began, said_of=before.said_of)
    return mark


def _put_right(words: Words, subject: str, *, mistaken: bool) -> Words:
    """Forget what ended marks left unproven, as a person says that it works again.

    Where the mark taken back was a mistake, the one it displaced counts again.
    """
    if mistaken:
        return _uncovered(words, subject, back=True)
    return replace(
        words,
        lapsed=_without(words.lapsed, subject),
        lapsed_before=_without(words.lapsed_before, subject),
        displaced=_without(words.displaced, subject),
    )


def _uncovered(words: Words, subject: str, *, back: bool) -> Words:
    """Drop the displaced mark; with `back` it counts as lapsed."""
    ended = words.displaced.get(subject)
    if ended is None:
        return words
    words = replace(words, displaced=_without(words.displaced, subject))
    return _left_behind(words, ended) if back else words


def _trial(words: Words, trial: Trial) -> Words:
    """Take a test in; the proof of the one before is final."""
    name = trial.channel
    words = _with_earlier(words, name)
    if not _is_held_down(words, channel_node(name)):
        words = _uncovered(words, channel_node(name), back=False)
    former = {**words.former_trials, name: words.trials.get(name)}
    if before := words.trials.get(name):  # each group holds by its newest roll call
        trial = replace(trial, reached={**before.calls, **trial.reached})
    trials = {**words.trials, name: trial}
    return replace(words, trials=trials, former_trials=former)


def _with_earlier(words: Words, channel: str) -> Words:
    """Keep the latest test as one to take back after a newer one.

    Not where it proved what a mark had left unproven, nor under a mark: the state
    without it is then no longer known.
    """
    node = channel_node(channel)
    earlier = _without(words.earlier_trials, channel)
    settled = node in words.displaced or node in words.marks
    if channel in words.former_trials and not settled:
        known = words.earlier_trials.get(channel, ())
        before = (*known, words.former_trials[channel])
        earlier[channel] = before[-EARLIER_KEPT:]
    return replace(words, earlier_trials=earlier)


def _untried(words: Words, channel: str) -> Words:
    """Take the latest test of a channel back; the one before holds again."""
    if channel not in words.former_trials:
        return words
    before = words.former_trials[channel]
    trials = _without(words.trials, channel)
    if before is not None:
        trials[channel] = before
    if not _ended_under_another(words, channel_node(channel)):
        words = _uncovered(words, channel_node(channel), back=True)
    former = _without(words.former_trials, channel)
    earlier = _without(words.earlier_trials, channel)
    if known := words.earlier_trials.get(channel):
        *rest, former[channel] = known
        earlier |= {channel: tuple(rest)} if rest else {}
    return replace(words, trials=trials, former_trials=former, earlier_trials=earlier)


def _ended_under_another(words: Words, subject: str) -> bool:
    """Tell whether the displaced mark is the province's, ended beneath the site's own.

    Else only the latest test displaced it.
    """
    held, ended = words.marks.get(subject), words.displaced.get(subject)
    if held is None or ended is None or not _outdoes(held, ended):
        return False
    return (_end_s(ended) or 0.0) > held.at.steady_s


def _is_held_down(words: Words, subject: str) -> bool:
    """Tell whether a mark in force, not a distrust, keeps it out of use."""
    mark = words.marks.get(subject)
    return mark is not None and mark.says is not Declared.UP


def _note(words: Words, word: Announced | Confirmed | Watch) -> Words:
    """Take in a word on what people did, not on the world."""
    match word:
        case Confirmed():
            return replace(words, lost=False)
        case Watch():
            return replace(words, watch=word)
    return replace(words, announced=(word, *words.announced)[:ANNOUNCED_KEPT])


def _exercise(words: Words, exercise: Exercise) -> Words:
    """Take an exercise in; the province's does not end the site's own."""
    if is_displaced(words, exercise):
        return words
    return replace(words, exercise=exercise)


def _withdraw(words: Words, word: Withdrawn) -> Words:
    match word.kind:
        case "exercise":
            played = words.exercise
            foreign = played and word.author and played.author != word.author
            return words if foreign else replace(words, exercise=None)
        case "pin":
            return replace(words, pins=_without(words.pins, word.subject))
        case "test":
            return _untried(words, word.subject)
    return _unmark(words, word)


def _unmark(words: Words, word: Withdrawn) -> Words:
    """Take an author's word back; the other author's holds on, or again."""
    subject = word.subject
    was_held, before = _is_held_down(words, subject), words.marks.get(subject)
    words = replace(
        words,
        beneath=_unsaid(words.beneath, word),
        distrusts=_unsaid(words.distrusts, word),
        beside=_unsaid(words.beside, word),
        marks=_unsaid(words.marks, word),
    )
    words = _risen(words, subject, None if word.mistaken else before)
    words = replace(words, distrusts=_still_held(words.distrusts))
    if was_held and not _is_held_down(words, subject):
        return _put_right(words, subject, mistaken=word.mistaken)
    return words


def _still_held(distrusts: Mapping[str, Mark]) -> Mapping[str, Mark]:
    """Drop each distrust that only stood for others, once these are all gone."""
    return {
        name: mark
        for name, mark in distrusts.items()
        if not mark.held_for or any(each in distrusts for each in mark.held_for)
    }


def _unsaid(marks: Mapping[str, Mark], word: Withdrawn) -> Mapping[str, Mark]:
    mark = marks.get(word.subject)
    if mark is None or bool(mark.author) is not bool(word.author):
        return marks
    return (
        marks if word.says not in (None, mark.says) else _without(marks, mark.subject)
    )


def _risen(words: Words, subject: str, before: Mark | None) -> Words:
    """Put the province's word in force where the site has none any more."""
    distrust, mark = words.beside.get(subject), words.beneath.get(subject)
    if distrust is not None and subject not in words.distrusts:
        words = replace(
            words,
            distrusts={**words.distrusts, subject: distrust},
            beside=_without(words.beside, subject),
        )
    if mark is None or subject in words.marks:
        return words
    return replace(
        words,
        marks={**words.marks, subject: _going_on(mark, before)},
        beneath=_without(words.beneath, subject),
    )


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
    """Return the steady time from which a word with this end asks to be confirmed."""
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
    """Return further facts of a word: beginning, people, author, repetition."""
    facts: dict[str, str] = {}
    if isinstance(word, Mark | Watch) and word.since:
        facts["since"] = word.since.utc.isoformat()
    if isinstance(word, Watch):
        named = {"before": word.before, "to": word.to}
        facts |= {key: name for key, name in named.items() if name}
    if isinstance(word, Trial):
        facts |= call_facts(word.reached)
    if isinstance(word, Mark | Exercise | Withdrawn) and word.author:
        facts["author"] = word.author
    if isinstance(word, Mark | Pin | Exercise) and word.again_by:
        facts |= {"by": word.again_by, "of": word.by}
    return facts


def _lapsed(
    subject: str, name: str, before: str, at: Instant, author: str = ""
) -> Change:
    return Change(
        at=at,
        subject=subject,
        name=name,
        before=before,
        after="",
        reason=Reason.LAPSED,
        facts={"author": author} if author else {},
    )
