from collections.abc import Iterator
from pathlib import Path

import pytest
from dashboard.browser import browser
from dashboard.desk import write_history, write_plan
from dashboard.served import Dashboard, Stamping, dashboard, rooms, stamping
from playwright.sync_api import Browser
from render.snapshots import snapshot, suspecting

from secours.model.snapshot import Explained

__all__ = ["rooms"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Give a browser, one for all tests of a file."""
    with browser() as running:
        yield running


@pytest.fixture
def max_age_s() -> float:
    """Say how old the snapshot of the engine may be."""
    return 15.0


@pytest.fixture
def engine(rooms: Path, max_age_s: float) -> Iterator[Stamping]:
    """Stamp a snapshot in which a channel is down, and suspected."""
    group = Explained(channels=("sms",), suspects=(("channel:sms",),))
    shown = suspecting(snapshot("xooo", "oooo"), group)
    with stamping(shown, max_age_s) as running:
        yield running


@pytest.fixture
def server(rooms: Path, engine: Stamping) -> Iterator[Dashboard]:
    """Serve the pages for a desk, with a day of history."""
    write_plan(rooms)
    write_history()
    with dashboard(rooms, SECOURS_SUPERVISED="1") as running:
        yield running
