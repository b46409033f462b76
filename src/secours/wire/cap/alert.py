"""A warning that another organisation sends: read, and refused where it is none.

It comes from outside: a document type, and with it every entity, is refused; so is what
is nested or long beyond any real warning, and what says one thing twice. Signatures are
read elsewhere; words are made safe where they are put together.

Source: OASIS Common Alerting Protocol 1.2, section 3.2; XML 1.0, section 2.8.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import NoReturn
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from xml.parsers import expat

from msgspec import Struct

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
MOST_BYTES = 64 * 1024
MOST_DEEP, MOST_ELEMENTS, MOST_INFOS = 16, 2000, 32
LONGEST_NAME = 256  # characters
YEARS = range(1970, 3000)  # of what was meant as a moment
VALUES = {  # what one of these elements may say
    "status": ("Actual", "Exercise", "System", "Test", "Draft"),
    "msgType": ("Alert", "Update", "Cancel", "Ack", "Error"),
    "scope": ("Public", "Restricted", "Private"),
}
_NAME = re.compile(r"[^\s,<&]+")
_SENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")


class NoAlert(Exception):
    """It is no warning that can be read; the text says why, to the program."""


class AlertInfo(Struct, frozen=True, kw_only=True):
    """What a warning says in one language, as it stands there."""

    language: str
    event: str
    headline: str
    description: str
    instruction: str
    urgency: str
    severity: str
    certainty: str
    expires: datetime | None = None  # where it says so, and in a form that can be read


class CapAlert(Struct, frozen=True, kw_only=True):
    """A warning as it came; its words are those of whoever sent it."""

    identifier: str
    sender: str
    sent: str
    status: str
    type: str  # `msgType`
    references: str
    infos: tuple[AlertInfo, ...]

    @property
    def identity(self) -> tuple[str, str, str]:
        """Return what tells it from all others, as a reference to it has it."""
        return self.sender, self.identifier, self.sent

    @property
    def sent_at(self) -> datetime:
        """Return when it was sent, as it says."""
        return datetime.fromisoformat(self.sent)

    @property
    def refers_to(self) -> tuple[tuple[str, ...], ...]:
        """Return the identities of those that it changes or takes back."""
        named = (tuple(each.split(",")) for each in self.references.split())
        return tuple(each for each in named if len(each) == 3)

    def info_in(self, language: str) -> AlertInfo | None:
        """Return what it says in a language, or else in its first."""
        spoken = (i for i in self.infos if i.language.lower()[:2] == language)
        return next(spoken, self.infos[0] if self.infos else None)


def read(body: bytes) -> CapAlert:
    """Read a warning.

    Raises:
        NoAlert: it is none.

    """
    if len(body) > MOST_BYTES:
        raise NoAlert(f"more than {MOST_BYTES} bytes")
    root = _tree(body)
    if root.tag != _name("alert"):
        raise NoAlert("the document is no alert of CAP 1.2")
    for name, allowed in {**VALUES, "sent": None}.items():
        _check(name, _text(root, name), allowed)
    infos = root.findall(_name("info"))
    if len(infos) > MOST_INFOS:
        raise NoAlert(f"more than {MOST_INFOS} of <info>")
    return CapAlert(
        identifier=_named(root, "identifier"),
        sender=_named(root, "sender"),
        sent=_text(root, "sent"),
        status=_text(root, "status"),
        type=_text(root, "msgType"),
        references=_text(root, "references"),
        infos=tuple(map(_info, infos)),
    )


def _tree(body: bytes) -> Element:
    try:
        if "\0" in body.decode():  # two readers may take other letters otherwise
            raise NoAlert("it is no XML in UTF-8: there is a zero byte in it")
        _Scan().over(body)
        return ElementTree.fromstring(body)
    except (expat.ExpatError, ElementTree.ParseError, ValueError, LookupError) as error:
        raise NoAlert(f"it is no XML in UTF-8: {error}") from None


class _Scan:
    """Looks through a document before anything is made of it."""

    def __init__(self) -> None:
        self._deep = self._elements = 0

    def over(self, body: bytes) -> None:
        """Refuse what no warning has.

        Raises:
            NoAlert: there is some.
            ExpatError: it is not well-formed.

        """
        parser = expat.ParserCreate()
        parser.XmlDeclHandler = _check_encoding
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.StartElementHandler = self._open
        parser.EndElementHandler = self._close
        parser.Parse(body, True)

    def _open(self, _name: str, _attributes: Mapping[str, str]) -> None:
        self._deep += 1
        self._elements += 1
        if self._deep > MOST_DEEP or self._elements > MOST_ELEMENTS:
            raise NoAlert("it has more elements than any warning")

    def _close(self, _name: str) -> None:
        self._deep -= 1


def _check_encoding(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding is not None and encoding.lower() != "utf-8":
        raise NoAlert(f"it is no XML in UTF-8, but in {encoding[:40]}")


def _refuse_doctype(*_: object) -> NoReturn:
    raise NoAlert("a document type is not allowed")


def _info(info: Element) -> AlertInfo:
    return AlertInfo(
        language=_text(info, "language") or "en",
        event=_text(info, "event"),
        headline=_text(info, "headline"),
        description=_text(info, "description"),
        instruction=_text(info, "instruction"),
        urgency=_text(info, "urgency"),
        severity=_text(info, "severity"),
        certainty=_text(info, "certainty"),
        expires=_moment(_text(info, "expires")),
    )


def _text(element: Element, name: str) -> str:
    found = element.findall(_name(name))
    if len(found) > 1:
        raise NoAlert(f"<{name}> stands there twice")
    return "".join(found[0].itertext()).strip() if found else ""


def _named(root: Element, name: str) -> str:
    text = _text(root, name)
    if len(text) > LONGEST_NAME or not _NAME.fullmatch(text):
        raise NoAlert(f"<{name}> is missing, too long, or has a space or a comma in it")
    return text


def _check(name: str, text: str, allowed: tuple[str, ...] | None) -> None:
    if allowed is not None and text not in allowed:
        raise NoAlert(f"<{name}> must be one of {', '.join(allowed)}")
    if allowed is None and _moment(text) is None:
        raise NoAlert(f"<{name}> must be a moment such as 2026-11-24T03:14:07+01:00")


def _moment(text: str) -> datetime | None:
    if not _SENT.fullmatch(text):
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.year in YEARS else None


def _name(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
