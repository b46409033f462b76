"""The pages for a desk, each opened once and seen on screens of several sizes.

They fit, ask nobody else, shut nobody out, and each stop of the keyboard can be seen.
"""

from typing import Any

import pytest
from dashboard.axe import lasting
from dashboard.browser import Tab
from dashboard.desk import (
    PAGES,
    SUSPECTED,
    WITHIN_MS,
    fits,
    opened,
    settled,
    write_history,
    write_plan,
)
from dashboard.served import Dashboard, Dashboards, live_in, stamping
from dashboard.stops import LEAST_PX, OUTLINE_PX, stops
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

Size = tuple[int, int]

WIDE, LAPTOP, PHONE = (1920, 1080), (1366, 900), (390, 844)
HARMLESS = (
    "/_stcore/health",  # two questions of a deep link
    "/_stcore/host-config",
    "Executing inline script violates",  # of Streamlit's own
    "when disconnected from server",  # which a busy machine kept from answering
)


class Visits:
    """What was seen and heard on each page."""

    def __init__(self, page: Page, server: Dashboard) -> None:
        """Open them all."""
        self.url = server.url
        self.titles: dict[str, str] = {}
        self.too_wide: dict[Size, list[str]] = {WIDE: [], PHONE: []}
        self.violations: dict[Size, dict[str, list[str]]] = {WIDE: {}, PHONE: {}}
        self.stops: dict[Size, dict[str, list[Any]]] = {PHONE: {}, LAPTOP: {}}
        self.asked: list[str] = []
        self.errors: list[str] = []
        self._page = page
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on(
            "console",
            lambda message: (
                self.errors.append(f"{message.text} {message.location}")
                if message.type == "error"
                else None
            ),
        )
        for path in PAGES:
            self._resize(WIDE)
            opened(page, server, path)
            self._visit(path)
        self.bad = page.evaluate("window.bad")
        page.goto("about:blank")

    def _visit(self, path: str) -> None:
        self.titles[path] = self._page.locator("h1").first.inner_text()
        for size in (WIDE, PHONE):
            self._resize(size)
            settled(self._page)
            self._look(path, size)
        for size in (PHONE, LAPTOP):
            self._resize(size)
            settled(self._page)
            self.stops[size][path] = stops(self._page)

    def _resize(self, size: Size) -> None:
        self._page.set_viewport_size({"width": size[0], "height": size[1]})

    def _look(self, path: str, size: Size) -> None:
        if not fits(self._page):
            self.too_wide[size].append(path)
        if found := lasting(self._page):
            self.violations[size][path] = found


@pytest.fixture(scope="module")
def visits(tab: Tab, dashboards: Dashboards) -> Visits:
    with pytest.MonkeyPatch.context() as patch:
        dashboards.empty()
        live_in(dashboards.folder, patch)
        write_plan(dashboards.folder)
        write_history()
        with stamping(SUSPECTED, max_age_s=15.0):
            return Visits(tab(*WIDE), dashboards.get(SECOURS_SUPERVISED="1"))


def test_every_page_has_its_title(visits: Visits) -> None:
    assert visits.titles == PAGES


def test_no_page_asks_anybody_else_or_runs_into_an_error(visits: Visits) -> None:
    ours = (visits.url, f"blob:{visits.url}", "data:")
    errors = [e for e in visits.errors if not any(word in e for word in HARMLESS)]

    assert visits.asked
    assert [url for url in visits.asked if not url.startswith(ours)] == []
    assert errors == []
    assert visits.bad is None


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=str)
def test_every_page_fits(visits: Visits, size: Size) -> None:
    assert visits.too_wide[size] == []


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=str)
def test_no_page_shuts_anybody_out(visits: Visits, size: Size) -> None:
    assert visits.violations[size] == {}


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=str)
def test_each_stop_can_be_seen_and_is_large_enough(visits: Visits, size: Size) -> None:
    assert [*visits.stops[size]] == [*PAGES]
    for path, found in visits.stops[size].items():
        assert len(found) > len(PAGES), path
        assert [stop for stop in found if not is_seen(stop)] == [], path


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=str)
def test_the_last_stop_of_the_wall_leads_out_and_can_be_seen(
    tab: Tab, server: Dashboard, size: Size
) -> None:
    page = tab(*size)
    opened(page, server, "wall")
    expect(page.locator(".s-wall")).to_be_visible(timeout=WITHIN_MS)

    way_out = stops(page)[-1]

    assert "Secours" in way_out["name"]
    assert is_seen(way_out)


def is_seen(stop: dict[str, Any]) -> bool:
    least_px = min(stop["wide"], stop["high"])
    return bool(stop["outline"] >= OUTLINE_PX and least_px >= LEAST_PX)
