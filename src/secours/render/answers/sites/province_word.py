"""JSON of province statements in force at a site."""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from secours.model.snapshot import Snapshot
from secours.model.statements import Declared, Exercise, Mark
from secours.render.answers.values import Time, date_or_null, iso


class ProvinceWord(Struct, frozen=True, kw_only=True):
    """A mark or an exercise of the province that holds here."""

    kind: Literal["mark", "exercise"]
    subjects: tuple[str, ...]
    says: Declared | None
    author: str
    by: str
    why: str
    since: Time
    until: Time | None


def province_words(snapshot: Snapshot) -> Iterator[ProvinceWord]:
    """Yield each word of the province that holds here."""
    yield from (_mark(mark) for mark in snapshot.marks if mark.author)
    played = snapshot.rehearsal and snapshot.rehearsal.exercise
    if played and played.author:
        yield _exercise(played)


def _mark(mark: Mark) -> ProvinceWord:
    return ProvinceWord(
        kind="mark",
        subjects=(mark.subject,),
        says=mark.says,
        author=mark.author,
        by=mark.by,
        why=mark.why,
        since=iso(mark.began),
        until=None if mark.says is Declared.DISTRUSTED else date_or_null(mark.until),
    )


def _exercise(played: Exercise) -> ProvinceWord:
    return ProvinceWord(
        kind="exercise",
        subjects=played.fails,
        says=None,
        author=played.author,
        by=played.by,
        why=played.why,
        since=iso(played.at),
        until=date_or_null(played.until),
    )
