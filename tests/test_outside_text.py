from hypothesis import given
from hypothesis import strategies as st

from secours.outside_text import LONGEST, plain


def test_words_from_outside_are_one_line_without_anything_that_acts() -> None:
    assert plain("A\x1b[31m\u202eB\r\n  C\x00") == "A [31m B C"


def test_bytes_that_are_no_text_are_shown_as_far_as_they_are() -> None:
    assert plain(b"250 \xff ok\r\n") == "250 \ufffd ok"


def test_spaces_of_french_typography_are_kept() -> None:
    assert plain("Gare\u00a0: 5\u202fkm") == "Gare\u00a0: 5\u202fkm"


def test_what_is_cut_says_so_where_that_is_wanted() -> None:
    assert plain("x" * 30, 10, "…") == "x" * 9 + "…"
    assert plain("x" * 30, 10) == "x" * 10


@given(st.text() | st.binary(), st.integers(1, 300), st.sampled_from(["", "…"]))
def test_it_is_never_longer_and_always_printable(
    said: str | bytes, longest: int, more: str
) -> None:
    line = plain(said, longest, more)

    assert len(line) <= longest
    assert all(c.isprintable() or c in "\u00a0\u202f" for c in line)
    assert len(plain(said)) <= LONGEST
