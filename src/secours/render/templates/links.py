"""Links to pages, and their addresses."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from msgspec import Struct

from secours.render.wording.localizer import Localizer

Asked = Sequence[tuple[str, str]]
"""Query parameters of a page."""

V = TypeVar("V")


class PageLink(Struct, frozen=True, kw_only=True):
    """Link to another page or screen, or to the same with one choice changed."""

    words: str
    address: str
    name: str = ""
    here: bool = False
    target: str = "_self"
    label: str = ""  # for screen readers: words and subject


LinkedWords = tuple[str, PageLink | None]
"""Words, with the action on them that the viewer may take."""


def link(page: str, language: str, asked: Asked = (), *, name: str = "") -> str:
    """Return the address of a page, or of what has this name on it."""
    named = [("name", name)] if name else []
    return f"{page}?{urlencode([*named, ('lang', language), *asked])}"


def page_link(page: str, localizer: Localizer, *, here: bool = False) -> PageLink:
    """Return a link to a page or screen by its name."""
    address, words = link(page, localizer.language), localizer.say(f"page.{page}")
    return PageLink(name=page, address=address, words=words, here=here)


def choice_links(
    words: Mapping[V, str], chosen: V, address: Callable[[V], str]
) -> list[PageLink]:
    """Return a link for each value to choose."""
    return [
        PageLink(words=said, address=address(value), here=value == chosen)
        for value, said in words.items()
    ]


def action_link(key: str, about: str, localizer: Localizer, **query: str) -> PageLink:
    """Return a link to the page of actions, its form filled in as asked."""
    words = localizer.say(key)
    return PageLink(
        address=link("act", localizer.language, [*query.items()]),
        words=words,
        label=f"{words}{localizer.say('colon')} {about}",
    )
