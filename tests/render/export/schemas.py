"""What a feed and a warning must be, and what a program reads in them."""

from pathlib import Path
from typing import Any

import feedparser
from lxml import etree

HERE = Path(__file__).parent
CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"


def read_feed(body: bytes) -> Any:
    """Read a feed that the standard allows."""
    grammar = etree.RelaxNG(etree.parse(HERE / "atom.rng"))
    grammar.assertValid(etree.fromstring(body))
    found = feedparser.parse(body)
    assert not found.bozo, found.get("bozo_exception")
    ids = [entry.id for entry in found.entries]
    assert len({*ids, found.feed.id}) == len(ids) + 1, "one id each"
    return found


def read_warning(body: bytes) -> Any:
    """Read a warning that the standard allows."""
    alert = etree.fromstring(body)
    etree.XMLSchema(etree.parse(HERE / "cap.xsd")).assertValid(alert)
    refers = alert.findtext(f"{CAP}msgType") in ("Update", "Cancel")
    assert (alert.find(f"{CAP}references") is not None) == refers
    return alert


def text(alert: Any, name: str) -> str:
    """Return the text of an element of a warning."""
    return str(alert.findtext(f"{CAP}{name}"))


def infos(alert: Any) -> dict[str, dict[str, str]]:
    """Return what a warning says in each language."""
    return {
        info.findtext(f"{CAP}language"): {
            each.tag.removeprefix(CAP): each.text or each[0].text for each in info
        }
        for info in alert.findall(f"{CAP}info")
    }
