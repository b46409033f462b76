"""Words in parts, and tables of words, as parts of a page."""

from collections.abc import Sequence

from markupsafe import Markup

from secours.render import templates
from secours.render.section import Section


def html(sections: Sequence[Section], language: str) -> Markup:
    """Draw words in parts; what is judged has a shape before its title."""
    return templates.fill("sections.html", language, sections=sections)


def page(inside: Markup, language: str) -> Markup:
    """Frame what is drawn in one language."""
    return templates.part("base/parts.html", "frame", language, inside=inside)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], language: str) -> Markup:
    """Draw a table of words, in a frame."""
    drawn = templates.part(
        "base/tables.html", "table", language, heads=heads, rows=rows
    )
    return page(drawn, language)
