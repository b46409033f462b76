"""Does each situation look like what the snapshot says: words, order, frame, shapes?

What is expected is worked out here from the snapshot, not by the code that draws it.
"""

import io
from statistics import median
from typing import Any

import pytest
from dashboard.drawing import Canvas, Drawing, listed
from msgspec.structs import replace
from PIL import Image
from render import hearing
from render.situations import SITUATIONS, SPOKEN
from render.snapshots import snapshot, standing, with_channel

from secours.languages import Text
from secours.model.observed import Evidence, Reason
from secours.model.snapshot import Link, Recommendation, Snapshot, Standing, State
from secours.render.wall.stale_cover import error_html, stale_html
from secours.render.wall.wall import wall_html
from secours.render.wording.localizer import Localizer

pytestmark = pytest.mark.browser

SIZES = [(1920, 1080), (390, 844)]  # other screens have the same picture, scaled
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
BADGES = {"triangle": "outlined", "cross": "filled"}  # only what is not normal has one
GREEN = "rgb(63, 227, 180)"
EDGES = {
    "green": GREEN,
    "amber": "rgb(255, 201, 66)",
    "coral": "rgb(255, 143, 128)",
    "grey": "rgb(201, 211, 222)",
}


def drawn(**given: Any) -> dict[str, str]:
    return {
        name: wall_html(shown, LANGUAGE, age_s=4.0, **given)
        for name, shown in DRAWN.items()
    }


@pytest.fixture(scope="module", params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def looks(request: pytest.FixtureRequest, canvas: Canvas) -> dict[str, dict[str, Any]]:
    return canvas(*request.param).looks(drawn())


@pytest.fixture
def screen(canvas: Canvas) -> Drawing:
    return canvas()


def ends(held: Standing) -> bool:
    works = held.state in (State.AVAILABLE, State.DEGRADED) and not held.aside
    return works and held.until is not None


def shape_of(held: Standing) -> str:
    if held.aside:
        return "bar"
    if ends(held):
        return "triangle"
    works = held.state is State.AVAILABLE
    old = held.may_need or held.at_risk  # its proof is older than a failure near it
    if works and (old or held.evidence in (Evidence.NONE, Evidence.REACHED)):
        return "ring"
    return SHAPES[held.state]


def used_of(line: Recommendation) -> str | None:
    """Return the channel to use: the working one where a pinned one is down."""
    use = line.use
    if use and use.state is State.DOWN and line.unpinned:
        use = line.unpinned
    return use.channel if use else None


def rungs_of(line: Recommendation, shown: Snapshot) -> list[dict[str, Any]]:
    """Return what stands on each rung; nothing is known while it is measured."""
    rungs = []
    for _, (name,) in line.tiers:
        view = shown.channel(name)
        unknown = line.measuring and line.use is None
        shape = shape_of(view.standing)
        if name in line.receivers and view.standing.usable:
            shape = hearing.shape(line.receivers[name], shape)
        shape = "dashed square" if unknown else shape
        rungs.append(
            {
                "name": view.short_name.in_(LANGUAGE),
                "framed": name == used_of(line),
                "shape": shape,
                "badge": BADGES.get(shape, "none"),
                "said": shape == "disc",  # its word is for screen readers only
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
    fallback = line.use.rank > 1 or line.use.pinned
    if fallback or line.use.state is State.DEGRADED or ends(held):
        return "amber"
    return "green" if shape_of(held) == "disc" else "grey"


def left(held: Standing, shown: Snapshot) -> str:
    """Return the hours and minutes that a battery lasts, of a screen 4 s old."""
    assert held.until is not None
    minutes = int((held.until.since(shown.at) - 4) // 60)
    return f"{minutes // 60} h {minutes % 60:02}" if minutes >= 60 else f"{minutes} min"


def words_of(line: Recommendation, shown: Snapshot) -> list[str]:
    """Return what the card has to say, in its order."""

    def name(channel: str) -> str:
        return shown.channel(channel).short_name.in_(LANGUAGE)

    if line.measuring and line.use is None:
        order = [name(n) for _, names in line.tiers for n in names]
        return ["MEASURING", *order]
    if line.use is None:
        return ["no channel", "Send a runner.", "Follow the paper plan, page 4."]
    used = used_of(line)
    assert used is not None
    said = [name(used)]
    held = shown.channel(line.use.channel).standing
    if line.use.state is State.DOWN:
        pinned = ["PINNED BUT DOWN", name(line.use.channel), "DOWN"]
        said = [*pinned, name(used), "Without the pin"]
    elif ends(held):
        said = [f"{left(held, shown)} left", name(used)]
    elif line.measuring:
        said = ["MEANWHILE", name(used)]
    spare = name(line.backup.channel) if line.backup else "no other safe channel"
    if hearing.is_doubtful(line):
        spare = "Send a runner."
    how = shown.channel(used).how.in_(LANGUAGE)
    awaited = [name(each.channel) for each in line.passed_over]
    measured = [f"MEASURING: {', '.join(awaited)}"] if line.measuring else []
    return [*said, how, *measured, f"If that fails: {spare}"]


def plain(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("name", DRAWN)
def test_what_is_drawn_is_what_the_snapshot_says(
    looks: dict[str, dict[str, Any]], name: str
) -> None:
    shown, look = DRAWN[name], looks[name]
    lines = shown.recommendations[: len(look["cards"])]

    assert look["faults"] == []
    assert len(look["cards"]) == 2
    for card, rungs, line in zip(look["cards"], look["ladders"], lines, strict=True):
        assert card["edge"] == EDGES[edge_of(line, shown)]
        assert card["edge_width"] == pytest.approx(1.8, abs=0.25)  # whole pixels
        place, words = 0, plain(card["words"])
        for said in words_of(line, shown):
            place = words.index(plain(said), place)
        tops = [rung["box"][1] for rung in rungs]
        assert tops == sorted(set(tops))
        keys = ("name", "framed", "shape", "badge", "said")
        assert [{key: rung[key] for key in keys} for rung in rungs] == rungs_of(
            line, shown
        )


def test_nothing_that_ends_is_green_and_each_says_how_long_it_lasts(
    looks: dict[str, dict[str, Any]],
) -> None:
    shown, look = SPOKEN["ending"], looks["ending"]
    held = {
        view.short_name.in_(LANGUAGE): view.standing
        for view in shown.channels
        if ends(view.standing)
    }
    rungs = {rung["name"]: rung for ladder in look["ladders"] for rung in ladder}

    assert len(held) == 4
    for name, its in held.items():
        assert rungs[name]["shape_colour"] == EDGES["amber"]
        assert plain(rungs[name]["word"]) == left(its, shown)
    assert [card["edge"] for card in look["cards"]] == [EDGES["amber"]] * 2


def test_the_last_resort_is_the_answer_of_a_card_all_coral(
    looks: dict[str, dict[str, Any]],
) -> None:
    card, other = looks["nothing"]["cards"]

    assert card["ground"] == EDGES["coral"]
    assert other["ground"] != card["ground"]
    assert card["answers"] == ["Send a runner."]
    assert card["answer"] == pytest.approx(9.6, abs=0.1)
    assert plain(card["rank"]) == "no channel"
    assert not any(rung["framed"] for rung in looks["nothing"]["ladders"][0])


@pytest.mark.parametrize("looks", SIZES[:1], ids=str, indirect=True)
def test_what_is_pinned_and_down_is_struck_as_large_as_what_works(
    looks: dict[str, dict[str, Any]],
) -> None:
    card = looks["pinned but down"]["cards"][0]
    text, size, gone, works, struck, badge = card["gone"]

    assert (text, card["answers"]) == ("Pager", ["On-call SMS"])
    assert size == card["answer"]
    assert gone[2] <= works[0] + 1
    assert struck == "line-through"
    assert badge == "filled"


@pytest.mark.parametrize("distance_m", [5.0, 8.0])
@pytest.mark.parametrize(
    ("pin", "answer", "least"),
    [
        ("Pager", "SMS", 12.4),
        ("Satellite", "Téléphone", 9.6),
        ("Radio canal 3", "Appels vocaux", 9.6),
        ("Telekonferenz", "Videokonferen", 8.0),
    ],
)
def test_two_answers_of_short_names_are_large_where_a_pin_is_down(
    screen: Drawing, pin: str, answer: str, least: float, distance_m: float
) -> None:
    """The pin is at the left of the other, or above it where that has no room."""
    shown = SPOKEN["pinned but down"]
    for names in (("pager", "sms"), ("radio", "teams")):
        for name, called in zip(names, (pin, answer), strict=True):
            shown = with_channel(shown, name, short_name=Text(called))
    shown = replace(shown, screen=replace(shown.screen, distance_m=distance_m))
    walls = {
        language: wall_html(shown, language, age_s=4.0) for language in ("fr", "de")
    }

    for look in screen.looks(walls).values():
        assert look["faults"] == []
        for card in look["cards"]:
            text, size, gone, works, _, _ = card["gone"]
            assert (text, card["answers"]) == (pin, [answer])
            assert size == card["answer"]
            assert size >= least - 0.05
            assert gone[2] <= works[0] + 1 or gone[3] <= works[1] + 1
            assert distance_m < 6 or card["how_size"] >= 8.29 - 0.05


@pytest.mark.parametrize("looks", SIZES[:1], ids=str, indirect=True)
def test_heads_and_answers_of_two_cards_stand_on_the_same_lines(
    looks: dict[str, dict[str, Any]],
) -> None:
    """Where each answer has one row."""
    uneven = {}
    for name in ("fine", "fallback", "degraded", "nothing", "ending", "set aside"):
        for edge in ("head", "foot"):
            one, other = (card[edge] for card in looks[name]["cards"])
            if abs(one - other) > 1:
                uneven[f"{name} {edge}"] = (one, other)

    assert not uneven, listed(uneven)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize(
    "eyes", ["achromatopsia", "deuteranopia", "protanopia", "tritanopia"]
)
def test_whatever_colours_are_seen_down_is_filled_and_degraded_is_outlined(
    screen: Drawing, theme: str, eyes: str
) -> None:
    """Luminance, of the pixels themselves: down is the louder of the two."""
    shown = SITUATIONS["fallback"]
    screen.draw(wall_html(shown, LANGUAGE, age_s=4.0, theme=theme))
    devtools = screen.page.context.new_cdp_session(screen.page)
    emulate = "Emulation.setEmulatedVisionDeficiency"
    devtools.send(emulate, {"type": eyes})

    def luminance(selector: str) -> float:
        taken = screen.page.locator(selector).first.screenshot()
        with Image.open(io.BytesIO(taken)) as picture:
            colours = picture.convert("RGB").tobytes()
            grey = all(colours[at] == colours[at + 1] for at in range(0, 300, 3))
            assert grey or eyes != "achromatopsia"
            return median(picture.convert("L").tobytes())

    ground = luminance(".s-ladder .s-rung.s-unknown .s-number")
    down = luminance(".s-ladder .s-badge.s-down")
    degraded = luminance(".s-ladder .s-badge.s-degraded")
    devtools.send(emulate, {"type": "none"})
    devtools.detach()
    assert abs(down - ground) > 60
    assert abs(degraded - ground) < 10


@pytest.mark.parametrize("name", ["fine", "fallback", "nothing", "ending"])
def test_covers_show_the_order_and_no_state(screen: Drawing, name: str) -> None:
    shown = DRAWN[name]
    for html, title in (
        (stale_html(shown, LANGUAGE), "STALE DATA"),
        (error_html(shown, LANGUAGE), "DISPLAY ERROR"),
    ):
        assert screen.faults({title: html}) == {}

        localizer = Localizer(shown, LANGUAGE)
        rungs = screen.page.locator(".s-paper li").all_text_contents()
        assert screen.page.locator("h1").inner_text() == title
        assert rungs == [
            f"{localizer.short_name(channel)} {localizer.how_shown(channel)}"
            for line in shown.recommendations
            for _, (channel,) in line.tiers
        ]
        assert screen.page.locator(".s-shape, .s-mark").count() == 0


def test_on_a_cover_what_must_not_be_used_is_struck_through(screen: Drawing) -> None:
    screen.draw(stale_html(SPOKEN["set aside"], LANGUAGE))
    struck = screen.page.locator(".s-paper s")

    assert struck.all_inner_texts() == ["Teams"]
    line = struck.evaluate("e => getComputedStyle(e).textDecorationLine")
    assert line == "line-through"


@pytest.mark.parametrize(
    ("layout", "distance_m", "rungs"),
    [("columns", 3.0, 8), ("columns", 8.0, 4), ("bands", 3.0, 8)],
)
def test_no_rung_moves_because_a_state_changes(
    screen: Drawing, layout: str, distance_m: float, rungs: int
) -> None:
    """On a phone the page scrolls, and is as long as its words."""
    walls = {}
    for states in ("oooo", "xooo", "?dxo", "xxxx", "xxxd"):
        shown = snapshot(states, states)
        shown = replace(shown, screen=replace(shown.screen, distance_m=distance_m))
        walls[states] = wall_html(shown, LANGUAGE, age_s=4.0, layout=layout)
    places = [
        [edge for ladder in look["ladders"] for rung in ladder for edge in rung["box"]]
        for look in screen.looks(walls).values()
    ]

    assert {len(row) for row in places} == {4 * rungs}
    moved_px = [
        abs(edge - first)
        for row in places
        for edge, first in zip(row, places[0], strict=True)
    ]
    assert max(moved_px) <= 1.0  # the rounding to whole pixels


def test_an_exercise_is_a_second_answer_below_the_real_one(screen: Drawing) -> None:
    shown = SPOKEN["exercise"]
    screen.draw(wall_html(shown, LANGUAGE, age_s=4.0))

    page = screen.page
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
    screen.draw(wall_html(without, LANGUAGE, age_s=4.0))
    assert page.locator(".s-exercise").count() == 0
