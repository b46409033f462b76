"""The page of why on a desk and on a telephone: nothing is cut, and all can be read."""

import pytest
from dashboard.axe import violations
from dashboard.drawing import Canvas, listed
from render.desk import now_page, why_page
from render.situations import SITUATIONS, SPOKEN
from render.snapshots import snapshot

from secours.model.snapshot import Snapshot
from secours.render.pages.head import PageHead, page_html
from secours.render.wording.localizer import Localizer

pytestmark = pytest.mark.browser

SIZES = [(1920, 1080), (1366, 768), (390, 844)]
ALL = {**SITUATIONS, **SPOKEN}


def page(shown: Snapshot, language: str) -> str:
    drawn = why_page(shown, language, asked="sms")
    return f'<div class="s-status" style="padding:0 20px">{drawn}</div>'


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_nothing_is_cut_or_wider_than_the_screen(
    canvas: Canvas, size: tuple[int, int]
) -> None:
    drawn = {
        f"{name} | {language}": page(shown, language)
        for name, shown in ALL.items()
        for language in ("fr", "de")
    }

    faults = canvas(*size).faults(drawn)

    assert not faults, listed(faults)


def test_what_to_tell_people_can_be_read(canvas: Canvas) -> None:
    shown = snapshot("oooo", "xooo")
    screen = canvas(1920, 1080)
    screen.draw(page(shown, "en"))

    text = screen.page.locator(".s-announced").first
    assert text.inner_text().startswith("03:14 COORDINATE")
    box = text.bounding_box()
    assert box is not None
    assert box["height"] > 15
    assert box["width"] > 100


def test_no_purpose_is_broken_beside_a_long_rank(canvas: Canvas) -> None:
    shown = ALL["pinned but down"]
    screen = canvas(390, 844)
    framed = page_html(
        Localizer(shown, "fr"), PageHead(page="now"), now_page(shown, "fr")
    )
    screen.draw(f'<main class="s-desk">{framed}</main>')

    lines = screen.page.locator(".s-now-line b")
    rows = lines.evaluate_all("all => all.map(e => e.getClientRects().length)")
    assert lines.all_inner_texts() == ["ALERTER", "COORDONNER"]
    assert rows == [1, 1]


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("name", ["now", "why"])
def test_everybody_can_read_and_work_it(canvas: Canvas, name: str, theme: str) -> None:
    shown = SPOKEN["crowded exercise"]
    screen = canvas(1366, 768)
    drawn = now_page(shown, "fr", acts=True) if name == "now" else why_page(shown, "fr")
    head = PageHead(page=name, theme=theme)
    framed = page_html(Localizer(shown, "fr"), head, drawn)
    look = "s-desk s-light" if theme == "light" else "s-desk"
    screen.draw(f'<main class="{look}">{framed}</main>')

    screen.page.evaluate("document.title = 'x'; document.documentElement.lang = 'fr'")

    assert violations(screen.page) == []
