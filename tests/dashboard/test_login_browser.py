"""Beyond this machine, with a login: who is known may act, and the wall needs none.

The browser asks for the dashboard by a name, as from another machine.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dashboard.browser import Tab, browser, heard
from dashboard.desk import FIRST, pressed
from dashboard.served import Dashboard, live_in
from dashboard.websocket import words_of
from playwright.sync_api import Browser, Page, expect
from servers.oidc_provider import Provider, oidc_provider
from servers.scripted import closed_port

pytestmark = pytest.mark.browser

WITHIN_MS = 60_000
HOST = "secours.test"
HOW = "Dial 4711"
SECRET = (HOW, "Cupboard B2")
WRITTEN = re.compile(r"^(Written down\.|Held in memory)")
PLAN = f"""
site: {{name: Town hall, language: en}}
probing: {{interval: 2s, retry_every: 1s, confirm: 1}}
channels:
  phones:
    label: Telephones
    how: {HOW}
    purposes: [coordinate]
    probes: [{{type: tcp, host: 127.0.0.1, port: CLOSED}}]
  radio: {{label: Radio, how: {SECRET[1]}, purposes: [coordinate]}}
plan:
  - purpose: coordinate
    audience: management
    primary: phones
    alternate: radio
    last_resort: Meet
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        made = tmp_path_factory.mktemp("login")
        live_in(made, patch)
        yield made


@pytest.fixture(scope="module")
def provider(folder: Path) -> Iterator[Provider]:
    with oidc_provider(folder) as running:
        yield running


@pytest.fixture(scope="module")
def server(folder: Path, provider: Provider) -> Iterator[Dashboard]:
    plan, port = folder / "probes.yaml", closed_port()
    plan.write_text(PLAN.replace("CLOSED", str(closed_port())), "utf-8")
    (folder / ".streamlit").mkdir()
    secrets = provider.secrets(f"http://{HOST}:{port}")
    (folder / ".streamlit" / "secrets.toml").write_text(secrets, "utf-8")
    command = [sys.executable, "-m", "secours", "up", "--config", str(plan)]
    where = ["--address", "0.0.0.0", "--port", str(port)]
    running = Dashboard([*command, *where], port, folder)
    running.start()
    running.url = f"http://{HOST}:{port}"
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def chromium(processes: None) -> Iterator[Browser]:
    with browser(f"--host-resolver-rules=MAP {HOST} 127.0.0.1") as running:
        yield running


@pytest.fixture
def page(tab: Tab) -> Page:
    return tab(1366, 1000)


def shown(page: Page, server: Dashboard, path: str, words: str) -> None:
    page.goto(f"{server.url}/{path}")
    expect(page.get_by_text(words).first).to_be_visible(timeout=WITHIN_MS)
    expect(page.locator(FIRST)).to_have_count(0, timeout=WITHIN_MS)


def log_in(page: Page, server: Dashboard, path: str = "now") -> None:
    page.goto(f"{server.url}/{path}")
    page.get_by_role("button", name="Log in").click(timeout=WITHIN_MS)
    page.get_by_role("button", name="anne").click(timeout=WITHIN_MS)
    out = page.get_by_role("button", name="Log out")
    expect(out).to_be_visible(timeout=WITHIN_MS)


def journal(folder: Path) -> list[Any]:
    """Return the journal as the command line gives it."""
    command = [sys.executable, "-m", "secours", "journal", "--format", "json"]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=60, check=True
    )
    return list(json.loads(done.stdout)["entries"])


def test_who_has_not_logged_in_sees_which_channel_and_can_do_nothing(
    page: Page, server: Dashboard
) -> None:
    sent = heard(page)
    for path in ("wall", "now"):
        shown(page, server, path, "DOWN")
        expect(page.get_by_text("Radio").first).to_be_visible()
    for path in ("journal", "channel?name=phones", "why", "plan", "outages"):
        shown(page, server, path, "This page is for people who are known here.")
        expect(page.get_by_role("button")).to_have_text(["Log in"])
    assert "Telephones" in words_of(sent)
    assert [words for words in SECRET if words in words_of(sent)] == []


def test_who_logs_in_acts_under_that_name_and_who_logs_out_no_longer(
    page: Page, server: Dashboard, folder: Path
) -> None:
    log_in(page, server)
    shown(page, server, "now", SECRET[1])  # of what works still
    shown(page, server, "paper?lang=en", HOW)
    shown(page, server, "channel?name=phones", "Test now")

    shown(page, server, "journal", "You are anne@town.example.")
    page.get_by_label("Add a note").fill("The mayor was told")
    written = page.get_by_text(WRITTEN)
    pressed(page.get_by_role("button", name="Write it down"), written)
    shown(page, server, "journal", "The mayor was told")
    noted = [each for each in journal(folder) if each["kind"] == "note"]
    assert [each["by"] for each in noted] == ["anne@town.example"]

    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/oauth2/end_session**", timeout=WITHIN_MS)
    shown(page, server, "journal", "This page is for people who are known here.")


def test_the_wall_goes_on_and_who_is_logged_in_stays_while_the_provider_is_down(
    page: Page, server: Dashboard, provider: Provider
) -> None:
    log_in(page, server)

    provider.kill()
    try:
        shown(page, server, "journal", "You are anne@town.example.")
        page.context.clear_cookies()
        shown(page, server, "wall", "Radio")
        expect(page.locator("#secours-cover")).to_be_hidden()
        for path in ("lite", "paper"):
            shown(page, server, path, "Radio")
            expect(page.get_by_text(HOW)).to_have_count(0)
    finally:
        provider.start()


def test_a_cookie_that_somebody_made_is_no_login(page: Page, server: Dashboard) -> None:
    log_in(page, server)
    forged = [
        {**each, "value": f"{each['value'][:-4]}AAAA"}
        for each in page.context.cookies()
        if str(each.get("name")).startswith("_streamlit_user")
    ]
    assert forged
    page.context.add_cookies(forged)  # type: ignore[arg-type]  # cookies() gives the same

    shown(page, server, "paper", "Radio")
    expect(page.get_by_text(HOW)).to_have_count(0)

    shown(page, server, "journal", "This page is for people who are known here.")
