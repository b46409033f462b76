"""The frame of a page for a desk: navigation, other screens, age."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from markupsafe import Markup
from msgspec import Struct

from secours.render import standby, templates
from secours.render.wording import watch
from secours.render.wording.journal import moment
from secours.render.wording.localizer import Localizer

ENTRIES: Mapping[str, tuple[str, ...]] = {
    "now": ("why",),
    "sites": ("site",),
    "channels": ("channel",),
    "plan": ("outages",),
    "journal": ("shift", "incidents"),
    "act": (),
}
"""The entries, each with the pages reached through it."""

Asked = Sequence[tuple[str, str]]
"""Query parameters of the page."""


class PageHead(Struct, frozen=True, kw_only=True):
    """Page shown, and the entries that the viewer may open."""

    page: str
    open: Sequence[str] = tuple(ENTRIES)  # the entries that they may open
    theme: str = "dark"
    asked: Asked = ()


class PageLink(Struct, frozen=True, kw_only=True):
    """Link to another page or screen."""

    name: str
    address: str
    words: str
    here: bool = False
    target: str = "_self"


def page_html(localizer: Localizer, head: PageHead, content: Markup) -> Markup:
    """Draw a page around its content."""
    return templates.fill(
        "page.html",
        localizer.language,
        head=head,
        site=localizer.in_language(localizer.snapshot.site.name),
        entries=[_entry(name, head, localizer) for name in head.open],
        tools=_tools(head, localizer),
        watch=watch.sentence(localizer),
        standby=_standby(localizer),
        printed=_dated(localizer),
        content=content,
    )


def _standby(localizer: Localizer) -> str:
    """Return the role of a standby; "" where this is none."""
    whose = standby.sentence(localizer)
    return " ".join([f"{whose}.", *standby.advice(localizer)]) if whose else ""


def _dated(localizer: Localizer) -> str:
    """Return, for paper, the page's date and plan version."""
    snapshot = localizer.snapshot
    when, zone = moment(snapshot.at.utc, localizer), snapshot.site.timezone
    printed = localizer.say("paper.printed", when=when, zone=zone)
    version = localizer.say("paper.plan", version=snapshot.plan_version[:12] or "—")
    return f"{printed} · {version}"


def _entry(name: str, head: PageHead, localizer: Localizer) -> PageLink:
    return PageLink(
        name=name,
        address=_address(name, localizer),
        words=localizer.say(f"page.{name}"),
        here=head.page == name or head.page in ENTRIES[name],
    )


def _tools(head: PageHead, localizer: Localizer) -> list[PageLink]:
    """Return the other screens, the plan on paper, and the other theme."""
    other = "dark" if head.theme == "light" else "light"
    kept = [(name, value) for name, value in head.asked if name != "theme"]
    themed = f"{head.page}?{urlencode([*kept, ('theme', other)])}"
    return [
        _tool("wall", _address("wall", localizer), "page.wall", localizer),
        _tool("lite", _address("lite", localizer), "page.lite", localizer),
        PageLink(
            name="print",
            address=f"{_address('paper', localizer)}&print=1",
            words=localizer.say("page.print"),
            target="_blank",
        ),
        _tool(other, themed, f"page.{other}", localizer),
    ]


def _tool(name: str, address: str, key: str, localizer: Localizer) -> PageLink:
    return PageLink(name=name, address=address, words=localizer.say(key))


def _address(page: str, localizer: Localizer) -> str:
    return f"{page}?{urlencode({'lang': localizer.language})}"
