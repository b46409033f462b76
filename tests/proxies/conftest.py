from collections.abc import Iterator

import pytest
from dashboard.browser import browser
from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def chromium(processes: None) -> Iterator[Browser]:
    """Give a browser that finds the names of the proxies on this machine."""
    with browser("--host-resolver-rules=MAP *.example 127.0.0.1") as running:
        yield running
