"""The screens of a standby fit, in every language and in each thing that it does."""

import pytest
from dashboard.drawing import Canvas, listed
from render.standbys import STANDBYS

from secours.languages import LANGUAGES
from secours.render.wall.stale_cover import stale_html
from secours.render.wall.wall import wall_html

pytestmark = pytest.mark.browser

SIZES = [(1920, 1080), (1024, 768), (390, 844)]


def drawn(name: str, language: str) -> dict[str, str]:
    """Draw every screen of it."""
    shown = STANDBYS[name]
    kinds = {
        "wall": wall_html(shown, language, age_s=4.0),
        "bands": wall_html(shown, language, age_s=4.0, layout="bands"),
        "cover": stale_html(shown, language),
    }
    return {f"{kind} | {name} | {language}": html for kind, html in kinds.items()}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_nothing_is_cut_and_nothing_overlaps(
    canvas: Canvas, size: tuple[int, int]
) -> None:
    screen = canvas(*size)
    faults: dict[str, list[str]] = {}
    for language in LANGUAGES:
        for name in STANDBYS:
            faults |= screen.faults(drawn(name, language))

    assert not faults, listed(faults)
