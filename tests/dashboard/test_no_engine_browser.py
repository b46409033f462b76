"""The pages while no engine measures, in a real browser."""

from pathlib import Path

import pytest
from dashboard.browser import Tab
from dashboard.desk import COVER, WITHIN_MS, write_history, write_plan
from dashboard.served import Dashboard, Dashboards
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

# After some seconds, at once: later it would be covered by its age.
COVERED = f"""() => {{
  const watch = window.__secoursWatch;
  if (!(watch?.since() > 2)) return null;
  watch.tick();
  return {{is: document.querySelector("{COVER}").checkVisibility()}};
}}"""


@pytest.fixture
def alone(common_rooms: Path, dashboards: Dashboards) -> Dashboard:
    """Serve the pages of a plan that nobody measures, with a day of history."""
    write_plan(common_rooms)
    write_history()
    return dashboards.get(SECOURS_SUPERVISED="1")


@pytest.mark.parametrize("name", ["wall", "now", "journal"])
def test_what_nobody_measures_never_looks_fresh(
    tab: Tab, alone: Dashboard, name: str
) -> None:
    page = tab(1366, 768)
    page.goto(f"{alone.url}/{name}")

    covered = page.wait_for_function(COVERED, timeout=WITHIN_MS)

    assert covered.json_value() == {"is": True}


def test_the_journal_is_read_and_its_note_is_reached_above_the_band(
    tab: Tab, alone: Dashboard
) -> None:
    page = tab(1366, 768)
    page.goto(f"{alone.url}/journal?lang=en")

    entries = page.locator('[data-testid="stMain"] .s-entries-table')
    expect(entries).to_contain_text("OK → DOWN", timeout=WITHIN_MS)
    expect(page.get_by_label("Add a note")).to_be_visible(timeout=WITHIN_MS)
    expect(page.locator(COVER)).to_have_class("secours-band")
