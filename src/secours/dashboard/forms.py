"""Form of actions: a subject, an action, and its arguments.

It yields a request to the engine, without the fields not filled in. Typed text is in a
form of Streamlit, which loses no letter while the page is redrawn and submits all with
the button. A form keeps its choices while hidden, until `generation` changes.
"""

from collections.abc import Sequence
from datetime import time
from typing import Any, NamedTuple

import streamlit as st
from msgspec.structs import replace

from secours import texts
from secours.dashboard.access import person
from secours.dashboard.address import Address
from secours.model.requests import (
    EngineRequest,
    ExerciseRequest,
    GroupCalled,
    HandDownRequest,
    MarkRequest,
    OrderRequest,
    TestRequest,
    TimedRequest,
)
from secours.model.sites.membership import ALL
from secours.model.sites.views import SitesView
from secours.model.statements import Declared
from secours.render.escape import literal
from secours.render.pages import actions
from secours.render.pages.actions import Deed
from secours.render.province import to_sites
from secours.render.wording.localizer import Localizer
from secours.render.wording.receivers import roll_call

MINUTE_S, HOUR_S, DAY_S = 60.0, 3600.0, 86400.0
ENDS_S = (HOUR_S, 4 * HOUR_S, 12 * HOUR_S, DAY_S, 7 * DAY_S)
USUAL_END_S = 12 * HOUR_S  # the engine's own
EXERCISE_ENDS_S = (30 * MINUTE_S, HOUR_S, 2 * HOUR_S, 4 * HOUR_S, 12 * HOUR_S)
USUAL_EXERCISE_S = 2 * HOUR_S
HERE, SOME = "here", "some"  # besides ALL
AT = "at"  # choice of an end: at a time of day
LONGEST_WHY = 200
NARROW = 300  # pixels, the field of a duration
DEED = "act deed"  # in the session: the last one chosen, for any subject


Filled = dict[str, Any]


class Form(NamedTuple):
    """Context of a form: localizer, address, and generation."""

    localizer: Localizer
    address: Address
    generation: int
    sites: SitesView | None = None  # possible addressees, at the Secours of a province

    def key(self, name: str) -> str:
        """Return the key of a widget."""
        return f"act {self.generation} {name}"

    def kept(self, name: str) -> dict[str, Any]:
        """Return the options of a widget that keeps its choice while hidden."""
        return {"key": self.key(name), "persist_state": "page"}


class Submission(NamedTuple):
    """Request as it was signed, and the button pressed."""

    request: EngineRequest | None
    sent: bool
    back: bool


To = tuple[str, ...] | None
"""The sites to send to, None for this one."""


def addressees(form: Form) -> To:
    """Ask for the sites, if there are others."""
    if form.sites is None:
        return None
    localizer = form.localizer
    called = {HERE: "act.to.here", ALL: "act.to.all", SOME: "act.to.some"}
    chosen = st.pills(
        localizer.say("act.to"),
        list(called),
        default=HERE,
        format_func=lambda name: localizer.say(called[name]),
        **form.kept("to"),
    )
    if chosen != SOME:
        return (ALL,) if chosen == ALL else None
    names = to_sites.site_names(form.sites, localizer)
    picked: list[str] = st.multiselect(
        localizer.say("act.to.which"),
        list(names),
        format_func=lambda name: names.get(name, name),
        placeholder=localizer.say("act.choose"),
        **form.kept("to which"),
    )
    return tuple(picked)


def request(form: Form, to: To) -> tuple[Deed | None, str]:
    """Ask for the subject and the action; return the choice so far.

    With it comes the key of the first missing field, "" for none.
    """
    called = _subjects(form, to)
    subject = _subject(form, called, "subject" if to is None else "subject there")
    line = form.address.get("line")
    if to is None:
        deeds = actions.deeds(subject, form.localizer, line)
    else:
        deeds = to_sites.deeds(subject, form.localizer)
    deed = _deed(form, subject, deeds)
    filled = None
    if deed is not None:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            filled = _filled(form, deeds[deed], called)
    return filled, "act.to.which" if to == () else _missing(filled, subject)


def _missing(filled: Deed | None, subject: str | None) -> str:
    if isinstance(filled, ExerciseRequest) and not filled.fails:
        return "act.fails"
    if not subject and not isinstance(filled, ExerciseRequest):
        return "act.subject"
    if filled is None:
        return "act.kind"
    timed = isinstance(filled, TestRequest) or filled.for_s or filled.until
    return "" if timed else "act.time"


def sign(
    form: Form,
    signed_in: str | None,
    word: EngineRequest | None,
    *,
    to: To = None,
    back: bool,
) -> Submission:
    """Ask to sign and confirm a request; one with `back` has its reason already.

    For a test of a channel it asks who answered, by group. With `to` it is handed down.
    """
    tried = word.channel if isinstance(word, TestRequest) else None
    with st.form(form.key("sign"), border=False, enter_to_submit=False):
        reached = _reached(form, tried) if tried else ()
        with st.container(horizontal=True, vertical_alignment="bottom"):
            label = "act.why" if tried is None else "act.remark"
            added = "" if back else _line(form, label)
            by = person.ask(form.localizer, signed_in)
            sent = st.form_submit_button(
                form.localizer.say("act.confirm"), type="primary"
            )
            goes_back = back and st.form_submit_button(form.localizer.say("act.back"))
    if isinstance(word, TestRequest):
        word = replace(word, remark=added, reached=reached)
    elif isinstance(word, TimedRequest) and not back:
        word = replace(word, why=added)
    if to is not None and isinstance(word, OrderRequest):
        word = HandDownRequest(sites=to, word=word)
    return Submission(replace(word, by=by) if word else None, sent, goes_back)


def _reached(form: Form, channel: str) -> tuple[GroupCalled, ...]:
    """Ask how many of each group answered, and of how many."""
    called: list[GroupCalled] = []
    groups = roll_call.groups(form.localizer.snapshot, channel)
    if not groups:
        return ()
    with st.expander(form.localizer.say("act.roll_call")):
        for key, label in roll_call.labels(groups, form.localizer).items():
            about = {"group": literal(label), "key": f"{channel} {key}"}
            with st.container(horizontal=True, vertical_alignment="bottom"):
                answered = _count(form, "act.answered", None, **about)
                asked = _count(form, "act.asked", groups[key].people, **about)
            if answered is not None:
                called.append(GroupCalled(key, answered, asked or 0))
    return tuple(called)


def _count(
    form: Form, label: str, usual: int | None, *, group: str, key: str
) -> int | None:
    words, kept = form.localizer.say(label, group=group), form.kept(f"{label} {key}")
    count: int | None = st.number_input(words, min_value=0, value=usual, **kept)
    return count


def _subjects(form: Form, to: To) -> dict[str, str]:
    """Return the label of each possible subject: here, or at sites."""
    if to is None or form.sites is None:
        return actions.subjects(form.localizer, form.address.get("line"))
    return to_sites.subjects(form.sites, form.localizer)


def _subject(form: Form, called: dict[str, str], key: str) -> str | None:
    localizer, address = form.localizer, form.address
    options, subject = list(called), address.get("subject")
    return st.selectbox(
        localizer.say("act.subject"),
        options,
        options.index(subject) if subject in called else None,
        format_func=lambda name: called[name],
        placeholder=localizer.say("act.choose"),
        **form.kept(key),
    )


def _deed(form: Form, subject: str | None, deeds: dict[str, Deed]) -> str | None:
    """Ask for the action; another subject keeps the choice."""
    address = form.address
    linked = address.get("do") or "", address.get("line") or ""
    before = st.session_state.get(DEED)
    chosen: str | None = st.pills(
        form.localizer.say("act.kind"),
        list(deeds),
        default=before if before in deeds else actions.deed_asked(deeds, *linked),
        format_func=lambda n: literal(actions.deed_label(deeds[n], form.localizer)),
        **form.kept(f"deed {subject}"),
    )
    st.session_state[DEED] = chosen
    return chosen


def _filled(form: Form, begun: Deed, called: dict[str, str]) -> Deed:
    """Ask what a deed needs besides its subject."""
    match begun:
        case TestRequest():
            return begun
        case ExerciseRequest():
            fails = _fails(form, [*begun.fails], called)
            end = _end(form, "act.for", EXERCISE_ENDS_S, USUAL_EXERCISE_S)
            return replace(begun, fails=tuple(fails), **end, notices=_notices(form))
    says = begun.says if isinstance(begun, MarkRequest) else None
    label = "act.for.distrust" if says == Declared.DISTRUSTED else "act.for"
    filled = _end(form, label, ENDS_S, USUAL_END_S)
    if says == Declared.DOWN:
        filled |= _time(form, "act.since_when", "since")
    return replace(begun, **filled)


def _fails(form: Form, fails: list[str], called: dict[str, str]) -> list[str]:
    """Ask for the played failures."""
    return st.multiselect(
        form.localizer.say("act.fails"),
        list(called),
        fails,
        format_func=lambda name: called[name],
        placeholder=form.localizer.say("act.choose"),
        **form.kept(f"fails {' '.join(fails)}"),
    )


def _notices(form: Form) -> bool:
    """Ask whether people are told of an exercise, where the plan says whom."""
    if not form.localizer.snapshot.targets:
        return False
    return st.checkbox(
        form.localizer.say("act.notices"),
        **form.kept("notices"),
    )


def _line(form: Form, label: str) -> str:
    words: str = st.text_input(
        form.localizer.say(label),
        max_chars=LONGEST_WHY,
        autocomplete="off",
        **form.kept(label),
    )
    return words


def _time(form: Form, label: str, field: str) -> Filled:
    """Ask for a time of day, of a field of the request; empty is none."""
    words = form.localizer.say(label)
    at = st.time_input(words, None, **form.kept(field), width=NARROW)
    return {field: f"{at:%H:%M}"} if isinstance(at, time) else {}


def _end(form: Form, label: str, ends_s: Sequence[float], usual_s: float) -> Filled:
    """Ask for how long, or until when."""
    localizer = form.localizer
    options = [*map(str, ends_s), AT]
    chosen = st.selectbox(
        localizer.say(label),
        options,
        options.index(str(usual_s)),
        format_func=lambda end: _called(end, localizer),
        **form.kept(f"{label} {usual_s}"),
        width=NARROW,
    )
    if chosen != AT:
        return {"for_s": float(chosen)}
    return _time(form, "act.time", "until")


def _called(end: str, localizer: Localizer) -> str:
    if end == AT:
        return localizer.say("act.at")
    return texts.duration(localizer.language, float(end))
