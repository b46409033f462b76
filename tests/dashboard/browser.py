"""Headless Chromium for tests; where it is missing, CI fails and others skip."""

import base64
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import streamlit
from playwright.sync_api import Browser, Page, expect, sync_playwright

WITHIN_MS = 60_000  # where no other time is given: the machine may be busy
expect.set_options(timeout=WITHIN_MS)

Tab = Callable[[int, int], Page]
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # One process for all pages: its scripts are compiled once, not for each page.
    "--disable-site-isolation-trials",
    "--renderer-process-limit=1",
]


def chromium() -> str:
    """Return where Chromium is, or skip the test; in CI its lack is a failure."""
    return installed("chromium", "chromium", "chromium-browser")


def installed(package: str, *programs: str) -> str:
    """Return where the first of these programs is, or skip the test; in CI fail."""
    path = next(filter(None, map(shutil.which, programs)), None)
    if path:
        return path
    words = f"no {programs[0]}: install Debian's package `{package}`"
    if os.environ.get("CI"):
        pytest.fail(words)
    pytest.skip(words)


@contextmanager
def browser(*flags: str) -> Iterator[Browser]:
    """Run Chromium while inside, with flags besides the usual ones."""
    path = chromium()
    with sync_playwright() as playwright:
        args = [*FLAGS, *flags]
        running = playwright.chromium.launch(executable_path=path, args=args)
        running.on("context", lambda made: made.set_default_timeout(WITHIN_MS))
        try:
            yield running
        finally:
            running.close()


def heard(page: Page) -> list[bytes]:
    """Return a list that fills with all that the page's websockets are sent."""
    received: list[bytes] = []

    def keep(payload: str | bytes) -> None:
        received.append(payload if isinstance(payload, bytes) else payload.encode())

    page.on("websocket", lambda socket: socket.on("framereceived", keep))
    return received


def font_face() -> str:
    """Return the font of the pages as CSS, as Streamlit ships it."""
    media = Path(streamlit.__file__).parent / "static" / "static" / "media"
    (file,) = media.glob("SourceSansVF-Upright*.woff2")
    url = f"data:font/woff2;base64,{base64.b64encode(file.read_bytes()).decode()}"
    family = 'font-family: "Source Sans"; font-weight: 200 900'
    return f"@font-face {{ {family}; src: url({url}) }}"


def shows(page: Page, words: str, within_s: float) -> None:
    """Wait until the page shows these words."""
    expect(page.get_by_text(words).first).to_be_visible(timeout=within_s * 1000)
