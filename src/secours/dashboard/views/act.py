"""What a person can do: one form for each, seen before it is confirmed, and undone.

Nothing is done by one tap: a form leads to the words of what will happen, and only the
button under them sends it. What the engine refuses is said in its words.
"""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st
from markupsafe import Markup

from secours.dashboard import forms
from secours.dashboard.access import person
from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.dashboard.engine import engine_client, preview
from secours.dashboard.engine.engine_client import NotDone
from secours.dashboard.engine.preview import Foreseen
from secours.dashboard.engine.source import Look, look
from secours.dashboard.refresh import asked, localizer_of, refresh_s
from secours.engine import clock
from secours.render.escape import literal
from secours.render.pages import actions, notices
from secours.render.pages.actions import Request
from secours.render.pages.notices import NoticeRow
from secours.render.wording import exercise
from secours.render.wording.localizer import Localizer

# In the session: a request that waits to be confirmed, the answer to the last one, and
# how many were answered, for each of them ends a generation of forms.
DRAFT, DONE, ANSWERED = "act draft", "act done", "act answered"

Say = Callable[[Request], Mapping[str, Any]]
Foresee = Callable[[Request, Localizer], Foreseen | None]


def draw(localizer: Localizer, _: Address, __: Visit) -> Markup:
    """Draw the exercise, if there is one."""
    return exercise.block(localizer)


def below(localizer: Localizer, _: Address, visit: Visit) -> None:
    """Show what is in force and the forms; or a request that waits to be confirmed."""
    say, foresee = engine_client.say, preview.foresee
    if DONE in st.session_state:
        st.html(st.session_state[DONE])
    by = person.ask(localizer, visit.viewer.name)
    _take_asked(localizer)
    if DRAFT in st.session_state:
        _confirm(localizer, st.session_state[DRAFT], by, say, foresee)
        return
    st.header(localizer.say("act.force"), anchor=False)
    _again(look, _in_force, _to_tell)
    _form(localizer, by, foresee)
    _again(look, _notices)


def _take_asked(localizer: Localizer) -> None:
    """Let the notice be acknowledged that the address asks for."""
    if asked("do") != notices.ACK:
        return
    code = asked("code")
    if request := notices.asked(code, localizer):
        st.session_state[DRAFT] = request
    else:
        _refuse(localizer, localizer.say("notices.ack.none", name=code))
    _forget_address()


def _form(localizer: Localizer, by: str, foresee: Foresee) -> None:
    st.header(localizer.say("act.kind"), anchor=False)
    given = asked("do")
    kind = st.segmented_control(
        localizer.say("act.kind"),
        actions.KINDS,
        default=given if given in actions.KINDS else actions.MARK,
        required=True,
        format_func=lambda kind: localizer.say(f"act.{kind}"),
        label_visibility="collapsed",
        key=f"act {_answered()} kind",
        persist_state="page",
    )
    kind = kind or actions.MARK
    filled = forms.FORMS[kind](forms.Form(localizer, _answered()))
    if not st.button(localizer.say("act.next"), type="primary"):
        return
    if not by:
        _refuse(localizer, localizer.say("person.needed"))
    elif lacking := forms.missing(kind, filled):
        _refuse(localizer, localizer.say("act.missing", what=localizer.say(lacking)))
    else:
        _check(localizer, {**filled, "by": by}, foresee)


def _check(localizer: Localizer, request: Request, foresee: Foresee) -> None:
    """Let a request be confirmed, if the engine would take it."""
    try:
        foresee(request, localizer)
    except NotDone as refused:
        _refuse(localizer, localizer.say("journal.not_written", what=str(refused)))
    else:
        _draft(request)


def _draft(request: Request) -> None:
    st.session_state[DRAFT] = {k: v for k, v in request.items() if k != "by"}
    st.session_state.pop(DONE, None)
    st.rerun()


def _refuse(localizer: Localizer, words: str) -> None:
    st.html(actions.refused_html(words, localizer))


# ------------------------------------------------------------------ the confirmation


def _confirm(
    localizer: Localizer, draft: Request, by: str, say: Say, foresee: Foresee
) -> None:
    """Say what will happen, and do it once that is confirmed."""
    st.header(localizer.say("act.sure"), anchor=False)
    request = {**draft, "by": by}
    if draft["do"] in notices.DEEDS:
        said = notices.will(draft, localizer)
    else:
        said = actions.will(draft, localizer) + _follows(request, localizer, foresee)
    st.html(actions.will_html(said, localizer))
    with st.container(horizontal=True):
        back = st.button(localizer.say("act.back"))
        sure = st.button(localizer.say("act.confirm"), type="primary")
    if back:
        del st.session_state[DRAFT]
        st.rerun()
    if sure and not by:
        _refuse(localizer, localizer.say("person.needed"))
    elif sure:
        _send(localizer, request, say)


def _follows(request: Request, localizer: Localizer, foresee: Foresee) -> list[str]:
    """Say what the answers would be, if a name is there and that can be told."""
    try:
        seen = foresee(request, localizer) if request["by"] else None
    except NotDone as refused:
        _refuse(localizer, localizer.say("journal.not_written", what=str(refused)))
        return []
    if seen is None:
        return [localizer.say("act.then.not_known")]
    return actions.follows(*seen, localizer)


def _send(localizer: Localizer, request: Request, say: Say) -> None:
    try:
        answer = say(request)
    except NotDone as refused:
        why = str(refused) or localizer.say("journal.no_engine")
        _refuse(localizer, localizer.say("journal.not_written", what=why))
        return
    st.session_state[DONE] = (
        notices.done_html(request, localizer)
        if request["do"] in notices.DEEDS
        else actions.done_html(answer, clock.now(), localizer)
    )
    st.session_state[ANSWERED] = _answered() + 1
    del st.session_state[DRAFT]
    _forget_address()
    st.rerun()


def _forget_address() -> None:
    """Ask no more for what the address asked for."""
    for name in ("do", "subject", "line", "code"):
        st.query_params.pop(name, None)


def _answered() -> int:
    return int(st.session_state.get(ANSWERED, 0))


# ------------------------------------------------------------------ what is in force


def _again(look: Callable[[], Look], *parts: Callable[[Localizer], None]) -> None:
    """Show parts of the page again and again, of what is known by then."""

    @st.fragment(run_every=refresh_s())
    def again() -> None:
        localizer = localizer_of(look)
        if localizer is not None:
            for part in parts:
                part(localizer)

    again()


def _in_force(localizer: Localizer) -> None:
    """Show each word that holds, with a button that takes it back."""
    held = actions.in_force(localizer)
    if not held:
        st.text(localizer.say("act.force.none"))
    for each in held:
        _row(each, localizer)


def _to_tell(localizer: Localizer) -> None:
    """Show what to tell people, with a button that notes that they were told."""
    told = actions.to_tell(localizer)
    if told:
        st.header(localizer.say("announce.title"), anchor=False)
    for each in told:
        st.html(each.html)
        label = localizer.say("act.announced", line=literal(each.line))
        if st.button(label, key=f"told {each.request['line']}"):
            _draft(each.request)


def _notices(localizer: Localizer) -> None:
    """Show where notices go, with a button to test each, and what became of them."""
    if found := notices.targets(localizer):
        st.header(localizer.say("notices.targets"), anchor=False)
    for each in found:
        _beside(each, localizer)
    if sent := notices.recent(localizer):
        st.header(localizer.say("notices.recent"), anchor=False)
    for each in sent:
        _beside(each, localizer)


def _beside(each: NoticeRow, localizer: Localizer) -> None:
    """Show a target or a notice, and a button for what can be done about it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(each.html)
        label = localizer.say(each.button, name=literal(each.name))
        if each.request and st.button(label, key=f"{each.button} {each.name}"):
            _draft(each.request)


def _row(each: actions.InForce, localizer: Localizer) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(each.html)
        name, key = literal(each.name), " ".join(each.about)
        if each.again and st.button(
            localizer.say(each.again_button, name=name), key=f"again {key}"
        ):
            _draft({**each.again, "for_s": forms.USUAL_END_S})
        if st.button(localizer.say(each.button, name=name), key=f"undo {key}"):
            _draft(each.undo)
