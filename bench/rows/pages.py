"""How soon is a page read in a browser, and how soon is all of it there?

A warm server and a warm browser, as in a room in which the pages were open before: each
page is opened anew in Chromium. It is *read* when the browser has painted what the
server had put into it, and *all there* when the script of Streamlit has drawn it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from dashboard.browser import FLAGS
from dashboard.desk import DRAWN, FIRST, SUSPECTED, write_history, write_plan
from dashboard.served import Dashboard, dashboard, stamping
from playwright.sync_api import Page, sync_playwright

from bench.measuring import Scale, Spread, environment
from bench.peers import found
from bench.table import NotMeasured, Row

PAGES = (
    *("wall", "now", "why", "channels", "channel?name=sms"),
    *("plan", "outages", "journal", "shift", "act"),
)
SHORT = ("wall", "now")
ROUNDS = 7
READ_MOST_S, WHOLE_MOST_S = 0.5, 1.0
PATIENCE_MS = 60_000
READ = """() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime"""
# What came from the script, with nothing before it; when, is said by the page itself.
WHOLE = f"""() => {{
  const there = document.querySelector({DRAWN!r}) && !document.querySelector({FIRST!r});
  return there ? performance.now() : 0;
}}"""


def rows(scale: Scale) -> Iterator[Row | NotMeasured]:
    """Open each page some times."""
    rounds = scale.of(ROUNDS, 1)
    with _served() as server, _page() as page:
        for path in scale.of(PAGES, SHORT):
            _opened(page, server, path)  # and once, so that all is warm
            taken = [_opened(page, server, path) for _ in range(rounds)]
            name = path.partition("?")[0]
            read, whole = (Spread.of(each) for each in zip(*taken, strict=True))
            yield _row(f"the page `{name}`, read so soon", read, READ_MOST_S)
            yield _row(f"the page `{name}`, all there so soon", whole, WHOLE_MOST_S)


def _row(what: str, now: Spread, most_s: float) -> Row:
    return Row(what=f"{what}, on the clock", now=now, unit="s", most=most_s)


def _opened(page: Page, server: Dashboard, path: str) -> tuple[float, float]:
    """Return how long it took until the page was read, and all there, seconds."""
    page.goto(f"{server.url}/{path}", wait_until="commit")
    whole = page.wait_for_function(WHOLE, timeout=PATIENCE_MS, polling="raf")
    return page.evaluate(READ) / 1000, whole.json_value() / 1000


@contextmanager
def _page() -> Iterator[Page]:
    """Give a page of a browser.

    Raises:
        Missing: there is no browser.
    """
    path = found("chromium", "chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser.new_page(viewport={"width": 1366, "height": 768})
        finally:
            browser.close()


@contextmanager
def _served() -> Iterator[Dashboard]:
    """Serve the pages of a town in which a channel fell, with a day of history."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "run").mkdir(mode=0o700)
        (folder / "state").mkdir(mode=0o700)
        (folder / "state" / "engine.lock").touch(0o600)  # older than tokens
        settings = environment() | {
            "XDG_RUNTIME_DIR": str(folder / "run"),
            "SECOURS_DATA": str(folder / "state"),
            "SECOURS_CONFIG": str(folder / "probes.yaml"),
            "SECOURS_SUPERVISED": "1",
            "HOME": str(folder),
        }
        with patch.dict(os.environ, settings, clear=True):
            write_plan(folder)
            write_history()
            with stamping(SUSPECTED, 15.0), dashboard(folder) as server:
                yield server
