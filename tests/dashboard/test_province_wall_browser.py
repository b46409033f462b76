"""The wall of a province as it runs: it follows its sites, and never shows them old."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from dashboard.browser import Tab
from dashboard.desk import drawn_anew, measured, pressed
from dashboard.provincial import publishing, with_hub
from dashboard.served import BRISK, Dashboard, Dashboards, stamping
from playwright.sync_api import Locator, expect
from render.province.provinces import Province, calm, three_cannot
from render.snapshots import snapshot

pytestmark = pytest.mark.browser

MAX_AGE_S = 6.0
COVER = "#secours-cover"


@pytest.fixture
def published(common_rooms: Path) -> Iterator[list[Province]]:
    with (
        publishing(calm(20)) as current,
        stamping(with_hub(snapshot("xooo")), MAX_AGE_S),
    ):
        yield current


@pytest.fixture
def server(published: list[Province], dashboards: Dashboards) -> Dashboard:
    return dashboards.get(SECOURS_SUPERVISED="1", **BRISK)


def test_it_follows_its_sites_and_is_covered_when_nothing_comes_of_them(
    server: Dashboard, published: list[Province], tab: Tab
) -> None:
    page = tab(1920, 1080)
    page.goto(f"{server.url}/wall?lang=en")
    drawn_anew(page)
    tiles = page.locator(".s-tile")
    expect(tiles).to_have_count(20)
    expect(page.locator(".s-site-nothing-left")).to_have_count(0)

    published[:] = [three_cannot(20)]
    said = page.locator(".s-province-said")
    expect(said).to_contain_text("3 of 20 sites cannot alert")
    expect(page.locator(COVER)).to_be_hidden()

    published.clear()  # the engine goes on, but says no more of the sites
    expect(page.locator(COVER)).to_be_visible()
    expect(page.locator(COVER)).to_contain_text("STALE DATA")

    published[:] = [calm(20)]
    expect(page.locator(COVER)).to_be_hidden()
    expect(page.locator(".s-tile.s-site-nothing-left")).to_have_count(0)


def test_what_stands_beside_the_map_is_as_large_as_it_was_measured(
    server: Dashboard, tab: Tab
) -> None:
    page = tab(1920, 1080)
    page.goto(f"{server.url}/wall?lang=en")
    drawn_anew(page)

    size = "each => getComputedStyle(each).fontSize"
    beside = measured(page.locator(".s-beside-map"), size)
    assert measured(page.locator(".s-sites-counts > li").first, size) == beside


def enter(tile: Locator) -> None:
    tile.focus()
    tile.page.keyboard.press("Enter")


def test_the_keyboard_leads_from_a_tile_to_what_the_site_sees(
    server: Dashboard, tab: Tab
) -> None:
    page = tab(1920, 1080)
    page.goto(f"{server.url}/wall?lang=en")
    drawn_anew(page)
    head = page.locator(".s-site-head").first
    pressed(page.locator(".s-tile", has_text="Dison"), head, enter)

    expect(page).to_have_url(re.compile("/site.name=Dison"))
    expect(page.locator(".s-site-head")).to_contain_text("Dison, as it saw itself")
    expect(page.locator(".s-content")).to_contain_text("Voice calls")
