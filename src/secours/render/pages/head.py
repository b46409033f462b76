"""The head of a page for a desk: which page it is, of which site, how old."""

from secours.render.escape import esc
from secours.render.wording.localizer import Voice


def top_html(voice: Voice, page: str, more: str = "") -> str:
    """Draw the head of a page; `more` is HTML to its right."""
    site = esc(voice.in_language(voice.snapshot.site.name))
    return (
        f'<div class="s-status" lang="{voice.language}">{bar_html(voice, page, site)}'
        f"{more}</div>"
    )


def bar_html(voice: Voice, page: str, site: str) -> str:
    """Draw the bar alone, for a page that has a frame of its own."""
    return (
        f'<header class="s-status-top"><h1>{esc(voice.say(f"page.{page}"))}</h1>'
        f"<span>{site}</span>"
        f'<span class="s-age">{esc(voice.say("screen.age"))} '
        "<span data-secours-age>—</span></span></header>"
    )
