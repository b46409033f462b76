"""What is printed, in a real browser: by which button, and in which colours."""

import re
from collections.abc import Iterator
from contextlib import suppress

import pytest
from dashboard.browser import Tab
from dashboard.desk import FITS_WITHIN_MS, WITHIN_MS, ago, opened
from dashboard.served import Dashboard
from playwright.sync_api import Page, TimeoutError, expect

from secours import places
from secours.engine.store.store import Store

pytestmark = pytest.mark.browser

NOT_PRINTED = "(() => { window.printed = 0; window.print = () => window.printed++; })()"
# the colours of what is seen on paper, and of what is behind it
COLOURS = """() => [...document.querySelectorAll("body, body *")]
  .filter(e => e.getClientRects().length && !e.closest("#secours-cover"))
  .map(e => [getComputedStyle(e), e])
  .filter(([s, e]) => s.visibility === "visible")
  .flatMap(([s, e]) => [
    [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) && s.color,
    s.backgroundColor,
  ])
  .filter(c => c && c !== "rgba(0, 0, 0, 0)")"""
ON_PAPER = f"paper => ({COLOURS})().every(c => paper.includes(c))"
PAPER = {"rgb(0, 0, 0)", "rgb(255, 255, 255)", "rgb(119, 119, 119)"}  # and rules


@pytest.fixture(scope="module")
def printing(tab: Tab) -> Iterator[Page]:
    """Give a page whose dialog to print is only counted."""
    page = tab(1366, 900)
    page.add_init_script(NOT_PRINTED)
    yield page
    page.emulate_media(media="screen")


def printed(page: Page) -> int:
    return int(page.evaluate("window.printed"))


def test_the_plan_is_printed_by_one_click(printing: Page, server: Dashboard) -> None:
    printing.goto(f"{server.url}/paper?lang=fr&print=1")
    button = printing.get_by_role("button", name="Imprimer")
    expect(button).to_be_visible()
    printing.wait_for_function("() => window.printed === 1", timeout=WITHIN_MS)

    button.click()

    assert printed(printing) == 2
    printing.emulate_media(media="print")
    expect(button).to_be_hidden()


def test_a_sheet_that_nobody_asked_to_print_waits_for_its_button(
    printing: Page, server: Dashboard
) -> None:
    printing.emulate_media(media="screen")
    printing.goto(f"{server.url}/paper?lang=de")
    expect(printing.get_by_role("button", name="Drucken")).to_be_visible()

    assert printed(printing) == 0


def test_the_sheet_allows_no_script_but_the_one_that_prints(
    printing: Page, server: Dashboard
) -> None:
    heard = printing.goto(f"{server.url}/paper")
    assert heard

    policy = heard.headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert re.findall("script-src[^;]*", policy) == ["script-src 'self'"]


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize(
    "name", ["now", "channels", "why", "plan", "journal", "shift", "act"]
)
def test_a_page_is_printed_black_on_white_without_what_is_to_be_pressed(
    printing: Page, server: Dashboard, name: str, theme: str
) -> None:
    printing.emulate_media(media="screen")
    opened(printing, server, f"{name}?theme={theme}")
    drawn = printing.locator('[data-testid="stMain"] .s-status h1').first

    printing.emulate_media(media="print")

    expect(drawn).to_be_visible()
    expect(printing.locator(".s-printed")).to_contain_text("Plan")
    for shut in ("nav", "button", "input", "textarea", 'a[href^="act?"]'):
        for each in printing.locator(shut).all():
            expect(each).to_be_hidden()
    with suppress(TimeoutError):  # colours change little by little
        printing.wait_for_function(ON_PAPER, arg=[*PAPER], timeout=FITS_WITHIN_MS)
    assert set(printing.evaluate(COLOURS)) <= PAPER


def test_a_page_of_many_sheets_is_not_cut_after_the_first(
    printing: Page, server: Dashboard
) -> None:
    store = Store(places.data_dir())
    for second in range(200):
        store.note(ago(second).utc, "Anne", "note", "Called the mayor")
    assert store.wait_written(60.0)
    store.close()
    printing.emulate_media(media="screen")
    opened(printing, server, "journal")
    expect(printing.locator(".s-entry-note")).to_have_count(201)

    printing.emulate_media(media="print")
    pages = len(re.findall(rb"/Type\s*/Page\b", printing.pdf(format="A4")))

    assert pages >= 4
