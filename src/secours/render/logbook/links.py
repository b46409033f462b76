"""The ways between the pages of the journal."""

from collections.abc import Sequence
from urllib.parse import urlencode

from secours.render.pages.head import Asked, PageLink
from secours.render.wording.localizer import Localizer

PAGES = ("journal", "shift", "incidents")


def tabs(here: str, localizer: Localizer) -> list[PageLink]:
    """Return links to the pages of the journal, from one of them."""
    return [
        PageLink(
            name=name,
            address=link(name, (), localizer),
            words=localizer.say(f"page.{name}"),
            here=name == here,
        )
        for name in PAGES
    ]


def exports(
    page: str, asked: Asked, localizer: Localizer, kinds: Sequence[str]
) -> list[PageLink]:
    """Return links to the exports of a page: on paper, and as files."""
    return [_export(page, kind, asked, localizer) for kind in kinds]


def _export(page: str, kind: str, asked: Asked, localizer: Localizer) -> PageLink:
    if kind == "html":
        address = link(f"{page}.html", (*asked, ("print", "1")), localizer)
        words = localizer.say("paper.print")
        return PageLink(name="print", address=address, words=words, target="_blank")
    address = link(f"{page}.{kind}", asked, localizer)
    return PageLink(name=kind, address=address, words=kind.upper())


def link(page: str, asked: Asked, localizer: Localizer) -> str:
    """Write an address, with the current language."""
    return f"{page}?{urlencode([('lang', localizer.language), *asked])}"
