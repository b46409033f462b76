"""What a viewer sees before Streamlit's page is there, and where it never comes."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from dashboard.desk import (
    COVER,
    DRAWN,
    FIRST,
    WITHIN_MS,
    drawn_anew,
    measured,
    opened,
    settled,
    write_history,
    write_plan,
)
from dashboard.served import Dashboard, Dashboards, stamped, stamping
from playwright.sync_api import Browser, Page, Route, expect
from render.snapshots import snapshot

from secours import places
from secours.engine.published import snapshot_file
from secours.render.pages.skeleton import UNHEARD_S

pytestmark = pytest.mark.browser

SHOWN_MS = 45_000  # three times what is promised
MAX_AGE_S = 300  # of what is drawn and not heard of again
AGE = re.compile(r"(\d+)\s+s")
UNHEARD = "#secours-skeleton"
STREAMLIT = "**/static/js/index*.js"
CONNECTED = '[data-test-connection-state="CONNECTED"]'
JUMP_PX = 2.0
SIZES = ((1366, 768), (390, 844))
# Where everything is that the server has drawn, and the script after it.
BOXES = """root => [...document.querySelector(root).querySelectorAll(
  ".s-bar, .s-bar a, .s-content, .s-content > *, .s-content :is(h2, h3, p, a, li)"
)].filter(e => e.checkVisibility() && !e.matches(".s-age, .s-age *")).map(e => {
  const box = e.getBoundingClientRect();
  return [`${e.tagName} ${e.textContent.trim().slice(0, 30).replace(/\\d+/g, "0")}`,
    box.left, box.top, box.width, box.height];
})"""
SCROLLED = "e => document.querySelector(e).scrollTop"
MAIN = '[data-testid="stMain"]'
GROUND = "e => getComputedStyle(e).backgroundColor"
GROUNDS = {"dark": "rgb(7, 11, 16)", "light": "rgb(238, 241, 244)"}


@pytest.fixture
def max_age_s() -> float:
    return 30.0


@pytest.fixture
def calm(common_rooms: Path, dashboards: Dashboards) -> Iterator[Dashboard]:
    """Serve a snapshot that is stamped, a plan and a day of history."""
    write_plan(common_rooms)
    write_history()
    with stamping(snapshot("xooo"), max_age_s=30.0):
        yield dashboards.get(SECOURS_SUPERVISED="1")


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Return a page of its own: what is done to it is not undone."""
    made = chromium.new_page(viewport={"width": 1366, "height": 768})
    yield made
    made.close()


@pytest.fixture
def unheard(page: Page) -> Page:
    """Return a page that no websocket leaves."""
    page.route_web_socket("**", lambda _: None)
    return page


def published(ago_s: float, max_age_s: float) -> None:
    shown = stamped(snapshot("xooo"), max_age_s=max_age_s, ago_s=ago_s)
    snapshot_file.write(shown, places.runtime_dir())


def test_a_page_without_its_websocket_is_covered_by_the_plan(
    chromium: Browser, server: Dashboard
) -> None:
    page = chromium.new_page(viewport={"width": 1920, "height": 1080})
    page.route_web_socket("**", lambda socket: socket.close())
    page.goto(f"{server.url}/wall?lang=fr")
    expect(page.locator(f"{FIRST} .s-wall")).to_be_visible()

    cover = page.locator(UNHEARD)
    expect(cover.locator("h1")).to_be_visible(timeout=SHOWN_MS)
    assert "PAS DE LIAISON" in cover.inner_text()
    assert "SMS d\u2019astreinte" in cover.inner_text()
    assert "HORS SERVICE" not in cover.inner_text()
    page.locator(f"{UNHEARD} > a").click()
    expect(page.locator(".s-card").first).to_be_visible()
    page.close()


def test_without_any_script_a_page_is_read_and_then_covered(
    chromium: Browser, calm: Dashboard
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{calm.url}/now?lang=en", wait_until="commit")
    expect(page.locator(UNHEARD)).to_have_css("visibility", "hidden")
    expect(page.locator(FIRST)).to_contain_text("Voice calls")
    expect(page).to_have_title("▲ Secours")

    expect(page.locator(f"{UNHEARD} h1")).to_be_visible(timeout=SHOWN_MS)
    context.close()


def said_s(page: Page) -> int:
    """Return how old the page says it is."""
    words = page.locator(f"{FIRST} .s-age").inner_text()
    return int(AGE.findall(words)[0])


def test_what_was_drawn_first_ages_and_is_covered_when_it_is_old(
    common_rooms: Path, dashboards: Dashboards, unheard: Page
) -> None:
    server = dashboards.get(SECOURS_SUPERVISED="1")
    unheard.clock.install()
    unheard.add_init_script(
        "performance.getEntriesByType = () => [{requestStart: performance.now()}]"
    )
    published(ago_s=2.0, max_age_s=MAX_AGE_S)
    unheard.goto(f"{server.url}/now?lang=en")

    expect(unheard.locator(f"{FIRST} .s-age")).to_contain_text(AGE)
    age_s = said_s(unheard)
    assert 2 <= age_s < MAX_AGE_S / 2  # a server that is busy draws it later
    expect(unheard.locator(COVER)).to_be_hidden()
    unheard.clock.run_for(3000)
    assert age_s + 3 <= said_s(unheard) < MAX_AGE_S
    expect(unheard.locator(COVER)).to_be_hidden()
    unheard.clock.run_for(MAX_AGE_S * 1000)
    expect(unheard.locator(COVER)).to_be_visible()
    expect(unheard.locator(COVER)).to_contain_text("STALE DATA")
    expect(unheard).to_have_title(re.compile("^⚠"))


def test_what_is_long_on_its_way_is_older_than_the_server_said(
    common_rooms: Path, dashboards: Dashboards, unheard: Page
) -> None:
    server = dashboards.get(SECOURS_SUPERVISED="1")
    published(ago_s=0.0, max_age_s=300.0)
    unheard.add_init_script(
        "const at = performance.now() - 400000;"
        "performance.getEntriesByType = () => [{requestStart: at}];"
    )
    unheard.goto(f"{server.url}/now?lang=en")

    expect(unheard.locator(COVER)).to_be_visible()
    expect(unheard.locator(COVER)).to_contain_text("STALE DATA")


def test_what_was_on_its_way_while_the_machine_slept_is_old(
    common_rooms: Path, dashboards: Dashboards, unheard: Page
) -> None:
    """One clock of the browser stands still meanwhile, the other goes on."""
    server = dashboards.get(SECOURS_SUPERVISED="1")
    published(ago_s=0.0, max_age_s=300.0)
    unheard.add_init_script(
        "const at = performance.timeOrigin - 600_000;"
        "Object.defineProperty(performance, 'timeOrigin', {value: at});"
    )
    unheard.goto(f"{server.url}/now?lang=en")

    expect(unheard.locator(COVER)).to_be_visible()
    expect(unheard.locator(COVER)).to_contain_text("STALE DATA")


def test_what_no_script_watches_is_covered_though_the_server_is_heard(
    page: Page, calm: Dashboard
) -> None:
    """Neither the watchdog nor the component came; the websocket did."""
    for script in ("**/watch.js", "**/static/js/*Component*"):
        page.route(script, lambda route: route.abort())
    page.goto(f"{calm.url}/now?lang=en")
    expect(page.locator(CONNECTED)).to_have_count(1, timeout=SHOWN_MS)

    expect(page.locator(f"{UNHEARD} h1")).to_be_visible(timeout=SHOWN_MS)
    expect(page.locator(FIRST)).to_have_count(1)


def test_a_page_that_is_old_when_it_is_asked_for_is_covered_at_once(
    common_rooms: Path, dashboards: Dashboards, chromium: Browser
) -> None:
    server = dashboards.get(SECOURS_SUPERVISED="1")
    published(ago_s=60.0, max_age_s=8.0)
    for scripts in (True, False):
        context = chromium.new_context(java_script_enabled=scripts)
        page = context.new_page()
        page.route_web_socket("**", lambda _: None)
        page.goto(f"{server.url}/now?lang=en", wait_until="commit")

        cover = page.locator(UNHEARD)
        expect(cover).to_have_css("animation-delay", "0s")
        expect(cover.get_by_text("STALE DATA")).to_be_visible()
        context.close()


def test_no_cover_is_seen_while_streamlit_comes(page: Page, calm: Dashboard) -> None:
    page.add_init_script("""
      window.covered = [];
      const look = () => {
        for (const id of ["secours-cover", "secours-skeleton"]) {
          const e = document.getElementById(id);
          if (e && e.checkVisibility({visibilityProperty: true}))
            covered.push([performance.now() / 1000, id]);
        }
        requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    """)
    opened(page, calm, "now?lang=en")

    covered = page.evaluate("covered")
    assert [each for each in covered if each[0] < UNHEARD_S] == []
    expect(page.locator(UNHEARD)).to_have_count(0)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", GROUNDS)
def test_what_the_script_draws_is_where_the_first_was(
    chromium: Browser, calm: Dashboard, size: tuple[int, int], theme: str
) -> None:
    context = chromium.new_context(viewport={"width": size[0], "height": size[1]})
    before, after = context.new_page(), context.new_page()
    before.route_web_socket("**", lambda socket: None)
    for path in ("now", "plan", "journal"):
        before.goto(f"{calm.url}/{path}?lang=fr&theme={theme}")
        expect(before.locator(f"{FIRST} .s-content")).to_be_attached()
        opened(after, calm, f"{path}?lang=fr&theme={theme}")
        first = before.evaluate(BOXES, FIRST)
        then = after.evaluate(BOXES, MAIN)

        assert len(first) > 10
        assert [name for name, *_ in first] == [name for name, *_ in then]
        jumps = [
            (a, b)
            for a, b in zip(first, then, strict=True)
            if any(abs(x - y) > JUMP_PX for x, y in zip(a[1:], b[1:], strict=True))
        ]
        assert jumps == [], path
    context.close()


def test_the_eye_and_the_keyboard_stay_when_the_script_draws(
    page: Page, calm: Dashboard
) -> None:
    held: list[Route] = []
    page.set_viewport_size({"width": 390, "height": 500})
    page.route(STREAMLIT, lambda route: held.append(route))
    with page.expect_request(STREAMLIT, timeout=WITHIN_MS):
        page.goto(f"{calm.url}/now?lang=fr", wait_until="commit")
    link = page.locator(f"{FIRST} .s-content a[href]").last
    address = link.get_attribute("href")
    page.wait_for_function("() => window.__secoursWatch", timeout=WITHIN_MS)
    link.focus()
    down = page.evaluate(SCROLLED, FIRST)
    assert down > 100

    for route in held:
        route.continue_()
    drawn_anew(page)

    assert page.evaluate("document.activeElement.getAttribute('href')") == address
    assert abs(page.evaluate(SCROLLED, MAIN) - down) <= JUMP_PX


def test_the_colours_are_those_of_the_link_then_of_the_cookie_and_streamlits_own(
    chromium: Browser, calm: Dashboard
) -> None:
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    opened(page, calm, "now?lang=en")
    for theme, name in (("light", "Light theme"), ("dark", "Dark theme")):
        page.get_by_role("link", name=name).click()
        page.wait_for_url(f"**theme={theme}", timeout=WITHIN_MS)
        for path in ("", "journal?lang=en", "journal?lang=en"):
            if path:
                opened(page, calm, path)
            drawn_anew(page)
            settled(page)
            app = page.locator('[data-testid="stApp"]')
            expect(app).to_have_css("background-color", GROUNDS[theme])
            ground = page.locator(DRAWN).first
            said = measured(
                ground, "e => getComputedStyle(e).getPropertyValue('--ground')"
            )
            assert said == {"dark": "#070b10", "light": "#eef1f4"}[theme]
        field = page.locator("textarea").first
        expect(field).to_be_visible()
        assert light(measured(field, COLOUR)) is (theme == "dark")
    context.close()


COLOUR = "e => getComputedStyle(e).color"


def light(colour: str) -> bool:
    """Tell whether words are nearer to white."""
    numbers = colour.partition("(")[2].rstrip(")").split(",")[:3]
    return sum(map(float, numbers)) > 3 * 128


def test_the_wall_has_its_own_colours_whatever_the_desk_has(
    chromium: Browser, calm: Dashboard
) -> None:
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    opened(page, calm, "now?theme=light")
    page.goto(f"{calm.url}/wall")
    ground = page.locator(f"{FIRST}, .s-wall").first
    assert measured(ground, GROUND) == GROUNDS["dark"]
    drawn_anew(page)
    for part in (".s-wall", "body"):
        expect(page.locator(part)).to_have_css("background-color", GROUNDS["dark"])
    page.goto(f"{calm.url}/wall?theme=light")
    drawn_anew(page)
    expect(page.locator(".s-wall")).to_have_css("background-color", GROUNDS["light"])
    opened(page, calm, "now?theme=dark")
    page.goto(f"{calm.url}/wall?theme=light")
    opened(page, calm, "now")
    expect(page.locator('[data-testid="stApp"]')).to_have_css(
        "background-color", GROUNDS["dark"]
    )
    context.close()
