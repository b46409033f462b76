"""The forms of what a person can do: each returns the request that it is filled in to.

What is not filled in is missing from the request. A form keeps what was typed while it
is not shown, until `generation` changes.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import time
from typing import Any, NamedTuple

import streamlit as st

from secours import texts
from secours.dashboard.refresh import asked
from secours.model.nodes import channel_node, plain_name
from secours.model.statements import Declared
from secours.render.pages import actions
from secours.render.pages.journal import line_name
from secours.render.wording.localizer import Localizer

MINUTE_S, HOUR_S, DAY_S = 60.0, 3600.0, 86400.0
ENDS_S = (HOUR_S, 4 * HOUR_S, 12 * HOUR_S, DAY_S, 7 * DAY_S)
USUAL_END_S = 12 * HOUR_S  # the engine's own
EXERCISE_ENDS_S = (30 * MINUTE_S, HOUR_S, 2 * HOUR_S, 4 * HOUR_S, 12 * HOUR_S)
USUAL_EXERCISE_S = 2 * HOUR_S
AT = "at"  # of a choice of ends: a time of day
SAYS = (Declared.DOWN, Declared.UP, Declared.MAINTENANCE)
LONGEST_WHY = 200


class Form(NamedTuple):
    """What is needed to draw one: who speaks, and which generation of forms it is."""

    localizer: Localizer
    generation: int

    def key(self, name: str) -> str:
        """Return the key of a widget."""
        return f"act {self.generation} {name}"


Filled = dict[str, Any]


def mark(form: Form) -> Filled:
    """Ask what is to be declared of what."""
    subject = _subject(form)
    says = st.radio(
        form.localizer.say("act.says"),
        SAYS,
        None,
        format_func=lambda word: form.localizer.say(f"act.says.{word}"),
        horizontal=True,
        key=form.key("says"),
        persist_state="page",
    )
    since = _since(form) if says is Declared.DOWN else {}
    why, end = _why(form), _end(form, "act.for", ENDS_S, USUAL_END_S)
    filled = _filled(do="mark", subject=subject, says=says and says.value, why=why)
    return filled | since | end


def distrust(form: Form) -> Filled:
    """Ask what is no longer safe."""
    st.text(form.localizer.say("act.distrust.what"))
    subject, why = _subject(form), _why(form)
    end = _end(form, "act.for.distrust", ENDS_S, USUAL_END_S)
    says = Declared.DISTRUSTED.value
    return _filled(do="mark", subject=subject, says=says, why=why) | end


def pin(form: Form) -> Filled:
    """Ask which channel a line is to use."""
    localizer = form.localizer
    st.text(localizer.say("act.pin.what"))
    tiers = {line.name: line.tiers for line in localizer.snapshot.recommendations}
    line = _one(
        form, "line", list(tiers), lambda key: line_name(key, localizer), asked("line")
    )
    planned = [name for _, names in tiers.get(line or "", ()) for name in names]
    channel = _one(form, f"channel {line}", planned, localizer.short_name, None)
    why, end = _why(form), _end(form, "act.for", ENDS_S, USUAL_END_S)
    return _filled(do="pin", line=line, channel=channel, why=why) | end


def test(form: Form) -> Filled:
    """Ask which channel was tried, and whether it worked."""
    localizer = form.localizer
    st.text(localizer.say("act.test.what"))
    names = [view.name for view in localizer.snapshot.channels]
    given = plain_name(asked("subject") or "")
    channel = _one(form, "channel", names, localizer.short_name, given)
    worked = st.radio(
        localizer.say("act.result"),
        (True, False),
        None,
        format_func=lambda worked: localizer.say(
            f"channel.tried.{'worked' if worked else 'failed'}"
        ),
        horizontal=True,
        key=form.key("worked"),
        persist_state="page",
    )
    remark = _line(form, "remark")
    return _filled(do="test", channel=channel, worked=worked, remark=remark)


def exercise(form: Form) -> Filled:
    """Ask what is to be played as failed."""
    localizer = form.localizer
    st.text(localizer.say("act.exercise.what"))
    given = asked("subject")
    subjects = _subjects(localizer)
    fails = st.multiselect(
        localizer.say("act.fails"),
        list(subjects),
        [given] if given in subjects else [],
        format_func=lambda name: subjects[name],
        placeholder=localizer.say("act.choose"),
        key=form.key("fails"),
        persist_state="page",
    )
    why = _why(form)
    end = _end(form, "act.for", EXERCISE_ENDS_S, USUAL_EXERCISE_S)
    notices = _notices(form) or None
    filled = _filled(do="exercise", action="start", fails=fails, why=why)
    return filled | end | _filled(notices=notices)


def _notices(form: Form) -> bool:
    """Ask whether people are told of an exercise, where the plan says whom."""
    if not form.localizer.snapshot.targets:
        return False
    return st.checkbox(
        form.localizer.say("act.notices"),
        key=form.key("notices"),
        persist_state="page",
    )


FORMS: Mapping[str, Callable[[Form], Filled]] = {
    actions.MARK: mark,
    actions.DISTRUST: distrust,
    actions.PIN: pin,
    actions.TEST: test,
    actions.EXERCISE: exercise,
}
NEEDED = {
    actions.MARK: {"subject": "act.subject", "says": "act.says"},
    actions.DISTRUST: {"subject": "act.subject"},
    actions.PIN: {"line": "act.line", "channel": "act.channel"},
    actions.TEST: {"channel": "act.channel", "worked": "act.result"},
    actions.EXERCISE: {"fails": "act.fails"},
}


def missing(kind: str, filled: Filled) -> str:
    """Return the key of the first thing that a form lacks, "" for none."""
    for name, key in NEEDED[kind].items():
        if name not in filled:
            return key
    timed = kind == actions.TEST or "for_s" in filled or "until" in filled
    return "" if timed else "act.time"


def _filled(**given: Any) -> Filled:
    return {k: v for k, v in given.items() if v is not None and v != []}


def _subjects(localizer: Localizer) -> dict[str, str]:
    """Return how each channel and component is called, channels first."""
    shown = localizer.snapshot
    labels = {channel_node(view.name): view.label for view in shown.channels}
    labels |= {view.name: view.label for view in shown.components}
    return {
        name: f"{localizer.in_language(label) or name} ({plain_name(name)})"
        for name, label in labels.items()
    }


def _subject(form: Form) -> str | None:
    subjects = _subjects(form.localizer)
    return _one(
        form, "subject", list(subjects), lambda name: subjects[name], asked("subject")
    )


def _one(
    form: Form,
    name: str,
    options: Sequence[str],
    called: Callable[[str], str],
    given: str | None,
) -> str | None:
    """Let one be chosen; none is, unless the address gives it."""
    return st.selectbox(
        form.localizer.say(f"act.{name.partition(' ')[0]}"),
        options,
        options.index(given) if given in options else None,
        format_func=called,
        placeholder=form.localizer.say("act.choose"),
        key=form.key(name),
        persist_state="page",
    )


def _why(form: Form) -> str:
    return _line(form, "why")


def _line(form: Form, name: str) -> str:
    return st.text_input(
        form.localizer.say(f"act.{name}"),
        max_chars=LONGEST_WHY,
        autocomplete="off",
        key=form.key(name),
        persist_state="page",
    )


def _since(form: Form) -> Filled:
    """Ask when it fell, if not just now."""
    at = st.time_input(
        form.localizer.say("act.since_when"),
        None,
        key=form.key("since"),
        persist_state="page",
    )
    return {"since": f"{at:%H:%M}"} if isinstance(at, time) else {}


def _end(form: Form, label: str, ends_s: Sequence[float], usual_s: float) -> Filled:
    """Ask for how long, or until when."""
    localizer = form.localizer
    options = [*map(str, ends_s), AT]
    chosen = st.selectbox(
        localizer.say(label),
        options,
        options.index(str(usual_s)),
        format_func=lambda end: _called(end, localizer),
        key=form.key(f"{label} {usual_s}"),
        persist_state="page",
    )
    if chosen != AT:
        return {"for_s": float(chosen)}
    at = st.time_input(
        localizer.say("act.time"), None, key=form.key("time"), persist_state="page"
    )
    return {"until": f"{at:%H:%M}"} if isinstance(at, time) else {}


def _called(end: str, localizer: Localizer) -> str:
    if end == AT:
        return localizer.say("act.at")
    return texts.duration(localizer.language, float(end))
