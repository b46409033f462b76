"""Headless Chromium for tests; where it is missing, CI fails and others skip."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str:
    """Return where Chromium is, or skip the test; in CI its lack is a failure."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path:
        return path
    if os.environ.get("CI"):
        pytest.fail("no chromium: install Debian's package `chromium`")
    pytest.skip("no chromium: install Debian's package `chromium`")


@contextmanager
def browser() -> Iterator[Browser]:
    """Run Chromium while inside."""
    path = chromium()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield running
        finally:
            running.close()


def shows(page: Page, words: str, within_s: float) -> None:
    """Wait until the page shows these words."""
    expect(page.get_by_text(words).first).to_be_visible(timeout=within_s * 1000)
