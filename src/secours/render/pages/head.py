"""The head of a page for a desk: which page it is, of which site, how old."""

from secours.render.escape import esc
from secours.render.wording.localizer import Localizer


def top_html(localizer: Localizer, page: str, more: str = "") -> str:
    """Draw the head of a page; `more` is HTML to its right."""
    site = esc(localizer.in_language(localizer.snapshot.site.name))
    return (
        f'<div class="s-status" lang="{localizer.language}">'
        f"{bar_html(localizer, page, site)}"
        f"{more}</div>"
    )


def bar_html(localizer: Localizer, page: str, site: str) -> str:
    """Draw the bar alone, for a page that has a frame of its own."""
    return (
        f'<header class="s-status-top"><h1>{esc(localizer.say(f"page.{page}"))}</h1>'
        f"<span>{site}</span>"
        f'<span class="s-age">{esc(localizer.say("screen.age"))} '
        "<span data-secours-age>—</span></span></header>"
    )
