"""Form of actions: a subject, an action, and its arguments.

It yields a request to the engine, without the fields not filled in. Typed text is in a
form of Streamlit, which loses no letter while the page is redrawn and submits all with
the button. A form keeps its choices while hidden, until `generation` changes.
"""

from collections.abc import Sequence
from datetime import time
from typing import Any, NamedTuple

import streamlit as st

from secours import texts
from secours.dashboard.access import person
from secours.dashboard.address import Address
from secours.model.sites.membership import ALL
from secours.model.sites.views import SitesView
from secours.model.statements import Declared
from secours.render.escape import literal
from secours.render.pages import actions
from secours.render.pages.actions import Request
from secours.render.province import to_sites
from secours.render.wording.localizer import Localizer
from secours.render.wording.receivers import roll_call

MINUTE_S, HOUR_S, DAY_S = 60.0, 3600.0, 86400.0
ENDS_S = (HOUR_S, 4 * HOUR_S, 12 * HOUR_S, DAY_S, 7 * DAY_S)
USUAL_END_S = 12 * HOUR_S  # the engine's own
EXERCISE_ENDS_S = (30 * MINUTE_S, HOUR_S, 2 * HOUR_S, 4 * HOUR_S, 12 * HOUR_S)
USUAL_EXERCISE_S = 2 * HOUR_S
HERE, SOME = "here", "some"  # besides ALL
AT = "at"  # of a choice of ends: a time of day
LONGEST_WHY = 200
NARROW = 300  # pixels, of what holds a length of time
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


class Submission(NamedTuple):
    """Text typed below a request, and the button pressed."""

    by: str
    why: str
    reached: list[Filled]
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
        key=form.key("to"),
        persist_state="page",
    )
    if chosen != SOME:
        return (ALL,) if chosen == ALL else None
    names = to_sites.site_names(form.sites, localizer)
    picked: list[str] = st.multiselect(
        localizer.say("act.to.which"),
        list(names),
        format_func=lambda name: names.get(name, name),
        placeholder=localizer.say("act.choose"),
        key=form.key("to which"),
        persist_state="page",
    )
    return tuple(picked)


def request(form: Form, to: To) -> Filled:
    """Ask for the subject and the action; return the choice so far."""
    called = _subjects(form, to)
    subject = _subject(form, called, "subject" if to is None else "subject there")
    line = form.address.get("line")
    if to is None:
        found = actions.deeds(subject, form.localizer, line)
    else:
        found = to_sites.deeds(subject, form.localizer)
    deed = _deed(form, subject, found)
    if deed is None:
        return {"subject": subject} if subject else {}
    filled = dict(found[deed])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        return filled | _needed(form, filled, called)


def missing(filled: Request, to: To) -> str:
    """Return the key of the first missing field, "" for none."""
    if to is not None and not to:
        return "act.to.which"
    if not any(filled.get(name) for name in ("subject", "channel", "fails")):
        return "act.fails" if "fails" in filled else "act.subject"
    if "do" not in filled:
        return "act.kind"
    timed = filled["do"] == actions.TEST or "for_s" in filled or "until" in filled
    return "" if timed else "act.time"


def sign(
    form: Form, known: str | None, *, why: str, back: bool, tried: str | None = None
) -> Submission:
    """Ask to sign and confirm a request; `why` is the key of an optional remark.

    For a test of a channel it asks who answered, by group.
    """
    localizer = form.localizer
    with st.form(form.key("sign"), border=False, enter_to_submit=False):
        reached = _reached(form, tried) if tried else []
        with st.container(horizontal=True, vertical_alignment="bottom"):
            added = _line(form, why) if why else ""
            by = person.ask(localizer, known)
            sent = st.form_submit_button(localizer.say("act.confirm"), type="primary")
            left = back and st.form_submit_button(localizer.say("act.back"))
    return Submission(by, added, reached, sent, left)


def _reached(form: Form, channel: str) -> list[Filled]:
    """Ask how many of each group answered, and of how many."""
    found: list[Filled] = []
    groups = roll_call.groups(form.localizer.snapshot, channel)
    if not groups:
        return found
    with st.expander(form.localizer.say("act.roll_call")):
        for key, label in roll_call.labels(groups, form.localizer).items():
            about = {"group": literal(label), "key": f"{channel} {key}"}
            with st.container(horizontal=True, vertical_alignment="bottom"):
                answered = _count(form, "act.answered", None, **about)
                asked = _count(form, "act.asked", groups[key].people, **about)
            if answered is not None:
                found.append({"group": key, "answered": answered, "asked": asked or 0})
    return found


def _count(
    form: Form, label: str, usual: int | None, *, group: str, key: str
) -> int | None:
    return st.number_input(
        form.localizer.say(label, group=group),
        min_value=0,
        value=usual,
        key=form.key(f"{label} {key}"),
        persist_state="page",
    )


def _subjects(form: Form, to: To) -> dict[str, str]:
    """Return the label of each possible subject: here, or at sites."""
    if to is None or form.sites is None:
        return actions.subjects(form.localizer, form.address.get("line"))
    return to_sites.subjects(form.sites, form.localizer)


def _subject(form: Form, called: dict[str, str], key: str) -> str | None:
    localizer, address = form.localizer, form.address
    options, given = list(called), address.get("subject")
    return st.selectbox(
        localizer.say("act.subject"),
        options,
        options.index(given) if given in called else None,
        format_func=lambda name: called[name],
        placeholder=localizer.say("act.choose"),
        key=form.key(key),
        persist_state="page",
    )


def _deed(form: Form, subject: str | None, found: dict[str, Request]) -> str | None:
    """Ask for the action; another subject keeps the choice."""
    address = form.address
    asked = address.get("do") or "", address.get("line") or ""
    before = st.session_state.get(DEED)
    chosen = st.pills(
        form.localizer.say("act.kind"),
        list(found),
        default=before if before in found else actions.deed_asked(found, *asked),
        format_func=lambda n: literal(actions.deed_label(found[n], form.localizer)),
        key=form.key(f"deed {subject}"),
        persist_state="page",
    )
    st.session_state[DEED] = chosen
    return chosen


def _needed(form: Form, filled: Filled, called: dict[str, str]) -> Filled:
    """Ask for the arguments of an action."""
    match filled["do"]:
        case actions.TEST:
            return {}
        case actions.EXERCISE:
            fails = _fails(form, filled.get("fails", []), called)
            end = _end(form, "act.for", EXERCISE_ENDS_S, USUAL_EXERCISE_S)
            return {"fails": fails} | end | _notices(form)
    says = filled.get("says")
    label = "act.for.distrust" if says == Declared.DISTRUSTED else "act.for"
    end = _end(form, label, ENDS_S, USUAL_END_S)
    return end | (_since(form) if says == Declared.DOWN else {})


def _fails(form: Form, given: list[str], called: dict[str, str]) -> list[str]:
    """Ask for the played failures."""
    return st.multiselect(
        form.localizer.say("act.fails"),
        list(called),
        given,
        format_func=lambda name: called[name],
        placeholder=form.localizer.say("act.choose"),
        key=form.key(f"fails {' '.join(given)}"),
        persist_state="page",
    )


def _notices(form: Form) -> Filled:
    """Ask whether people are told of an exercise, where the plan says whom."""
    if not form.localizer.snapshot.targets:
        return {}
    told = st.checkbox(
        form.localizer.say("act.notices"),
        key=form.key("notices"),
        persist_state="page",
    )
    return {"notices": True} if told else {}


def _line(form: Form, label: str) -> str:
    return st.text_input(
        form.localizer.say(label),
        max_chars=LONGEST_WHY,
        autocomplete="off",
        key=form.key(label),
        persist_state="page",
    )


def _since(form: Form) -> Filled:
    """Ask when it fell, if not just now."""
    at = st.time_input(
        form.localizer.say("act.since_when"),
        None,
        key=form.key("since"),
        persist_state="page",
        width=NARROW,
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
        width=NARROW,
    )
    if chosen != AT:
        return {"for_s": float(chosen)}
    at = st.time_input(
        localizer.say("act.time"),
        None,
        key=form.key("time"),
        persist_state="page",
        width=NARROW,
    )
    return {"until": f"{at:%H:%M}"} if isinstance(at, time) else {}


def _called(end: str, localizer: Localizer) -> str:
    if end == AT:
        return localizer.say("act.at")
    return texts.duration(localizer.language, float(end))
