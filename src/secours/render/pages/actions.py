"""Words of the page of actions: forms, statements in force, effects.

Pure: requests to the engine and snapshots in, words and HTML out.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import asdict

from secours import texts
from secours.model.nodes import channel_node, is_channel, plain_name
from secours.model.observed import Instant
from secours.model.receivers.reach import RollCall
from secours.model.requests import (
    AnnouncedRequest,
    ConfirmRequest,
    EngineRequest,
    ExerciseRequest,
    MarkRequest,
    PinRequest,
    TestRequest,
    UnmarkRequest,
    UnpinRequest,
    UntestRequest,
)
from secours.model.snapshot import Recommendation, Snapshot, Standing, State
from secours.model.statements import Declared, Exercise, Mark, Pin
from secours.render import templates
from secours.render.pages.tell import AllSent
from secours.render.wall import card_text
from secours.render.wording import exercise
from secours.render.wording.journal import line_name
from secours.render.wording.localizer import Localizer
from secours.render.wording.receivers import roll_call
from secours.render.wording.statements import to_confirm

MARK, DISTRUST, PIN, TEST, EXERCISE = "mark", "distrust", "pin", "test", "exercise"
PROVINCE = "province"
SAYS = (Declared.DOWN, Declared.UP, Declared.MAINTENANCE, Declared.DISTRUSTED)

Deed: TypeAlias = MarkRequest | PinRequest | TestRequest | ExerciseRequest
"""A request that can be begun on the page, filled in as far as it is."""


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


# ------------------------------------------------------------------ what can be done


def subjects(localizer: Localizer, line: str | None = None) -> dict[str, str]:
    """Return the label of each channel and component: those of a line first."""
    shown = localizer.snapshot
    names = [*map(channel_node, _planned(line, shown))]
    names += [channel_node(view.name) for view in shown.channels]
    names += [view.name for view in shown.components]
    labels = {channel_node(view.name): view.label for view in shown.channels}
    labels |= {view.name: view.label for view in shown.components}
    return {
        name: f"{localizer.in_language(labels[name]) or name} ({plain_name(name)})"
        for name in dict.fromkeys(names)
        if name in labels
    }


def deeds(
    subject: str | None, localizer: Localizer, line: str | None = None
) -> dict[str, Deed]:
    """Return the actions on a subject: the request that each begins, by name.

    Without a subject, `line` may be a line to pin to some channel.
    """
    by_name: dict[str, Deed] = {
        says.value: MarkRequest(subject=subject or "", says=says.value) for says in SAYS
    }
    if subject is None or is_channel(subject):
        channel = plain_name(subject or "")
        for name in _lines_of(subject, localizer.snapshot) if subject else [line]:
            if name:
                by_name[f"{PIN} {name}"] = PinRequest(line=name, channel=channel)
        by_name["worked"] = TestRequest(channel=channel, worked=True)
        by_name["failed"] = TestRequest(channel=channel, worked=False)
    fails = (subject,) if subject else ()
    return {**by_name, EXERCISE: ExerciseRequest(action="start", fails=fails)}


def deed_asked(by_name: Mapping[str, Deed], do: str, line: str) -> str | None:
    """Return the action that an address asks for, if any."""
    if do == PIN:
        pins = [
            name
            for name, begun in by_name.items()
            if isinstance(begun, PinRequest) and line in ("", begun.line)
        ]
        return pins[0] if len(pins) == 1 else None
    name = Declared.DISTRUSTED.value if do == DISTRUST else do
    return name if name in by_name else None


def deed_label(begun: EngineRequest, localizer: Localizer) -> str:
    """Return the button label of a request."""
    return localizer.say(f"act.do.{_deed(begun)}", line=_line(begun, localizer))


def in_short(request: EngineRequest, localizer: Localizer) -> str:
    """Return the subject and label of a request."""
    match request:
        case AllSent():
            about = ", ".join(line_name(each.line, localizer) for each in request.each)
        case UnpinRequest() | AnnouncedRequest():
            about = line_name(request.line, localizer)
        case _:
            about = _subject(request, localizer)
    called = roll_call.said(_called(request), localizer)
    return " · ".join(filter(None, (about, deed_label(request, localizer), called)))


def _planned(line: str | None, shown: Snapshot) -> list[str]:
    """Return the channels of a line, in the order of the plan."""
    planned = {each.name: each.planned for each in shown.recommendations}
    return list(planned.get(line or "", ()))


def _lines_of(subject: str, shown: Snapshot) -> list[str]:
    lines = [line.name for line in shown.recommendations]
    return [name for name in lines if plain_name(subject) in _planned(name, shown)]


# ------------------------------------------------------------------ what will happen


def will(request: EngineRequest, localizer: Localizer) -> list[str]:
    """Return the effect of a request, and the statements it replaces."""
    if one := _one_of_two(request, localizer):
        return [one]
    if isinstance(request, AllSent):
        return [words for each in request.each for words in will(each, localizer)]
    deed = deed_words(request, localizer, _subject(request, localizer))
    replaced = [
        localizer.say("act.replaces", what=held.head, by=held.by)
        for held in in_force(localizer)
        if held.about == _about(request)
    ]
    return [deed, *replaced, *why(request, localizer)]


def why(asked: EngineRequest, localizer: Localizer) -> list[str]:
    """Quote the reason of a request, if it has one."""
    facts = asdict(asked)
    said = facts.get("why") or facts.get("remark")
    return [localizer.quoted(said)] if said else []


def deed_words(request: EngineRequest, localizer: Localizer, name: str) -> str:
    """Return the effect of a request on its subject, and whether people are told."""
    facts = asdict(request)
    deed = localizer.say(
        f"act.will.{_deed(request)}",
        name=name,
        line=_line(request, localizer),
        since=facts.get("since"),
        for_s=facts.get("for_s"),
        time=facts.get("until"),
        on=", ".join(map(localizer.short_name, facts.get("on", ()))),
        reached=roll_call.said(_called(request), localizer) or None,
    )
    told = localizer.say("act.will.notices") if facts.get("notices") else ""
    return " ".join(filter(None, (deed, told)))


def _called(asked: EngineRequest) -> dict[str, RollCall]:
    """Return how many of each group answered, by a request."""
    called = asked.reached if isinstance(asked, TestRequest) else ()
    return {e.group: RollCall(answered=e.answered, asked=e.asked) for e in called}


def _one_of_two(request: EngineRequest, localizer: Localizer) -> str:
    """Return that one of two marks on a subject is withdrawn; "" for other requests."""
    if not isinstance(request, UnmarkRequest):
        return ""
    marks = {
        undo.says: f"{each.head} ({each.by})"
        for each in in_force(localizer)
        if isinstance(undo := each.undo, UnmarkRequest)
        and undo.subject == request.subject
    }
    what = marks.pop(request.says, None)
    if what is None or not marks:
        return ""
    other = ", ".join(marks.values())
    return localizer.say("act.will.unmark.one", what=what, other=other)


def _about(request: EngineRequest) -> tuple[str, str]:
    """Return the subject of a word that is not a withdrawal."""
    match request:
        case MarkRequest():
            distrusts = request.says == Declared.DISTRUSTED
            return DISTRUST if distrusts else MARK, request.subject
        case PinRequest():
            return PIN, request.line
        case ExerciseRequest(action="start"):
            return EXERCISE, ""
    return "", ""


def _deed(request: EngineRequest) -> str:
    """Return the word of a request that tells it from all others."""
    match request:
        case TestRequest():
            return "worked" if request.worked else "failed"
        case MarkRequest():
            return request.says
        case ExerciseRequest():
            return request.action
        case AllSent():
            return "announced"
    return request.do


def _line(asked: EngineRequest, localizer: Localizer) -> str | None:
    match asked:
        case PinRequest() | UnpinRequest() | AnnouncedRequest():
            return line_name(asked.line, localizer)
    return None


def _subject(request: EngineRequest, localizer: Localizer) -> str:
    match request:
        case PinRequest() | TestRequest() | UntestRequest() | AnnouncedRequest():
            return localizer.short_name(request.channel)
        case MarkRequest() | UnmarkRequest():
            return localizer.subject(request.subject)
        case ExerciseRequest():
            return ", ".join(map(localizer.subject, request.fails))
    return ""


class LineChange(Struct, frozen=True, kw_only=True):
    """Recommendation for a line before a request, and after it."""

    line: str  # its label
    use: tuple[str, str]
    backup: tuple[str, str]


class Effect(Struct, frozen=True, kw_only=True):
    """Difference between the answers before and after a request."""

    said: list[str]  # channels lost or regained, and the end of an exercise
    lines: list[LineChange]  # those whose answer changes
    rest: str  # what becomes of the others


def follows(before: Snapshot, after: Snapshot, localizer: Localizer) -> Effect:
    """Return the difference between the answers before and after."""
    now = Localizer(before, localizer.language, localizer.screen_age_s)
    then = Localizer(after, localizer.language, localizer.screen_age_s)
    sentences = _taken(before, after, then)
    if before.rehearsal and not after.rehearsal:
        sentences.append(then.say("act.then.over"))
    if after.rehearsal and _played_in(after) != _played_in(before):
        sentences += exercise.sentences(then)
    pairs = zip(before.recommendations, after.recommendations, strict=True)
    lines = [_line_change(old, new, now, then) for old, new in pairs]
    changed = [each for each in lines if len({*each.use}) + len({*each.backup}) > 2]
    rest = "" if len(changed) == len(lines) else then.say("act.then.others")
    if not changed:
        rest = then.say("act.then.same")
    return Effect(said=sentences, lines=changed, rest=rest)


def _line_change(
    old: Recommendation, new: Recommendation, now: Localizer, then: Localizer
) -> LineChange:
    return LineChange(
        line=then.line(new.purpose, new.audience),
        use=(_used(old, now), _used(new, then)),
        backup=(_backup(old, now), _backup(new, then)),
    )


def _used(line: Recommendation, localizer: Localizer) -> str:
    """Return the channel to use, with its caveats."""
    use = line.use
    if use is None:
        return localizer.say("measuring" if line.measuring else "nothing")
    words = [localizer.short_name(use.channel)]
    if line.measuring:
        words.append(localizer.say("measuring"))
    elif use.pinned:
        down = use.state is State.DOWN
        words.append(localizer.say("pinned.down" if down else "pinned"))
    elif not use.verified:
        words.append(localizer.say("unverified"))
    return " · ".join(words)


def _backup(line: Recommendation, localizer: Localizer) -> str:
    """Return the backup."""
    if line.use is None:
        return ""
    return localizer.say("act.then.backup", name=card_text.backup(line, localizer))


def _played_in(shot: Snapshot) -> Exercise | None:
    return shot.rehearsal.exercise if shot.rehearsal else None


def _taken(before: Snapshot, after: Snapshot, then: Localizer) -> list[str]:
    """Return the channels set aside or down from then on, and those no more.

    Then those that become proven, or of which nothing is known any more.
    """
    pairs = list(zip(before.channels, after.channels, strict=True))
    named = {
        f"{key}{'' if now else '.no_more'}": [
            then.short_name(new.name)
            for old, new in pairs
            if lost(new.standing) is now and lost(old.standing) is not now
        ]
        for key, lost in (("aside", _is_aside), ("down", _is_down))
        for now in (True, False)
    }
    for state in (State.AVAILABLE, State.UNKNOWN):
        named[state.value] = [
            then.short_name(new.name)
            for old, new in pairs
            if _becomes(state, old.standing, new.standing)
        ]
    return [
        then.say(f"act.then.{key}", what=", ".join(names))
        for key, names in named.items()
        if names
    ]


def _becomes(state: State, old: Standing, new: Standing) -> bool:
    """Return whether a channel enters a state that nothing else announces."""
    if new.state is not state or old.state is state or new.aside:
        return False
    return not (state is State.AVAILABLE and _is_down(old))


def _is_aside(standing: Standing) -> bool:
    return bool(standing.aside)


def _is_down(standing: Standing) -> bool:
    return standing.state is State.DOWN


# ------------------------------------------------------------------ what was answered


def answered(line: Mapping[str, Any], language: str, head: str, label: str) -> str:
    """Return the engine's recommendation for one line, as it answers.

    `head` is the label of the line, `label` that of the channel.
    """
    measuring = line.get("measuring", False)
    sentence = texts.say(language, "measuring" if measuring else "nothing")
    if line["use"]:
        sentence = texts.say(language, "cli.use", channel=label)
        if measuring:
            sentence += f" · {texts.say(language, 'measuring')}"
    if line["pinned"]:
        key = "pinned.down" if line["state"] == "down" else "pinned"
        sentence += f" · {texts.say(language, key)}"
    return f"{head}{texts.say(language, 'colon')} {sentence}."


def reached(
    answer: Mapping[str, Any], language: str, label: Callable[[Mapping[str, str]], str]
) -> Iterator[str]:
    """Yield which channels a statement sets aside, which not, and why."""
    reach = answer.get("reach")
    if reach and not reach["aside"]:
        yield texts.say(language, "act.reach.none")
    for key, channels in reach.items() if reach else ():
        if channels:
            names = ", ".join(map(label, channels))
            yield texts.say(language, f"act.reach.{key}", what=names)


def done_html(
    what: str,
    answer: Mapping[str, Any],
    at: Instant,
    localizer: Localizer,
    *,
    undone: bool = False,
) -> Markup:
    """Draw the engine's answer: where it is noted, and the recommendation since.

    `what` was done, or undone.
    """
    on_disk = answer["kept"] == "disk"
    key = "act.undone" if undone else "act.noted"
    return _drawn(
        "done",
        localizer,
        noted=localizer.say(key, time=localizer.clock(at)),
        what=what,
        kept="" if on_disk else localizer.say("journal.in_memory"),
        reached=[
            *reached(
                answer,
                localizer.language,
                lambda each: localizer.short_name(each["channel"]),
            )
        ],
        answers=[
            answered(
                line,
                localizer.language,
                localizer.line(line["purpose"], line["audience"]),
                localizer.short_name(line["use"] or ""),
            )
            for line in answer.get("recommendations", ())
        ],
    )


def will_html(
    said: Sequence[str], effect: Effect | None, localizer: Localizer
) -> Markup:
    """Draw the effect of a request, before it is confirmed."""
    return _drawn("will", localizer, said=said, effect=effect)


def refused_html(words: str, localizer: Localizer) -> Markup:
    """Draw why a request is refused."""
    return _drawn("refused", localizer, words=words)


def _drawn(name: str, localizer: Localizer, **values: object) -> Markup:
    return templates.part("actions.html", name, localizer.language, **values)


# ------------------------------------------------------------------ what is in force


def in_force(localizer: Localizer) -> list[InForce]:
    """Return every statement in force: marks, pins, exercise.

    Where marks may be lost, their confirmation comes first.
    """
    shot = localizer.snapshot
    marked = Counter(mark.subject for mark in shot.marks)
    held = [_lost(localizer)] if shot.words_lost else []
    held += [
        _mark(mark, localizer, alone=marked[mark.subject] < 2) for mark in shot.marks
    ]
    held += [_pin(pin, localizer) for pin in shot.pins]
    if shot.rehearsal:
        held.append(_played(shot.rehearsal.exercise, localizer))
    return held


def _lost(localizer: Localizer) -> InForce:
    head = localizer.say("note.words_lost")
    return InForce(
        about=("lost", ""),
        name="",
        head=head,
        by="",
        html=_drawn("held", localizer, head=head, due=True),
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
    return InForce(
        about=(kind, mark.subject),
        name=name if alone else head,
        head=head,
        by=mark.by,
        html=_held_html(head, mark, localizer),
        said=_held(mark, localizer),
        until=mark.until,
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
    return InForce(
        about=("pin", pin.line),
        name=name,
        head=head,
        by=pin.by,
        html=_held_html(head, pin, localizer),
        said=_held(pin, localizer),
        until=pin.until,
        undo=UnpinRequest(line=pin.line),
        again=again if _asks(pin, localizer) else None,
    )


def _played(played: Exercise, localizer: Localizer) -> InForce:
    names = ", ".join(map(localizer.subject, played.fails))
    head = localizer.say("entry.exercise.started", name=names)
    return InForce(
        about=("exercise", ""),
        name=localizer.say("exercise"),
        head=head,
        by=played.by,
        html=_held_html(head, played, localizer),
        said=_held(played, localizer),
        until=played.until,
        undo=ExerciseRequest(action="stop"),
        button="act.stop",
    )


def _asks(word: Mark | Pin | Exercise, localizer: Localizer) -> bool:
    return word in to_confirm(localizer.snapshot)


def _held_html(head: str, word: Mark | Pin | Exercise, localizer: Localizer) -> Markup:
    """Draw a statement: subject, author, reason, begin and end."""
    said, asks = _held(word, localizer), _asks(word, localizer)
    return _drawn("held", localizer, head=head, said=said, due=asks)


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
        return f"{sentence}. {_only(word, localizer)}"
    return sentence


def _only(mark: Mark, localizer: Localizer) -> str:
    """Return that a province statement is not ours to undo."""
    if mark.says is Declared.DISTRUSTED:
        return localizer.say("act.province.distrust", author=mark.author)
    return localizer.say("act.province.mark", author=mark.author)


def _held_key(word: Mark | Pin | Exercise, *, asks: bool) -> str:
    """Return the key for its date: a distrust does not end then."""
    if isinstance(word, Mark) and word.says is Declared.DISTRUSTED:
        return "act.held.due" if asks else "act.held.unsafe"
    return "act.held.ends" if asks else "act.held"
