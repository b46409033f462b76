"""The watch, taken and handed over in a real browser, to a real engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dashboard.acting import journal, town
from dashboard.browser import Tab
from dashboard.desk import (
    WITHIN_MS,
    drawn_anew,
    followed,
    opened,
    pressed,
    settled,
)
from dashboard.drawing import Canvas
from dashboard.officer import NAME, Officer, telephone
from dashboard.served import BRISK, Dashboard, Dashboards
from playwright.sync_api import Browser, Locator, Page, expect
from render.entries import note
from render.snapshots import snapshot

from secours.dashboard.engine import engine_client
from secours.render.logbook import shift
from secours.render.logbook.shift import ShiftData
from secours.render.wording.localizer import Localizer

pytestmark = pytest.mark.browser


@pytest.fixture
def server(common_rooms: Path, dashboards: Dashboards) -> Iterator[Dashboard]:
    with town(common_rooms):
        yield dashboards.get(SECOURS_SUPERVISED="1", **BRISK)


PARTED = """htmls => htmls.map((html, n) => {
  document.body.innerHTML = html;
  const left = e => e.getClientRects()[0].left;
  const heads = [...document.querySelectorAll(".s-known :is(h2, .s-day)")];
  const next = e => e.matches("h2") ? e.parentElement.querySelector("li, p")
    : e.nextElementSibling;
  return heads.some(e => Math.abs(left(e) - left(next(e))) > 200) ? n : -1;
}).filter(n => n >= 0)"""  # pages with a head in another column than what it is of


def test_no_heading_is_in_another_column_than_its_first_row(canvas: Canvas) -> None:
    localizer = Localizer(snapshot("xooo"), "en")
    htmls = [
        shift.page_html(
            ShiftData(changes=[note("said", ago_s=n * 3600.0) for n in range(count)]),
            localizer,
            acts=False,
        )
        for count in range(1, 120)
    ]

    assert canvas(1920, 1080).page.evaluate(PARTED, htmls) == []


def signed(page: Page, name: str, button: str, shows: Locator, to: str = "") -> None:
    """Sign as somebody, and wait for what comes of it."""
    field = page.get_by_label("Your name, for the journal")
    field.fill(name)
    field.press("Tab")
    expect(field).to_have_value(name)
    settled(page)
    page.get_by_label("To whom").fill(to)
    pressed(page.get_by_role("button", name=button), shows)
    settled(page)


def test_the_watch_is_taken_and_handed_over_only_by_who_has_it(
    tab: Tab, server: Dashboard
) -> None:
    page = tab(1366, 768)
    page.goto(f"{server.url}/shift?lang=en")
    holder = page.locator('[data-testid="stMain"] .s-holder')
    expect(holder).to_have_text("Nobody has the watch.", timeout=WITHIN_MS)
    drawn_anew(page)
    settled(page)

    has = page.get_by_text("You have the watch.")
    signed(page, "Anne", "I have read this page", has)
    expect(holder).to_contain_text("Watch: Anne since", timeout=WITHIN_MS)

    refused = page.get_by_text("Not written down:")
    signed(page, "Bram", "I hand the watch over", refused, "Chloe")
    expect(refused).to_contain_text("Anne")
    expect(holder).to_contain_text("Watch: Anne since")

    handed = page.get_by_text("The watch is handed over")
    signed(page, "Anne", "I hand the watch over", handed, "Chloe")
    expect(holder).to_contain_text("handed over by Anne", timeout=WITHIN_MS)
    expect(holder).to_contain_text("to Chloe")
    words = [
        e.change.after for e in journal() if e.change and e.change.subject == "watch"
    ]
    assert words == ["handed", "taken"]


def test_who_takes_over_reads_all_of_the_watch_before(
    tab: Tab, server: Dashboard
) -> None:
    page = tab(390, 844)
    opened(page, server, "shift?lang=en")
    watch = {"do": "watch", "by": "Anne"}
    engine_client.say({**watch, "action": "take"})
    engine_client.note("Anne", "Called the mayor")
    engine_client.say({**watch, "action": "hand", "to": "Ben"})
    journal()  # is written
    page.reload()
    called = page.locator('[data-testid="stMain"] .s-known').get_by_text("Called the")
    expect(called).to_be_visible(timeout=WITHIN_MS)

    drawn_anew(page)
    settled(page)
    signed(page, "Ben", "I have read this page", page.get_by_text("You have the watch"))
    journal()  # is written
    page.reload()
    before = page.get_by_role("link", name="The watch before: Anne")
    expect(before).to_be_visible(timeout=WITHIN_MS)
    expect(called).to_have_count(0)
    followed(before, called)
    expect(page.get_by_role("link", name="The current watch")).to_be_visible()


def test_name_of_who_had_the_watch_is_typed_over(
    chromium: Browser, server: Dashboard
) -> None:
    page = telephone(chromium).new_page()
    officer = Officer(page, Locator.tap)
    take = page.get_by_role("button", name="I have read this page")
    has = page.get_by_text("You have the watch.")
    for name in ("Anne", "Ben"):
        opened(page, server, "shift?lang=en")
        officer.type(NAME, name)
        officer.press(take, has)
        expect(page.get_by_label(NAME)).to_have_value(name)
        expect(page.locator('[data-testid="stMain"] .s-holder')).to_contain_text(
            f"Watch: {name} since", timeout=WITHIN_MS
        )

    page.context.close()


COVERED = """() => [...document.querySelectorAll(".s-entry .s-words")].filter(e => {
  const box = e.getBoundingClientRect(), x = box.left + 4, y = box.top + box.height / 2;
  return document.elementFromPoint(x, y)?.closest(":has(> .st-key-secours-note)");
}).map(e => e.innerText)"""
# In one step: the page may be drawn anew between two.
SHOW = "number => document.querySelectorAll('.s-entry')[number].scrollIntoView()"


def test_form_of_a_note_covers_no_entry_on_a_telephone(
    tab: Tab, server: Dashboard
) -> None:
    page = tab(390, 844)
    opened(page, server, "journal?lang=en")
    for number in range(20):
        engine_client.note("Anne", f"note {number}")
    journal()  # is written
    opened(page, server, "journal?lang=en")
    write = page.get_by_role("button", name="Write it down")
    expect(page.locator(".s-entry-note").first).to_contain_text("note 19")

    assert page.evaluate(COVERED) == []
    page.evaluate(SHOW, 15)
    assert page.evaluate(COVERED) == []
    page.evaluate(SHOW, 0)
    expect(write).not_to_be_in_viewport()
    page.get_by_role("button", name="Add a note", exact=True).click()
    expect(write).to_be_in_viewport()
