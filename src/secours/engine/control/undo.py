"""Undo request: it says again what held before a word.

It is a request without its author. It is valid only while
nothing newer was said on the subject, perhaps by somebody else. A word put back in
force stays its author's, whom no request can name: the engine does.
"""

from datetime import timedelta

from msgspec.structs import replace

from secours.core.statements.expiry import Timed, dated
from secours.core.statements.new_word import hear, is_meant
from secours.core.statements.words_in_force import Words, every_mark
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.requests import (
    ExerciseRequest,
    InverseRequest,
    MarkRequest,
    PinRequest,
    UnmarkRequest,
    UnpinRequest,
    UntestRequest,
    WordRequest,
)
from secours.model.statements import (
    Declared,
    Exercise,
    Mark,
    Pin,
    Trial,
    Withdrawn,
    Word,
)


def request(
    word: Word, before: Words, config: Config, at: Instant
) -> InverseRequest | None:
    """Return the request that undoes a word heard at a moment, None if there is none.

    `before` are the words that were in force until then.
    """
    undo = _undoing(word, before, config, at)
    return renewed(undo, hear(before, word))


def renewed(undo: InverseRequest | None, words: Words) -> InverseRequest | None:
    """Return a request valid until something newer than these words is said."""
    if undo is None:
        return None
    word = _in_force(undo, words)
    ends = word.until if isinstance(word, Mark | Pin | Exercise) else None
    return replace(undo, after=_named(word), after_until=ends)


def author(undo: InverseRequest | None, before: Words) -> str:
    """Return the author of a word that a request would put back in force, or "".

    `before` are the words in force until the one that it undoes.
    """
    word = None if undo is None or _ends(undo) else _in_force(undo, before)
    return word.by if word else ""


def signed(word: Word, author: str) -> Word:
    """Return a word put back in force with its author."""
    if not isinstance(word, Mark | Pin | Exercise) or author in ("", word.by):
        return word
    return replace(word, by=author, again_by=word.by)


def is_over(undo: InverseRequest | None, words: Words) -> bool:
    """Tell whether a request would only end a word that has ended by itself."""
    return undo is not None and _ends(undo) and _in_force(undo, words) is None


def _ends(undo: InverseRequest) -> bool:
    match undo:
        case UnmarkRequest() | UnpinRequest() | UntestRequest():
            return True
    return isinstance(undo, ExerciseRequest) and undo.action == "stop"


def is_newest(request: WordRequest, words: Words, now: Instant) -> bool:
    """Tell whether nothing was said on a request's subject since the word it undoes.

    That word may have ended by itself.
    """
    word = _in_force(request, words)
    if request.after is None or request.after == _named(word):
        return True
    ends = request.after_until
    return word is None and ends is not None and ends <= now.utc


def _named(word: Mark | Pin | Trial | Exercise | None) -> str:
    return f"{word.at.utc.isoformat()} {word.by}" if word else ""


def _in_force(
    request: WordRequest, words: Words
) -> Mark | Pin | Trial | Exercise | None:
    match request:
        case MarkRequest() | UnmarkRequest():
            return _own(words, request.subject, request.says)
        case PinRequest() | UnpinRequest():
            return words.pins.get(request.line)
        case UntestRequest():
            return words.trials.get(request.channel)
    return words.exercise


def _undoing(
    word: Word, before: Words, config: Config, at: Instant
) -> InverseRequest | None:
    match word:
        case Mark():
            was = _own(before, word.subject, word.says)
            if was and word.says is Declared.UP and _puts_right(was, before):
                return None
            if was:
                return _marked(was, config, at)
            says = word.says.value
            return UnmarkRequest(subject=word.subject, says=says, mistaken=True)
        case Pin():
            held = before.pins.get(word.line)
            unpin = UnpinRequest(line=word.line)
            return _pinned(held, config, at) if held else unpin
        case Trial():
            return UntestRequest(channel=word.channel)
        case Exercise():
            played = before.exercise
            stop = ExerciseRequest(action="stop")
            own = played and not played.author
            return _played(played, config, at) if played and own else stop
        case Withdrawn():
            return _again(word, before, config, at)
    return None


def _puts_right(mark: Mark, before: Words) -> bool:
    """Tell whether ending a mark frees for good what earlier ones left unproven."""
    ends = mark.says not in (Declared.UP, Declared.DISTRUSTED)
    return ends and mark.subject in before.lapsed


def _again(
    taken_back: Withdrawn, before: Words, config: Config, at: Instant
) -> InverseRequest | None:
    """Return the request that repeats the word taken back."""
    match taken_back.kind:
        case "mark":
            held = (mark.held_for for mark in before.distrusts.values())
            if any(taken_back.subject in each for each in held):
                return None  # nothing would hold again what was held for it
            marks = [m for m in every_mark(before) if is_meant(m, taken_back)]
            if not taken_back.mistaken and any(_puts_right(m, before) for m in marks):
                return None
            return _marked(marks[0], config, at) if len(marks) == 1 else None
        case "pin":
            pin = before.pins.get(taken_back.subject)
            return _pinned(pin, config, at) if pin else None
        case "exercise":
            played = before.exercise
            own = played and not played.author
            return _played(played, config, at) if played and own else None
    return None


def _own(words: Words, subject: str, says: str | None) -> Mark | None:
    """Return the site's own mark; the province's is not to be taken back."""
    distrusts = says == Declared.DISTRUSTED
    mark = (words.distrusts if distrusts else words.marks).get(subject)
    return None if mark and mark.author else mark


def _marked(mark: Mark, config: Config, at: Instant) -> MarkRequest | None:
    if mark.subject not in config.owners:
        return None
    began = at.utc - timedelta(seconds=at.since(mark.began))
    return MarkRequest(
        subject=mark.subject,
        says=mark.says.value,
        why=mark.why,
        since=began.isoformat(),
        until=_end(mark, at),
        restored=True,
    )


def _pinned(pin: Pin, config: Config, at: Instant) -> PinRequest | None:
    lines = {line.name: dict(line.order) for line in config.plan}
    if pin.channel not in lines.get(pin.line, {}):
        return None
    until = _end(pin, at)
    return PinRequest(line=pin.line, channel=pin.channel, why=pin.why, until=until)


def _played(exercise: Exercise, config: Config, at: Instant) -> ExerciseRequest | None:
    if not config.owners.keys() >= set(exercise.fails):
        return None
    return ExerciseRequest(
        action="start",
        fails=exercise.fails,
        why=exercise.why,
        until=_end(exercise, at),
        notices=exercise.notices,
    )


def _end(word: Timed, at: Instant) -> str | None:
    until = dated(word, at).until
    return until.isoformat() if until else None
