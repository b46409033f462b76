"""What a page remembers for the session of a viewer.

Whoever presses twice has the script run twice at once: Streamlit begins the second and
breaks the first off where that next reads or writes the session. So what a press does
is done under a lock, and noted in what was read before.
"""

from threading import Lock
from typing import TypeVar

import msgspec
import streamlit as st
from msgspec import Struct

Remembered = TypeVar("Remembered")


class SentForms(Struct):
    """How many forms of a page were sent and done, and what became of the last."""

    count: int = 0
    said: str = ""
    lock: Lock = msgspec.field(default_factory=Lock)  # of who sends one


def remembered(name: str, kind: type[Remembered]) -> Remembered:
    """Return what is remembered under a name, made at first."""
    if name not in st.session_state:
        st.session_state[name] = kind()
    found: Remembered = st.session_state[name]
    return found
