"""Session of a viewer: its state across pages.

A browser may reconnect to the session while a run goes on. So a press takes effect
under a lock, and is noted in state read before.
"""

from threading import Lock
from typing import TypeVar

import msgspec
import streamlit as st
from msgspec import Struct

Remembered = TypeVar("Remembered")


class SentForms(Struct):
    """Count of forms of a page that were sent, and the result of the last."""

    count: int = 0
    said: str = ""
    lock: Lock = msgspec.field(default_factory=Lock)  # to send one


def remembered(name: str, kind: type[Remembered]) -> Remembered:
    """Return the session's value of a name, new at first."""
    if name not in st.session_state:
        st.session_state[name] = kind()
    found: Remembered = st.session_state[name]
    return found
