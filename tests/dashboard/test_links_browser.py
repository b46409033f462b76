"""Where the bar of links leads, also under a path that a proxy keeps for us."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from dashboard.browser import Tab
from dashboard.desk import WITHIN_MS, fits, opened, pressed
from dashboard.served import Dashboard, Dashboards, stamping
from playwright.sync_api import expect
from render.snapshots import snapshot

pytestmark = pytest.mark.browser


@pytest.fixture(params=["", "crise"], ids=["root", "path"])
def server(
    common_rooms: Path, dashboards: Dashboards, request: pytest.FixtureRequest
) -> Iterator[Dashboard]:
    with stamping(snapshot("xooo"), max_age_s=15.0):
        yield dashboards.get(request.param, SECOURS_SUPERVISED="1")


def test_the_sheet_and_the_plain_wall_are_one_click_away(
    tab: Tab, server: Dashboard
) -> None:
    page = tab(390, 844)
    opened(page, server, "now")

    with page.expect_popup() as opens:
        page.get_by_role("link", name="Imprimer le plan", exact=True).click()
    sheet = opens.value
    expect(sheet).to_have_url(f"{server.url}/paper?lang=fr&print=1")
    expect(sheet.get_by_text("Fiche des canaux").first).to_be_visible()
    sheet.close()
    page.get_by_role("link", name="Écran simple", exact=True).click()

    expect(page).to_have_url(f"{server.url}/lite?lang=fr", timeout=WITHIN_MS)
    expect(page.get_by_text("Appels vocaux").first).to_be_visible()


def test_links_of_what_can_be_done_keep_to_the_path(
    tab: Tab, server: Dashboard
) -> None:
    page = tab(1366, 900)
    opened(page, server, "channels?lang=en")
    held = page.get_by_role("heading", name="In force now")
    pressed(page.get_by_role("link", name="Act: On-call SMS"), held)

    address = re.escape(f"{server.url}/act?lang=en&subject=")
    expect(page).to_have_url(re.compile(f"^{address}"))


def test_what_is_looked_for_is_an_address_that_can_be_sent_on(
    tab: Tab, server: Dashboard
) -> None:
    page = tab(390, 844)
    opened(page, server, "channels?lang=en&days=7")
    pressed(page.get_by_text("Find a channel"), page.get_by_label("State"))
    page.get_by_label("State").select_option("unavailable")
    page.get_by_label("With the words").fill("sms")
    shown = page.get_by_text("1 of 8 shown")
    pressed(page.get_by_role("button", name="Find"), shown)
    address = re.escape(f"{server.url}/channels?lang=en&days=7&state=unavailable")
    expect(page).to_have_url(re.compile(f"{address}.*&text=sms$"))

    page.reload()

    expect(shown).to_be_visible(timeout=WITHIN_MS)
    assert fits(page)
    pager = page.get_by_role("link", name="Pager", exact=True)
    pressed(page.get_by_role("link", name="Show all"), pager)
    expect(shown).to_have_count(0)
    expect(page).to_have_url(f"{server.url}/channels?lang=en&days=7")
