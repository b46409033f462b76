"""Does each situation look like what the snapshot says: words, order, frame, shapes?

What is expected is worked out here from the snapshot, not by the code that draws it.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from dashboard.test_fit_browser import FAULTS, SITUATIONS, SPOKEN, font
from msgspec.structs import replace
from playwright.sync_api import Browser, Page
from render.snapshots import snapshot, standing, with_channel

from secours.model.observed import Evidence, Reason
from secours.model.snapshot import Link, Recommendation, Snapshot, Standing, State
from secours.render.styles import css
from secours.render.wall.stale_cover import error_html, stale_html
from secours.render.wall.wall import wall_html

pytestmark = pytest.mark.browser

__all__ = ["font"]

SIZES = [(1920, 1080), (3840, 2160), (1366, 768), (390, 844)]
LANGUAGE = "en"

OURS = with_channel(
    snapshot("?ooo", own_link=Link.DOWN),
    "sms",
    standing=standing("?", reason=Reason.OWN_LINK),
)
DRAWN = {**SITUATIONS, **SPOKEN, "our own link": OURS}

SHAPES = {
    State.AVAILABLE: "disc",
    State.DEGRADED: "triangle",
    State.DOWN: "cross",
    State.UNKNOWN: "dashed square",
}
FILLED = {"triangle", "cross"}  # a problem is in inverse video
EDGES = {
    "green": "rgb(63, 227, 180)",
    "amber": "rgb(255, 201, 66)",
    "coral": "rgb(255, 143, 128)",
    "grey": "rgb(201, 211, 222)",
}

READ = """() => {
  const shapeOf = e => {
    const s = getComputedStyle(e), points = s.clipPath.split(",").length;
    if (s.clipPath.startsWith("inset")) return "bar";
    if (s.clipPath.startsWith("polygon")) return points === 3 ? "triangle" : "cross";
    if (s.backgroundImage.includes("gradient")) return "dashed square";
    return s.backgroundColor === "rgba(0, 0, 0, 0)" ? "ring" : "disc";
  };
  const own = e => [...e.childNodes].filter(n => n.nodeType === 3)
    .map(n => n.textContent).join("").trim();
  return [...document.querySelectorAll(".s-column")].map(column => {
    const card = column.querySelector(".s-card");
    return {
      edge: getComputedStyle(card).borderTopColor,
      answer: card.querySelector(".s-answer").innerText,
      words: card.innerText,
      rungs: [...column.querySelectorAll(".s-rung")].map(rung => ({
        name: own(rung.querySelector(".s-name")),
        top: rung.getBoundingClientRect().top,
        framed: getComputedStyle(rung).borderTopColor === "rgb(255, 255, 255)",
        shape: shapeOf(rung.querySelector(".s-shape")),
        filled: rung.querySelector(".s-badge") !== null,
      })),
    };
  });
}"""


BOXES = """() => [...document.querySelectorAll(".s-rung")].map(e => {
  const box = e.getBoundingClientRect();
  return [box.left, box.top, box.right, box.bottom];
})"""


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def page(
    request: pytest.FixtureRequest, chromium: Browser, font: str
) -> Iterator[Page]:
    width, height = request.param
    page = chromium.new_page(viewport={"width": width, "height": height})
    page.set_content(f"<style>{font}{css()}</style><body style='margin:0'>")
    yield page
    page.close()


def draw(page: Page, html: str) -> None:
    page.evaluate("html => { document.body.innerHTML = html; }", html)
    page.evaluate("document.fonts.ready")


def shape_of(held: Standing) -> str:
    if held.aside:
        return "bar"
    works = held.state is State.AVAILABLE
    old = held.may_need or held.at_risk  # its proof is older than a failure near it
    if works and (old or held.evidence in (Evidence.NONE, Evidence.REACHED)):
        return "ring"
    return SHAPES[held.state]


def rungs_of(line: Recommendation, shown: Snapshot) -> list[dict[str, Any]]:
    """Return what stands on each rung; nothing is known while it is measured."""
    rungs = []
    for _, (name,) in line.tiers:
        view = shown.channel(name)
        used = line.use is not None and line.use.channel == name
        shape = "dashed square" if line.measuring else shape_of(view.standing)
        rungs.append(
            {
                "name": view.short_name.in_(LANGUAGE),
                "framed": used and not line.measuring,
                "shape": shape,
                "filled": shape in FILLED,
            }
        )
    return rungs


def edge_of(line: Recommendation, shown: Snapshot) -> str:
    if line.measuring:
        return "grey"
    if line.use is None or line.use.state is State.DOWN:
        return "coral"
    held = shown.channel(line.use.channel).standing
    if not line.use.verified or shape_of(held) == "dashed square":
        return "grey"
    if line.use.rank > 1 or line.use.pinned or line.use.state is State.DEGRADED:
        return "amber"
    return "green" if shape_of(held) == "disc" else "grey"


def words_of(line: Recommendation, shown: Snapshot) -> list[str]:
    """Return what the card has to say, in its order."""

    def name(channel: str) -> str:
        return shown.channel(channel).short_name.in_(LANGUAGE)

    if line.measuring:
        order = [name(n) for _, names in line.tiers for n in names]
        return ["MEASURING", *order]
    if line.use is None:
        return ["0 of 4", "NO USABLE CHANNEL", line.last_resort.in_(LANGUAGE)]
    said = [name(line.use.channel)]
    if line.use.state is State.DOWN and line.unpinned:
        return [*said, f"Without the pin: {name(line.unpinned.channel)}"]
    spare = name(line.backup.channel) if line.backup else "no other safe channel"
    return [*said, f"Else: {spare}"]


@pytest.mark.parametrize("name", DRAWN)
def test_what_is_drawn_is_what_the_snapshot_says(page: Page, name: str) -> None:
    shown = DRAWN[name]
    draw(page, wall_html(shown, LANGUAGE, age_s=4.0))

    columns = page.evaluate(READ)
    lines = shown.recommendations[:2]
    assert len(columns) == len(lines)
    for column, line in zip(columns, lines, strict=True):
        assert column["edge"] == EDGES[edge_of(line, shown)]
        place = 0
        for words in words_of(line, shown):
            place = column["words"].index(words, place)
        tops = [rung.pop("top") for rung in column["rungs"]]
        assert tops == sorted(set(tops))
        assert column["rungs"] in ([], rungs_of(line, shown))
    assert page.evaluate(FAULTS) == []


@pytest.mark.parametrize("name", ["fine", "fallback", "nothing", "ending"])
def test_covers_show_the_order_and_no_state(page: Page, name: str) -> None:
    shown = DRAWN[name]
    for html, title in (
        (stale_html(shown, LANGUAGE), "STALE DATA"),
        (error_html(shown, LANGUAGE), "DISPLAY ERROR"),
    ):
        draw(page, html)

        names = page.locator(".s-paper li").all_inner_texts()
        assert page.locator("h1").inner_text() == title
        assert names == [
            shown.channel(channel).short_name.in_(LANGUAGE)
            for line in shown.recommendations
            for _, tier in line.tiers
            for channel in tier
        ]
        assert page.locator(".s-shape, .s-mark").count() == 0
        assert page.evaluate(FAULTS) == []


@pytest.mark.parametrize("page", SIZES[:-1], ids=str, indirect=True)
@pytest.mark.parametrize(
    ("layout", "distance_m"), [("columns", 3.0), ("columns", 5.0), ("bands", 3.0)]
)
def test_no_rung_moves_because_a_state_changes(
    page: Page, layout: str, distance_m: float
) -> None:
    """On a phone the page scrolls, and is as long as its words."""
    places = []
    for states in ("oooo", "xooo", "?dxo", "xxxx", "xxxd"):
        shown = snapshot(states, states)
        shown = replace(shown, screen=replace(shown.screen, distance_m=distance_m))
        draw(page, wall_html(shown, LANGUAGE, age_s=4.0, layout=layout))
        boxes = page.evaluate(BOXES)
        assert len(boxes) == 8
        places.append([edge for box in boxes for edge in box])

    moved_px = [
        abs(edge - first)
        for row in places
        for edge, first in zip(row, places[0], strict=True)
    ]
    assert max(moved_px) <= 2.0  # the rounding of frames to whole pixels


def test_a_pinned_channel_that_is_down_has_the_other_answer_beside_it(
    page: Page,
) -> None:
    draw(page, wall_html(SPOKEN["pinned but down"], LANGUAGE, age_s=4.0))

    column = page.evaluate(READ)[0]
    assert "PINNED BUT DOWN" in column["words"]
    assert "Without the pin: On-call SMS" in column["words"]


def test_an_exercise_is_a_second_answer_below_the_real_one(page: Page) -> None:
    shown = SPOKEN["exercise"]
    draw(page, wall_html(shown, LANGUAGE, age_s=4.0))

    real = page.locator(".s-main").bounding_box()
    played = page.locator(".s-exercise").bounding_box()
    assert real is not None
    assert played is not None
    assert played["y"] >= real["y"] + real["height"] - 1
    assert page.locator(".s-striped").inner_text().startswith("EXERCISE")
    texts = page.locator(".s-played").all_inner_texts()
    assert len(texts) == 2
    assert all(text.startswith("EXERCISE") for text in texts)
    without = replace(shown, rehearsal=None)
    draw(page, wall_html(without, LANGUAGE, age_s=4.0))
    assert page.locator(".s-exercise").count() == 0
