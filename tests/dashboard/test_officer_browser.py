"""The pages for a desk, in a real browser: wide and on a phone."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from dashboard.browser import browser
from dashboard.served import Dashboard, Stamping, dashboard, stamping
from playwright.sync_api import Browser, Page, expect
from screen.snapshots import change, snapshot

from secours import places
from secours.engine import clock
from secours.engine.store import Store
from secours.model import Change, Evidence, Instant, Reason, Result, failed, ok

pytestmark = pytest.mark.browser

MAX_AGE_S = 4.0
WITHIN_MS = 20_000
COVER = "#secours-cover"
HOSTILE = "<img src=//beacon.invalid/x onerror='window.bad=1'> ![](//beacon.invalid/y)"
SIZES = [(1920, 1080), (390, 844)]
PAGES = {
    "journal": "Main courante",
    "channel?name=sms": "Canal",
    "why": "Pourquoi",
    "status": "État des canaux",
}
HARMLESS = (  # two questions of a deep link, one refused script of Streamlit's own
    "/_stcore/health",
    "/_stcore/host-config",
    "Executing inline script violates",
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as running:
        yield running


@pytest.fixture
def engine(rooms: Path) -> Iterator[Stamping]:
    shown = replace(snapshot("xooo", "oooo"), suspects=(("channel:sms",),))
    with stamping(shown, MAX_AGE_S) as running:
        yield running


@pytest.fixture
def history(rooms: Path) -> None:
    """Keep a day in which a channel fell, and a hostile note."""
    with closing(Store(places.data_dir())) as store:
        store.note(ago(5).utc, HOSTILE, "note", HOSTILE)
        store.note(ago(80_000).utc, "secours", "start", "v1")
        store.changes(
            (
                at(change("sms", "?", "o", 0), 79_990),
                at(change("sms", "o", "d", 0), 30_000),
                at(change("sms", "d", "o", 0), 26_000),
                at(change("sms", "o", "x", 0), 7_200),
            )
        )
        for second in range(8000, 60, -60):
            outcome = failed(Reason.TIMEOUT) if second < 7260 else ok(Evidence.SERVED)
            probe = "channels/sms/sip"
            store.result(Result(probe=probe, at=ago(second), outcome=outcome))
        assert store.wait_written(10.0)


def ago(second: float) -> Instant:
    now = clock.now()
    return Instant(now.utc - timedelta(seconds=second), now.steady_s - second)


def at(made: Change, second: float) -> Change:
    return replace(made, at=ago(second))


@pytest.fixture
def server(rooms: Path, engine: Stamping, history: None) -> Iterator[Dashboard]:
    with dashboard(rooms, SECOURS_SUPERVISED="1") as running:
        yield running


def opened(page: Page, server: Dashboard, path: str) -> None:
    page.goto(f"{server.url}/{path}")
    expect(page.locator(".s-status-top").first).to_be_visible(timeout=WITHIN_MS)
    expect(page.locator(COVER)).to_be_hidden(timeout=WITHIN_MS)
    expect(page.locator('[data-testid="stApp"]')).to_have_attribute(
        "data-test-script-state", "notRunning", timeout=WITHIN_MS
    )


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}")
def test_every_page_fits_and_asks_nobody_else(
    chromium: Browser, server: Dashboard, size: tuple[int, int], tmp_path: Path
) -> None:
    page = chromium.new_page(viewport={"width": size[0], "height": size[1]})
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on(
        "console",
        lambda message: (
            errors.append(f"{message.text} {message.location}")
            if message.type == "error"
            else None
        ),
    )
    page.on("pageerror", lambda error: errors.append(str(error)))

    for path, title in PAGES.items():
        opened(page, server, path)
        expect(page.locator("h1").first).to_have_text(title)
        expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=WITHIN_MS)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size[0], path
        page.screenshot(path=tmp_path / f"{path.partition('?')[0]}.png", full_page=True)

    ours = (server.url, f"blob:{server.url}")
    assert [url for url in asked if not url.startswith((*ours, "data:"))] == []
    assert [e for e in errors if not any(word in e for word in HARMLESS)] == []
    assert page.evaluate("window.bad") is None
    page.close()


def test_a_dead_engine_is_said_below_the_journal_which_stays_readable(
    chromium: Browser, server: Dashboard, engine: Stamping, tmp_path: Path
) -> None:
    page = chromium.new_page(viewport={"width": 1366, "height": 768})
    opened(page, server, "journal")

    engine.stop()

    cover = page.locator(COVER)
    expect(cover).to_be_visible(timeout=WITHIN_MS)
    expect(cover).to_contain_text("DONNÉES PÉRIMÉES")
    box = cover.bounding_box()
    assert box is not None
    assert box["height"] < 768 / 3
    assert box["width"] == 1366
    table = page.locator(".s-journal")
    expect(table).to_contain_text("OK → COUPÉ")
    page.screenshot(path=tmp_path / "band.png")
    page.get_by_role("link", name="État des canaux").click()
    expect(page.get_by_role("heading", name="État des canaux")).to_be_attached(
        timeout=WITHIN_MS
    )
    expect(cover).not_to_have_class("secours-band")
    page.close()


def test_a_note_keeps_its_author_from_one_page_to_the_next(
    chromium: Browser, server: Dashboard
) -> None:
    page = chromium.new_page(viewport={"width": 1366, "height": 768})
    opened(page, server, "journal?lang=en")
    name = page.get_by_label("Your name, for the journal")
    name.fill("Anne")
    name.press("Tab")
    page.get_by_label("Add a note").fill("Called the mayor")
    page.get_by_role("button", name="Write it down").click()
    words = page.get_by_text("Not written down: the monitoring does not answer")
    expect(words).to_be_visible(timeout=WITHIN_MS)

    page.get_by_role("link", name="Why").click()
    expect(page.locator("h1").first).to_have_text("Why", timeout=WITHIN_MS)
    page.get_by_role("link", name="Journal").click()

    expect(name).to_have_value("Anne", timeout=WITHIN_MS)
    assert "lang=en" in page.url
    page.close()
