"""Is every text of the wall legible from where the farthest reader stands?

What people act on spans 22 minutes of arc there, all other text at least 16.
"""

import math

import pytest
from dashboard.test_fit_browser import FAULTS, SITUATIONS, SPOKEN, font
from msgspec.structs import replace
from playwright.sync_api import Browser, Page

from secours.languages import LANGUAGES
from secours.model.snapshot import Snapshot
from secours.render.styles import css
from secours.render.wall.stale_cover import error_html, stale_html, waiting_html
from secours.render.wall.type_sizes import needed
from secours.render.wall.wall import wall_html

pytestmark = pytest.mark.browser

__all__ = ["font"]

CAPITAL = 0.66  # of the type size, in Source Sans
REFUSED = "probes.yaml:32:11: 'power:gird' is not declared; the nearest is 'power:grid'"

# of each text: its size, whether it is a state (22 minutes of arc; all else 16),
# and whether it is in the strip, for people who walk up
TEXTS = """() => [...document.querySelectorAll(".s-wall *, .s-cover *")].filter(e =>
    [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) &&
    getComputedStyle(e).clipPath !== "inset(50%)"
  ).map(e => [e.textContent, parseFloat(getComputedStyle(e).fontSize),
    e.matches(".s-state .s-mark, .s-answer"), !!e.closest(".s-strip")])"""


def seen_from(shown: Snapshot, distance_m: float, width_mm: float) -> Snapshot:
    screen = replace(shown.screen, distance_m=distance_m, width_mm=width_mm)
    return replace(shown, screen=screen)


def drawn(page: Page, font: str, html: str) -> None:
    page.set_content(f"<style>{font}{css()}</style><body style='margin:0'>{html}")
    page.evaluate("document.fonts.ready")


def arc_minutes(size_px: float, mm_of_px: float, distance_m: float) -> float:
    capital_mm = CAPITAL * size_px * mm_of_px
    return math.degrees(math.atan(capital_mm / (1000 * distance_m))) * 60


@pytest.mark.parametrize("size", [(1920, 1080), (3840, 2160)])
@pytest.mark.parametrize("layout", ["columns", "bands"])
@pytest.mark.parametrize("distance_m", [3.0, 5.0, 8.0])
def test_every_text_is_legible_from_the_distance_that_is_set(
    chromium: Browser, font: str, size: tuple[int, int], layout: str, distance_m: float
) -> None:
    page = chromium.new_page(viewport={"width": size[0], "height": size[1]})
    shown = seen_from(SITUATIONS["crowded"], distance_m, 1210)
    drawn(page, font, wall_html(shown, "fr", age_s=4.0, layout=layout))

    texts = page.evaluate(TEXTS)
    page.close()

    assert texts
    for text, size_px, is_state, near in texts:
        seen = arc_minutes(size_px, 1210 / size[0], distance_m)
        assert seen >= (0 if near else 22 if is_state else 16) - 0.05, text


@pytest.mark.parametrize("layout", ["columns", "bands"])
@pytest.mark.parametrize(
    ("distance_m", "width_mm"), [(5, 1210), (5, 1660), (8, 1210), (8, 1660), (30, 500)]
)
def test_what_has_no_room_is_left_out_and_never_cut(
    chromium: Browser, font: str, layout: str, distance_m: float, width_mm: float
) -> None:
    page = chromium.new_page(viewport={"width": 1920, "height": 1080})
    faults = {}
    for name, made in (SITUATIONS | SPOKEN).items():
        shown = seen_from(made, distance_m, width_mm)
        for language in ("fr", "de"):
            html = wall_html(shown, language, age_s=4.0, layout=layout)
            drawn(page, font, html)
            if found := page.evaluate(FAULTS):
                faults[f"{name} {language}"] = found
    page.close()

    assert not faults, "\n".join(f"{name}: {found}" for name, found in faults.items())


@pytest.mark.parametrize(
    ("distance_m", "width_mm"), [(3, 1210), (5, 1210), (8, 1210), (30, 500)]
)
def test_a_cover_is_as_legible_as_the_wall_and_never_cut(
    chromium: Browser, font: str, distance_m: float, width_mm: float
) -> None:
    page = chromium.new_page(viewport={"width": 1920, "height": 1080})
    faults, small = {}, {}
    for name in ("fine", "crowded", "wordy"):
        shown = seen_from(SITUATIONS[name], distance_m, width_mm)
        for language in LANGUAGES:
            covers = {
                "stale": stale_html(shown, language),
                "error": error_html(shown, language),
                "waiting": waiting_html(shown, language),
                "refused": waiting_html(shown, language, refused=REFUSED),
            }
            for kind, html in covers.items():
                drawn(page, font, html)
                if found := page.evaluate(FAULTS):
                    faults[f"{kind} {name} {language}"] = found
                least_px = min(size for _, size, _, _ in page.evaluate(TEXTS))
                if least_px < 10.8 * needed(shown.screen, 16) - 0.05:
                    small[f"{kind} {name} {language}"] = least_px
                assert page.locator(".s-paper h2").count() >= 1
    page.close()

    assert not faults, "\n".join(f"{name}: {found}" for name, found in faults.items())
    assert not small


def test_a_cover_leaves_out_whole_lines_and_says_how_many(
    chromium: Browser, font: str
) -> None:
    page = chromium.new_page(viewport={"width": 1920, "height": 1080})
    drawn(page, font, stale_html(seen_from(SITUATIONS["crowded"], 8, 1210), "fr"))

    assert page.locator(".s-paper h2").count() == 1
    assert page.locator(".s-paper li").count() == 4
    assert page.locator(".s-rest").inner_text() == "+3 lignes"
    page.close()


def test_at_five_metres_on_55_inches_the_rungs_are_there_with_their_states(
    chromium: Browser, font: str
) -> None:
    page = chromium.new_page(viewport={"width": 1920, "height": 1080})
    shown = seen_from(SITUATIONS["fallback"], 5, 1210)
    drawn(page, font, wall_html(shown, "fr", age_s=4.0))

    assert page.locator(".s-rung").count() == 8
    assert page.locator(".s-strip").count() == 0
    page.close()


def test_where_two_lines_have_no_room_one_is_shown_and_the_other_counted(
    chromium: Browser, font: str
) -> None:
    page = chromium.new_page(viewport={"width": 1920, "height": 1080})
    shown = seen_from(SITUATIONS["wordy"], 8, 1210)
    drawn(page, font, wall_html(shown, "fr", age_s=4.0))

    assert page.locator(".s-verb").all_inner_texts() == ["ALERTER"]
    assert page.locator(".s-more").inner_text().startswith("+1 ligne")
    page.close()
