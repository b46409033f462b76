"""Short ways to make entries of a journal."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from render.snapshots import NOON, change, moment

from secours.model.observed import Reason
from secours.model.snapshot import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the history gives, without the engine."""

    at: datetime
    by: str = "secours"
    kind: str = "change"
    text: str = ""
    change: Change | None = None


def note(text: str, by: str = "Anne", ago_s: float = 60.0) -> Entry:
    """Return what a person noted so long ago."""
    at = NOON - timedelta(seconds=ago_s)
    return Entry(at=at, by=by, kind="note", text=text)


def engine(kind: str, text: str = "", ago_s: float = 60.0) -> Entry:
    """Return what the engine noted about itself."""
    return Entry(at=NOON - timedelta(seconds=ago_s), kind=kind, text=text)


def changed(name: str, before: str, after: str, ago_s: float = 60.0) -> Entry:
    """Return that a channel changed, in the letters of `snapshots.change`."""
    made = change(name, before, after, ago_s)
    return Entry(at=made.at.utc, change=made)


def word(
    subject: str,
    name: str,
    after: str,
    *,
    said: str = "",
    reason: Reason = Reason.DECLARED,
    ago_s: float = 60.0,
    before: str = "",
    since: str = "",
    **named: str,
) -> Change:
    """Return the change that a person's word is; `named` are other persons of it."""
    facts = {"by": "Bram", "said": said} if reason is Reason.DECLARED else {}
    facts |= named | ({"since": since} if since else {})
    return Change(
        at=moment(ago_s),
        subject=subject,
        name=name,
        before=before,
        after=after,
        reason=reason,
        facts=facts,
    )


def of(made: Change) -> Entry:
    """Return the entry of a change."""
    return Entry(at=made.at.utc, change=made)
