"""Each reach beyond Streamlit's public interface, and that nothing else has one.

A failure names the version that is installed: `VERSION`.
"""

import asyncio
import inspect
import logging
import re
import socket
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest
import streamlit
import uvicorn.config
from starlette.applications import Starlette
from starlette.requests import Request
from streamlit import cli_util
from streamlit import logger as streamlit_logs
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner import script_runner
from streamlit.runtime.scriptrunner_utils.script_requests import (
    RerunData,
    ScriptRequestType,
)
from streamlit.runtime.secrets import secrets_singleton
from streamlit.web.server.starlette import starlette_routes, starlette_server
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

import secours
from secours import logs
from secours.dashboard import streamlit_seams as seams
from secours.dashboard.access.page_socket import PageSocket
from secours.web.connections import HttpConnection

VERSION = f"Streamlit {version('streamlit')}; {seams.__doc__}"
SOURCES = Path(secours.__file__).parent
STATIC = Path(streamlit.__file__).parent / "static"
MADE_WHILE_RUNNING = {"stBaseButton-primary": "stBaseButton-${"}  # names in its page
BEYOND = re.compile(
    r"data-test|stActiveTheme|_stcore|<title>Streamlit"
    r"|(?:from|import) streamlit\.(?!web import cli\b)|from streamlit import \w"
)
OURS = {"streamlit_seams.py", "streamlit_seams.js", "page.css"}


@pytest.fixture(scope="module")
def scripts() -> str:
    """Return all scripts of Streamlit's page."""
    return "".join(file.read_text("utf-8") for file in STATIC.rglob("*.js"))


@pytest.fixture
def protocols(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what is set to this test."""
    for name in ("HTTP_PROTOCOLS", "WS_PROTOCOLS", "LOGGING_CONFIG"):
        monkeypatch.setattr(uvicorn.config, name, {**getattr(uvicorn.config, name)})


@pytest.fixture
def login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the secret of a login that is set up."""
    secret = "a secret of thirty-two letters and more"
    (tmp_path / ".streamlit").mkdir()
    lines = f'redirect_uri = "https://wall.example/oauth2callback"\n{secret = }'
    file = tmp_path / ".streamlit" / "secrets.toml"
    file.write_text(
        f"[auth]\n{lines.replace('secret =', 'cookie_secret =')}\n", "utf-8"
    )
    monkeypatch.chdir(tmp_path)
    secrets_singleton._reset()
    yield secret
    secrets_singleton._reset()


def test_nothing_else_reaches_beyond_the_public_interface() -> None:
    found = {
        (path.relative_to(SOURCES).as_posix(), reach)
        for path in SOURCES.rglob("*")
        if path.suffix in (".py", ".js", ".css", ".html") and path.name not in OURS
        for reach in BEYOND.findall(path.read_text("utf-8"))
    }

    assert found == set(), VERSION


def test_seams_are_made_for_the_installed_version() -> None:
    [made_for] = re.findall(r"as of version (\d+\.\d+)\.$", str(seams.__doc__), re.M)

    assert version("streamlit").startswith(f"{made_for}."), VERSION


def test_index_has_each_part_that_is_replaced_once() -> None:
    index = (STATIC / "index.html").read_bytes()
    parts = (seams.LANGUAGE, seams.TITLE, seams.END)

    assert {part: index.count(part) for part in parts} == dict.fromkeys(parts, 1), (
        VERSION
    )
    assert seams.filled(index, "fr", "Crise <1>", "<p>now</p>") == (
        index.replace(seams.LANGUAGE, b'<html lang="fr">')
        .replace(seams.TITLE, b"<title>Crise &lt;1&gt;</title>")
        .replace(seams.END, b"<p>now</p></body>")
    ), VERSION


def test_names_that_styles_and_scripts_use_are_in_its_page(scripts: str) -> None:
    texts = [next(SOURCES.rglob(name)).read_text("utf-8") for name in OURS]
    used = set(re.findall(r'data-testid\^?="([\w-]+)"', "".join(texts)))
    unknown = {
        name for name in used if MADE_WHILE_RUNNING.get(name, name) not in scripts
    }

    assert "stMain" in used
    assert unknown == set(), VERSION


def test_page_says_whether_it_hears_its_server(scripts: str) -> None:
    assert '"data-test-connection-state":' in scripts, VERSION
    assert re.search(r"\bCONNECTED\s*=\s*[`'\"]CONNECTED|`CONNECTED`", scripts), VERSION


def test_theme_is_stored_under_the_name_and_version_that_are_set(scripts: str) -> None:
    [number] = re.findall(r"\bACTIVE_THEME:`\$\{[\w$]+\}-v\$\{([\w$]+)\}`", scripts)

    assert "`stActiveTheme-${window.location.pathname}`" in scripts, VERSION
    assert re.search(rf"\b{re.escape(number)}=2\b", scripts), VERSION


def test_addresses_are_those_that_it_serves() -> None:
    assert f"/{starlette_routes.ROUTE_HEALTH}" == seams.HEALTH, VERSION
    unused = starlette_routes.ROUTE_METRICS, starlette_routes.BASE_ROUTE_UPLOAD_FILE
    assert tuple(f"/{each}" for each in unused) == seams.UNUSED, VERSION
    assert starlette_routes.BASE_ROUTE_CORE in seams.NO_PAGES, VERSION


@pytest.mark.parametrize(
    ("origin", "known"),
    [("https://wall.example", True), ("https://other.example", False)],
)
def test_login_is_read_from_a_cookie_of_our_address(
    login: str, origin: str, known: bool
) -> None:
    said = f'{{"is_logged_in": true, "origin": "{origin}"}}'
    name = USER_COOKIE_NAME
    signed = create_signed_value(login, name, said).decode()
    forged = create_signed_value(login[::-1], name, said).decode()

    def came(cookie: str) -> Request:
        headers = [(b"cookie", f"{name}={cookie}".encode())]
        return Request({"type": "http", "headers": headers})

    assert seams.hosts_of_login() == ("wall.example",), VERSION
    assert seams.is_logged_in(came(signed)) is known, VERSION
    assert seams.is_logged_in(came(forged)) is False, VERSION
    assert seams.is_logged_in(came("")) is False, VERSION


def test_run_begun_by_a_press_is_finished_before_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runner: Any = script_runner
    monkeypatch.setattr(runner, "ScriptRequests", runner.ScriptRequests)
    seams.lose_no_press()
    pressed = WidgetStates()
    pressed.widgets.add(id="button", trigger_value=True)
    requests = runner.ScriptRequests()

    assert "ScriptRequests()" in inspect.getsource(script_runner), VERSION
    assert requests.request_rerun(RerunData(widget_states=pressed)), VERSION
    assert requests.on_scriptrunner_ready().type is ScriptRequestType.RERUN, VERSION
    assert requests.request_rerun(RerunData(widget_states=WidgetStates())), VERSION
    assert requests.on_scriptrunner_yield() is None, VERSION
    assert requests.on_scriptrunner_ready().type is ScriptRequestType.RERUN, VERSION
    assert requests.request_rerun(RerunData(widget_states=WidgetStates())), VERSION
    assert requests.on_scriptrunner_yield() is not None, VERSION


@pytest.mark.usefixtures("protocols")
def test_server_takes_our_limits_on_connections() -> None:
    seams.limit_connections()
    websockets: Any = starlette_server._get_websocket_protocol()
    server = uvicorn.Config(Starlette(), ws=websockets)
    server.load()

    assert server.http_protocol_class is HttpConnection, VERSION
    assert server.ws_protocol_class is PageSocket, VERSION


def test_server_takes_the_socket_that_it_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = starlette_server._bind_socket
    monkeypatch.setattr(starlette_server, "_bind_socket", own)
    startup = AsyncMock()
    monkeypatch.setattr(uvicorn.Server, "startup", startup)
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    names = [each.getsockname() for each in held]
    seams.serve_on(each.detach() for each in held)

    with starlette_server._bind_socket("127.0.0.1", 1, 1) as taken:
        asyncio.run(uvicorn.Server.startup(Mock(), sockets=[taken]))
        served = startup.call_args.kwargs["sockets"]
        assert [each.getsockname() for each in served] == names, VERSION
        served[1].close()
    assert "startup(sockets=[self._socket])" in inspect.getsource(starlette_server), (
        VERSION
    )
    assert [*inspect.signature(own).parameters] == ["address", "port", "backlog"], (
        VERSION
    )
    assert "return _bind_socket(" in inspect.getsource(starlette_server), VERSION


@pytest.mark.usefixtures("protocols")
def test_loggers_of_streamlit_write_as_ours_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    known = streamlit_logs.get_logger("seams.before")
    for place, name in (
        (streamlit_logs, "setup_formatter"),
        (streamlit_logs, "_loggers"),
        (cli_util, "print_to_cli"),
    ):
        monkeypatch.setattr(place, name, getattr(place, name))
    monkeypatch.setattr(streamlit_logs, "_loggers", {"seams.before": known})
    monkeypatch.setenv(logs.FORMAT, logs.JSON)
    seams.log_as_ours()
    cli_util.print_to_cli("  Stopping...")
    new = streamlit_logs.get_logger("seams.after")

    kinds = [type(each) for log in (known, new) for each in log.handlers]
    assert kinds == [type(logs.handler())] * 2, VERSION
    assert uvicorn.config.LOGGING_CONFIG["loggers"] == {}, VERSION
    assert capsys.readouterr().out == "", VERSION
    logging.getLogger("seams.before").handlers.clear()
