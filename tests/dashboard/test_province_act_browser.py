"""The form for a word to sites, in a real browser: it fits, and anybody can use it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dashboard.axe import lasting
from dashboard.browser import Tab
from dashboard.desk import WITHIN_MS, drawn_anew, fits, picked, pressed, settled
from dashboard.provincial import order, publishing, with_hub
from dashboard.served import BRISK, Dashboard, Dashboards, stamping
from playwright.sync_api import Page, expect
from render.province.provinces import three_cannot
from render.snapshots import snapshot

from secours import places
from secours.engine.published.handed_down_file import HandedDownFile
from secours.model.sites.handed_down import Addressee, HandedDownList, OrderProgress

pytestmark = pytest.mark.browser
EVERY, SINCE = "Select all", "Seit wann"
CHOSEN = ["[data-tag]"]  # Streamlit does not say what each thing chosen is


@pytest.fixture
def server(common_rooms: Path, dashboards: Dashboards) -> Iterator[Dashboard]:
    told = three_cannot(20)
    with publishing(told), stamping(with_hub(snapshot("xooo")), 20.0):
        *some, last = (Addressee(site=site.name) for site in told.view.sites)
        refused = Addressee(
            site=last.site,
            progress=OrderProgress.ANSWERED,
            outcome="unknown-subject",
            why="power:grid",
        )
        down = {"do": "mark", "subject": "power:grid", "says": "distrusted"}
        known = HandedDownList(orders=(order(down, *some, refused),))
        HandedDownFile(places.runtime_dir()).put(known)
        yield dashboards.get(SECOURS_SUPERVISED="1", **BRISK)


def filled(page: Page, server: Dashboard) -> None:
    """Fill the form in for chosen sites, in the longest words."""
    page.goto(f"{server.url}/act?lang=de")
    some = page.get_by_role("radio", name="Ausgewählte Standorte")
    expect(some).to_be_visible(timeout=WITHIN_MS)
    settled(page)
    options, boxes = page.get_by_role("option"), page.get_by_role("combobox")
    pressed(some, boxes.nth(1))  # that of the sites has come
    settled(page)
    picked(boxes.nth(0), EVERY, page.locator("[data-tag]").first)
    page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    pressed(page.get_by_role("radio", name="Ausgefallen"), page.get_by_text(SINCE))
    settled(page)
    will = page.locator(".s-will", has_text="Geht an").first
    picked(boxes.nth(1), "carrier:mobile-a", will)


@pytest.mark.parametrize("width", [320, 1366], ids=["telephone", "desk"])
def test_a_word_to_sites_has_room_and_no_fault(
    server: Dashboard, tab: Tab, width: int
) -> None:
    page = tab(width, 900)

    filled(page, server)
    assert fits(page)
    assert lasting(page, CHOSEN) == []
    page.goto(f"{server.url}/sites?lang=de")
    drawn_anew(page)
    expect(page.locator(".s-sites-sent")).to_contain_text("power:grid")
    assert fits(page)
    assert lasting(page) == []
