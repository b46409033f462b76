"""Who may see and do what: at this machine, as a stranger, known by a proxy."""

import json
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dashboard.browser import Tab, heard
from dashboard.desk import FIRST, PAGES, settled
from dashboard.reverse_proxy import reverse_proxy
from dashboard.served import SRC, Dashboards, stamping
from dashboard.websocket import words_of
from playwright.sync_api import Page, expect
from render.snapshots import snapshot
from servers.scripted import closed_port

from secours import places
from secours.dashboard import launch
from secours.engine.store.store import Store

pytestmark = pytest.mark.browser

WITHIN_MS = 60_000
HOW = "Composer le 4711, code sur la fiche"
NOTE = "Le maire est prévenu"
DETAIL = "pas de réponse en 10 s"
CLOSED = {"SECOURS_SUPERVISED": "1", "SECOURS_KNOWN_ONLY": "1"}
TRUSTED = {"SECOURS_TRUSTED_PROXY": "127.0.0.1/32", "SECOURS_USER_HEADER": "X-User"}


@pytest.fixture(autouse=True)
def _published(common_rooms: Path) -> Iterator[None]:
    with closing(Store(places.data_dir())) as store:
        store.note(datetime.now(UTC), "Bram", "note", NOTE)
        assert store.wait_written(60.0)
    with stamping(snapshot("xooo"), max_age_s=15.0):
        yield


@pytest.fixture
def page(tab: Tab) -> Page:
    return tab(1366, 1600)


def shown(page: Page, url: str, words: str) -> None:
    page.goto(url)
    seen = page.get_by_text(words).filter(visible=True)
    expect(seen.first).to_be_visible(timeout=WITHIN_MS)
    expect(page.locator(FIRST)).to_have_count(0, timeout=WITHIN_MS)


def told(url: str) -> str:
    with urllib.request.urlopen(f"{url}/api/v1/snapshot", timeout=60) as answer:
        return json.dumps(json.loads(answer.read()), ensure_ascii=False)


def test_at_this_machine_everything_is_open(dashboards: Dashboards, page: Page) -> None:
    server = dashboards.get(SECOURS_SUPERVISED="1")
    shown(page, f"{server.url}/now", HOW)
    shown(page, f"{server.url}/journal", "Votre nom, pour la main courante")
    shown(page, f"{server.url}/channel?name=sms", "Tester maintenant")
    shown(page, f"{server.url}/act", "Votre nom, pour la main courante")

    assert HOW in told(server.url)


def test_read_only_shows_all_and_has_nothing_that_acts(
    dashboards: Dashboards, page: Page
) -> None:
    server = dashboards.get(SECOURS_SUPERVISED="1", SECOURS_READ_ONLY="1")
    for path, words in (
        ("now", HOW),
        ("journal", NOTE),
        ("shift", "Garde"),
        ("channel?name=sms", "SMS d\u2019astreinte"),
        ("channels", "SMS d\u2019astreinte"),
    ):
        shown(page, f"{server.url}/{path}", words)
        settled(page)
        expect(page.locator("textarea")).to_have_count(0)
        expect(page.get_by_role("button", name="Inscrire")).to_have_count(0)
        expect(page.get_by_role("button", name="Tester maintenant")).to_have_count(0)
        expect(page.get_by_role("link", name="Agir")).to_have_count(0)
        expect(page.locator('a[href*="act?"]')).to_have_count(0)


def test_read_only_has_no_page_of_actions_at_all(
    dashboards: Dashboards, page: Page
) -> None:
    server = dashboards.get(SECOURS_SUPERVISED="1", SECOURS_READ_ONLY="1")
    page.goto(f"{server.url}/act?do=distrust&subject=channel:sms")
    words = page.get_by_text("Cette page n\u2019existe pas")
    expect(words).to_be_visible(timeout=WITHIN_MS)

    expect(page.get_by_text("Que voulez-vous faire")).to_have_count(0)
    expect(page.locator('a[href*="act?"]')).to_have_count(0)


def test_a_stranger_sees_which_channel_but_neither_how_nor_why_in_detail(
    common_rooms: Path, dashboards: Dashboards, page: Page
) -> None:
    server = dashboards.get(SECOURS_SUPERVISED="1")
    with reverse_proxy(server, common_rooms / "nginx", "Anne") as url:
        sent = heard(page)
        for path in ("now", "wall"):
            shown(page, f"{url}/{path}", "Appels vocaux")
            expect(page.get_by_text(HOW)).to_have_count(0)
            expect(page.get_by_text(DETAIL)).to_have_count(0)
        for path in PAGES:
            if path == "now":
                continue
            shown(page, f"{url}/{path}", "Cette page est réservée")
            expect(page.locator("textarea")).to_have_count(0)
            expect(page.locator(".s-content > :not(h1)")).to_have_count(1)
            expect(page.locator(".s-entries a")).to_have_text(["Maintenant"])
            expect(page.get_by_test_id("stSelectbox")).to_have_count(0)
        told_all = words_of(sent)
        assert "Appels vocaux" in told_all
        assert "Cette page est réservée" in told_all
        for words in (HOW, DETAIL, NOTE):
            assert words not in told_all

        assert '"calls"' in told(url)
        assert HOW not in told(url)
        assert "timeout_s" not in told(url)


def test_where_only_the_known_may_look_a_stranger_is_sent_nothing(
    common_rooms: Path, dashboards: Dashboards, page: Page
) -> None:
    server = dashboards.get(**CLOSED)
    with reverse_proxy(server, common_rooms / "nginx", "Anne") as url:
        sent = heard(page)
        for path in ("wall", "now", "journal"):
            shown(page, f"{url}/{path}", "Cette page est réservée")
            expect(page.locator("a[href*=lang]")).to_have_count(0)
        for path in ("lite", "paper", "api/v1/snapshot"):
            with pytest.raises(urllib.error.HTTPError, match="403"):
                urllib.request.urlopen(f"{url}/{path}", timeout=60)
        assert "Appels vocaux" not in words_of(sent)

        shown(page, f"{server.url}/wall", "Appels vocaux")  # at this machine


def test_where_only_the_known_may_look_whom_the_proxy_names_does(
    common_rooms: Path, dashboards: Dashboards, page: Page
) -> None:
    server = dashboards.get(**CLOSED, **TRUSTED)
    with reverse_proxy(server, common_rooms / "nginx", "Anne") as url:
        shown(page, f"{url}/wall", "Appels vocaux")
        shown(page, f"{url}/lite", "Appels vocaux")
        assert HOW in told(url)


def test_whom_a_trusted_proxy_names_may_write_under_that_name(
    common_rooms: Path, dashboards: Dashboards, page: Page
) -> None:
    server = dashboards.get(SECOURS_SUPERVISED="1", **TRUSTED)
    with reverse_proxy(server, common_rooms / "nginx", "Anne") as url:
        shown(page, f"{url}/journal", "Vous êtes Anne.")
        expect(page.locator("textarea")).to_have_count(1)
        expect(page.get_by_label("Votre nom, pour la main courante")).to_have_count(0)
        assert HOW in told(url)
        shown(page, f"{url}/act", "Vous êtes Anne.")
        expect(page.get_by_label("Votre nom, pour la main courante")).to_have_count(0)

        shown(page, f"{server.url}/journal", "Cette page est réservée")
        shown(page, f"{server.url}/act", "Cette page est réservée")


@pytest.mark.parametrize(
    "command",
    [
        [launch.command(0)[0], "-m", "secours.dashboard", "--address", "0.0.0.0"],
        launch.command(closed_port(), "0.0.0.0"),
    ],
    ids=["secours", "streamlit"],
)
def test_beyond_this_machine_it_refuses_to_start_without_a_way_to_know_people(
    rooms: Path, command: list[str]
) -> None:
    ended = subprocess.run(
        command,
        cwd=rooms,
        env={**os.environ, "PYTHONPATH": str(SRC), "SECOURS_SUPERVISED": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 3
    assert "--trusted-proxy with --user-header" in ended.stderr
