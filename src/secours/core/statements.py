"""People's words, and the end of each.

A word is signed, kept with the memory, and expires. Its date of expiry becomes a
duration on the steady clock, so that setting the wall clock neither ends it early nor
keeps it for years. A distrust never lapses by itself.

The province may speak too. On the same subject the site's own mark is in force, and the
province's beneath it, until the site's ends. A distrust of either holds until its
author lifts it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from secours.model.nodes import channel_node, is_channel
from secours.model.observed import Instant, Reason
from secours.model.receivers.reach import RollCall, call_facts
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


PLACES = ("marks", "beneath", "distrusts", "beside")  # of marks among the words
ANNOUNCED_KEPT = 50
EARLIER_KEPT = 8  # tests of one channel that may be taken back, before the latest
LAPSED_KEPT = 8  # of one component, before the newest
SAME_DATE_S = 60.0  # both clocks drift apart a little by themselves
ASKS_IN_LAST = 0.1  # of its life, within these limits
ASKS_AT_LEAST_S, ASKS_AT_MOST_S = 300.0, 3600.0
ASKS_AFTER = 0.5  # of its life: who has just said something is not asked

Timed = TypeVar("Timed", Mark, Pin, Exercise)
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


def every_mark(words: Words) -> Iterator[Mark]:
    """Yield the marks of both authors, in force or below the other's."""
    for table in (words.marks, words.beneath, words.distrusts, words.beside):
        yield from table.values()


def with_marks(words: Words, marks: Iterable[Mark], *, mistaken: bool = False) -> Words:
    """Return the words with these marks, each in its place, and no others.

    A mark that takes the place of another of the same content holds since that one did,
    but not where that one was a mistake.
    """
    places = placed(marks)
    for place, table in () if mistaken else places.items():
        known: Mapping[str, Mark] = getattr(words, place)
        for subject in known.keys() & table.keys():
            table[subject] = _going_on(table[subject], known[subject])
    return replace(words, **places)


def placed(marks: Iterable[Mark]) -> dict[str, dict[str, Mark]]:
    """Return marks by their places: the site's own in force, the province's below.

    Of two that one author said of one subject the later holds.
    """
    places: dict[str, dict[str, Mark]] = {name: {} for name in PLACES}
    for mark in marks:
        above, below = map(places.__getitem__, _places(mark))
        other = above.get(mark.subject)
        if other is not None and _outdoes(other, mark):
            above = below
        elif other is not None and _outdoes(mark, other):
            below[mark.subject] = other
        above[mark.subject] = mark
    return places


def _places(mark: Mark) -> tuple[str, str]:
    """Return where a mark is in force, and where it is below the site's own."""
    return PLACES[2:] if mark.says is Declared.DISTRUSTED else PLACES[:2]


def ended_marks(words: Words) -> dict[str, tuple[Mark, ...]]:
    """Return the ended marks of each subject without proof since, the newest first."""
    before = words.lapsed_before
    return {name: (mark, *before.get(name, ())) for name, mark in words.lapsed.items()}


def with_ended(words: Words, ended: Mapping[str, tuple[Mark, ...]]) -> Words:
    """Return the words with these ended marks, and no others."""
    return replace(
        words,
        lapsed={name: marks[0] for name, marks in ended.items()},
        lapsed_before={n: marks[1:] for n, marks in ended.items() if marks[1:]},
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
    return replace(words, **placed(every_mark(words)))


def said(word: Word, before: Words, at: Instant) -> Change:
    """Return a word as a change for the journal."""
    subject, name, was_said, is_said = outline(word, before)
    return Change(
        at=at,
        subject=subject,
        name=name,
        before=was_said,
        after=is_said,
        reason=Reason.DECLARED,
        facts={"by": word.by, "said": _remark(word), **_more(word)},
    )


def outline(word: Word, before: Words) -> tuple[str, str, str, str]:
    """Return the subject, the name, and the values before and now."""
    match word:
        case Mark():
            was = getattr(before, _places(word)[0]).get(word.subject)
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
    before, marks = words, (*words.beneath.values(), *words.marks.values())
    played = () if words.exercise is None else (words.exercise,)
    timed: tuple[Mark | Pin | Exercise, ...] = (*marks, *words.pins.values(), *played)
    over = [word for word in timed if _over(word, at)]
    if not over:
        return words, ()
    words = replace(
        _without_ended(words, [mark for mark in marks if mark in over]),
        pins={line: pin for line, pin in words.pins.items() if pin not in over},
        exercise=None if words.exercise in over else words.exercise,
    )
    gone = (_lapsed(word, at) for word in over)
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
        *(_of_mark(mark, "beneath", at) for mark in gave_way),
        *(_of_mark(mark, "again", at) for mark in holding),
    )


def kept_aside(mark: Mark, at: Instant) -> Change:
    """Return the change that a channel stays set aside despite an edit of the plan."""
    return _of_mark(mark, "kept", at, component=" + ".join(mark.held_for))


def _of_mark(mark: Mark, after: str, at: Instant, **facts: str) -> Change:
    return Change(
        at=at,
        subject="mark",
        name=mark.subject,
        before=mark.says,
        after=after,
        facts={**facts, "author": mark.author},
    )


def _without_ended(words: Words, ended: Collection[Mark]) -> Words:
    """Remove marks that reached their date; until proof, each may still be true.

    One of the province below the site's own counts if that was a mistake.
    """
    left = [mark for mark in every_mark(words) if mark not in ended]
    after = with_marks(words, left)
    for mark in ended:
        in_force = words.marks.get(mark.subject, mark)
        if mark.says is Declared.UP or in_force.says is Declared.UP:
            continue
        if in_force is mark:
            after = _left_behind(after, mark)
        else:
            after = replace(after, displaced={**after.displaced, mark.subject: mark})
    return after


def _left_behind(words: Words, mark: Mark) -> Words:
    """Keep an ended mark until proof, with earlier ones that it does not cover.

    Only a failure drains batteries: one that ran out under it may still be empty.
    """
    subject = mark.subject
    ended = ended_marks(words)
    marks = (mark, *ended.get(subject, ()))
    newest, *rest = sorted(marks, key=lambda each: -each.began.steady_s)
    failures = [each for each in rest if each.says is Declared.DOWN]
    before = () if is_channel(subject) else failures[:LAPSED_KEPT]
    words = replace(words, displaced=_without(words.displaced, subject))
    return with_ended(words, {**ended, subject: (newest, *before)})


def stop_exercise(words: Words, at: Instant) -> tuple[Words, tuple[Change, ...]]:
    """End an exercise because reality has changed."""
    if words.exercise is None:
        return words, ()
    ended = replace(_lapsed(words.exercise, at), after="overtaken")
    return replace(words, exercise=None), (ended,)


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

    def again(said: Any) -> Any:
        match said:
            case Mark() | Watch() if said.since is not None:
                since = moved(said.since, now)
                return replace(said, at=moved(said.at, now), since=since)
            case Trial():
                reached = again(said.reached)
                return replace(said, at=moved(said.at, now), reached=reached)
            case Mark() | Pin() | Exercise() | Announced() | Watch():
                return replace(said, at=moved(said.at, now))
            case RollCall() if said.at is not None:
                return replace(said, at=moved(said.at, now))
            case tuple():
                return tuple(map(again, said))
            case Mapping():
                return {name: again(each) for name, each in said.items()}
        return said

    fields = Words.__struct_fields__
    return Words(**{name: again(getattr(words, name)) for name in fields})


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
    after = with_marks(words, (*every_mark(words), mark))
    return _put_right(words, after, mark.subject, mistaken=mark.since is not None)


def _outdoes(one: Mark | Exercise, other: Mark | Exercise) -> bool:
    """Tell whether one is the site's own, and the other the province's."""
    return not one.author and bool(other.author)


def _going_on(mark: Mark, before: Mark) -> Mark:
    """Date a repeated or continued mark by the first; of distrusts each author's."""
    anew = mark.says is Declared.UP or mark.since is not None
    if mark is before or mark.says is not before.says or anew:
        return mark
    is_of_other = bool(mark.author) is not bool(before.author)
    if mark.says is Declared.DISTRUSTED and is_of_other:
        return mark
    return replace(mark, since=before.began, said_of=before.said_of)


def _put_right(before: Words, words: Words, subject: str, *, mistaken: bool) -> Words:
    """Forget what ended marks left unproven, as a person says that it works again.

    Where the mark taken back was a mistake, the one it displaced counts again.
    """
    if not _is_held_down(before, subject) or _is_held_down(words, subject):
        return words
    if mistaken:
        return _uncovered(words, subject)
    words = replace(words, displaced=_without(words.displaced, subject))
    return with_ended(words, _without(ended_marks(words), subject))


def _uncovered(words: Words, subject: str) -> Words:
    """Let the displaced mark, if any, count as lapsed."""
    ended = words.displaced.get(subject)
    return words if ended is None else _left_behind(words, ended)


def _trial(words: Words, trial: Trial) -> Words:
    """Take a test in; the proof of the one before is final.

    Earlier ones are no longer taken back where that proved what a mark had left
    unproven, nor under a mark: the state without it is then no longer known.
    """
    name, node = trial.channel, channel_node(trial.channel)
    settled = node in words.displaced or node in words.marks
    earlier = () if settled else _tests_before(words, name)
    if not _is_held_down(words, node):
        words = replace(words, displaced=_without(words.displaced, node))
    before = words.trials.get(name)
    if before is not None:  # each group holds by its newest roll call
        trial = replace(trial, reached={**before.calls, **trial.reached})
    return _with_tests(words, name, (*earlier, before), trial)


def _untried(words: Words, channel: str) -> Words:
    """Take the latest test of a channel back; the one before holds again."""
    if not (before := _tests_before(words, channel)):
        return words
    if not _ended_under_another(words, channel_node(channel)):
        words = _uncovered(words, channel_node(channel))
    return _with_tests(words, channel, before[:-1], before[-1])


def _tests_before(words: Words, channel: str) -> tuple[Trial | None, ...]:
    """Return the tests before the latest, if that may be taken back; None for none."""
    if channel not in words.former_trials:
        return ()
    return (*words.earlier_trials.get(channel, ()), words.former_trials[channel])


def _with_tests(
    words: Words, channel: str, before: tuple[Trial | None, ...], latest: Trial | None
) -> Words:
    """Put the tests of a channel in their places."""
    trials = {**words.trials, channel: latest}
    former = _without(words.former_trials, channel)
    earlier = _without(words.earlier_trials, channel)
    if before:
        former[channel] = before[-1]
    if before[:-1]:
        earlier[channel] = before[:-1][-EARLIER_KEPT:]
    known = {name: trial for name, trial in trials.items() if trial is not None}
    return replace(words, trials=known, former_trials=former, earlier_trials=earlier)


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
    left = [mark for mark in every_mark(words) if not is_meant(mark, word)]
    distrusted = {m.subject for m in left if m.says is Declared.DISTRUSTED}
    left = [m for m in left if not m.held_for or {*m.held_for} & distrusted]
    after = with_marks(words, left, mistaken=word.mistaken)
    return _put_right(words, after, word.subject, mistaken=word.mistaken)


def is_meant(mark: Mark, word: Withdrawn) -> bool:
    """Tell whether a withdrawal takes a mark back; no author takes the other's."""
    same_author = bool(mark.author) is bool(word.author)
    is_said = word.says in (None, mark.says)
    return mark.subject == word.subject and same_author and is_said


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


def _lapsed(word: Mark | Pin | Exercise, at: Instant) -> Change:
    subject, name, _, was_said = outline(word, Words())
    author = "" if isinstance(word, Pin) else word.author
    return Change(
        at=at,
        subject=subject,
        name=name,
        before=was_said,
        after="",
        reason=Reason.LAPSED,
        facts={"author": author} if author else {},
    )
