"""How long from a channel breaking to a new recommendation, and to the screen?

Breaks the primary of `coordinate` in the demo, looks at the published
snapshot and at the wall in Chromium, and prints each time as a ratio of its named
peer: the bound that is promised from the plan's own intervals.

    python bench/switch.py [ROUNDS]
"""

import json
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median

sys.path[:0] = [str(Path(__file__).parents[1] / "tests")]

from playwright.sync_api import Page
from servers.demo import START_MS, Demo, wall_of

WATCH_S, TIMEOUT_S, CONFIRM, RETRY_S = 2.0, 2.0, 2, 1.0  # the demo's plan
SNAPSHOT_BOUND_S = WATCH_S + CONFIRM * TIMEOUT_S + (CONFIRM - 1) * RETRY_S + 2
SCREEN_BOUND_S = SNAPSHOT_BOUND_S + 6
CARD = ".s-card >> nth=1"


def main() -> None:
    """Measure some rounds and print a line for each, then the medians."""
    rounds = int(sys.argv[1]) if sys.argv[1:] else 5
    found = [measure() for _ in range(rounds)]
    report("snapshot", SNAPSHOT_BOUND_S, [snapshot_s for snapshot_s, _ in found])
    report("screen", SCREEN_BOUND_S, [screen_s for _, screen_s in found])


def report(name: str, bound_s: float, times_s: list[float]) -> None:
    """Print the times, and what they are of the bound."""
    usual, worst = median(times_s), max(times_s)
    print(f"{name}: median {usual:.2f} s, worst {worst:.2f} s;", end=" ")
    print(
        f"of the bound of {bound_s:g} s: {usual / bound_s:.2f}, {worst / bound_s:.2f}"
    )


def measure() -> tuple[float, float]:
    """Break something in a new town; wait for the snapshot, then for the screen.

    New each time: a channel that breaks again and again is shown as flapping.
    """
    with tempfile.TemporaryDirectory() as folder:
        demo = Demo(Path(folder))
        try:
            with wall_of(demo) as page:
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
    page.locator(CARD, has_text="Element").wait_for(timeout=START_MS)
    screen_s = time.monotonic() - start
    print(f"snapshot {snapshot_s:.2f} s, screen {screen_s:.2f} s", flush=True)
    return snapshot_s, screen_s


def used(demo: Demo) -> str | None:
    """Return the channel that the published snapshot says to use to coordinate."""
    with urllib.request.urlopen(demo.snapshot, timeout=5) as answer:
        snapshot = json.load(answer)["snapshot"]
    use = snapshot["recommendations"][1]["use"]
    return use["channel"] if use else None


if __name__ == "__main__":
    main()
