"""The plain page in a browser that runs no script."""

import base64
import io
import signal
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from dashboard.served import Dashboard, Dashboards, Stamping, stamping, waited
from msgspec.structs import replace
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, CDPSession, expect
from render.situations import SITUATIONS, SPOKEN
from render.snapshots import snapshot
from web.notice_engine import TOKEN, Engine

from secours.languages import LANGUAGES
from secours.model.snapshot import Link
from secours.render.export.lite import lite_html

pytestmark = pytest.mark.browser

MAX_AGE_S = 3.0
SOON_MS = 60_000
GROUND, HAZARD = "#070b10", "#ffc942"

FAULTS = """() => {
  const faults = [], shown = [...document.querySelectorAll("body *")]
    .filter(e => !e.matches(".s-here, .s-said, .s-shape, #deadman"));
  for (const e of shown) {
    const r = e.getBoundingClientRect();
    if (r.right > innerWidth + 1 || r.left < -1) faults.push("out " + e.className);
    if (r.bottom > document.documentElement.scrollHeight + 1)
      faults.push("below " + e.className);
    if (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline")
      faults.push("cut " + e.className);
  }
  const texts = [...document.querySelectorAll(
    ".s-number, .s-name, .s-mark:not(.s-said), .s-beside, .s-verb, .s-rank," +
    ".s-answer, .s-how, .s-else, .s-why, .s-row, .s-age, .s-clock, .s-site," +
    ".s-chip, .s-banner")];
  texts.forEach((a, i) => texts.slice(i + 1).forEach(b => {
    if (a.contains(b) || b.contains(a)) return;
    const p = a.getBoundingClientRect(), q = b.getBoundingClientRect();
    const x = Math.min(p.right, q.right) - Math.max(p.left, q.left);
    const y = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
    if (x > 1 && y > 2) faults.push("overlap " + a.className + " / " + b.className);
  }));
  return faults;
}"""
ALL_FAULTS = f"""drawn => {{
  const found = {{}}, faults = {FAULTS};
  for (const [name, html] of Object.entries(drawn)) {{
    document.open();
    document.write(html);
    document.close();
    found[name] = faults();
  }}
  return found;
}}"""


@pytest.fixture
def plain(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(java_script_enabled=False)
    yield context
    context.close()


@pytest.fixture
def engine(common_rooms: Path) -> Iterator[Stamping]:
    with stamping(snapshot("xooo", "oooo"), MAX_AGE_S) as running:
        yield running


@pytest.fixture
def server(engine: Stamping, dashboards: Dashboards) -> Dashboard:
    return dashboards.get(SECOURS_SUPERVISED="1")


@cache
def drawn(name: str) -> dict[str, str]:
    """Draw a situation in each language, fresh and stale."""
    made = (SITUATIONS | SPOKEN)[name]
    shown = replace(made, screen=replace(made.screen, max_age_s=300.0))
    return {
        f"{name} {language} {age_s:.0f}": lite_html(shown, language, age_s=age_s)
        for language in LANGUAGES
        for age_s in (4.0, 400.0)
    }


@pytest.mark.parametrize("size", [(390, 844), (1024, 768), (1280, 720), (1920, 1080)])
def test_nothing_is_cut_without_any_script(
    plain: BrowserContext, size: tuple[int, int]
) -> None:
    page = plain.new_page()
    page.set_viewport_size({"width": size[0], "height": size[1]})
    faults: dict[str, list[str]] = {}
    for name in SITUATIONS | SPOKEN:
        found = page.evaluate(ALL_FAULTS, drawn(name))
        faults |= {name: each for name, each in found.items() if each}
    page.close()

    assert not faults, "\n".join(f"{name}: {found}" for name, found in faults.items())


@pytest.mark.parametrize("name", ["fine", "fallback", "degraded", "nothing"])
def test_on_a_television_the_usual_situations_need_no_scrolling(
    plain: BrowserContext, name: str
) -> None:
    page = plain.new_page()
    page.set_viewport_size({"width": 1280, "height": 720})
    page.set_content(lite_html(SITUATIONS[name], "fr", age_s=4.0))

    assert page.evaluate("document.documentElement.scrollHeight") <= 720
    page.close()


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_with_a_banner_or_a_band_it_needs_no_scrolling_and_the_band_comes_first(
    plain: BrowserContext, size: tuple[int, int]
) -> None:
    """Letters are as wide as those of DejaVu Sans here."""
    page = plain.new_page()
    page.set_viewport_size({"width": size[0], "height": size[1]})
    shown = {
        "banner": replace(SITUATIONS["fallback"], own_link=Link.DOWN),
        "mains": SPOKEN["ending"],
        "band": SPOKEN["set aside"],
        "eight names": SPOKEN["distrusted"],
    }
    heights = {}
    for name, each in shown.items():
        for language in LANGUAGES:
            page.set_content(lite_html(each, language, age_s=4.0))
            high = page.evaluate("document.documentElement.scrollHeight")
            heights[f"{name} {language}"] = high
        band, cards = page.locator(".s-unsafe"), page.locator(".s-main")
        if band.count():
            above, below = band.bounding_box(), cards.bounding_box()
            assert above
            assert below
            assert above["y"] + above["height"] <= below["y"]
    page.close()

    assert max(heights.values()) <= size[1], heights


def test_it_follows_the_engine_and_a_frozen_server_is_covered(
    plain: BrowserContext, server: Dashboard, engine: Stamping
) -> None:
    page = plain.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server.url}/lite?lang=en")
    expect(page.locator(".s-answer").first).to_have_text("Voice calls")
    expect(page.locator("#deadman")).to_have_css("opacity", "0")

    engine.snapshot = snapshot("xxoo")
    expect(page.locator(".s-answer").first).to_have_text("Pager", timeout=SOON_MS)

    session = page.context.new_cdp_session(page)
    waited(lambda: corner(session) == GROUND)
    server.signal(signal.SIGSTOP)
    waited(lambda: corner(session) == HAZARD)
    server.signal(signal.SIGCONT)
    expect(page.locator("#deadman")).to_have_css("opacity", "0", timeout=SOON_MS)

    assert {url.partition("?")[0] for url in asked} == {f"{server.url}/lite"}
    page.close()


def corner(session: CDPSession) -> str:
    """Look at the corner while the browser waits for its next page."""
    taken = session.send("Page.captureScreenshot", {})
    with Image.open(io.BytesIO(base64.b64decode(taken["data"]))) as picture:
        pixel = picture.convert("RGB").crop((4, 4, 5, 5)).tobytes()
    return f"#{pixel.hex()}"


def test_a_dead_engine_is_a_cover_that_goes_away_by_itself(
    plain: BrowserContext, server: Dashboard, engine: Stamping
) -> None:
    page = plain.new_page()
    page.goto(f"{server.url}/lite")
    engine.stop()
    title = page.locator(".s-cover-title")
    expect(title).to_have_text("DONNÉES PÉRIMÉES", timeout=SOON_MS)
    expect(page.locator(".s-paper")).to_contain_text("Appels vocaux")

    engine.start()

    expect(page.locator(".s-answer").first).to_have_text(
        "Appels vocaux", timeout=SOON_MS
    )
    page.close()


def test_the_address_has_the_base_path_of_the_dashboard(
    engine: Stamping, dashboards: Dashboards
) -> None:
    served = dashboards.get("crise", SECOURS_SUPERVISED="1")

    status, headers, body = served.get("/lite")
    answer, _, _ = served.get("/api/v1/snapshot")

    assert (status, answer) == (200, 200)
    assert "Appels vocaux" in body.decode()
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"


def test_beside_a_pin_that_is_down_no_name_is_broken_in_a_word(
    chromium: Browser,
) -> None:
    page = chromium.new_page(viewport={"width": 1280, "height": 720})
    html = lite_html(SPOKEN["pinned but down"], "fr", age_s=4.0)
    page.set_content(html)
    rows = page.locator(".s-gone").first.evaluate(
        "e => { const r = document.createRange(); r.selectNodeContents(e);"
        " return new Set([...r.getClientRects()].map(c => c.top)).size; }"
    )

    assert rows == 1
    page.close()


@pytest.mark.smoke
def test_the_link_in_a_notice_acknowledges_it_without_any_script(
    plain: BrowserContext, server: Dashboard
) -> None:
    page = plain.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    with Engine().beside() as engine:
        page.goto(f"{server.url}/ack/{TOKEN}?lang=en")
        wide = page.evaluate("document.documentElement.scrollWidth")
        opened = engine.notice.acknowledged_by
        page.get_by_label("Your name").fill("Anne")
        page.get_by_role("button", name="Acknowledge").click()
        expect(page.get_by_role("status")).to_contain_text("Acknowledged by Anne")

    assert wide <= 390
    assert (opened, engine.notice.acknowledged_by) == ("", "Anne")
    assert TOKEN not in server.log()
    page.close()
