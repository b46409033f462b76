import pytest
from hypothesis import given
from hypothesis import strategies as st

from secours.wire.modem import pdu
from secours.wire.modem.alphabet import (
    ALPHABET,
    MOST_SEPTETS,
    MOST_UCS2,
    fitted,
    in_common,
    is_gsm,
    septets,
    ucs2,
)


def test_letters_have_the_septets_of_the_standard() -> None:
    assert septets("@é A_z") == [0x00, 0x05, 0x20, 0x41, 0x11, 0x7A]
    assert septets("€[") == [0x1B, 0x65, 0x1B, 0x3C]


@pytest.mark.parametrize(
    ("text", "known"), [("é", True), ("ê", False), ("€", True), ("\x1b", False)]
)
def test_alphabet_has_some_letters(text: str, known: bool) -> None:
    assert is_gsm(text) is known


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        (160 * "x", 160 * "x"),
        (161 * "x", 157 * "x" + "..."),
        (80 * "€", 80 * "€"),
        (81 * "€", 78 * "€" + "..."),
        (70 * "ê", 70 * "ê"),
        (71 * "ê", 71 * "e"),
        (36 * "😀", 36 * "?"),
        ("e\u0301", "é"),
        ("e\u0302", "ê"),
        (80 * "ê" + "\u2019\u202f\u00abœ\u2014\u00e9", 80 * "e" + "' \"oe-é"),
        ("\ud800", "?"),
        ("", ""),
    ],
)
def test_text_is_fitted(text: str, sent: str) -> None:
    assert fitted(text) == sent


@given(st.text(max_size=300) | st.text(alphabet=ALPHABET + "€ê\u2019", max_size=300))
def test_any_text_fits_into_one_message(text: str) -> None:
    short = fitted(text)

    if is_gsm(short):
        assert len(septets(short)) <= MOST_SEPTETS
    else:
        assert len(ucs2(short)) <= 2 * MOST_UCS2
    assert len(bytes.fromhex(pdu.submit("+32470", short).pdu)) <= 140 + 14
    assert fitted(short) == short


@given(st.text(max_size=300))
def test_text_in_common_letters_ends_nothing(text: str) -> None:
    plain = in_common(text)

    assert len(plain) <= MOST_SEPTETS
    assert all(" " <= letter <= "z" for letter in plain)
    assert [ord(letter) for letter in plain] == septets(plain)


def test_text_in_common_letters_is_legible() -> None:
    assert (
        in_common("Même l\u2019hôpital,\nà 12\u202fh €") == "Meme l'hopital, a 12 h ?"
    )
