"""Page of the watch for its next holder, with a signed handover."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st
from markupsafe import Markup

from secours.core.audit.plan import tests_of
from secours.dashboard.access import person
from secours.dashboard.access.visit import SentForms, Visit, remembered
from secours.dashboard.address import Address
from secours.dashboard.engine import engine_client, history
from secours.dashboard.engine.engine_client import NotDone
from secours.dashboard.engine.history import MOST_CHANGES, NoHistory
from secours.dashboard.engine.source import plan
from secours.engine.store import saved_memory
from secours.engine.store.reader import JournalEntry
from secours.model.requests import WatchRequest
from secours.render.logbook import shift, watches
from secours.render.logbook.entries import SEARCHED
from secours.render.logbook.shift import ShiftData
from secours.render.logbook.watches import WatchSpan
from secours.render.templates.links import Asked
from secours.render.wording.localizer import Localizer

HANDOVERS = "handovers"  # in the session
FORM = "secours-handover"
LONGEST_REMARK, LONGEST_NAME = 200, 60

Say = Callable[[WatchRequest], Mapping[str, Any]]


def draw(localizer: Localizer, address: Address, visit: Visit) -> Markup:
    """Draw the page of the watch."""
    found = known(localizer, address.asked)
    return shift.page_html(found, localizer, acts=visit.acts)


def known(localizer: Localizer, query: Asked) -> ShiftData:
    """Gather data besides the snapshot."""
    config, trials = plan(), saved_memory.trials()
    now = localizer.snapshot.at.utc
    tests = tuple(tests_of(config, trials, now)) if config else None
    try:
        spans = watches.spans(history.words_on_watch(), localizer)
        back = watches.back_of(query, spans)
        changes = _during(watches.shown(spans, back, localizer))
    except NoHistory as none:
        trouble = localizer.say(str(none))
        held = watches.spans((), localizer)
        return ShiftData(tests=tests, trials=trials, trouble=trouble, watches=held)
    return ShiftData(
        tests=tests, trials=trials, changes=changes, watches=spans, back=back
    )


def _during(span: WatchSpan) -> list[JournalEntry]:
    """Return the journal entries of a watch, newest first."""
    since = history.journal(span.began, MOST_CHANGES if span.ended else SEARCHED)
    return [e for e in since if span.ended is None or e.at < span.ended]


def below(localizer: Localizer, _: Address, visit: Visit) -> None:
    """Show the form of the watch, to those who may act."""
    if visit.acts:
        with st.container(key=FORM):
            say = partial(engine_client.say, localizer=localizer)
            handover(localizer, say, visit.viewer.name)


def handover(localizer: Localizer, say: Say, signed_by: str | None) -> None:
    """Take a signature: the next holder confirms to have read the page."""
    st.header(localizer.say("shift.title"), anchor=False)
    by = person.ask(localizer, signed_by)
    signed = remembered(HANDOVERS, SentForms)
    number = signed.count
    key = f"watch {number}"
    with st.form(key, border=False):
        left, right = st.columns((2, 1))
        remark = left.text_input(
            localizer.say("shift.remark"),
            max_chars=LONGEST_REMARK,
            autocomplete="off",
            key=f"{key} remark",
        )
        to = right.text_input(
            localizer.say("shift.to"),
            max_chars=LONGEST_NAME,
            autocomplete="off",
            key=f"{key} to",
        )
        with st.container(horizontal=True):
            takes = st.form_submit_button(localizer.say("shift.take"), type="primary")
            hands = st.form_submit_button(localizer.say("shift.hand"))
    if takes:
        request = WatchRequest(by=by, remark=remark, action="take")
        _sign(localizer, say, request, "shift.taken", number)
    if hands:
        request = WatchRequest(by=by, remark=remark, action="hand", to=to)
        _sign(localizer, say, request, "shift.handed", number)
    if signed.said:
        st.text(signed.said)


def _sign(
    localizer: Localizer, say: Say, request: WatchRequest, key: str, number: int
) -> None:
    """Sign the handover of this number, unless that was pressed before."""
    signed = remembered(HANDOVERS, SentForms)
    if not request.by:
        signed.said = localizer.say("person.needed")
        return
    with signed.lock:
        if signed.count == number:
            try:
                say(request)
            except NotDone as refused:
                signed.said = localizer.say(
                    "journal.not_written", what=refused.why(localizer)
                )
                return
            signed.said = localizer.say(key, name=request.to or None)
            signed.count += 1
    st.rerun()
