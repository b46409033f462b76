import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dashboard.browser import Tab
from dashboard.desk import drawn_anew, fits
from dashboard.served import BRISK, Dashboard, Dashboards, Stamping, stamping
from msgspec.structs import replace
from playwright.sync_api import Browser, Page, expect
from render.snapshots import snapshot

pytestmark = pytest.mark.browser

MAX_AGE_S = 3.0
BACK_S = 60.0
COVER = "#secours-cover"


@pytest.fixture
def engine(common_rooms: Path) -> Iterator[Stamping]:
    with stamping(snapshot("xooo", "oooo"), MAX_AGE_S) as running:
        yield running


@pytest.fixture
def server(engine: Stamping, dashboards: Dashboards) -> Dashboard:
    return dashboards.get(SECOURS_SUPERVISED="1", **BRISK)


@pytest.fixture
def wall(tab: Tab, server: Dashboard) -> Page:
    page = tab(1920, 1080)
    page.goto(f"{server.url}/wall")
    alive(page)
    return page


# Remember each look of the first card.
HEED_LOOKS = """() => {
  window.looks = new Set();
  const heed = () => looks.add(document.querySelector(".s-card")?.className);
  new MutationObserver(heed).observe(document.documentElement,
    {subtree: true, childList: true, attributeFilter: ["class"]});
}"""


def alive(page: Page) -> None:
    """Wait for the wall under a watchdog that does not cover it.

    A restarted server may take the wall away, its cover with it, and draw it anew.
    """
    drawn_anew(page)
    expect(page.locator(COVER)).to_have_css("display", "none", timeout=BACK_S * 1000)
    expect(page.locator(".s-wall")).to_be_visible(timeout=BACK_S * 1000)


def covered(page: Page, words: str = "DONNÉES PÉRIMÉES") -> None:
    """Wait for the cover: after MAX_AGE_S and a second or two, on an idle machine."""
    expect(page.locator(COVER)).to_be_visible(timeout=BACK_S * 1000)
    expect(page.locator(COVER)).to_contain_text(words)


def test_a_killed_server_is_covered_and_comes_back(
    wall: Page, server: Dashboard
) -> None:
    server.kill()

    covered(wall)
    expect(wall.locator(COVER)).to_contain_text("Ne pas se fier à cet écran.")
    expect(wall.locator(COVER)).to_contain_text("Appels vocaux")
    expect(wall.locator(f"{COVER} .s-mark")).to_have_count(0)
    expect(wall.locator(f"{COVER} [data-secours-age]")).to_contain_text(" s")

    server.start()
    alive(wall)
    expect(wall.locator(COVER)).to_have_count(1)


def test_a_frozen_server_is_covered_and_comes_back(
    wall: Page, server: Dashboard
) -> None:
    server.signal(signal.SIGSTOP)

    covered(wall)

    server.signal(signal.SIGCONT)
    alive(wall)


def test_a_dead_engine_behind_a_living_page_is_covered(
    wall: Page, engine: Stamping
) -> None:
    engine.stop()

    covered(wall)
    wall.reload()
    covered(wall)

    engine.start()
    alive(wall)


def test_without_any_script_the_wall_is_covered_too(
    wall: Page, server: Dashboard
) -> None:
    layer = wall.locator(".s-deadman")
    expect(layer).to_have_css("opacity", "0")
    shown = wall.locator("body")
    expect(shown).not_to_contain_text("DONNÉES", use_inner_text=True)

    server.kill()
    wall.evaluate("window.__secoursWatch.dispose()")

    expect(layer).to_have_css("opacity", "1", timeout=BACK_S * 1000)
    expect(wall.locator(COVER)).to_have_count(0)


@pytest.mark.smoke
def test_the_wall_follows_the_snapshot_and_fills_the_screen(
    wall: Page, engine: Stamping
) -> None:
    expect(wall.locator(".s-answer").first).to_have_text("Appels vocaux")
    expect(wall.locator("html")).to_have_attribute("lang", "fr")
    expect(wall).to_have_title("▲ Secours")
    size = wall.evaluate(  # at once: the page is drawn anew every second
        "(({width, height}) => [width, height])"
        "(document.querySelector('.s-wall').getBoundingClientRect())"
    )
    assert size == [1920, 1080]
    expect(wall.locator('[data-testid="stHeader"]')).to_be_hidden()

    wall.evaluate(HEED_LOOKS)
    engine.snapshot = snapshot("oooo", "xxxx")

    # what is new is said for a while, which a starved machine may look past
    wall.wait_for_function("() => looks.has('s-card s-ok s-new')")
    expect(wall.locator(".s-answer").first).to_have_text("SMS d\u2019astreinte")
    expect(wall.locator(".s-card.s-nothing")).to_contain_text("aucun canal")
    expect(wall).to_have_title("✖ Secours")


def test_the_address_chooses_language_and_line(tab: Tab, server: Dashboard) -> None:
    page = tab(1280, 720)
    page.goto(f"{server.url}/wall?lang=en&line=2")

    expect(page.locator(".s-answer")).to_have_text("Teams", timeout=BACK_S * 1000)
    expect(page.locator(".s-verb")).to_have_text("COORDINATE")


def test_one_page_leads_to_the_other_and_each_is_watched(
    tab: Tab, server: Dashboard, engine: Stamping
) -> None:
    page = tab(390, 844)
    page.goto(server.url)
    drawn_anew(page)
    assert page.url.endswith("/now")
    assert fits(page)

    engine.stop()
    covered(page)
    engine.start()
    expect(page.locator(COVER)).to_be_hidden(timeout=BACK_S * 1000)
    page.get_by_role("link", name="Écran mural").first.click()
    expect(page).to_have_url(re.compile("/wall"))
    alive(page)
    page.get_by_role("link", name="Secours").first.click()
    expect(page).to_have_url(re.compile("/now"))
    drawn_anew(page)


def test_a_hostile_plan_runs_no_script_and_asks_for_nothing(
    tab: Tab, server: Dashboard, engine: Stamping
) -> None:
    page = tab(1280, 720)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    hostile = "<img src=//beacon.invalid/x onerror='window.bad=1'>"
    engine.snapshot = replace(engine.snapshot, config_error=hostile, trouble=(hostile,))

    for path in ("/wall", "/now"):
        page.goto(server.url + path)
        expect(page.get_by_text("beacon.invalid").first).to_be_visible(
            timeout=BACK_S * 1000
        )

    assert page.evaluate("window.bad") is None
    ours = (server.url, f"blob:{server.url}")
    assert [url for url in asked if not url.startswith(ours)] == []


class AlwaysAtFour(Stamping):
    """Publish from where it is four o'clock just then, as hours go by."""

    def _publish(self) -> None:
        ahead = (4 - datetime.now(UTC).hour + 12) % 24 - 12
        site = replace(self.snapshot.site, timezone=f"Etc/GMT{-ahead:+d}")
        self.snapshot = replace(self.snapshot, site=site)
        super()._publish()


@pytest.fixture
def at_four(common_rooms: Path) -> Iterator[None]:
    clock = AlwaysAtFour(snapshot("xooo", "oooo"), MAX_AGE_S)
    clock.start()
    yield
    clock.stop()


@pytest.mark.usefixtures("at_four")
def test_once_a_night_the_wall_is_loaded_anew(
    chromium: Browser, dashboards: Dashboards
) -> None:
    server = dashboards.get(SECOURS_SUPERVISED="1", **BRISK)
    page = chromium.new_page()
    page.clock.install()
    page.goto(f"{server.url}/wall")
    alive(page)

    with page.expect_event("load", timeout=BACK_S * 1000):
        page.clock.fast_forward("02:01:00")
    page.close()
