"""The main job, end to end: the demo's wall in a real browser, and what breaks it."""

import os
import re
import signal
from collections.abc import Iterator

import pytest
from dashboard.browser import browser
from playwright.sync_api import Browser, Page, expect
from servers.demo import START_MS, Demo, wall_of

pytestmark = pytest.mark.browser

# watch_every + confirm x timeout + (confirm - 1) x retry_every + 2 s, + 6 s to the
# screen, with the demo's 2 s, 2, 2 s, 1 s; six times that, for a slow machine.
SWITCH_MS = 6 * (2 + 2 * 2 + 1 + 2 + 6) * 1000
COORDINATE = ".s-card >> nth=1"
STALE_MS = 6 * (10 + 6) * 1000  # the demo's max_age, and a refresh


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Run one demo for all tests: each leaves it with nothing broken."""
    running = Demo(tmp_path_factory.mktemp("demo"))
    yield running
    running.end()


@pytest.fixture(scope="module")
def chromium(processes: None) -> Iterator[Browser]:
    """Run one browser for all tests."""
    with browser() as running:
        yield running


def expect_answer(page: Page, words: str | re.Pattern[str], within_ms: int) -> None:
    expect(page.locator(COORDINATE)).to_contain_text(words, timeout=within_ms)


def expect_cover(page: Page, *, there: bool, within_ms: int) -> None:
    cover = page.locator("#secours-cover")
    check = expect(cover).to_be_visible if there else expect(cover).to_be_hidden
    check(timeout=within_ms)


def test_wall_changes_its_answer_and_says_why(demo: Demo, chromium: Browser) -> None:
    with wall_of(demo, chromium) as page:
        expect_answer(page, "1st choice", START_MS)
        expect_answer(page, "Signal", START_MS)

        demo.tell("--break", "signal")

        expect_answer(page, "Element", SWITCH_MS)
        expect_answer(page, "2nd choice", SWITCH_MS)
        expect_answer(page, re.compile(r"Why:\s*Signal down"), SWITCH_MS)

        demo.tell("--heal", "signal")

        # the demo's failback_after, and two successes before it
        expect_answer(page, "1st choice", SWITCH_MS + 3 * 15_000)


def test_dead_and_frozen_server_is_covered_and_the_wall_lives_again(
    demo: Demo, chromium: Browser
) -> None:
    with wall_of(demo, chromium) as page:
        expect_answer(page, "1st choice", START_MS)

        os.kill(demo.child("-m secours.dashboard"), signal.SIGKILL)
        expect_cover(page, there=True, within_ms=STALE_MS)
        expect(page.locator("#secours-cover")).to_contain_text("STALE")
        expect_cover(page, there=False, within_ms=START_MS)

        frozen = demo.child("-m secours.dashboard")
        os.kill(frozen, signal.SIGSTOP)
        try:
            expect_cover(page, there=True, within_ms=STALE_MS)
        finally:
            os.kill(frozen, signal.SIGCONT)
        expect_cover(page, there=False, within_ms=START_MS)

        os.kill(demo.child("-m secours run"), signal.SIGSTOP)
        expect_cover(page, there=True, within_ms=STALE_MS)
        os.kill(demo.child("-m secours run"), signal.SIGKILL)
        expect_cover(page, there=False, within_ms=START_MS)
        expect_answer(page, "1st choice", START_MS)


def test_without_a_link_the_screens_go_on_and_call_nothing_well(
    demo: Demo, chromium: Browser
) -> None:
    """Our own link is what failed: the page loads, and what it hides is not green."""
    with wall_of(demo, chromium) as page:
        expect_answer(page, "Signal", START_MS)

        demo.tell("--break", "line")

        expect(page.locator(".s-banner")).to_contain_text(
            "OUR OWN LINK IS DOWN", timeout=3 * 60_000
        )
        page.reload()
        expect(page.locator(".s-banner")).to_contain_text(
            "OUR OWN LINK IS DOWN", timeout=START_MS
        )
        rungs = page.locator(".s-rung", has_text="Signal")
        expect(rungs.first).to_contain_text("UNKNOWN")
        expect(page.locator(".s-age")).to_contain_text("s")
        expect_cover(page, there=False, within_ms=START_MS)

        demo.tell("--heal", "line")
