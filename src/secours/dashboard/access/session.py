"""Session of a viewer: its state across pages, and the order of its runs.

Streamlit aborts a run as soon as another is requested, and forgets the press that began
it: a field that loses focus by the press requests one a moment later. Here a run begun
by a press is finished, and further requests come after it.

A browser may reconnect to the session while such a run goes on. So a press takes effect
under a lock, and is noted in state read before.
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


class PressesFirst(ScriptRequests):
    """Requests for runs of a session; runs begun by a press are not aborted.

    `runner.fastReruns` has to be off, or another run begins beside it.
    """

    _pressed = False  # the run was begun by a press, and requested no other

    def request_rerun(self, new_data: RerunData) -> bool:
        """Accept a request for another run; a script that makes it itself ends."""
        context = get_script_run_ctx(suppress_warning=True)
        if context is not None and context.script_requests is self:
            self._pressed = False
        return super().request_rerun(new_data)

    def on_scriptrunner_yield(self) -> ScriptRequest | None:
        """Return the request to abort the run for, if any."""
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
    """Make it Streamlit's own in this process."""
    script_runner.ScriptRequests = PressesFirst  # type: ignore[attr-defined]
