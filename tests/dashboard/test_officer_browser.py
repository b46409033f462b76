"""The journal, in a real browser: with a dead engine, and who writes there."""

import re

import pytest
from dashboard.browser import Tab
from dashboard.desk import COVER, WITHIN_MS, ago, followed, measured, opened, pressed
from dashboard.served import BRISK, Dashboard, Stamping
from playwright.sync_api import expect

from secours import places
from secours.engine.store.store import Store

pytestmark = pytest.mark.browser

ENTRIES = '[data-testid="stMain"] .s-entries-table'
# Is an element wholly in the window, and nothing over its middle?
UNCOVERED = """e => {
  const box = e.getBoundingClientRect();
  const x = box.x + box.width / 2, y = box.y + box.height / 2;
  return box.top >= 0 && box.bottom <= innerHeight
    && e.contains(document.elementFromPoint(x, y));
}"""


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
    box = measured(cover, "e => e.getBoundingClientRect().toJSON()")
    assert box["height"] < 768 / 3
    assert box["width"] == 1366
    expect(page.locator(ENTRIES)).to_contain_text("OK → HORS SERVICE")
    page.get_by_role("link", name="Canaux", exact=True).click()
    expect(page).to_have_url(re.compile("/channels"), timeout=WITHIN_MS)
    expect(page.get_by_role("heading", name="Canaux").first).to_be_attached(
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

    words = page.get_by_text("Not written down: the monitoring does not answer")
    pressed(page.get_by_role("button", name="Write it down"), words)

    expect(page.get_by_label("Add a note")).to_have_value("Called the mayor")
    page.wait_for_function("() => document.cookie.includes('Anne')", timeout=WITHIN_MS)
    take = page.get_by_role("button", name="I have read this page")
    followed(page.get_by_role("link", name="Watch", exact=True), take)
    expect(name).to_have_value("Anne")
    expect(page).to_have_url(re.compile("lang=en"))


@pytest.mark.parametrize(
    ("wide", "high"), [(1920, 1080), (1366, 768), (390, 844)], ids=str
)
def test_a_note_is_written_without_scrolling_however_long_the_journal_is(
    tab: Tab, server: Dashboard, wide: int, high: int
) -> None:
    store = Store(places.data_dir())
    for second in range(100):
        store.note(ago(second).utc, "Anne", "note", "Called the mayor")
    assert store.wait_written(60.0)
    store.close()
    page = tab(wide, high)
    opened(page, server, "journal?lang=en")
    expect(page.locator(f"{ENTRIES} .s-entry-note")).to_have_count(101)

    assert measured(page.locator(f"{ENTRIES} .s-entry").first, UNCOVERED)
    write = page.get_by_role("button", name="Write it down")
    if wide < 500:  # one press leads to the form, which covers no entry
        page.get_by_role("button", name="Add a note", exact=True).click()
        expect(write).to_be_in_viewport()
    for shown in (
        page.get_by_label("Your name, for the journal"),
        page.get_by_label("Add a note"),
        write,
    ):
        assert measured(shown, UNCOVERED), shown
