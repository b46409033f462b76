"""The journal, in a real browser: with a dead engine, and who writes there."""

import pytest
from dashboard.browser import Tab
from dashboard.desk import (
    COVER,
    WITHIN_MS,
    opened,
)
from dashboard.served import BRISK, Dashboard, Stamping
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.fixture
def pace() -> dict[str, str]:
    return BRISK


@pytest.fixture
def max_age_s() -> float:
    return 4.0


def test_a_dead_engine_is_said_below_the_journal_which_stays_readable(
    tab: Tab, server: Dashboard, engine: Stamping
) -> None:
    page = tab(1366, 768)
    opened(page, server, "journal")

    engine.stop()

    cover = page.locator(COVER)
    expect(cover).to_contain_text("DONNÉES PÉRIMÉES", timeout=WITHIN_MS)
    expect(cover).to_be_visible(timeout=WITHIN_MS)
    box = cover.evaluate("e => e.getBoundingClientRect().toJSON()")
    assert box["height"] < 768 / 3
    assert box["width"] == 1366
    table = page.locator(".s-journal")
    expect(table).to_contain_text("OK → COUPÉ")
    page.get_by_role("link", name="Maintenant").click()
    expect(page.get_by_role("heading", name="Maintenant")).to_be_attached(
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
