"""Everything by keyboard: each stop can be seen, is large enough, and is not lost."""

from typing import Any

import pytest
from dashboard.browser import Tab
from dashboard.desk import (
    PAGES,
    WITHIN_MS,
    opened,
    settled,
)
from dashboard.served import Dashboard
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

SIZES = [(1366, 900), (390, 844)]
MOST_STOPS = 250
LEAST_PX, OUTLINE_PX = 24, 2

# Where the keyboard is: what is seen of it, or null once it comes round again. Inputs
# that are hidden (those of boxes, choices and sliders) are seen as what is around them.
STOP = """() => {
  const at = document.activeElement;
  if (!at || at === document.body || at.dataset.seen) return null;
  at.dataset.seen = "1";
  const hidden = at.closest('[style*="clip-path"]');
  const seen = hidden ? hidden.parentElement : at;
  const style = getComputedStyle(seen), box = seen.getBoundingClientRect();
  const beyond = parseFloat(style.outlineOffset) + parseFloat(style.outlineWidth);
  let cut = false;
  for (let e = seen.parentElement; e; e = e.parentElement) {
    const around = e.getBoundingClientRect();
    cut ||= getComputedStyle(e).overflowX === "hidden" &&
      (around.left > box.left - beyond + 1 || around.top > box.top - beyond + 1);
  }
  return {
    name: `${at.tagName} ${at.getAttribute("aria-label") || at.innerText || at.type}`,
    outline: cut || style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
    wide: box.width, high: box.height,
  };
}"""


@pytest.fixture(params=SIZES, ids=lambda size: str(size[0]))
def page(tab: Tab, request: pytest.FixtureRequest) -> Page:
    wide, high = request.param
    return tab(wide, high)


def stops(page: Page) -> list[dict[str, Any]]:
    """Go through the page with the key, and return each place it stops at."""
    found: list[dict[str, Any]] = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None:
            return found
        found.append(stop)
    raise AssertionError("the keyboard comes to no end")


def go_to(page: Page, wanted: Locator) -> None:
    """Press the key until the keyboard is there."""
    expect(wanted).to_be_visible(timeout=WITHIN_MS)
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if wanted.evaluate("e => e === document.activeElement"):
            return
    raise AssertionError(f"the keyboard does not come to {wanted}")


def test_each_stop_can_be_seen_and_is_large_enough(
    page: Page, server: Dashboard
) -> None:
    faults = []
    for path in PAGES:
        opened(page, server, path)
        found = stops(page)
        assert len(found) > len(PAGES), path
        faults += [
            (path, stop)
            for stop in found
            if stop["outline"] < OUTLINE_PX
            or min(stop["wide"], stop["high"]) < LEAST_PX
        ]
    page.goto(f"{server.url}/wall")
    expect(page.locator(".s-wall")).to_be_visible(timeout=WITHIN_MS)
    way_out = stops(page)[-1]

    assert faults == []
    assert "Secours" in way_out["name"]
    assert way_out["outline"] >= OUTLINE_PX
    assert min(way_out["wide"], way_out["high"]) >= LEAST_PX


def test_a_test_and_a_note_need_no_mouse(page: Page, server: Dashboard) -> None:
    opened(page, server, "status?lang=en")
    go_to(page, page.locator("h3 a", has_text="On-call SMS"))
    page.keyboard.press("Enter")
    expect(page.locator("h1").first).to_have_text("Channel", timeout=WITHIN_MS)
    settled(page)

    go_to(page, page.get_by_role("button", name="Test now"))
    page.keyboard.press("Enter")
    refused = page.get_by_text("the monitoring does not answer")
    expect(refused.first).to_be_visible(timeout=WITHIN_MS)
    settled(page)

    go_to(page, page.get_by_role("link", name="Journal"))
    page.keyboard.press("Enter")
    expect(page.locator("h1").first).to_have_text("Journal", timeout=WITHIN_MS)
    settled(page)
    go_to(page, page.get_by_label("Your name, for the journal"))
    page.keyboard.type("Anne")
    go_to(page, page.get_by_label("Add a note"))
    page.keyboard.type("The mayor was told")
    go_to(page, page.get_by_role("button", name="Write it down"))
    page.keyboard.press("Space")
    expect(refused.first).to_be_visible(timeout=WITHIN_MS)


def test_the_keyboard_stays_where_it_is_while_the_page_is_drawn_anew(
    page: Page, server: Dashboard
) -> None:
    opened(page, server, "status?lang=en")
    link = page.locator("h3 a", has_text="Voice calls")
    go_to(page, link)
    link.evaluate("e => { e.dataset.old = '1'; }")

    expect(link).not_to_have_attribute("data-old", "1", timeout=WITHIN_MS)

    expect(link).to_be_focused()
