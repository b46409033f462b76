"""Orders for silence on real screens, and on one whose engine is dead."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from dashboard.browser import Tab
from dashboard.desk import drawn_anew
from dashboard.drawing import Canvas, listed
from dashboard.served import BRISK, Dashboard, Dashboards, Stamping, stamping
from msgspec.structs import replace
from playwright.sync_api import expect
from render.silences import ORDERS, silent, waiting
from render.snapshots import snapshot

from secours.languages import LANGUAGES, Text
from secours.model.snapshot import Link
from secours.render.wall.stale_cover import stale_html
from secours.render.wall.wall import wall_html

pytestmark = pytest.mark.browser

SIZES = [(1920, 1080), (3840, 2160), (1366, 768), (390, 844)]
LONG = Text(
    "chaque directeur ferme son école, garde les enfants et compte les présents"
)
WORDY = replace(ORDERS, decide=LONG, meet=LONG, send=LONG)
SITUATIONS = {
    "cut": silent(),
    "cut, in many words": silent(orders=WORDY),
    "cut, two audiences": replace(
        silent(),
        recommendations=tuple(
            replace(line, audience=name)
            for line, name in zip(
                silent().recommendations, ("management", "staff"), strict=True
            )
        ),
    ),
    "own link": replace(
        silent(snapshot("xxx?", "xx??"), all_cut=False), own_link=Link.DOWN
    ),
    "another audience": silent(snapshot(), audience="staff"),
    "calm": waiting(),
}


def drawn() -> Iterator[tuple[str, str]]:
    for name, shot in SITUATIONS.items():
        far = replace(shot, screen=replace(shot.screen, distance_m=8.0))
        for language in LANGUAGES:
            for where, html in {
                "near": wall_html(shot, language, age_s=4.0),
                "far": wall_html(far, language, age_s=4.0),
                "one line": wall_html(shot, language, age_s=4.0, line=1),
                "bands": wall_html(shot, language, age_s=4.0, layout="bands"),
                "stale": stale_html(shot, language),
                "far stale": stale_html(far, language),
            }.items():
                yield f"{name} | {where} | {language}", html


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_orders_fit_each_screen(canvas: Canvas, size: tuple[int, int]) -> None:
    faults = canvas(*size).faults(dict(drawn()))

    assert not faults, listed(faults)


@pytest.fixture
def engine(common_rooms: Path) -> Iterator[Stamping]:
    with stamping(silent()) as running:
        yield running


@pytest.fixture
def server(engine: Stamping, dashboards: Dashboards) -> Dashboard:
    return dashboards.get(SECOURS_SUPERVISED="1", **BRISK)


# By the clock of the browser it is 126 years later, before it asks for the page too.
WRONG_CLOCK = """{
  const now = Date.now, origin = performance.timeOrigin;
  Date.now = () => now() + 4e12;
  Object.defineProperty(performance, "timeOrigin", {value: origin + 4e12});
}"""


def test_a_page_whose_server_is_dead_goes_on_counting(
    tab: Tab, server: Dashboard
) -> None:
    page = tab(1920, 1080)
    page.add_init_script(WRONG_CLOCK)
    page.goto(f"{server.url}/wall?lang=fr")
    drawn_anew(page)

    server.kill()

    cover = page.locator("#secours-cover")
    expect(cover).to_be_visible()
    expect(cover).to_contain_text("Direction : après 30 min sans contact")
    counted = cover.locator("[data-secours-listen]")
    left = r"(\d+\smin|60\ss)"
    said = re.compile(rf"^(à \d\d:00, dans {left}|MAINTENANT, jusqu’à \d\d:05), $")  # noqa: RUF001
    expect(counted).to_have_text(said)
