"""`secours up` at a path, with a login: people come back to that path, and may act."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from dashboard.acting import PLAN
from dashboard.desk import WITHIN_MS
from dashboard.served import Dashboard, live_in
from playwright.sync_api import Browser, expect
from proxies.fronts import HOST, START
from servers.oidc_provider import oidc_provider
from servers.scripted import closed_port

pytestmark = pytest.mark.browser


@pytest.fixture
def server(
    processes: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Dashboard]:
    live_in(tmp_path, monkeypatch)
    port, plan = closed_port(), tmp_path / "probes.yaml"
    plan.write_text(PLAN.format(port=closed_port(), expect="220"), "utf-8")
    (tmp_path / ".streamlit").mkdir()
    with oidc_provider(tmp_path) as provider:
        secrets = provider.secrets(f"http://{HOST}:{port}{START}")
        (tmp_path / ".streamlit" / "secrets.toml").write_text(secrets, "utf-8")
        where = ("--address=0.0.0.0", f"--port={port}", f"--base-path={START}/")
        command = [sys.executable, "-m", "secours", "up", f"--config={plan}", *where]
        running = Dashboard(command, port, tmp_path)
        running.start()
        running.url = f"http://{HOST}:{port}{START}"
        try:
            yield running
        finally:
            running.stop()


def test_who_logs_in_comes_back_to_the_path(
    chromium: Browser, server: Dashboard
) -> None:
    page = chromium.new_page()
    page.goto(f"{server.url}/now")
    page.get_by_role("button", name="S\u2019identifier").click(timeout=WITHIN_MS)
    page.get_by_role("button", name="anne").click(timeout=WITHIN_MS)
    out = page.get_by_role("button", name="Se déconnecter")
    expect(out).to_be_visible(timeout=WITHIN_MS)

    assert page.url.startswith(f"{server.url}/")
    paths = {cookie["path"] for cookie in page.context.cookies()}
    assert {path for path in paths if path.startswith(START)} == {START}
    out.click()
    page.get_by_role("button", name="End session").click(timeout=WITHIN_MS)
    again = page.get_by_role("button", name="S\u2019identifier")
    expect(again).to_be_visible(timeout=WITHIN_MS)
    page.close()
