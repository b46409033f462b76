"""A snapshot of an unknown age is drawn too: its cover is what people read then."""

import math

import pytest
from render.desk import now_page, why_page
from render.situations import SITUATIONS, SPOKEN
from render.standbys import STANDBYS

from secours.languages import LANGUAGES
from secours.model.snapshot import Snapshot
from secours.render.export.lite import lite_html
from secours.render.pages.head import PageHead, page_html
from secours.render.wall.stale_cover import stale_html
from secours.render.wall.wall import wall_html
from secours.render.wording.localizer import Localizer

SHOWN = {**SITUATIONS, **SPOKEN, **STANDBYS}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("shown", SHOWN.values(), ids=SHOWN)
def test_every_screen_is_drawn_without_an_age(shown: Snapshot, language: str) -> None:
    localizer = Localizer(shown, language, math.inf)
    now = now_page(shown, language, math.inf, acts=True)
    screens = {
        "wall": wall_html(shown, language, age_s=math.inf),
        "lite": lite_html(shown, language, age_s=math.inf),
        "cover": stale_html(shown, language),
        "now": page_html(localizer, PageHead(page="now"), now),
        "why": why_page(shown, language, age_s=math.inf),
    }

    assert not [each for each, html in screens.items() if "inf" in html.split()]
