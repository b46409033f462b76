"""Words of the page of actions: its forms, and what the engine answers.

Pure: requests to the engine and snapshots in, words and HTML out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from markupsafe import Markup
from msgspec.structs import asdict

from secours import texts
from secours.model.nodes import channel_node, is_channel, plain_name
from secours.model.observed import Instant
from secours.model.receivers.reach import RollCall
from secours.model.requests import (
    AnnouncedRequest,
    EngineRequest,
    ExerciseRequest,
    MarkRequest,
    PinRequest,
    TestRequest,
    UnmarkRequest,
    UnpinRequest,
    UntestRequest,
)
from secours.model.snapshot import Snapshot
from secours.model.statements import Declared
from secours.render import templates
from secours.render.pages import in_force
from secours.render.pages.effects import Effect
from secours.render.pages.in_force import DISTRUST, EXERCISE, MARK, PIN
from secours.render.pages.tell import AllSent
from secours.render.wording.journal import line_name
from secours.render.wording.localizer import Localizer
from secours.render.wording.receivers import roll_call

SAYS = (Declared.DOWN, Declared.UP, Declared.MAINTENANCE, Declared.DISTRUSTED)

Deed: TypeAlias = MarkRequest | PinRequest | TestRequest | ExerciseRequest
"""A request that can be begun on the page, filled in as far as it is."""


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
        serving = [
            each.name
            for each in localizer.snapshot.recommendations
            if channel in each.planned
        ]
        for name in serving if subject else [line]:
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
        for held in in_force.statements(localizer)
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
        for each in in_force.statements(localizer)
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
    colon, pinned = texts.say(language, "colon"), texts.say(language, "pinned")
    if line["pinned"] and line["state"] == "down":  # not to be used
        sentence = f"{texts.say(language, 'pinned.down')}{colon} {label}"
    elif line["pinned"] and line.get("unheard"):
        unheard = texts.say(language, "state.unheard")
        sentence = f"{pinned} · {unheard}{colon} {label}"
    elif line["pinned"]:
        sentence += f" · {pinned}"
    return f"{head}{colon} {sentence}."


def reached(
    answer: Mapping[str, Any], language: str, label: Callable[[Mapping[str, str]], str]
) -> Iterator[str]:
    """Yield which channels a statement sets aside, which not, and why."""
    reach = answer.get("reach")
    if reach and reach.get("aside") == []:
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
