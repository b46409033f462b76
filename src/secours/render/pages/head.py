"""The frame of a page for a desk: navigation, other screens, age."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace

from secours.render import standby, templates
from secours.render.templates.links import Asked, PageLink, link, page_link
from secours.render.wording import watch
from secours.render.wording.journal import moment
from secours.render.wording.localizer import Localizer

ENTRIES: Mapping[str, tuple[str, ...]] = {
    "now": ("why",),
    "sites": ("site",),
    "channels": ("channel",),
    "plan": ("outages", "edit"),
    "journal": ("shift", "incidents"),
    "act": (),
}
"""The entries, each with the pages reached through it."""


class PageHead(Struct, frozen=True, kw_only=True):
    """Page shown, and the entries that the viewer may open."""

    page: str
    open: Sequence[str] = tuple(ENTRIES)  # the entries that they may open
    theme: str = "dark"
    asked: Asked = ()


def page_html(localizer: Localizer, head: PageHead, content: Markup) -> Markup:
    """Draw a page around its content."""
    return templates.fill(
        "page.html",
        localizer.language,
        head=head,
        site=localizer.site,
        entries=[
            page_link(
                name, localizer, here=head.page == name or head.page in ENTRIES[name]
            )
            for name in head.open
        ],
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


def _tools(head: PageHead, localizer: Localizer) -> list[PageLink]:
    """Return the other screens, the plan on paper, and the other theme."""
    other = "dark" if head.theme == "light" else "light"
    kept = [(name, value) for name, value in head.asked if name != "theme"]
    themed = f"{head.page}?{urlencode([*kept, ('theme', other)])}"
    return [
        page_link("wall", localizer),
        page_link("lite", localizer),
        PageLink(
            name="print",
            address=link("paper", localizer.language, [("print", "1")]),
            words=localizer.say("page.print"),
            target="_blank",
        ),
        replace(page_link(other, localizer), address=themed),
    ]
