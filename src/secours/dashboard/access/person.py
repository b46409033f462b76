"""Who is at the keyboard: whose name goes into the journal.

A name that was typed is there again on the next page, in this browser: the script of
the page keeps it in a cookie for a while. It only fills in the field, where it is seen
and can be changed; nobody is let in by it.
"""

from collections.abc import Mapping
from urllib.parse import unquote

import streamlit as st

from secours.render.escape import plain
from secours.render.wording.localizer import Localizer

LONGEST_NAME = 60
COOKIE = "secours_name"  # watch.js writes it
TYPED = "person"  # in the session: the key of the field


def ask(localizer: Localizer, known: str | None = None) -> str:
    """Show who is known to be here, or ask; return the name, "" for none."""
    if known:
        st.text(localizer.say("person.known", by=known))
        return known
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
    """Return who is known to be here, or the name that was typed, "" for none."""
    return known or plain(st.session_state.get(TYPED, ""), LONGEST_NAME)


def remembered() -> str:
    """Return the name that this browser came with, "" for none."""
    return plain(unquote(st.context.cookies.get(COOKIE, "")), LONGEST_NAME)


def to_remember() -> Mapping[str, str]:
    """Return what the script of the page is told of a name that was typed here."""
    typed = name()
    if TYPED not in st.session_state or typed == remembered():
        return {}
    return {"name": typed}
