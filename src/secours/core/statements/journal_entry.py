"""Words, and their ends, as changes for the journal."""

from secours.core.statements.words_in_force import Words, places_of
from secours.model.observed import Instant, Reason
from secours.model.receivers.reach import call_facts
from secours.model.snapshot import Change
from secours.model.statements import (
    Announced,
    Confirmed,
    Exercise,
    Mark,
    Pin,
    Trial,
    Watch,
    Withdrawn,
    Word,
)


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
            was = getattr(before, places_of(word)[0]).get(word.subject)
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


def lapsed(word: Mark | Pin | Exercise, at: Instant) -> Change:
    """Return the end of a word, by its date, as a change for the journal."""
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


def _of_mark(mark: Mark, after: str, at: Instant, **facts: str) -> Change:
    return Change(
        at=at,
        subject="mark",
        name=mark.subject,
        before=mark.says,
        after=after,
        facts={**facts, "author": mark.author},
    )


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
