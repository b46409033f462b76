"""What is done by keyboard: it comes to everything, and is not lost."""

import pytest
from dashboard.browser import Tab
from dashboard.desk import (
    PRESSES,
    WITHIN_MS,
    by_key,
    go_to,
    opened,
    pressed,
    settled,
)
from dashboard.served import Dashboard
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

SIZES = [(1366, 900), (390, 844)]


@pytest.fixture(params=SIZES, ids=lambda size: str(size[0]))
def page(tab: Tab, request: pytest.FixtureRequest) -> Page:
    wide, high = request.param
    return tab(wide, high)


def written(field: Locator, words: str) -> None:
    """Type into a field; what the page lost that was being drawn anew, once more."""
    for _ in range(PRESSES):
        go_to(field.page, field)
        field.page.keyboard.press("ControlOrMeta+A")
        field.page.keyboard.type(words)
        settled(field.page)
        if field.input_value() == words:
            return
    expect(field).to_have_value(words)


def titled(page: Page, title: str) -> Locator:
    return page.locator("h1", has_text=title)


def test_a_test_and_a_note_need_no_mouse(page: Page, server: Dashboard) -> None:
    opened(page, server, "channels?lang=en")
    link = page.locator("h3 a", has_text="On-call SMS")
    pressed(link, titled(page, "Channel"), by_key)
    settled(page)

    refused = page.get_by_text("the monitoring does not answer").first
    pressed(page.get_by_role("button", name="Test now"), refused, by_key)
    settled(page)

    link = page.get_by_role("link", name="Journal")
    pressed(link, titled(page, "Journal"), by_key)
    settled(page)
    name = page.get_by_label("Your name, for the journal")
    written(name, "Anne")
    written(page.get_by_label("Add a note"), "The mayor was told")
    expect(name).to_have_value("Anne")
    pressed(page.get_by_role("button", name="Write it down"), refused, by_key)


def test_the_keyboard_stays_where_it_is_while_the_page_is_drawn_anew(
    page: Page, server: Dashboard
) -> None:
    opened(page, server, "channels?lang=en")
    link = page.locator("h3 a", has_text="Voice calls")
    go_to(page, link)
    link.evaluate("e => { e.dataset.old = '1'; }")

    expect(link).not_to_have_attribute("data-old", "1", timeout=WITHIN_MS)

    expect(link).to_be_focused()
