import re

import pytest

from secours.render.palette import DARK, PAPER, THEMES, theme_of
from secours.render.styles import css

WORDS = ("text", "soft", "good", "warn", "bad")
FILLS = (("on-warn", "warn-fill"), ("on-bad", "bad-fill"))


def luminance(colour: str) -> float:
    """Return it as WCAG 2.2 defines relative luminance."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", ["ground", "panel"])
def test_every_word_is_above_seven_to_one_by_night_and_by_day(
    theme: str, ground: str
) -> None:
    colours = THEMES[theme]

    for word in WORDS:
        assert contrast(colours[word], colours[ground]) >= 7, word


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("word", "fill"), FILLS)
def test_every_word_on_a_filled_badge_is_above_seven_to_one(
    theme: str, word: str, fill: str
) -> None:
    assert contrast(THEMES[theme][word], THEMES[theme][fill]) >= 7


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", ["ground", "panel"])
@pytest.mark.parametrize("shape", ["calm", "soft", "warn", "bad-fill"])
def test_every_look_of_a_strip_is_above_three_to_one(
    theme: str, ground: str, shape: str
) -> None:
    assert contrast(THEMES[theme][shape], THEMES[theme][ground]) >= 3


def test_the_themes_have_the_same_colours() -> None:
    assert {tuple(theme) for theme in THEMES.values()} == {tuple(DARK)}


def test_paper_has_every_colour_of_a_theme_and_its_words_are_black() -> None:
    assert PAPER.keys() == DARK.keys()
    assert {PAPER[word] for word in WORDS} == {"#000000"}
    assert all(contrast(PAPER[word], PAPER[fill]) > 20 for word, fill in FILLS)


def test_the_stylesheets_of_the_wall_take_every_colour_from_a_theme() -> None:
    used = set(re.findall(r"var\(--([a-z-]+)\)", css()))

    assert set(DARK) <= used


def test_what_is_no_theme_is_passed_over() -> None:
    assert theme_of(None, "pink", "light") == "light"
    assert theme_of("pink") == "dark"
