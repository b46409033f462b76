"""Does the wall of a province fit real screens, and can it be read from afar?"""

import math
from functools import cache

import pytest
from dashboard.axe import violations
from dashboard.browser import Tab, font_face
from dashboard.drawing import Canvas, listed
from dashboard.stops import LEAST_PX, OUTLINE_PX, stops
from msgspec.structs import replace
from render.province.provinces import COUNTS, SITUATIONS, Province

from secours.languages import LANGUAGES, Text
from secours.render.export.lite import lite_html
from secours.render.province.wall import province_html
from secours.render.styles import css
from secours.render.wording.localizer import Localizer

pytestmark = pytest.mark.browser

SIZES = [(1920, 1080), (3840, 2160), (1366, 768), (390, 844)]
DISTANCES = (3.0, 5.0, 8.0)
LONG = "Centre hospitalier universitaire Notre-Dame des Bruyères, site de Chênée"
WHERE = """() => Object.fromEntries(
  [...document.querySelectorAll(".s-map > li")].map(e => {
    const r = e.getBoundingClientRect();
    return [e.firstChild.title.split(":")[0], [r.left, r.top]];
  }))"""
SMALLEST = """() => {
  const u = Math.min(.01 * innerHeight, .005625 * innerWidth);
  const isWord = n => n.nodeType === 3 && n.textContent.trim();
  const owns = e => [...e.childNodes].some(isWord);
  return Math.min(...[...document.querySelectorAll(
    ".s-map *, .s-beside-map *, .s-province-said")]
    .filter(e => owns(e) && !e.matches(".s-said"))
    .map(e => parseFloat(getComputedStyle(e).fontSize) / u));
}"""
DRAWN_MS = """async html => {
  const began = performance.now();
  document.body.innerHTML = html;
  await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - began;
}"""


def wall(
    told: Province,
    language: str = "en",
    distance_m: float = 3.0,
    theme: str | None = None,
) -> str:
    screen = replace(told.shown.screen, distance_m=distance_m)
    shown = replace(told.shown, screen=screen)
    localizer = Localizer(shown, language, 4.0)
    return province_html(localizer, told.view, age_s=4.0, theme=theme)


def wordy(count: int) -> Province:
    """Return a province whose sites have the longest names, and much to say of it."""
    told = SITUATIONS["dark region"](count)
    found = tuple(
        replace(one, label=Text(f"{LONG} {n}")) for n, one in enumerate(told.view.sites)
    )
    return Province(
        shown=told.shown,
        view=replace(told.view, sites=found, causes=told.view.causes * 9),
    )


@cache  # a thousand sites take longer to invent than to draw
def province(name: str, count: int) -> Province:
    return {**SITUATIONS, "wordy": wordy}[name](count)


@cache  # they are the same on each screen
def walls(distance_m: float) -> dict[str, str]:
    return {
        f"{name} | {count} | {language} | {distance_m}": wall(
            province(name, count), language, distance_m
        )
        for count in COUNTS
        for language in (LANGUAGES if count < 1000 else ("de",))
        for name in (*SITUATIONS, "wordy")
    }


@pytest.mark.parametrize("distance_m", DISTANCES, ids=lambda each: f"{each}m")
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_nothing_is_cut_and_nothing_overlaps(
    canvas: Canvas, size: tuple[int, int], distance_m: float
) -> None:
    faults = canvas(*size).faults(walls(distance_m))

    assert not faults, listed(faults)


@pytest.mark.parametrize("distance_m", DISTANCES, ids=lambda each: f"{each}m")
def test_the_farthest_reader_can_read_every_word(
    canvas: Canvas, distance_m: float
) -> None:
    """Capitals are seen under 16 minutes of arc from a screen of 55 inches."""
    screen = canvas()
    seen_mm = 1000 * distance_m * math.tan(math.radians(16 / 60))
    least = seen_mm / (1210 * 9 / 16 / 100) / 0.66
    for name, drawn in walls(distance_m).items():
        screen.draw(drawn)
        smallest = screen.page.evaluate(SMALLEST)
        assert smallest >= least - 0.05, name


@pytest.mark.parametrize("count", COUNTS)
def test_a_tile_is_in_one_place_on_the_screen_every_day(
    canvas: Canvas, count: int
) -> None:
    screen = canvas()
    found = []
    for name in ("calm", "three cannot", "dark region", "half heard"):
        screen.draw(wall(province(name, count)))
        found.append(screen.page.evaluate(WHERE))

    assert len(found[0]) == count
    assert all(each == found[0] for each in found)


def test_a_thousand_sites_are_drawn_in_under_a_second(canvas: Canvas) -> None:
    page = canvas().page
    drawn = wall(province("dark region", 1000))
    took_ms = min(page.evaluate(DRAWN_MS, drawn) for _ in range(3))

    assert took_ms < 1000


def page_of(drawn: str) -> str:
    """Put a wall where the dashboard has it: in the one landmark of a page."""
    style = f"<style>{font_face()}{css()}</style>"
    head = f"<!doctype html><html lang=en><title>Secours</title>{style}"
    return f"{head}<body style='margin:0'><main>{drawn}</main></body></html>"


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [(1920, 1080), (390, 844)], ids=["wall", "phone"])
def test_no_wall_of_a_province_shuts_anybody_out(
    tab: Tab, size: tuple[int, int], theme: str
) -> None:
    page = tab(*size)
    found = {}
    for name in ("dark region", "half heard", "double", "hub lost", "one long name"):
        for count in (20, 100):
            page.set_content(page_of(wall(province(name, count), theme=theme)))
            if said := violations(page):
                found[f"{name} {count}"] = said[:4]

    assert not found, listed(found)


@pytest.mark.parametrize("size", [(1920, 1080), (390, 844)], ids=["wall", "phone"])
def test_the_keyboard_comes_to_each_site_that_is_named_the_worst_first(
    tab: Tab, size: tuple[int, int]
) -> None:
    page = tab(*size)
    page.set_content(page_of(wall(SITUATIONS["dark region"](20))))
    _home, *tiles = stops(page)
    page.set_content(page_of(wall(SITUATIONS["dark region"](100))))
    _home, *beside = stops(page)

    first = [each["name"].split()[1] for each in tiles[:3]]
    assert first == ["Seraing", "Theux", "Ans"]
    assert len(tiles) == 20
    assert beside[-1]["name"].startswith("A and ")
    for each in (*tiles, *beside):
        assert each["outline"] >= OUTLINE_PX, each
        assert each["high"] >= LEAST_PX, each


def test_no_plain_page_of_a_province_shuts_anybody_out(tab: Tab) -> None:
    page = tab(1920, 1080)
    found = {}
    for name, make in SITUATIONS.items():
        told = make(20)
        html = lite_html(told.shown, "de", age_s=4.0, sites=told.view)
        page.set_content(html.replace('http-equiv="refresh"', 'name="still"'))
        if said := violations(page, ['meta[http-equiv="refresh"]']):
            found[name] = said[:4]

    assert not found, listed(found)
