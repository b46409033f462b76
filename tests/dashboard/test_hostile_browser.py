"""A hostile word in every text field runs nothing, loads nothing and covers nothing."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
import yaml
from dashboard.browser import Tab
from dashboard.desk import COVER, PAGES, WITHIN_MS, drawn_anew, write_history
from dashboard.served import Dashboard, Dashboards, Stamping, stamping
from playwright.sync_api import Page, expect
from render.hostile import HOSTILE, hostile

from secours.render.wall.layout import lines_shown

pytestmark = pytest.mark.browser

MAX_AGE_S = 15.0
WORDS = re.compile("beacon.invalid|bad=1|position:fixed")
PLAIN = ("lite", "paper")  # which no script draws anew
SCREENS = ("wall", "wall?layout=bands", "wall?theme=light", "wall?line=2")

HIDDEN = """() => [...document.querySelectorAll(".s-answer")].filter(e => {
  e.scrollIntoView({block: "center"});
  const box = e.getBoundingClientRect();
  const x = box.left + Math.min(box.width, 60) / 2, y = box.top + box.height / 2;
  return !e.contains(document.elementFromPoint(x, y));
}).length"""


ABROAD = """() => ["src", "href"].flatMap(name =>
  [...document.querySelectorAll(`[${name}]`)].map(e => e.getAttribute(name))
).filter(address => new URL(address, location).hostname.includes("beacon"))"""


PLAN = {  # what the pages show that read the plan itself
    "site": {"name": HOSTILE[0], "language": "fr"},
    "components": {"cloud:aws-us-east-1": {"label": HOSTILE[1]}},
    "channels": {
        "signal": {"kind": "signal", "label": HOSTILE[0], "how": HOSTILE[2]},
        "slack": {"kind": "slack", "label": HOSTILE[3], "how": HOSTILE[4]},
    },
    "plan": [
        {
            "purpose": "coordinate",
            "audience": "staff",
            "primary": "signal",
            "alternate": "slack",
            "last_resort": HOSTILE[6],
        }
    ],
}


@pytest.fixture
def engine(common_rooms: Path) -> Iterator[Stamping]:
    with stamping(hostile(), MAX_AGE_S) as running:
        yield running


@pytest.fixture
def server(common_rooms: Path, engine: Stamping, dashboards: Dashboards) -> Dashboard:
    (common_rooms / "probes.yaml").write_text(yaml.safe_dump(PLAN), "utf-8")
    write_history()
    return dashboards.get(SECOURS_SUPERVISED="1")


@pytest.fixture
def page(tab: Tab) -> Page:
    return tab(1366, 768)


def test_every_text_of_the_town_is_hostile() -> None:
    shown = hostile()

    for view in shown.channels:
        for text in (view.name, view.how.plain, *view.label.translations.values()):
            assert text.startswith(HOSTILE)
    assert [line.use for line in lines_shown(shown) if line.use]


def test_nothing_hostile_runs_loads_or_covers(page: Page, server: Dashboard) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    channel = f"channel?{urlencode({'name': hostile().channels[0].name})}"
    desk = [channel if path.startswith("channel") else path for path in PAGES]
    for path in (*SCREENS, *desk, *PLAIN):
        page.goto(f"{server.url}/{path}")
        if path not in PLAIN:
            drawn_anew(page)
        seen = page.get_by_text(WORDS).filter(visible=True)
        expect(seen.first).to_be_visible(timeout=WITHIN_MS)
        expect(page.locator(COVER)).to_be_hidden(timeout=WITHIN_MS)
        assert page.evaluate(HIDDEN) == 0, path
        assert page.evaluate("typeof bad") == "undefined", path
        assert page.evaluate(ABROAD) == [], path
        strange = "svg[onload], b[style], [onmouseover], [onerror]"
        assert page.locator(strange).count() == 0, path

    ours = (server.url, f"blob:{server.url}", "data:")
    assert [url for url in asked if not url.startswith(ours)] == []


def test_the_cover_of_a_hostile_plan_is_words_too(
    page: Page, server: Dashboard, engine: Stamping
) -> None:
    engine.max_age_s = 2.0
    page.goto(f"{server.url}/wall")
    expect(page.locator(".s-answer").first).to_be_visible(timeout=WITHIN_MS)

    engine.stop()

    expect(page.locator(COVER)).to_be_visible(timeout=WITHIN_MS)
    expect(page.locator(f"{COVER} .s-paper")).to_contain_text(WORDS)
    assert page.evaluate("typeof bad") == "undefined"
    counted = "[data-secours-age], [data-secours-listen]"
    strange = f":is(img, script, svg, a, b:not({counted}))"
    assert page.locator(f"{COVER} {strange}").count() == 0
