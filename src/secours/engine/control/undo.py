"""What would take a word back: the request that says again what held before it.

It is a request as it comes over the socket, without its author. It takes back that word
alone: where somebody has said something else of the same thing since, it is refused.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from secours.core.statements import Timed, Words, dated
from secours.engine.control import messages
from secours.engine.control.messages import (
    Asked,
    MarkAsked,
    PinAsked,
    Undoing,
    UnmarkAsked,
    UnpinAsked,
    UntestAsked,
)
from secours.engine.control.requests import RequestRefused
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


def request(heard: Word, before: Words, config: Config, at: Instant) -> Undo | None:
    """Return the request that undoes a word heard at a moment; None where nothing can.

    `before` are the words that were in force until then.
    """
    match heard:
        case Mark():
            was = _marks(before, heard.says).get(heard.subject)
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
            return _played(played, config, at) if played else stop
        case Withdrawn():
            return _again(heard, before, config, at)
    return None


def guarded(undo: Undo | None, after: Words) -> Undo | None:
    """Tie a request that undoes a word to that word, which holds by now."""
    if undo is None:
        return None
    options = {name: value for name, value in undo.items() if name != "do"}
    asked = msgspec.convert({"by": "", **options}, messages.KINDS[undo["do"]])
    held = _held(asked, after)
    until = held.until if isinstance(held, Mark | Pin | Exercise) else None
    ends = until.isoformat() if until else None
    return {**undo, "undoes": _given(held), "undoes_until": ends}


def check(asked: Asked, words: Words, now: Instant) -> None:
    """Demand that what a request is to undo still holds, or has ended by itself.

    Raises:
        RequestRefused: something else was said of the same thing since.

    """
    if not isinstance(asked, Undoing) or asked.undoes is None:
        return
    held, ends = _held(asked, words), asked.undoes_until
    has_ended = held is None and ends is not None and ends <= now.utc
    if asked.undoes != _given(held) and not has_ended:
        raise RequestRefused("commands.asked.said-since")


def _held(asked: Undoing, words: Words) -> Mark | Pin | Trial | Exercise | None:
    """Return the word that holds of what a request is about, None for none."""
    match asked:
        case MarkAsked() | UnmarkAsked():
            return _marks(words, asked.says).get(asked.subject)
        case PinAsked() | UnpinAsked():
            return words.pins.get(asked.line)
        case UntestAsked():
            return words.trials.get(asked.channel)
    return words.exercise


def _given(held: Mark | Pin | Trial | Exercise | None) -> str:
    """Return when a word was given, "" for none."""
    return held.at.utc.isoformat() if held else ""


def _again(
    taken_back: Withdrawn, before: Words, config: Config, at: Instant
) -> Undo | None:
    """Return the request that says again what was taken back."""
    match taken_back.kind:
        case "mark":
            subject, says = taken_back.subject, taken_back.says
            found = (kept.get(subject) for kept in (before.marks, before.distrusts))
            marks = [mark for mark in found if mark and says in (None, mark.says)]
            return _marked(marks[0], config, at) if len(marks) == 1 else None
        case "pin":
            pin = before.pins.get(taken_back.subject)
            return _pinned(pin, config, at) if pin else None
        case "exercise":
            played = before.exercise
            return _played(played, config, at) if played else None
    return None


def _marks(words: Words, says: str | None) -> Mapping[str, Mark]:
    return words.distrusts if says == Declared.DISTRUSTED else words.marks


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
