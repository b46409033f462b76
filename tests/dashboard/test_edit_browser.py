"""The page that edits the plan, in a real browser and to a real engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dashboard.acting import town
from dashboard.browser import Tab
from dashboard.desk import COVER, WITHIN_MS, settled
from dashboard.served import Dashboard, Dashboards, waited
from playwright.sync_api import Locator, Page, expect

from secours import places
from secours.config import load
from secours.engine.published import snapshot_file

pytestmark = pytest.mark.browser

NAME = "Your name, for the journal"
COMMENT = "# who wakes people first\n"


@pytest.fixture
def server(common_rooms: Path, dashboards: Dashboards) -> Iterator[Dashboard]:
    """Serve a town with a real engine."""
    with town(common_rooms):
        waited(is_published)
        yield dashboards.get(SECOURS_SUPERVISED="1")


def is_published() -> bool:
    try:
        return bool(snapshot_file.read(places.runtime_dir())[0].plan_version)
    except FileNotFoundError:
        return False


@pytest.fixture
def page(tab: Tab, server: Dashboard) -> Page:
    return tab(1366, 900)


def opened(page: Page, server: Dashboard, part: str = "Order") -> None:
    page.goto(f"{server.url}/edit?lang=en")
    expect(page.get_by_label(NAME)).to_be_visible(timeout=WITHIN_MS)
    expect(page.locator(COVER)).to_be_hidden(timeout=WITHIN_MS)
    settled(page)
    if part != "Order":
        page.get_by_role("radio", name=part, exact=True).click()
        settled(page)
    page.get_by_label(NAME).fill("Anne")
    page.keyboard.press("Tab")
    settled(page)


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def press(page: Page, name: str) -> None:
    button(page, name).click()
    settled(page)


def order(purpose: str) -> list[str]:
    """Return the order of a line in the file."""
    plan = load(places.plan_file()).plan
    (line,) = [each for each in plan if each.purpose == purpose]
    return [name for name, _ in line.order]


def test_an_order_is_changed_looked_at_saved_and_taken_back(
    page: Page, server: Dashboard
) -> None:
    file = Path(places.plan_file())
    before = file.read_text("utf-8")
    opened(page, server)
    press(page, "Down")
    press(page, "Look at the changes")
    said = page.get_by_text("Radio est maintenant avant SMS").first
    expect(said).to_be_visible()
    press(page, "Save")
    expect(page.get_by_text("Saved, and in force").first).to_be_visible()

    assert order("alert") == ["radio", "sms"]
    assert file.read_text("utf-8") != before
    press(page, "Undo")
    waited(lambda: file.read_text("utf-8") == before)
