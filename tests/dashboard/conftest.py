from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from dashboard.browser import Tab, browser
from dashboard.desk import SUSPECTED, write_history, write_plan
from dashboard.drawing import Canvas, Drawing
from dashboard.served import Dashboard, Dashboards, Stamping, live_in, rooms, stamping
from playwright.sync_api import Browser, Error, Page

__all__ = ["rooms"]


@pytest.fixture(scope="module")
def chromium(processes: None) -> Iterator[Browser]:
    """Give a browser, one for all tests of a file."""
    with browser() as running:
        yield running


@pytest.fixture(scope="module")
def tab(chromium: Browser) -> Tab:
    """Give the one page of a file, in a size: it need not compile all scripts anew."""
    page = chromium.new_page()

    def sized(wide: int, high: int) -> Page:
        page.context.clear_cookies()
        with suppress(Error):  # a page that is no site has none
            page.evaluate("localStorage.clear(); sessionStorage.clear()")
        page.goto("about:blank")  # nothing of the test before is heard
        page.mouse.move(0, 0)
        page.set_viewport_size({"width": wide, "height": high})
        return page

    return sized


@pytest.fixture(scope="module")
def canvas(chromium: Browser) -> Canvas:
    """Give the one page of a file to draw on, in a size: the font is there."""
    screen = Drawing(chromium.new_page())

    def sized(wide: int = 1920, high: int = 1080) -> Drawing:
        screen.resize(wide, high)
        return screen

    return sized


@pytest.fixture(scope="session")
def dashboards(
    processes: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Dashboards]:
    """Serve the pages to all tests of this process."""
    running = Dashboards(tmp_path_factory.mktemp("dashboards"))
    yield running
    running.stop()


@pytest.fixture
def common_rooms(dashboards: Dashboards, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty the folder that the dashboards read, and have this test live there."""
    dashboards.empty()
    live_in(dashboards.folder, monkeypatch)
    return dashboards.folder


@pytest.fixture
def max_age_s() -> float:
    """Say how old the snapshot of the engine may be."""
    return 15.0


@pytest.fixture
def engine(common_rooms: Path, max_age_s: float) -> Iterator[Stamping]:
    """Stamp a snapshot in which a channel is down, and suspected."""
    with stamping(SUSPECTED, max_age_s) as running:
        yield running


@pytest.fixture
def pace() -> dict[str, str]:
    """Say how often the pages ask for news: as seldom as those of people."""
    return {}


@pytest.fixture
def server(
    common_rooms: Path, engine: Stamping, dashboards: Dashboards, pace: dict[str, str]
) -> Dashboard:
    """Serve the pages for a desk, with a day of history."""
    write_plan(common_rooms)
    write_history()
    return dashboards.get(SECOURS_SUPERVISED="1", **pace)
