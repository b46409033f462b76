"""Name of the person at the keyboard, for the journal.

A typed name is kept for the next page of this browser: the script of the page stores it
in a cookie for a while. It only fills in the field, where it is visible and can be
changed; it gives no rights.
"""

from collections.abc import Mapping
from urllib.parse import unquote

import streamlit as st

from secours.render.escape import plain
from secours.render.wording.localizer import Localizer

LONGEST_NAME = 60
COOKIE = "secours_name"  # watch.js writes it
TYPED = "person"  # in the session: the key of the field


def ask(localizer: Localizer, signed_in: str | None = None) -> str:
    """Show the known name, or ask for one; return it, "" for none."""
    if signed_in:
        st.text(localizer.say("person.known", by=signed_in))
        return signed_in
    if TYPED not in st.session_state:
        st.session_state[TYPED] = remembered()
    st.text_input(
        localizer.say("person.name"),
        max_chars=LONGEST_NAME,
        autocomplete="name",
        key=TYPED,
    )
    return name()


def name(known: str | None = None) -> str:
    """Return the known name, or the one typed, "" for none."""
    return known or plain(st.session_state.get(TYPED, ""), LONGEST_NAME)


def remembered() -> str:
    """Return the name in this browser's cookie, "" for none."""
    return plain(unquote(st.context.cookies.get(COOKIE, "")), LONGEST_NAME)


def to_remember() -> Mapping[str, str]:
    """Return the typed name for the script of the page to store."""
    typed = name()
    if TYPED not in st.session_state or typed == remembered():
        return {}
    return {"name": typed}
