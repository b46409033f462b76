"""Who is at the keyboard: whose name goes into the journal."""

import streamlit as st

from secours.render.escape import plain
from secours.render.wording.localizer import Localizer

LONGEST_NAME = 60
KEPT = "person"  # in the session


def ask(localizer: Localizer, known: str | None = None) -> str:
    """Show who is known to be here, or ask; return the name, "" for none."""
    if known:
        st.text(localizer.say("person.known", by=known))
        return known
    before = str(st.session_state.get(KEPT, ""))
    name = st.text_input(
        localizer.say("person.name"),
        before,
        max_chars=LONGEST_NAME,
        autocomplete="name",
    )
    st.session_state[KEPT] = plain(name, LONGEST_NAME)
    return str(st.session_state[KEPT])
