"""Effect of a new word on those in force: it replaces the older, or takes it back."""

from msgspec.structs import replace

from secours.core.statements.expiry import expires_s, left_behind
from secours.core.statements.words_in_force import (
    Words,
    ended_marks,
    every_mark,
    is_displaced,
    outdoes,
    with_ended,
    with_marks,
    without,
)
from secours.model.nodes import channel_node
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

ANNOUNCED_KEPT = 50
EARLIER_KEPT = 8  # tests of one channel that may be taken back, before the latest


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


def is_meant(mark: Mark, word: Withdrawn) -> bool:
    """Tell whether a withdrawal takes a mark back; no author takes the other's."""
    same_author = bool(mark.author) is bool(word.author)
    is_said = word.says in (None, mark.says)
    return mark.subject == word.subject and same_author and is_said


def _mark(words: Words, mark: Mark) -> Words:
    """Take a mark in; a repetition holds since the first."""
    after = with_marks(words, (*every_mark(words), mark))
    return _put_right(words, after, mark.subject, mistaken=mark.since is not None)


def _put_right(before: Words, words: Words, subject: str, *, mistaken: bool) -> Words:
    """Forget what ended marks left unproven, as a person says that it works again.

    Where the mark taken back was a mistake, the one it displaced counts again.
    """
    if not _is_held_down(before, subject) or _is_held_down(words, subject):
        return words
    if mistaken:
        return _uncovered(words, subject)
    words = replace(words, displaced=without(words.displaced, subject))
    return with_ended(words, without(ended_marks(words), subject))


def _uncovered(words: Words, subject: str) -> Words:
    """Let the displaced mark, if any, count as lapsed."""
    ended = words.displaced.get(subject)
    return words if ended is None else left_behind(words, ended)


def _trial(words: Words, trial: Trial) -> Words:
    """Take a test in; the proof of the one before is final.

    Earlier ones are no longer taken back where that proved what a mark had left
    unproven, nor under a mark: the state without it is then no longer known.
    """
    name, node = trial.channel, channel_node(trial.channel)
    settled = node in words.displaced or node in words.marks
    earlier = () if settled else _tests_before(words, name)
    if not _is_held_down(words, node):
        words = replace(words, displaced=without(words.displaced, node))
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
    former = without(words.former_trials, channel)
    earlier = without(words.earlier_trials, channel)
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
    if held is None or ended is None or not outdoes(held, ended):
        return False
    return (expires_s(ended) or 0.0) > held.at.steady_s


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
            foreign = played and word.author and not played.author
            return words if foreign else replace(words, exercise=None)
        case "pin":
            return replace(words, pins=without(words.pins, word.subject))
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
