"""All that reaches beyond Streamlit's public interface, as of version 1.67.

Each seam has a test in `tests/dashboard/test_streamlit_seams.py`, which names the
version when it fails. Names of its page stand in `streamlit_seams.js` and `page.css`.
"""

import json
import logging
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

import uvicorn.config
from markupsafe import Markup
from starlette.requests import HTTPConnection
from streamlit import cli_util
from streamlit import logger as streamlit_logs
from streamlit.auth_util import get_cookie_with_chunks, get_origin_from_redirect_uri
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import get_script_run_ctx, script_runner
from streamlit.runtime.scriptrunner_utils.script_requests import (
    RerunData,
    ScriptRequest,
    ScriptRequests,
    ScriptRequestType,
)
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette import starlette_server
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from secours import logs
from secours.dashboard.access.page_socket import PageSocket
from secours.web.connections import HttpConnection

END = b"</body>"
LANGUAGE, TITLE = b'<html lang="en">', b"<title>Streamlit</title>"  # of every page
NO_PAGES = ("_stcore", "auth", "oauth2callback")
HEALTH = "/_stcore/health"
SENT = "rerun_script", "stop_script", "app_heartbeat"  # by pages of ours
UNUSED = "/_stcore/metrics", "/_stcore/upload_file"  # no option closes these


def filled(page: bytes, language: str, title: str, inside: str) -> bytes:
    """Return a page of Streamlit with language, title, and content before its end."""
    head, end, tail = page.rpartition(END)
    spoken = Markup('<html lang="{}">').format(language)
    titled = Markup("<title>{}</title>").format(title)
    head = head.replace(LANGUAGE, spoken.encode()).replace(TITLE, titled.encode())
    return head + inside.encode() + end + tail


def hosts_of_login() -> tuple[str, ...]:
    """Return the host names of the provider's redirect."""
    origin = get_origin_from_redirect_uri()
    return (urlsplit(origin).hostname or "",) if origin else ()


def is_logged_in(request: HTTPConnection) -> bool:
    """Return whether the request bears a person's login.

    Streamlit tells only its pages. Routes read its cookie by its rules: signed by us,
    not too old, and issued for the redirect address of the provider.
    """

    def signed(name: str) -> bytes | None:
        text = request.cookies.get(name, "")
        return decode_signed_value(get_cookie_secret(), name, text)

    found = get_cookie_with_chunks(signed, USER_COOKIE_NAME)
    said = json.loads(found) if found else {}
    origin = get_origin_from_redirect_uri()
    return said.get("is_logged_in") is True and said.get("origin") == origin is not None


class PressesFirst(ScriptRequests):
    """Requests for runs of a session; runs begun by a press are not aborted.

    Streamlit aborts a run as soon as another is requested, and forgets the press that
    began it: a field that loses focus by the press requests one a moment later. Here
    such a run is finished, and further requests come after it. `runner.fastReruns` has
    to be off, or another run begins beside it.
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
    """Let sessions of this process finish runs begun by a press."""
    script_runner.ScriptRequests = PressesFirst  # type: ignore[attr-defined]


def hear_our_pages_alone() -> None:
    """Drop messages that no page of ours sends: some have large answers."""
    hear = AppSession.handle_backmsg

    def hear_ours(session: AppSession, message: BackMsg) -> None:
        if message.WhichOneof("type") in SENT:
            hear(session, message)

    AppSession.handle_backmsg = hear_ours  # type: ignore[assignment, method-assign]


def limit_connections() -> None:
    """Set limits on idle clients and on websockets; Streamlit has no options for it."""
    uvicorn.config.HTTP_PROTOCOLS["auto"] = _address(HttpConnection)
    uvicorn.config.WS_PROTOCOLS["websockets-sansio"] = _address(PageSocket)


def _address(own: type) -> str:
    return f"{own.__module__}:{own.__name__}"


def serve_on(held: Iterable[int]) -> None:
    """Make the server, which has one socket, use all that are passed to us."""
    first, *others = (socket.socket(fileno=each) for each in held)
    for each in (first, *others):
        each.set_inheritable(False)
        each.setblocking(False)
    starlette_server._bind_socket = lambda *_: first
    startup = uvicorn.Server.startup

    async def on_all(server: uvicorn.Server, sockets: list[socket.socket]) -> None:
        await startup(server, sockets=[*sockets, *others])

    uvicorn.Server.startup = on_all  # type: ignore[assignment, method-assign]


def log_as_ours() -> None:
    """Set the logging of Streamlit and its server to ours, which keeps to its lines."""

    def set_up(logger: logging.Logger) -> None:
        logger.handlers[:] = [logs.handler()]

    streamlit_logs.setup_formatter = set_up
    streamlit_logs.update_formatter()
    uvicorn.config.LOGGING_CONFIG["loggers"].clear()  # Streamlit sets them up
    if logs.form() == logs.JSON:
        cli_util.print_to_cli = lambda *_, **__: None
