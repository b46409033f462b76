"""An Atom feed of any entries.

Source: RFC 4287; RFC 3339 (dates); RFC 4122 (urn:uuid).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from msgspec import Struct

from secours.render.export.xml import document, element

ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml"


class FeedLink(Struct, frozen=True, kw_only=True):
    """Link to a page, or to another format."""

    rel: str
    address: str
    type: str = "text/html"


class FeedEntry(Struct, frozen=True, kw_only=True):
    """Event in a feed."""

    id: str
    at: datetime
    title: str
    summary: str
    link: FeedLink
    author: str = ""  # of the statement, where it is not the site
    category: str = ""


class Feed(Struct, frozen=True, kw_only=True):
    """Content of a feed, the newest entry first."""

    id: str
    title: str
    note: str
    author: str
    language: str
    updated: datetime
    links: Sequence[FeedLink]
    entries: Sequence[FeedEntry]


def atom(feed: Feed) -> bytes:
    """Write the feed."""
    root = Element("feed", {"xmlns": ATOM, "xml:lang": feed.language})
    root.extend(
        (
            element("id", feed.id),
            element("title", feed.title),
            element("subtitle", feed.note),
            element("updated", _date(feed.updated)),
            _author(feed.author),
            element("generator", "Secours"),
            *map(_link, feed.links),
            *map(_entry, feed.entries),
        )
    )
    return document(root)


def _entry(entry: FeedEntry) -> Element:
    return element(
        "entry",
        "",
        element("id", entry.id),
        element("title", entry.title),
        element("updated", _date(entry.at)),
        element("published", _date(entry.at)),
        *([_author(entry.author)] if entry.author else []),
        *([element("category", term=entry.category)] if entry.category else []),
        _link(entry.link),
        element("summary", entry.summary),
    )


def _author(name: str) -> Element:
    return element("author", "", element("name", name))


def _link(link: FeedLink) -> Element:
    return element("link", rel=link.rel, href=link.address, type=link.type)


def _date(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
