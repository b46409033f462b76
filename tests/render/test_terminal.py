"""Text at a terminal goes on in the next row between words, and loses nothing."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secours.render.terminal import columns, padded, wrapped

SENTENCE = "The channels of the plan are tested every minute, and shown on the wall."
ROW = "● OK    E-mail (our server) [mail]  mail is taken in and arrives · 120 ms"
WORDS = st.lists(
    st.text(st.sampled_from("abcé電話e\u0301·:;"), min_size=1, max_size=9), min_size=1
)


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0),
        ("OK", 2),
        ("電話", 4),
        ("e\u0301cole", 5),
        ("\x1b[31m✖ DOWN\x1b[0m", 6),
        ("a\u200bb", 2),
    ],
    ids=["nothing", "letters", "wide", "combining", "colour", "no-width"],
)
def test_columns_are_counted_as_a_terminal_does(text: str, width: int) -> None:
    assert columns(text) == width
    assert columns(padded(text, 12)) == 12


def test_what_has_room_stays_as_it_is() -> None:
    assert list(wrapped(SENTENCE, 80)) == [SENTENCE]


def test_a_sentence_goes_on_a_little_further_right() -> None:
    assert list(wrapped(f"  {SENTENCE}", 40)) == [
        "  The channels of the plan are tested",
        "    every minute, and shown on the wall.",
    ]


def test_the_last_column_goes_on_below_itself() -> None:
    assert list(wrapped(ROW, 60)) == [
        "● OK    E-mail (our server) [mail]  mail is taken in and",
        "                                    arrives · 120 ms",
    ]


def test_columns_without_room_are_drawn_together() -> None:
    assert list(wrapped(ROW, 40)) == [
        "● OK    E-mail (our server) [mail]  mail",
        "        is taken in and arrives · 120 ms",
    ]
    assert list(wrapped(f"brussels-2016-03-22    {SENTENCE}", 40)) == [
        "brussels-2016-03-22  The channels of the",
        "    plan are tested every minute, and",
        "    shown on the wall.",
    ]


def test_an_address_is_never_cut() -> None:
    address = f"https://{'x' * 60}.example.org"

    assert address in list(wrapped(f"see {address} for more", 40))[1]


def test_french_signs_stay_with_their_word() -> None:
    rows = list(wrapped("a" * 36 + " : dit-il « oui » ; " + "b" * 30, 40))

    assert rows[0].endswith(" :")
    assert not any(row.strip() in (":", ";", "»", "« ") for row in rows)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (
            "dans un second terminal, cassez : .venv/bin/secours demo --break signal",
            [
                "dans un second terminal, cassez :",
                "  .venv/bin/secours demo --break signal",
            ],
        ),
        (
            "break it yourself, in another one: uv run secours demo --break signal",
            [
                "break it yourself, in another one:",
                "  uv run secours demo --break signal",
            ],
        ),
        (
            "it is empty, and there is 'secours init DIR' that writes a first one",
            [
                "it is empty, and there is",
                "  'secours init DIR' that writes a first",
                "  one",
            ],
        ),
        (
            "end it here: .venv/bin/python3 -m secours mark power:grid down --by NAME",
            [
                "end it here:",
                "  .venv/bin/python3 -m secours mark power:grid down --by NAME",
            ],
        ),
    ],
    ids=["at the end", "uv", "quoted", "longer than a row"],
)
def test_a_command_to_be_copied_stays_in_one_row(text: str, rows: list[str]) -> None:
    assert list(wrapped(text, 40)) == rows


def test_a_sentence_about_us_is_no_command() -> None:
    rows = list(wrapped(f"ERROR: Secours is not well. {SENTENCE}", 40))

    assert all(columns(row) <= 40 for row in rows)


@given(WORDS, st.integers(40, 200), st.integers(0, 8))
def test_no_word_is_lost_at_any_width(
    words: list[str], width: int, indent: int
) -> None:
    line = " " * indent + " ".join(words)

    rows = list(wrapped(line, width))

    assert re.sub(r"\s", "", "".join(rows)) == re.sub(r"\s", "", line)
    assert all(columns(row) <= width for row in rows)
