"""Drafts of channels: what monitors of another program become.

No secret of the other program's file gets into a plan. Where one stood, or may have
stood, the plan refers to a variable of the environment, named with what it held.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct, field

from secours.message import message
from secours.outside_text import plain

PLAIN_HEADERS = {  # that hold no secret; any other may
    *("accept", "accept-language", "cache-control", "content-type", "host"),
    *("origin", "user-agent"),
}
REFERENCES = re.compile(r"(?:(?:Basic|Bearer|Token) )?(?:\$\{\w+\})+")
LIKE_A_TOKEN = re.compile(r"(?=.*\d)(?=.*[A-Za-z]).{16,}")
HEADER = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)  # RFC 9110 5.6.2, token
LONGEST_NAME = 40


class NotTaken(Exception):
    """A monitor that no test of ours stands for, and why."""

    def __init__(self, slug: str, **facts: str | int) -> None:
        super().__init__(slug)
        shown = {n: plain(f, 60) if isinstance(f, str) else f for n, f in facts.items()}
        self.message = message(slug, **shown)


class HeldSecret(NamedTuple):
    """A variable to set, and which part of which monitor held its value."""

    variable: str
    part: str
    of: str


class Draft(Struct):
    """A monitor on its way to become a channel."""

    label: str
    name: str
    probe: dict[str, Any] = field(default_factory=dict)
    secrets: list[HeldSecret] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)  # conditions it does not ask for

    def secret(self, part: str, text: str = "") -> str:
        """Return a reference to a secret; one that is a reference stays as it is."""
        if REFERENCES.fullmatch(text):
            return text
        both = self.name.upper(), part.upper()
        name, what = (re.sub(r"[^A-Z0-9]+", "_", each) for each in both)
        variable = f"{'' if name[0].isalpha() else 'SECOURS_'}{name}__{what}"
        if variable not in {each.variable for each in self.secrets}:
            self.secrets.append(HeldSecret(variable, part, self.label))
        return f"${{{variable}}}"

    def address(self, text: str) -> str:
        """Return a URL without the secrets in it: login, token in the path, query."""
        parts = split(text)
        if parts.username or parts.password:
            self.header("Authorization", "")
        path, host = parts.path, parts.netloc.rpartition("@")[2]
        if any(map(LIKE_A_TOKEN.fullmatch, path.split("/"))):
            path = "/" + self.secret("path")
        query = f"?{self.secret('query', parts.query)}" if parts.query else ""
        return f"{parts.scheme}://{host}{path}{query}"

    def header(self, name: str, value: str) -> None:
        """Add a header, its value as a secret unless it surely is none."""
        if not HEADER.fullmatch(name):
            raise NotTaken("commands.import.option", option="headers")
        if name.lower() not in PLAIN_HEADERS:
            value = self.secret(f"header {name}", value)
        self.probe.setdefault("headers", {})[name] = value


def split(url: str) -> SplitResult:
    """Return the parts of a URL; raise NotTaken if it is none."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 -- raises for one that is none
    except ValueError:
        raise NotTaken("commands.import.address", url=url) from None
    return parts


def draft(label: str, others: Iterable[str]) -> Draft:
    """Begin a draft, under a name that no other has."""
    ascii_only = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")
    stem = stem[:LONGEST_NAME] or "channel"
    name, number = stem, 2
    while name in others:
        name, number = f"{stem}-{number}", number + 1
    return Draft(label=plain(label, 120) or name, name=name)


def given(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that are given."""
    return {key: value for key, value in options.items() if value not in (None, "", [])}
