"""Digest of a site's states in detail, which its sign of life carries.

Who holds details with another digest lacks some, or has outdated ones.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from secours.model.snapshot import PathView, Recommendation, Snapshot


def digest(rows: Iterable[str]) -> str:
    """Return the digest of all states of a site, by their rows in any order."""
    return sha256("\n".join(sorted(rows)).encode()).hexdigest()[:16]


def row(view: Any) -> str:
    """Return what a state or recommendation comes to, in a line without dates."""
    match view:
        case Snapshot(own_link=link):
            facts: tuple[Any, ...] = ("site", link)
        case PathView(name=name, state=link):
            facts = "path", name, link
        case Recommendation(name=name):
            uses = view.use, view.answer, view.backup
            facts = ("line", name, *(use and use.channel for use in uses))
        case _:
            standing, kind = view.standing, type(view).__name__
            facts = kind, view.name, standing.state, standing.aside, standing.reason
    return " ".join(map(str, facts))
