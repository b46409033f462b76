"""Words in parts, and tables of words, as parts of a page."""

from collections.abc import Sequence

from secours.render.badges import shape
from secours.render.escape import esc
from secours.render.section import Section


def html(sections: Sequence[Section], language: str) -> str:
    """Draw words in parts; what is judged has a shape before its title."""
    return page("".join(map(_part, sections)), language)


def page(inside: str, language: str) -> str:
    """Frame what is drawn in one language."""
    return f'<div class="s-status" lang="{language}">{inside}</div>'


def _part(section: Section) -> str:
    if not section.title:
        return "".join(f"<p>{esc(each, 2000)}</p>" for each in section.paragraphs)
    mark = "" if section.tone is None else shape(section.tone)
    listed = "".join(f"<li>{esc(each, 2000)}</li>" for each in section.paragraphs)
    entries = f'<ul class="s-probes">{listed}</ul>' if listed else ""
    below = table(section.heads, section.rows) if section.rows else ""
    return (
        f'<section class="s-owner"><div class="s-owner-head">{mark}'
        f"<h3>{esc(section.title, 600)}</h3></div>{entries}{below}</section>"
    )


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Draw a table of words."""
    top = "".join(f'<th scope="col">{esc(head)}</th>' for head in heads)
    cells = (
        "".join(
            f'<td data-head="{esc(head)}">{esc(cell, 600)}</td>'
            for head, cell in zip(heads, row, strict=True)
        )
        for row in rows
    )
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    return (
        f'<table class="s-table"><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )
