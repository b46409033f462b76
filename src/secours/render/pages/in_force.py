"""Statements in force, as people read them, and the request that takes each back."""

from collections import Counter
from datetime import datetime
from typing import Any

from markupsafe import Markup
from msgspec import Struct

from secours.model.requests import (
    ConfirmRequest,
    EngineRequest,
    ExerciseRequest,
    MarkRequest,
    PinRequest,
    UnmarkRequest,
    UnpinRequest,
)
from secours.model.statements import Declared, Exercise, Mark, Pin
from secours.render import templates
from secours.render.wording.journal import line_name
from secours.render.wording.localizer import Localizer
from secours.render.wording.statements import to_confirm

MARK, DISTRUST, PIN, TEST, EXERCISE = "mark", "distrust", "pin", "test", "exercise"
PROVINCE = "province"


class InForce(Struct, frozen=True, kw_only=True):
    """Statement in force, and the request that withdraws it."""

    about: tuple[str, str]  # a newer one about the same replaces it
    name: str  # of its subject
    head: str
    by: str
    html: Markup
    undo: EngineRequest | None  # None where not ours to withdraw
    said: str = ""  # by whom, since when and until when, and why
    until: datetime | None = None
    button: str = "act.undo"
    again: MarkRequest | PinRequest | None = None  # confirms it, where due
    again_button: str = "act.again.word"


def statements(localizer: Localizer) -> list[InForce]:
    """Return every statement in force: marks, pins, exercise.

    Where marks may be lost, their confirmation comes first.
    """
    shot = localizer.snapshot
    marked = Counter(mark.subject for mark in shot.marks)
    entries = [_lost(localizer)] if shot.words_lost else []
    entries += [
        _mark(mark, localizer, alone=marked[mark.subject] < 2) for mark in shot.marks
    ]
    entries += [_pin(pin, localizer) for pin in shot.pins]
    if shot.rehearsal:
        entries.append(_played(shot.rehearsal.exercise, localizer))
    return entries


def _lost(localizer: Localizer) -> InForce:
    head = localizer.say("note.words_lost")
    return InForce(
        about=("lost", ""),
        name="",
        head=head,
        by="",
        html=_html(localizer, head=head, due=True),
        undo=ConfirmRequest(),
        button="act.all",
    )


def _mark(mark: Mark, localizer: Localizer, *, alone: bool) -> InForce:
    """Draw a mark; of two on a subject the button says which one it is."""
    name, asks = localizer.subject(mark.subject), _asks(mark, localizer)
    head = localizer.say(f"entry.mark.{mark.says}", name=name)
    distrusted = mark.says is Declared.DISTRUSTED
    kind = DISTRUST if distrusted else MARK
    if mark.author and distrusted:
        kind = PROVINCE  # beside our own distrust
    subject, says = mark.subject, mark.says.value
    return _entry(
        head,
        mark,
        localizer,
        about=(kind, mark.subject),
        name=name if alone else head,
        undo=None if mark.author else UnmarkRequest(subject=subject, says=says),
        again=MarkRequest(subject=subject, says=says, why=mark.why) if asks else None,
        again_button="act.again" if distrusted else "act.again.word",
    )


def _pin(pin: Pin, localizer: Localizer) -> InForce:
    name = line_name(pin.line, localizer)
    head = localizer.say(
        "entry.pin", name=name, channel=localizer.short_name(pin.channel)
    )
    again = PinRequest(line=pin.line, channel=pin.channel, why=pin.why)
    return _entry(
        head,
        pin,
        localizer,
        about=(PIN, pin.line),
        name=name,
        undo=UnpinRequest(line=pin.line),
        again=again if _asks(pin, localizer) else None,
    )


def _played(played: Exercise, localizer: Localizer) -> InForce:
    names = ", ".join(map(localizer.subject, played.fails))
    head = localizer.say("entry.exercise.started", name=names)
    return _entry(
        head,
        played,
        localizer,
        about=(EXERCISE, ""),
        name=localizer.say("exercise"),
        undo=ExerciseRequest(action="stop"),
        button="act.stop",
    )


def _asks(word: Mark | Pin | Exercise, localizer: Localizer) -> bool:
    return word in to_confirm(localizer.snapshot)


def _entry(
    head: str, word: Mark | Pin | Exercise, localizer: Localizer, **more: Any
) -> InForce:
    """Draw a statement: subject, author, reason, begin and end."""
    said = _held(word, localizer)
    html = _html(localizer, head=head, said=said, due=_asks(word, localizer))
    by, until = word.by, word.until
    return InForce(head=head, by=by, html=html, said=said, until=until, **more)


def _held(word: Mark | Pin | Exercise, localizer: Localizer) -> str:
    """Return the author, begin, end and reason of a statement."""
    began = word.began if isinstance(word, Mark) else word.at
    sentence = localizer.say(
        _held_key(word, asks=_asks(word, localizer)),
        by=word.by,
        since=localizer.clock(began),
        time=localizer.time(word.until) if word.until else None,
    )
    sentence = f"{sentence} {localizer.quoted(word.why)}" if word.why else sentence
    if isinstance(word, Mark) and word.author:
        kind = "distrust" if word.says is Declared.DISTRUSTED else "mark"
        only = localizer.say(f"act.province.{kind}", author=word.author)
        return f"{sentence}. {only}"  # it is not ours to undo
    return sentence


def _held_key(word: Mark | Pin | Exercise, *, asks: bool) -> str:
    """Return the key for its date: a distrust does not end then."""
    if isinstance(word, Mark) and word.says is Declared.DISTRUSTED:
        return "act.held.due" if asks else "act.held.unsafe"
    return "act.held.ends" if asks else "act.held"


def _html(localizer: Localizer, **values: object) -> Markup:
    return templates.part("actions.html", "held", localizer.language, **values)
