"""Page of actions: one form, a preview, and one button.

Only the undo of the last action takes a single tap. Refusals are in the engine's
words.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from threading import Lock
from typing import Any, NamedTuple

import msgspec
import streamlit as st
from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace

from secours.dashboard import forms
from secours.dashboard.access.visit import Visit, remembered
from secours.dashboard.address import Address
from secours.dashboard.engine import engine_client, preview, province
from secours.dashboard.engine.engine_client import NotDone
from secours.dashboard.engine.source import look
from secours.dashboard.forms import Form, Submission
from secours.dashboard.view import localizer_of, refresh_s
from secours.engine import clock
from secours.model.requests import (
    AnnouncedRequest,
    EngineRequest,
    HandDownRequest,
    NoticesOnRequest,
    StatementRequest,
    TakeoverRequest,
)
from secours.render.escape import literal
from secours.render.pages import actions, effects, in_force, notices, takeover, tell
from secours.render.pages.notices import NoticeRequest, NoticeRow
from secours.render.pages.tell import AllSent
from secours.render.province import to_sites
from secours.render.wording import exercise
from secours.render.wording.localizer import Localizer

ACTING = "acting"  # in the session
UNDO_WITHIN_S = 600.0
NOBODY = "?"  # signs previews


class Done(NamedTuple):
    """Last action, with its undo and the end of that."""

    what: str
    html: Markup
    undo: dict[str, Any] | None  # as the engine has it
    by: str
    until_s: float


class ActState(Struct):
    """Action that a viewer prepares, and their last one."""

    draft: EngineRequest | None = None  # of a button, to be confirmed
    done: Done | None = None
    answered: int = 0  # each ends a generation of forms
    lock: Lock = msgspec.field(default_factory=Lock)  # to send one


def draw(localizer: Localizer, _: Address, __: Visit) -> Markup:
    """Draw the exercise, if there is one."""
    return exercise.block(localizer)


def below(localizer: Localizer, address: Address, visit: Visit) -> None:
    """Show the form, or a request to confirm; beside it the statements in force."""
    with st.container(key="acting"):
        with st.container(key="acting-form"):
            _take_asked(localizer, address)
            _again(_done)
            acting = _acting()
            sites = province.sites(localizer)
            form = Form(localizer, address, acting.answered, sites)
            if acting.draft is not None:
                _draft(form, visit.viewer.name, acting.draft)
            else:
                _form(form, visit.viewer.name)
        with st.container(key="acting-held"):
            _again(_standby, _in_force, _sent_to_sites, _to_tell, _notices)


def _take_asked(localizer: Localizer, address: Address) -> None:
    """Prepare the acknowledgement that the address asks for."""
    if address.get("do") != notices.ACK:
        return
    code = address.get("code")
    if request := notices.asked(code, localizer):
        _acting().draft = request
    else:
        _refuse(localizer, localizer.say("notices.ack.none", name=code))
    _forget_address()


def _form(form: Form, signed_in: str | None) -> None:
    """Ask for a subject and an action, and show its effect."""
    to = forms.addressees(form)
    begun, lacking = forms.request(form, to)
    signed = forms.sign(form, signed_in, begun, to=to, back=False)
    _sent(form, signed, lacking)
    if lacking or signed.request is None:
        st.html(actions.will_html([], None, form.localizer))
    else:
        _again(partial(_foreseen, request=signed.request))


def _draft(form: Form, known: str | None, request: EngineRequest) -> None:
    """Show the effect of a button's request, and ask to confirm it."""
    _again(partial(_foreseen, request=replace(request, by=known or NOBODY)))
    signed = forms.sign(form, known, request, back=True)
    if signed.back:
        _acting().draft = None
        st.rerun()
    _sent(form, signed, "")


def _sent(form: Form, signed: Submission, lacking: str) -> None:
    """Send a request whose button was pressed, or show what it lacks."""
    localizer, request = form.localizer, signed.request
    if not signed.sent:
        return
    if lacking or request is None:
        what = localizer.say(lacking)
        _refuse(localizer, localizer.say("act.missing", what=what))
    elif not request.by:
        with st.container(key="acting-nameless"):
            _refuse(localizer, localizer.say("person.needed"))
    else:
        _send(form, request)


def _refuse(localizer: Localizer, words: str) -> None:
    st.html(actions.refused_html(words, localizer))


def _foreseen(localizer: Localizer, request: EngineRequest) -> None:
    """Show the effect of a request, and the answers after it, if known."""
    will, _ = _words(localizer, request)
    effect = None
    if isinstance(request, StatementRequest):
        request = replace(request, by=request.by or NOBODY)
        try:
            outlook = preview.foresee(request, localizer)
        except NotDone as refused:
            _refuse(localizer, localizer.say("journal.not_written", what=str(refused)))
            return
        if outlook is None:
            will.append(localizer.say("act.then.not_known"))
        effect = effects.follows(*outlook, localizer) if outlook else None
    st.html(actions.will_html(will, effect, localizer))


def _words(localizer: Localizer, request: EngineRequest) -> tuple[list[str], str]:
    """Return the effect of a request, and its name in a few words, if it has one."""
    if isinstance(request, NoticeRequest):
        return notices.will(request, localizer), ""
    if isinstance(request, TakeoverRequest):
        return takeover.will(request, localizer), takeover.label(request, localizer)
    if isinstance(request, HandDownRequest):
        sites = _sites(localizer)
        return to_sites.will(request, sites), to_sites.in_short(request, sites)
    return actions.will(request, localizer), actions.in_short(request, localizer)


def _send(form: Form, request: EngineRequest) -> None:
    """Send a request once; it can be undone for a while."""
    acting = _acting()
    with acting.lock:
        if acting.answered == form.generation:
            done = _do(form.localizer, request)
            if done is None:
                return
            acting.done, acting.draft = done, None
            acting.answered += 1
    _begin_anew()
    st.rerun()


def _do(localizer: Localizer, request: EngineRequest) -> Done | None:
    """Send a request, and return its result; None where refused."""
    answer = _answer(localizer, request)
    if answer is None:
        return None
    now, (_, what) = clock.now(), _words(localizer, request)
    if isinstance(request, NoticeRequest):
        html = notices.done_html(request, localizer)
    else:
        html = actions.done_html(what, answer, now, localizer)
    until_s = now.steady_s + UNDO_WITHIN_S
    return Done(what, html, answer.get("undo"), request.by, until_s)


def _undo(localizer: Localizer, last: Done, undo: dict[str, Any]) -> None:
    """Undo the last action, unless already undone."""
    acting = _acting()
    with acting.lock:
        if acting.done is last:
            acting.done = _undone(localizer, last, undo)
    st.rerun()


def _undone(localizer: Localizer, last: Done, undo: dict[str, Any]) -> Done:
    """Undo it in its author's name; a refusal stays shown."""
    try:
        answer = engine_client.say({**undo, "by": last.by}, localizer=localizer)
    except NotDone as refused:
        words = f"{last.what} · {_not_done(localizer, refused)}"
        return last._replace(html=actions.refused_html(words, localizer))
    html = actions.done_html(last.what, answer, clock.now(), localizer, undone=True)
    return last._replace(html=html, undo=None)


def _answer(localizer: Localizer, request: EngineRequest) -> dict[str, Any] | None:
    """Return the engine's answer; show a refusal."""
    try:
        if isinstance(request, AllSent):
            return _noted(localizer, request)
        return engine_client.say(request, localizer=localizer)
    except NotDone as refused:
        _refuse(localizer, _not_done(localizer, refused))
        return None


def _noted(localizer: Localizer, request: AllSent) -> dict[str, Any]:
    """Note that each of several texts was sent; the rest stays in the draft.

    Texts noted by others in the meantime do not stop the rest.
    """
    answer: dict[str, Any] = {}
    refused: list[tuple[AnnouncedRequest, str]] = []
    for place, each in enumerate(request.each):
        left = (*(one for one, _ in refused), *request.each[place:])
        _acting().draft = AllSent(each=left)
        try:
            answer = engine_client.say(
                replace(each, by=request.by), localizer=localizer
            )
        except NotDone as error:
            if not str(error):  # no engine
                raise
            refused.append((each, str(error)))
    if refused:
        _acting().draft = AllSent(each=tuple(one for one, _ in refused))
        raise NotDone("; ".join(why for _, why in refused))
    return answer


def _not_done(localizer: Localizer, refused: NotDone) -> str:
    """Return why a request was refused: the engine's words, or no engine."""
    return localizer.say("journal.not_written", what=refused.why(localizer))


def _begin_anew() -> None:
    """Empty the form, and drop the address's request."""
    st.session_state.pop(forms.DEED, None)
    _forget_address()


def _forget_address() -> None:
    for name in ("do", "subject", "line", "code"):
        st.query_params.pop(name, None)


def _acting() -> ActState:
    return remembered(ACTING, ActState)


def _done(localizer: Localizer) -> None:
    """Show the last action, with a button that undoes it for a while."""
    last = _acting().done
    if last is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="acting-done"):
        st.html(last.html)
        if (
            last.undo is not None
            and clock.now().steady_s < last.until_s
            and st.button(localizer.say("act.undo.now"), key="act undo")
        ):
            _undo(localizer, last, last.undo)


def _again(*parts: Callable[[Localizer], None]) -> None:
    """Show parts of the page repeatedly, with fresh data."""

    @st.fragment(run_every=refresh_s())
    def again() -> None:
        localizer = localizer_of(look)
        if localizer is not None:
            for part in parts:
                part(localizer)

    again()


def _standby(localizer: Localizer) -> None:
    """Show the role of a standby, with a button that switches it."""
    turn = takeover.turn(localizer)
    if turn is None:
        return
    st.header(localizer.say("standby.title"), anchor=False)
    words, request = turn
    with _row():
        st.text(words)
        _offer(takeover.label(request, localizer), request, "standby turn")


def _in_force(localizer: Localizer) -> None:
    """Show each statement in force, with its undo button."""
    st.header(localizer.say("act.force"), anchor=False)
    held = in_force.statements(localizer)
    if not held:
        st.text(localizer.say("act.force.none"))
    for each in held:
        name, key = literal(each.name), " ".join(each.about)
        with _row(each.html):
            if each.again:
                again = replace(each.again, for_s=forms.USUAL_END_S)
                label = localizer.say(each.again_button, name=name)
                _offer(label, again, f"again {key}")
            _offer(localizer.say(each.button, name=name), each.undo, f"undo {key}")


def _row(html: Markup | None = None) -> AbstractContextManager[Any]:
    """Begin a row, with what its buttons stand beside."""
    row = st.container(horizontal=True, vertical_alignment="center")
    if html is not None:
        row.html(html)
    return row


def _offer(label: str, request: EngineRequest | None, key: str) -> None:
    """Show a button for a request, if any, which asks to confirm it."""
    if request and st.button(label, key=key):
        acting = _acting()
        acting.draft, acting.done = request, None
        st.rerun()


def _sent_to_sites(localizer: Localizer) -> None:
    """Show the orders sent to sites, with their outcomes and buttons to withdraw."""
    orders = province.handed_down(localizer)
    rows = to_sites.sent(orders, _sites(localizer)) if orders else []
    if rows:
        st.header(localizer.say("act.sent"), anchor=False)
    for each in rows:
        label = localizer.say("act.undo", name=literal(each.name))
        with _row(each.html):
            _offer(label, each.request, f"sent {each.key}")


def _sites(localizer: Localizer) -> to_sites.NamedSites:
    return to_sites.known(province.sites(localizer), localizer)


def _to_tell(localizer: Localizer) -> None:
    """Show the texts to send, each with a button that notes it as sent."""
    texts = tell.to_tell(localizer)
    if texts:
        st.header(localizer.say("announce.title"), anchor=False)
    _offer(localizer.say("act.announced.all"), tell.all_sent(texts), "told all")
    for each in texts:
        st.html(each.html)
        label = localizer.say("act.announced", line=literal(each.line))
        _offer(label, each.request, f"told {each.request.line}")


def _notices(localizer: Localizer) -> None:
    """Show the targets of notices, each with a test button, and the latest notices.

    Above, the hold of notices, with a button to release it.
    """
    if words := notices.held(localizer):
        st.header(localizer.say("notices.held"), anchor=False)
        with _row():
            st.text(words)
            _offer(localizer.say("notices.on"), NoticesOnRequest(), "notices on")
    if found := notices.targets(localizer):
        st.header(localizer.say("notices.targets"), anchor=False)
    for each in found:
        _beside(each, localizer)
    if sent := notices.recent(localizer):
        st.header(localizer.say("notices.recent"), anchor=False)
    for each in sent:
        _beside(each, localizer)


def _beside(each: NoticeRow, localizer: Localizer) -> None:
    """Show a target or a notice, with a button for its action."""
    label = localizer.say(each.button, name=literal(each.name))
    with _row(each.html):
        _offer(label, each.request, f"{each.button} {each.name}")
