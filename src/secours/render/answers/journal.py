"""JSON of the journal, from a command or a page."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from secours.render.answers.values import SCHEMA, Time
from secours.render.wording.journal import JournalRow


class JournalLine(Struct, frozen=True, kw_only=True):
    """An entry: times in UTC, words as they are stored."""

    at: Time
    by: str
    kind: str
    text: str
    subject: str | None
    name: str | None
    before: str | None
    after: str | None
    reason: str | None


class JournalAnswer(Struct, frozen=True, kw_only=True):
    """The entries, the newest first."""

    schema: Literal[1]
    site: str | UnsetType = UNSET  # of a page, which is taken elsewhere
    entries: tuple[JournalLine, ...]


def answer(
    entries: Iterable[JournalRow], site: str | UnsetType = UNSET
) -> JournalAnswer:
    """Return the journal."""
    return JournalAnswer(schema=SCHEMA, site=site, entries=tuple(map(line, entries)))


def line(entry: JournalRow) -> JournalLine:
    """Return an entry."""
    change = entry.change
    return JournalLine(
        at=stamp(entry.at),
        by=entry.by,
        kind=entry.kind,
        text=entry.text,
        subject=change.subject if change else None,
        name=change.name if change else None,
        before=change.before if change else None,
        after=change.after if change else None,
        reason=change.reason.value if change else None,
    )


def stamp(at: datetime) -> str:
    """Return a moment for programs."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def stamp_or_null(at: datetime | None) -> str | None:
    """Return such a moment, None for none."""
    return stamp(at) if at else None
