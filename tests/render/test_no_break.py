"""No line of a screen begins with a unit, or with a sign that has a space before it."""

import re
from html import unescape

import pytest
from render.desk import now_page, why_page
from render.town_statements import SITUATIONS

from secours.languages import LANGUAGES
from secours.render import no_break as spaces
from secours.render import text_width
from secours.render.no_break import unbroken

BROKEN = re.compile(r"\d (?:s|min|h|d|j|u|Std\.|Tg\.|%)(?!\w)| [:;!?»](?!\w)|« ")


@pytest.fixture(autouse=True)
def no_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spaces, "NO_BREAK", "\u00a0")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SITUATIONS)
def test_no_line_of_a_page_begins_with_a_unit_or_a_sign(
    name: str, language: str
) -> None:
    shown = SITUATIONS[name]
    drawn = {"now": now_page(shown, language), "why": why_page(shown, language)}

    found = {
        page: BROKEN.findall(unescape(re.sub(r"<[^>]*>", "\n", html)))
        for page, html in drawn.items()
    }
    assert not {page: broken for page, broken in found.items() if broken}


def test_what_has_no_unit_and_no_sign_is_as_it_was() -> None:
    assert unbroken("2 minutes, 3 sites, a:b") == "2 minutes, 3 sites, a:b"
    assert unbroken("il y a 4 s") == "il\u00a0y\u00a0a 4\u00a0s"
    assert unbroken("6 h 12 min : 3 %") == "6\u00a0h 12\u00a0min\u00a0: 3\u00a0%"


def test_the_wall_reckons_with_what_is_not_broken() -> None:
    assert text_width.rows("aaaa 10 min", 1.0, text_width.width("aaaa 10 ", 1.0)) == 2
    assert text_width.rows("aaaa 10", 1.0, text_width.width("aaaa 10 ", 1.0)) == 1
