"""Titled sections of text, drawn by both terminal and page."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from secours.render.badges import Tone


class Section(NamedTuple):
    """One section; those above all others have no title."""

    title: str
    paragraphs: Sequence[str] = ()
    heads: Sequence[str] = ()  # of a table below them
    rows: Sequence[Sequence[str]] = ()
    tone: Tone | None = None  # how well what it is of stands, if that is judged


def lines(sections: Sequence[Section]) -> Iterator[str]:
    """Write them for a terminal, without their tables."""
    for place, section in enumerate(sections):
        if place:
            yield ""
        if section.title:
            yield section.title
        indent = "  " if section.title else ""
        yield from (f"{indent}{each}" for each in section.paragraphs)
