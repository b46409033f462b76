"""The session of a viewer: what pages remember for it, and how their runs follow.

Streamlit breaks a run off as soon as another is asked for, and forgets the press that
began it: a field that is left by the press asks for one a moment later. Here what a
press began goes on to its end, and what else is asked for comes after it.

A browser that was cut off comes back to the session while such a run may still go on
there. So what a press does is done under a lock, and noted in what was read before.
"""

from threading import Lock
from typing import TypeVar

import msgspec
import streamlit as st
from msgspec import Struct
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner import get_script_run_ctx, script_runner
from streamlit.runtime.scriptrunner_utils.script_requests import (
    RerunData,
    ScriptRequest,
    ScriptRequests,
    ScriptRequestType,
)

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


class PressesFirst(ScriptRequests):
    """Runs that a session is asked for; one that a press began is not broken off.

    `runner.fastReruns` has to be off, or another run begins beside it.
    """

    _pressed = False  # what runs was begun by a press, and has not asked to run again

    def request_rerun(self, new_data: RerunData) -> bool:
        """Take in that another run is wanted; a script that wants it itself ends."""
        context = get_script_run_ctx(suppress_warning=True)
        if context is not None and context.script_requests is self:
            self._pressed = False
        return super().request_rerun(new_data)

    def on_scriptrunner_yield(self) -> ScriptRequest | None:
        """Return what to break the run off for, if anything."""
        return None if self._pressed else self._begun(super().on_scriptrunner_yield())

    def on_scriptrunner_ready(self) -> ScriptRequest:
        """Return what to do next."""
        request = super().on_scriptrunner_ready()
        self._begun(request)
        return request

    def _begun(self, request: ScriptRequest | None) -> ScriptRequest | None:
        if request is not None and request.type is ScriptRequestType.RERUN:
            states = request.rerun_data.widget_states or WidgetStates()
            self._pressed = any(each.trigger_value for each in states.widgets)
        return request


def lose_no_press() -> None:
    """Have Streamlit go by that, in a process that serves pages."""
    script_runner.ScriptRequests = PressesFirst  # type: ignore[attr-defined]
