"""However a plan is damaged, each mistake has a place and words, and nothing breaks."""

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secours.config import BadConfig
from secours.config.file import read
from secours.config.reader.source_lines import lines_of
from secours.config.starter import starter
from secours.languages import LANGUAGES
from secours.message import PlacedMessage
from secours.render.wording.mistakes import excerpt, worded

WHOLE = f"""\
{starter("en")}\
components:
  power:site:
    label: 'Power of the town hall'  # with its generator
    depends_on:
      - power:grid
    autonomy: 8h
"""
LETTERS = st.sampled_from("\"'[]{}:,#&*!|>%@`-? \t\n\u00a0“ö電e\u0301=\\~x0")


def removed(text: str, at: int) -> str:
    return text[:at] + text[at + 1 :]


def twice(text: str, at: int) -> str:
    lines = text.split("\n")
    row = at % len(lines)
    return "\n".join([*lines[: row + 1], lines[row], *lines[row + 1 :]])


def dedented(text: str, at: int) -> str:
    lines = text.split("\n")
    row = at % len(lines)
    lines[row] = lines[row][1:] if lines[row].startswith(" ") else f" {lines[row]}"
    return "\n".join(lines)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    text = WHOLE
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text) - 1))
        letter = draw(st.one_of(st.none(), LETTERS))
        if letter is not None:
            text = text[:at] + letter + text[at:]
        else:
            text = draw(st.sampled_from([removed, twice, dedented]))(text, at)
    return text


def mistakes(text: str) -> tuple[PlacedMessage, ...]:
    try:
        read(text.encode(), "probes.yaml")
    except BadConfig as bad:
        return bad.mistakes or pytest.fail("refused without a mistake")
    return ()


def test_plan_of_somebody_else_sends_nothing_to_the_terminal() -> None:
    name = r'"a\e[31m\u202e\nb"'
    text = (
        f"channels:\n  {name}: {{purposes: [alert], zz: '\u202e\u2066'}}\n{name}: 1\n"
    )

    found = mistakes(text)
    shown = [*map(str, worded(found, "en")), *chain(*map(excerpt, found))]
    assert len(shown) >= 6
    assert all(each.isprintable() for each in shown)


@given(damaged())
def test_each_mistake_of_a_damaged_plan_has_a_place_and_words(text: str) -> None:
    lines, found = lines_of(text), mistakes(text)

    for each in found:
        assert 1 <= each.line <= len(lines) + 1
        assert 1 <= each.column <= max(map(len, lines)) + 1
        assert len(list(excerpt(each))) in (0, 2)
    for language in LANGUAGES:
        assert all(each.message for each in worded(found, language))
