"""The watch: who has it, what whoever takes it has to know, and a signed handover."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st
from markupsafe import Markup

from secours.core.audit.plan import tests_of
from secours.dashboard.access import person
from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.dashboard.engine import engine_client, history
from secours.dashboard.engine.engine_client import NotDone
from secours.dashboard.engine.history import NoHistory
from secours.dashboard.engine.source import plan
from secours.engine.store import saved_memory
from secours.render.logbook import shift
from secours.render.logbook.shift import Known
from secours.render.wording.localizer import Localizer

# In the session: what became of the last handover, and how many were signed.
SIGNED, SIGNATURES = "watch said", "watches signed"
FORM = "secours-handover"
LONGEST_REMARK, LONGEST_NAME = 200, 60

Say = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def draw(localizer: Localizer, _: Address, visit: Visit) -> Markup:
    """Draw what whoever takes the watch has to know."""
    return shift.page_html(known(localizer), localizer, acts=visit.acts)


def known(localizer: Localizer) -> Known:
    """Gather what the page says beside the snapshot."""
    config, trials = plan(), saved_memory.trials()
    now = localizer.snapshot.at.utc
    tests = tuple(tests_of(config, trials, now)) if config else None
    try:
        changes = history.journal(shift.since(localizer))
    except NoHistory as none:
        trouble = localizer.say(str(none))
        return Known(tests=tests, trials=trials, trouble=trouble)
    return Known(tests=tests, trials=trials, changes=changes)


def below(localizer: Localizer, _: Address, visit: Visit) -> None:
    """Let the watch be taken or handed over, by who may act."""
    if visit.acts:
        with st.container(key=FORM):
            handover(localizer, engine_client.say, visit.viewer.name)


def handover(localizer: Localizer, say: Say, signed_by: str | None) -> None:
    """Take a signature: whoever takes the watch says that they have read the page."""
    st.header(localizer.say("shift.title"), anchor=False)
    by = person.ask(localizer, signed_by)
    generation = st.session_state.get(SIGNATURES, 0)
    with st.form(f"watch {generation}", border=False):
        left, right = st.columns((2, 1))
        remark = left.text_input(
            localizer.say("shift.remark"),
            max_chars=LONGEST_REMARK,
            autocomplete="off",
            key=f"watch {generation} remark",
        )
        to = right.text_input(
            localizer.say("shift.to"),
            max_chars=LONGEST_NAME,
            autocomplete="off",
            key=f"watch {generation} to",
        )
        with st.container(horizontal=True):
            takes = st.form_submit_button(localizer.say("shift.take"), type="primary")
            hands = st.form_submit_button(localizer.say("shift.hand"))
    request = {"do": "watch", "by": by, "remark": remark}
    if takes:
        _sign(localizer, say, {**request, "action": "take"}, "shift.taken")
    if hands:
        asked = {**request, "action": "hand", "to": to}
        _sign(localizer, say, asked, "shift.handed")
    if SIGNED in st.session_state:
        st.text(st.session_state[SIGNED])


def _sign(localizer: Localizer, say: Say, request: dict[str, str], done: str) -> None:
    if not request["by"]:
        st.session_state[SIGNED] = localizer.say("person.needed")
        return
    try:
        say(request)
    except NotDone as refused:
        why = str(refused) or localizer.say("journal.no_engine")
        st.session_state[SIGNED] = localizer.say("journal.not_written", what=why)
        return
    st.session_state[SIGNED] = localizer.say(done, name=request.get("to") or None)
    st.session_state[SIGNATURES] = st.session_state.get(SIGNATURES, 0) + 1
    st.rerun()
