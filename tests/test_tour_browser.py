"""The story of the demo: what each step promises is on the screens."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from dashboard.browser import browser
from playwright.sync_api import Browser, Page, TimeoutError, ViewportSize, expect
from servers.demo import START_MS, Demo, wall_of

from secours.demo.tour import STEPS

pytestmark = pytest.mark.browser

# confirm, the engine's pause and a refresh of the page; or the demo's failback_after
SHOWN_MS = 60_000
PLAN = ["sms", "signal", "siren", "whatsapp"]
MANAGEMENT_ALERT, MANAGEMENT, STAFF = 0, 1, 3
IN_ITS_PLACE = """() => {
  const box = selector => document.querySelector(selector).getBoundingClientRect();
  const first = box(".s-now-answer h2");
  return box(".s-now-story").bottom <= first.top && first.bottom <= innerHeight
    && document.body.scrollWidth <= innerWidth;
}"""
DESK = ViewportSize(width=1920, height=1080)
TELEPHONE = ViewportSize(width=390, height=844)

Shot = dict[str, Any]
Holds = Callable[[Shot], bool]


def uses(shot: Shot) -> list[str | None]:
    lines = shot["recommendations"]
    return [line["use"]["channel"] if line["use"] else None for line in lines]


def state(shot: Shot, channel: str) -> str:
    states = {view["name"]: view["standing"]["state"] for view in shot["channels"]}
    return str(states[channel])


def works(shot: Shot, channel: str) -> bool:
    """Tell whether its own probes still pass."""
    view = next(view for view in shot["channels"] if view["name"] == channel)
    return all(probe["verdict"] == "ok" for probe in view["probes"])


PROMISES: dict[str, Holds] = {
    "calm": lambda shot: uses(shot) == PLAN,
    "provider": lambda shot: (
        uses(shot)[STAFF] not in ("whatsapp", "messenger")
        and state(shot, "whatsapp") == state(shot, "messenger") == "down"
    ),
    "mains": lambda shot: (
        uses(shot)[MANAGEMENT_ALERT] == "phones" and state(shot, "sms") != "down"
    ),
    "intruder": lambda shot: (
        uses(shot)[MANAGEMENT] == "element" and works(shot, "signal")
    ),
    "line": lambda shot: (
        shot["own_link"] == "down"
        and uses(shot)[MANAGEMENT] == "satphone"
        and state(shot, "signal") == "unknown"
    ),
    "back": lambda shot: uses(shot) == PLAN and shot["own_link"] == "ok",
}
SAID = {  # in words on the page, beside the answers
    "mains": "Power is lost: alert now",
    "intruder": "Do not use: Signal (compromised",
    "line": "OUR OWN LINK IS DOWN",
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    running = Demo(tmp_path_factory.mktemp("demo"), "--tour")
    yield running
    running.end()


@pytest.fixture(scope="module")
def chromium(processes: None) -> Iterator[Browser]:
    with browser() as running:
        yield running


def until(page: Page, demo: Demo, holds: Holds) -> None:
    """Wait until the published snapshot is as was promised."""
    shot: Shot = {}
    for _ in range(SHOWN_MS // 250):
        with urllib.request.urlopen(demo.snapshot, timeout=60) as answer:
            shot = json.load(answer)["snapshot"]
        if holds(shot):
            return
        page.wait_for_timeout(250)
    raise AssertionError(f"it is not so: {uses(shot)}, our link {shot['own_link']}")


def expect_in_its_place(page: Page) -> None:
    """See that the band hides no answer, and leaves the first on the screen."""
    with suppress(TimeoutError):  # it has just been drawn
        page.wait_for_function(IN_ITS_PLACE, timeout=SHOWN_MS)
    assert page.evaluate(IN_ITS_PLACE)


def test_each_step_is_what_it_says(demo: Demo, chromium: Browser) -> None:
    with wall_of(demo, chromium) as wall:
        now = chromium.new_page(viewport=DESK)
        phone = chromium.new_page(viewport=TELEPHONE)
        for page in (now, phone):
            page.goto(f"{demo.site}/now?lang=en")
        band = now.locator(".s-now-story")
        expect(band).to_be_visible(timeout=START_MS)
        demo.tell("--pause")

        for number, step in enumerate(STEPS, 1):
            if number > 1:
                demo.tell("--next")
            expect(band).to_contain_text(step.words["en"], timeout=SHOWN_MS)
            label = f"Demonstration, step {number} of {len(STEPS)}"
            expect(band).to_contain_text(label)
            until(now, demo, PROMISES[step.name])
            if said := SAID.get(step.name):
                expect(now.locator("body")).to_contain_text(said, timeout=SHOWN_MS)
            for page in (now, phone):
                expect(page.locator(".s-now-story")).to_contain_text(label)
                expect_in_its_place(page)
            assert wall.locator(".s-now-story").count() == 0

        demo.tell("--next")
        expect(band).to_contain_text("break something yourself", timeout=SHOWN_MS)
        expect(band).not_to_contain_text("step")

        demo.tell("--break", "signal")
        expect(band).to_have_count(0, timeout=SHOWN_MS)
        until(now, demo, lambda shot: uses(shot)[MANAGEMENT] == "element")
        expect(wall.locator(".s-card").nth(1)).to_contain_text("Element")
