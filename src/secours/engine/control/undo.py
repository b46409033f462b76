"""Undo request: it says again what held before a word.

It is a request as it comes over the socket, without its author. It is valid only while
nothing newer was said on the subject, perhaps by somebody else. A word put back in
force stays its author's, whom no request can name: the engine does.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from secours.core.statements import Timed, Words, dated, hear
from secours.engine.control.messages import (
    KINDS,
    MarkAsked,
    PinAsked,
    UnmarkAsked,
    UnpinAsked,
    UntestAsked,
    WordAsked,
)
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.statements import (
    Declared,
    Exercise,
    Mark,
    Pin,
    Trial,
    Withdrawn,
    Word,
)

Undo = Mapping[str, Any]

ENDING = ("unmark", "unpin", "untest")


def request(heard: Word, before: Words, config: Config, at: Instant) -> Undo | None:
    """Return the request that undoes a word heard at a moment, None if there is none.

    `before` are the words that were in force until then.
    """
    undo = _undoing(heard, before, config, at)
    return renewed(undo, hear(before, heard))


def renewed(undo: Undo | None, words: Words) -> Undo | None:
    """Return a request valid until something newer than these words is said."""
    if undo is None:
        return None
    word = _in_force(asked(undo, by="-"), words)
    ends = word.until if isinstance(word, Mark | Pin | Exercise) else None
    until = ends.isoformat() if ends else None
    return {**undo, "after": _named(word), "after_until": until}


def asked(undo: Undo, *, by: str) -> Any:
    """Return a request as the engine takes it from a person."""
    options = {name: value for name, value in undo.items() if name != "do"}
    return msgspec.convert({**options, "by": by}, KINDS[undo["do"]])


def author(undo: Undo | None, before: Words) -> str:
    """Return the author of a word that a request would put back in force, or "".

    `before` are the words in force until the one that it undoes.
    """
    if undo is None or undo["do"] in ENDING or undo.get("action") == "stop":
        return ""
    word = _in_force(asked(undo, by="-"), before)
    return word.by if word else ""


def signed(word: Word, author: str) -> Word:
    """Return a word put back in force with its author."""
    if not isinstance(word, Mark | Pin | Exercise) or author in ("", word.by):
        return word
    return replace(word, by=author, again_by=word.by)


def is_over(undo: Undo | None, words: Words) -> bool:
    """Tell whether a request would only end a word that has ended by itself."""
    if undo is None:
        return False
    ending = undo["do"] in ENDING or undo.get("action") == "stop"
    return ending and _in_force(asked(undo, by="-"), words) is None


def is_newest(request: WordAsked, words: Words, now: Instant) -> bool:
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


def _in_force(request: WordAsked, words: Words) -> Mark | Pin | Trial | Exercise | None:
    match request:
        case MarkAsked() | UnmarkAsked():
            return _own(_marks(words, request.says), request.subject)
        case PinAsked() | UnpinAsked():
            return words.pins.get(request.line)
        case UntestAsked():
            return words.trials.get(request.channel)
    return words.exercise


def _undoing(heard: Word, before: Words, config: Config, at: Instant) -> Undo | None:
    match heard:
        case Mark():
            was = _own(_marks(before, heard.says), heard.subject)
            if was and heard.says is Declared.UP and _puts_right(was, before):
                return None
            return _marked(was, config, at) if was else _unmark(heard)
        case Pin():
            held = before.pins.get(heard.line)
            unpin = {"do": "unpin", "line": heard.line}
            return _pinned(held, config, at) if held else unpin
        case Trial():
            return {"do": "untest", "channel": heard.channel}
        case Exercise():
            played = before.exercise
            stop = {"do": "exercise", "action": "stop"}
            own = played and not played.author
            return _played(played, config, at) if played and own else stop
        case Withdrawn():
            return _again(heard, before, config, at)
    return None


def _puts_right(mark: Mark, before: Words) -> bool:
    """Tell whether ending a mark frees for good what earlier ones left unproven."""
    ends = mark.says not in (Declared.UP, Declared.DISTRUSTED)
    return ends and mark.subject in before.lapsed


def _again(
    taken_back: Withdrawn, before: Words, config: Config, at: Instant
) -> Undo | None:
    """Return the request that repeats the word taken back."""
    match taken_back.kind:
        case "mark":
            subject, says = taken_back.subject, taken_back.says
            if any(subject in mark.held_for for mark in before.distrusts.values()):
                return None  # nothing would hold again what was held for it
            said = (before.marks, before.distrusts)
            found = (_own(kept, subject) for kept in said)
            marks = [mark for mark in found if mark and says in (None, mark.says)]
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


def _marks(words: Words, says: str | None) -> Mapping[str, Mark]:
    return words.distrusts if says == Declared.DISTRUSTED else words.marks


def _own(marks: Mapping[str, Mark], subject: str) -> Mark | None:
    """Return the site's own mark; the province's is not to be taken back."""
    mark = marks.get(subject)
    return None if mark and mark.author else mark


def _unmark(mark: Mark) -> Undo:
    named = {"subject": mark.subject, "says": mark.says.value}
    return {"do": "unmark", **named, "mistaken": True}


def _marked(mark: Mark, config: Config, at: Instant) -> Undo | None:
    if mark.subject not in config.owners:
        return None
    began = at.utc - timedelta(seconds=at.since(mark.began))
    return {
        "do": "mark",
        "subject": mark.subject,
        "says": mark.says.value,
        "why": mark.why,
        "since": began.isoformat(),
        "until": _end(mark, at),
        "restored": True,
    }


def _pinned(pin: Pin, config: Config, at: Instant) -> Undo | None:
    lines = {line.name: dict(line.order) for line in config.plan}
    if pin.channel not in lines.get(pin.line, {}):
        return None
    named = {"line": pin.line, "channel": pin.channel, "why": pin.why}
    return {"do": "pin", **named, "until": _end(pin, at)}


def _played(exercise: Exercise, config: Config, at: Instant) -> Undo | None:
    if not config.owners.keys() >= set(exercise.fails):
        return None
    return {
        "do": "exercise",
        "action": "start",
        "fails": list(exercise.fails),
        "why": exercise.why,
        "until": _end(exercise, at),
        "notices": exercise.notices,
    }


def _end(word: Timed, at: Instant) -> str | None:
    until = dated(word, at).until
    return until.isoformat() if until else None
