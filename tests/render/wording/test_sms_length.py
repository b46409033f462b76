# ruff: noqa: RUF001 -- the characters that people take for others are its subject

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secours.render.wording import sms_length


@pytest.mark.parametrize(
    ("text", "length", "limit"),
    [
        ("abc", 3, 160),
        ("", 0, 160),
        ("Ö ä ñ ü à é è ù ì ò Ç ß @ £ Δ", 29, 160),
        ("{[~]}", 10, 160),  # the extension table: an escape before each
        ("5 €", 4, 160),
        ("ç", 1, 70),  # only the capital is in the alphabet
        ("ê", 1, 70),
        ("…", 1, 70),
        ("`", 1, 70),
        ("😀", 2, 70),
    ],
)
def test_a_text_is_as_long_as_the_standard_says(
    text: str, length: int, limit: int
) -> None:
    assert (sms_length.length(text), sms_length.limit(text)) == (length, limit)


def test_the_alphabet_has_the_127_characters_of_its_table() -> None:
    assert len(sms_length.BASIC) == 127  # 128 places, one of them the escape
    assert len(sms_length.EXTENSION) == 10
    assert not sms_length.BASIC & sms_length.EXTENSION


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("L’équipe d’astreinte", "L'équipe d'astreinte"),
        ("Cœur, ça, forêt, Noël, où", "Coeur, ca, foret, Noel, où"),
        ("À ÊTRE", "A ETRE"),
        ("„Straße“ – größer…", '"Straße" - größer...'),
        ("coördineren", "coördineren"),
        ("geïnd", "geind"),
        ("« Signal »", '" Signal "'),
        ("a\u202fb\u00a0c\td", "a b c d"),
        ("Łódź", "Lodz"),
        ("x\x1b\u200by", "xy"),
    ],
)
def test_latin_letters_are_written_in_the_alphabet(text: str, plain: str) -> None:
    assert sms_length.transliterated(text) == plain
    assert sms_length.is_gsm(plain)


def test_letters_of_another_script_stay_and_halve_the_room() -> None:
    assert sms_length.transliterated("Рация") == "Рация"
    assert sms_length.limit("Рация") == 70


@given(st.text(max_size=400))
def test_what_is_cut_goes_into_one_sms(text: str) -> None:
    assert sms_length.fits(sms_length.cut(sms_length.transliterated(text)))


@given(st.text(max_size=100))
def test_what_fits_is_left_whole(text: str) -> None:
    plain = sms_length.transliterated(text)

    assert sms_length.cut(plain) == plain or not sms_length.fits(plain)
