"""The pages for a desk, in a real browser: wide and on a phone."""

import pytest
from dashboard.browser import Tab
from dashboard.desk import (
    COVER,
    PAGES,
    WITHIN_MS,
    opened,
)
from dashboard.served import Dashboard, Stamping
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

SIZES = [(1920, 1080), (390, 844)]
HARMLESS = (  # two questions of a deep link, one refused script of Streamlit's own
    "/_stcore/health",
    "/_stcore/host-config",
    "Executing inline script violates",
)


@pytest.fixture
def max_age_s() -> float:
    return 4.0


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}")
def test_every_page_fits_and_asks_nobody_else(
    tab: Tab, server: Dashboard, size: tuple[int, int]
) -> None:
    page = tab(size[0], size[1])
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on(
        "console",
        lambda message: (
            errors.append(f"{message.text} {message.location}")
            if message.type == "error"
            else None
        ),
    )
    page.on("pageerror", lambda error: errors.append(str(error)))

    for path, title in PAGES.items():
        opened(page, server, path)
        expect(page.locator("h1").first).to_have_text(title)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size[0], path

    ours = (server.url, f"blob:{server.url}")
    assert [url for url in asked if not url.startswith((*ours, "data:"))] == []
    assert [e for e in errors if not any(word in e for word in HARMLESS)] == []
    assert page.evaluate("window.bad") is None


def test_a_dead_engine_is_said_below_the_journal_which_stays_readable(
    tab: Tab, server: Dashboard, engine: Stamping
) -> None:
    page = tab(1366, 768)
    opened(page, server, "journal")

    engine.stop()

    cover = page.locator(COVER)
    expect(cover).to_be_visible(timeout=WITHIN_MS)
    expect(cover).to_contain_text("DONNÉES PÉRIMÉES")
    box = cover.bounding_box()
    assert box is not None
    assert box["height"] < 768 / 3
    assert box["width"] == 1366
    table = page.locator(".s-journal")
    expect(table).to_contain_text("OK → COUPÉ")
    page.get_by_role("link", name="État des canaux").click()
    expect(page.get_by_role("heading", name="État des canaux")).to_be_attached(
        timeout=WITHIN_MS
    )
    expect(cover).not_to_have_class("secours-band")


def test_a_note_keeps_its_author_from_one_page_to_the_next(
    tab: Tab, server: Dashboard
) -> None:
    page = tab(1366, 768)
    opened(page, server, "journal?lang=en")
    name = page.get_by_label("Your name, for the journal")
    name.fill("Anne")
    name.press("Tab")
    page.get_by_label("Add a note").fill("Called the mayor")
    page.get_by_role("button", name="Write it down").click()
    words = page.get_by_text("Not written down: the monitoring does not answer")
    expect(words).to_be_visible(timeout=WITHIN_MS)

    page.get_by_role("link", name="Why").click()
    expect(page.locator("h1").first).to_have_text("Why", timeout=WITHIN_MS)
    page.get_by_role("link", name="Journal").click()

    expect(name).to_have_value("Anne", timeout=WITHIN_MS)
    assert "lang=en" in page.url
