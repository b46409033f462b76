"""Words in force, by subject, and the ended marks without proof since.

The province may speak too. On the same subject the site's own mark is in force, and the
province's beneath it, until the site's ends. A distrust of either holds until its
author lifts it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from secours.model.statements import (
    Announced,
    Declared,
    Exercise,
    Mark,
    Pin,
    Trial,
    Watch,
    Word,
)

PLACES = ("marks", "beneath", "distrusts", "beside")  # of marks among the words
V = TypeVar("V")


class Words(Struct, frozen=True, kw_only=True):
    """Words in force, by subject.

    A distrust stands beside any other word on the same subject.
    """

    marks: Mapping[str, Mark] = field(default_factory=dict)
    beneath: Mapping[str, Mark] = field(default_factory=dict)  # the province's, where
    # the site's own mark is in force
    distrusts: Mapping[str, Mark] = field(default_factory=dict)
    beside: Mapping[str, Mark] = field(default_factory=dict)  # the province's, where
    # the site itself distrusts it too
    lapsed: Mapping[str, Mark] = field(default_factory=dict)  # that it was not to be
    # used, until nobody said so any more; and nothing has proved since that it works
    lapsed_before: Mapping[str, tuple[Mark, ...]] = field(default_factory=dict)  # that
    # a component was down, each begun before the next; the newest first
    displaced: Mapping[str, Mark] = field(default_factory=dict)  # that would have
    # lapsed so, but for a mark in force or a test that may be taken back
    held: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # channels that
    # distrusted components set aside by the latest plan that has them, with these
    former: Mapping[str, str] = field(default_factory=dict)  # the present node of each
    # that a plan renamed, by the former one
    pins: Mapping[str, Pin] = field(default_factory=dict)
    trials: Mapping[str, Trial] = field(default_factory=dict)  # the latest of each
    former_trials: Mapping[str, Trial | None] = field(default_factory=dict)  # the one
    # before, if any, of each latest one that may be taken back
    # Those before that, which may be taken back in turn; the newest at the end.
    earlier_trials: Mapping[str, tuple[Trial | None, ...]] = field(default_factory=dict)
    exercise: Exercise | None = None
    announced: tuple[Announced, ...] = ()  # the newest first
    watch: Watch | None = None  # the newest word on it
    lost: bool = False  # some may be: the disk that had them was damaged


def all_marks(words: Words) -> tuple[Mark, ...]:
    """Return every mark in force; a distrust beside another one comes first."""
    return (
        *words.distrusts.values(),
        *words.beside.values(),
        *words.marks.values(),
    )


def every_mark(words: Words) -> Iterator[Mark]:
    """Yield the marks of both authors, in force or below the other's."""
    for table in (words.marks, words.beneath, words.distrusts, words.beside):
        yield from table.values()


def with_marks(words: Words, marks: Iterable[Mark], *, mistaken: bool = False) -> Words:
    """Return the words with these marks, each in its place, and no others.

    A mark that takes the place of another of the same content holds since that one did,
    but not where that one was a mistake.
    """
    places = placed(marks)
    for place, table in () if mistaken else places.items():
        known: Mapping[str, Mark] = getattr(words, place)
        for subject in known.keys() & table.keys():
            table[subject] = _going_on(table[subject], known[subject])
    return replace(words, **places)


def placed(marks: Iterable[Mark]) -> dict[str, dict[str, Mark]]:
    """Return marks by their places: the site's own in force, the province's below.

    Of two that one author said of one subject the later holds.
    """
    places: dict[str, dict[str, Mark]] = {name: {} for name in PLACES}
    for mark in marks:
        above, below = map(places.__getitem__, places_of(mark))
        other = above.get(mark.subject)
        if other is not None and outdoes(other, mark):
            above = below
        elif other is not None and outdoes(mark, other):
            below[mark.subject] = other
        above[mark.subject] = mark
    return places


def places_of(mark: Mark) -> tuple[str, str]:
    """Return where a mark is in force, and where it is below the site's own."""
    return PLACES[2:] if mark.says is Declared.DISTRUSTED else PLACES[:2]


def ended_marks(words: Words) -> dict[str, tuple[Mark, ...]]:
    """Return the ended marks of each subject without proof since, the newest first."""
    before = words.lapsed_before
    return {name: (mark, *before.get(name, ())) for name, mark in words.lapsed.items()}


def with_ended(words: Words, ended: Mapping[str, tuple[Mark, ...]]) -> Words:
    """Return the words with these ended marks, and no others."""
    return replace(
        words,
        lapsed={name: marks[0] for name, marks in ended.items()},
        lapsed_before={n: marks[1:] for n, marks in ended.items() if marks[1:]},
    )


def is_displaced(words: Words, word: Word) -> bool:
    """Tell whether an exercise of the province finds the site's own running."""
    played = words.exercise
    return isinstance(word, Exercise) and played is not None and outdoes(played, word)


def sorted_out(words: Words) -> Words:
    """Return words kept by an older version in their present places."""
    return replace(words, **placed(every_mark(words)))


def outdoes(one: Mark | Exercise, other: Mark | Exercise) -> bool:
    """Tell whether one is the site's own, and the other the province's."""
    return not one.author and bool(other.author)


def without(table: Mapping[str, V], name: str) -> dict[str, V]:
    """Return a table without the entry of this name."""
    return {key: value for key, value in table.items() if key != name}


def _going_on(mark: Mark, before: Mark) -> Mark:
    """Date a repeated or continued mark by the first; of distrusts each author's."""
    anew = mark.says is Declared.UP or mark.since is not None
    if mark is before or mark.says is not before.says or anew:
        return mark
    is_of_other = bool(mark.author) is not bool(before.author)
    if mark.says is Declared.DISTRUSTED and is_of_other:
        return mark
    return replace(mark, since=before.began, said_of=before.said_of)
