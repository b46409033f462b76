"""XML documents built of elements; their text is escaped.

Source: Extensible Markup Language 1.0, section 2.2 (characters).
"""

from uuid import NAMESPACE_URL, UUID, uuid5
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from secours.model.snapshot import Snapshot
from secours.outside_text import plain

LONGEST = 1000  # characters of one text
OURS = uuid5(NAMESPACE_URL, "urn:secours")


def element(
    name: str, text: str = "", /, *inner: Element, **attributes: str
) -> Element:
    """Make an element; its text is on one line, without control characters."""
    node = Element(
        name, {key: plain(said, LONGEST) for key, said in attributes.items()}
    )
    node.text = plain(text, LONGEST) or None
    node.extend(inner)
    return node


def document(root: Element) -> bytes:
    """Write a document."""
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def uuid_of(snapshot: Snapshot, *parts: str) -> UUID:
    """Return a UUID that is always the same for this thing of this site."""
    site = snapshot.site
    named = (site.public_url or "", site.name.in_(site.language), *parts)
    return uuid5(OURS, "\0".join(named))


def urn_of(snapshot: Snapshot, *parts: str) -> str:
    """Return it as a URI."""
    return uuid_of(snapshot, *parts).urn
