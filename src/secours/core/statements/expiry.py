"""Expiry of words.

A word is signed, kept with the memory, and expires. Its date of expiry becomes a
duration on the steady clock, so that setting the wall clock neither ends it early nor
keeps it for years. A distrust never lapses by itself.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta
from typing import TypeVar

from msgspec.structs import replace

from secours.core.statements.journal_entry import lapsed, precedence
from secours.core.statements.steady_clock import steady
from secours.core.statements.words_in_force import (
    Words,
    all_marks,
    ended_marks,
    every_mark,
    with_ended,
    with_marks,
    without,
)
from secours.model.nodes import is_channel
from secours.model.observed import Instant
from secours.model.snapshot import Change
from secours.model.statements import Declared, Exercise, Mark, Pin

LAPSED_KEPT = 8  # of one component, before the newest
SAME_DATE_S = 60.0  # both clocks drift apart a little by themselves
ASKS_IN_LAST = 0.1  # of its life, within these limits
ASKS_AT_LEAST_S, ASKS_AT_MOST_S = 300.0, 3600.0
ASKS_AFTER = 0.5  # of its life: who has just said something is not asked
Timed = TypeVar("Timed", Mark, Pin, Exercise)


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
    gone = (lapsed(word, at) for word in over)
    return words, (*gone, *precedence(before, words, at))


def left_behind(words: Words, mark: Mark) -> Words:
    """Keep an ended mark until proof, with earlier ones that it does not cover.

    Only a failure drains batteries: one that ran out under it may still be empty.
    """
    subject = mark.subject
    ended = ended_marks(words)
    marks = (mark, *ended.get(subject, ()))
    newest, *rest = sorted(marks, key=lambda each: -each.began.steady_s)
    failures = [each for each in rest if each.says is Declared.DOWN]
    before = () if is_channel(subject) else failures[:LAPSED_KEPT]
    words = replace(words, displaced=without(words.displaced, subject))
    return with_ended(words, {**ended, subject: (newest, *before)})


def stop_exercise(words: Words, at: Instant) -> tuple[Words, tuple[Change, ...]]:
    """End an exercise because reality has changed."""
    if words.exercise is None:
        return words, ()
    ended = replace(lapsed(words.exercise, at), after="overtaken")
    return replace(words, exercise=None), (ended,)


def edges(words: Words) -> Iterator[float]:
    """Yield the steady times at which a word lapses, or asks to be confirmed."""
    if words.exercise and (end_s := expires_s(words.exercise)) is not None:
        yield end_s
    for mark in words.beneath.values():
        if (end_s := expires_s(mark)) is not None:
            yield end_s
    asked: Iterable[Mark | Pin] = (*all_marks(words), *words.pins.values())
    for word in asked:
        if (end_s := expires_s(word)) is not None:
            yield _asks_s(word, end_s)
            yield end_s


def asking(words: Iterable[Mark | Pin], at: Instant) -> tuple[Mark | Pin, ...]:
    """Return the marks and pins that ask at a moment to be confirmed here.

    Those that lapse do shortly before; a distrust does from its date on. They are
    dated as in a snapshot, on the wall clock of that moment.
    """
    return tuple(
        word
        for word in words
        if word.until is not None
        and not (isinstance(word, Mark) and word.author)  # it asks the province
        and _asks_s(word, steady(word.until, at)) <= at.steady_s
    )


def dated(word: Timed, at: Instant) -> Timed:
    """Return a word with the date of its end on the present wall clock.

    That is the date it was given, unless the clock was set since.
    """
    end_s = expires_s(word)
    if end_s is None or word.until is None:
        return word
    until = at.utc + timedelta(seconds=end_s - at.steady_s)
    if abs((until - word.until).total_seconds()) < SAME_DATE_S:
        return word
    return replace(word, until=until)


def expires_s(word: Mark | Pin | Exercise) -> float | None:
    """Return the steady time at which a word ends, None for never."""
    if word.until is None:
        return None
    return word.at.steady_s + (word.until - word.at.utc).total_seconds()


def _without_ended(words: Words, ended: Collection[Mark]) -> Words:
    """Remove marks that reached their date; until proof, each may still be true.

    One of the province beneath the site's own is kept: it counts if that is taken back.
    """
    left = [mark for mark in every_mark(words) if mark not in ended]
    after = with_marks(words, left)
    for mark in ended:
        in_force = words.marks.get(mark.subject, mark)
        if mark.says is Declared.UP or in_force.says is Declared.UP:
            continue
        if in_force is mark:
            after = left_behind(after, mark)
        else:
            after = replace(after, displaced={**after.displaced, mark.subject: mark})
    return after


def _over(word: Mark | Pin | Exercise, at: Instant) -> bool:
    end_s = expires_s(word)
    return end_s is not None and end_s <= at.steady_s


def _asks_s(word: Mark | Pin, end_s: float) -> float:
    """Return the steady time from which a word with this end asks to be confirmed."""
    if isinstance(word, Mark) and word.says is Declared.DISTRUSTED:
        return end_s
    life_s = end_s - word.at.steady_s
    before_s = max(ASKS_IN_LAST * life_s, ASKS_AT_LEAST_S)
    return end_s - min(before_s, ASKS_AT_MOST_S, ASKS_AFTER * life_s)
