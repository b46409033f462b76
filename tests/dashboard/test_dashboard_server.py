import ast
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from dashboard.served import Dashboard, Dashboards, dashboard, stamped, waited
from render.snapshots import snapshot

from secours import places
from secours.dashboard import __main__ as dashboard_main
from secours.dashboard import launch
from secours.dashboard.server import HEADERS
from secours.engine import clock, lock
from secours.engine.published import screens_file, snapshot_file
from secours.model.observed import Reason
from secours.model.snapshot import Snapshot, State

ROOT = Path(__file__).parents[2]
CLONE_APP = ROOT / "app.py"

PLAN = """
site: {name: Town, language: en}
probing: {interval: 1s, timeout: 1s, retry_every: 200ms}
channels:
  desk:
    label: Desk
    purposes: [alert]
    probes: [{type: tcp, host: 127.0.0.1, port: 1}]
plan:
  - {purpose: alert, audience: staff, primary: desk, last_resort: "Send somebody"}
"""


@pytest.fixture
def server(processes: None, common_rooms: Path, dashboards: Dashboards) -> Dashboard:
    return dashboards.get(SECOURS_SUPERVISED="1")


def test_the_snapshot_and_the_headers_are_there_for_programs(
    server: Dashboard,
) -> None:
    none, _, _ = server.get("/api/v1/snapshot")
    snapshot_file.write(stamped(snapshot("xooo"), ago_s=1.0), places.runtime_dir())
    status, headers, body = server.get("/api/v1/snapshot")
    snapshot_file.write(stamped(snapshot("xooo"), ago_s=60.0), places.runtime_dir())
    stale = json.loads(server.get("/api/v1/snapshot")[2])

    assert none == 503
    assert status == 200
    assert headers["content-type"] == "application/json"
    answer = json.loads(body)
    assert answer["schema"] == 1
    assert 1.0 <= answer["age_s"] < 15.0
    assert answer["stale"] is False
    assert answer["snapshot"]["recommendations"][0]["use"]["channel"] == "calls"
    assert stale["stale"] is True

    _, headers, _ = server.get("/")
    policy = headers["content-security-policy"]
    assert "script-src 'self' 'wasm-unsafe-eval' blob:;" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    status, _, body = server.get("/_stcore/agent/interact", b"{}")
    assert (status, b"does not serve the agent API" in body) == (403, True)
    assert server.stop() in (0, -signal.SIGTERM)


@pytest.mark.parametrize(
    ("path", "status", "policy"),
    [
        ("/", 200, "frame-ancestors 'none'"),
        ("/wall", 200, "script-src 'self' 'wasm-unsafe-eval' blob:;"),
        ("/journal", 200, "object-src 'none'"),
        ("/lite", 200, "default-src 'none'; style-src 'unsafe-inline'"),
        ("/paper", 200, "default-src 'none'; style-src 'unsafe-inline'"),
        ("/ack/nothing", 404, "default-src 'none'"),
        ("/api/v1/snapshot", 503, "default-src 'none'"),
        ("/api/v1/beat/nobody", 405, "default-src 'none'"),
        ("/api/v1/text?key=wrong&from=1&text=2", 401, "default-src 'none'"),
        ("/_stcore/health", 200, "default-src 'self'"),
        ("/api/v1/nothing", 404, "default-src 'none'"),
        ("/_stcore/metrics", 404, "default-src 'self'"),
        ("/media/nothing", 404, "default-src 'self'"),
        ("/oauth2callback", 200, "default-src 'self'"),
    ],
)
def test_every_answer_says_what_a_browser_may_do_with_it(
    server: Dashboard, path: str, status: int, policy: str
) -> None:
    found, headers, _ = server.get(path)

    assert found == status
    assert policy in headers["content-security-policy"]
    assert {name: headers.get(name.lower()) for name in HEADERS} == HEADERS


@pytest.mark.usefixtures("processes")
def test_app_py_alone_starts_the_engine_and_ends_it(rooms: Path) -> None:
    (rooms / "probes.yaml").write_text(PLAN, "utf-8")

    with dashboard(rooms, CLONE_APP, PYTHONPATH="") as running:
        first = engine_pid()
        os.kill(first, signal.SIGKILL)
        second = engine_pid(first)
        answer = measured()

        assert answer.channel("desk").standing.state is State.DOWN
        assert answer.channel("desk").standing.reason is Reason.REFUSED
        assert running.stop() in (0, -signal.SIGTERM), running.log()

    assert not alive(second)
    assert not lock.is_held(places.data_dir(), places.runtime_dir())


@pytest.mark.usefixtures("processes")
def test_app_py_alone_says_where_it_serves(rooms: Path) -> None:
    (rooms / "probes.yaml").write_text(PLAN, "utf-8")

    with dashboard(rooms, CLONE_APP, PYTHONPATH="") as running:
        known = waited(lambda: screens_file.read(places.runtime_dir()))

    assert f":{known.port}" in running.url
    assert screens_file.read(places.runtime_dir()) is None


@pytest.mark.usefixtures("processes")
def test_a_killed_server_leaves_the_engine_to_the_next_one(rooms: Path) -> None:
    (rooms / "probes.yaml").write_text(PLAN, "utf-8")

    with dashboard(rooms) as running:
        engine = engine_pid()
        running.kill()
        try:
            assert alive(engine)
            running.start()
            assert measured(after_s=clock.now().steady_s) is not None
            assert engine_pid() == engine
        finally:
            os.kill(engine, signal.SIGTERM)


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("ours", [True, False], ids=["ours", "of an earlier server"])
def test_a_frozen_engine_is_replaced(rooms: Path, ours: bool) -> None:
    (rooms / "probes.yaml").write_text(PLAN, "utf-8")

    with dashboard(rooms) as running:
        first = engine_pid()
        if not ours:
            running.kill()
            running.start()
        measured(after_s=clock.now().steady_s + 3)  # and the watch has seen a stamp
        os.kill(first, signal.SIGSTOP)
        second = engine_pid(first)

        assert measured(after_s=clock.now().steady_s) is not None
        assert not alive(first)

    assert not alive(second)


def engine_pid(other_than: int | None = None) -> int:
    """Wait for an engine and return its process number."""

    def look() -> int | None:
        pid = lock.holder(places.data_dir())
        return None if pid == other_than else pid

    return waited(look)


def measured(after_s: float = 0.0) -> Snapshot:
    """Wait for a snapshot after that moment with an answer, and return it."""

    def look() -> Snapshot | None:
        with suppress(FileNotFoundError):
            seen, _ = snapshot_file.read(places.runtime_dir())
            known = seen.channel("desk").standing.state is State.DOWN
            return seen if known and seen.at.steady_s > after_s else None
        return None

    return waited(look)


def alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


@pytest.mark.parametrize("file", [CLONE_APP, launch.APP])
def test_streamlit_finds_the_app_by_reading_the_source(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"))
    (assigned,) = (node for node in tree.body if isinstance(node, ast.Assign))

    assert ast.unparse(assigned).startswith("app = st.App(MAIN, lifespan=")


def test_the_command_binds_where_it_is_told_and_tells_nobody() -> None:
    command = launch.command(8501, "127.0.0.1", "/secours/")

    assert "--server.address=127.0.0.1" in command
    assert "--server.port=8501" in command
    assert "--server.baseUrlPath=secours" in command
    assert "--browser.gatherUsageStats=false" in command
    assert "--server.enableAgentApi=false" in command


def test_the_module_becomes_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    become: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _, argv: become.append(argv))
    argv = ["secours.dashboard", "--address", "127.0.0.2", "--port", "8600"]
    monkeypatch.setattr(sys, "argv", argv)

    dashboard_main.main()

    assert become == [launch.command(8600, "127.0.0.2")]


def test_the_bare_command_is_configured_beside_the_app() -> None:
    text = (ROOT / ".streamlit" / "config.toml").read_text("utf-8")

    assert 'address = "127.0.0.1"' in text
    assert "gatherUsageStats = false" in text
    assert "postScriptGC = false" in text
