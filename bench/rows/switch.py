"""How long from a channel breaking to a new recommendation, and to the screen?

Breaks the primary of `coordinate` in the demo, and looks at the published snapshot and
at the wall in Chromium. It stands beside the bound that is promised from the plan's own
intervals.
"""

import json
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from dashboard.browser import browser
from playwright.sync_api import Page
from servers.demo import START_MS, Demo, wall_of

from bench import peers
from bench.measuring import Scale, Spread
from bench.table import Row

WATCH_S, TIMEOUT_S, CONFIRM, RETRY_S = 2.0, 2.0, 2, 1.0  # the demo's plan
SNAPSHOT_BOUND_S = WATCH_S + CONFIRM * TIMEOUT_S + (CONFIRM - 1) * RETRY_S + 2
SCREEN_BOUND_S = SNAPSHOT_BOUND_S + 6
CARD, ANSWER = ".s-card >> nth=1", ".s-answer >> nth=1"


def rows(scale: Scale) -> Iterator[Row]:
    """Measure some rounds of both."""
    peers.found("chromium", "chromium")
    rounds = scale.of(2, 1)
    found = [measure() for _ in range(rounds)]
    for name, bound_s, times_s in (
        ("snapshot", SNAPSHOT_BOUND_S, [snapshot_s for snapshot_s, _ in found]),
        ("screen", SCREEN_BOUND_S, [screen_s for _, screen_s in found]),
    ):
        yield Row(
            what=f"the demo, {rounds} faults: to the {name}, the slowest, on the clock",
            now=Spread.of([max(times_s)]),
            unit="s",
            most=bound_s,
            peer="the bound",
            theirs=Spread.of([bound_s]),
        )


def measure() -> tuple[float, float]:
    """Break something in a new town; wait for the snapshot, then for the screen.

    New each time: a channel that breaks again and again is shown as flapping.
    """
    with tempfile.TemporaryDirectory() as folder:
        demo = Demo(Path(folder))
        try:
            with browser() as chromium, wall_of(demo, chromium) as page:
                page.locator(CARD, has_text="1st choice").wait_for(timeout=START_MS)
                return _break(demo, page)
        finally:
            demo.end()


def _break(demo: Demo, page: Page) -> tuple[float, float]:
    demo.tell("--break", "signal")
    start = time.monotonic()
    while used(demo) != "element":
        time.sleep(0.02)
    snapshot_s = time.monotonic() - start
    page.locator(ANSWER, has_text="Element").wait_for(timeout=START_MS)
    screen_s = time.monotonic() - start
    return snapshot_s, screen_s


def used(demo: Demo) -> str | None:
    """Return the channel that the published snapshot says to use to coordinate."""
    with urllib.request.urlopen(demo.snapshot, timeout=5) as answer:
        snapshot = json.load(answer)["snapshot"]
    use = snapshot["recommendations"][1]["use"]
    return use["channel"] if use else None
