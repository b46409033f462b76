"""Mistakes in probes.yaml: collected, each with its place."""

from collections.abc import Iterable, Sequence

from secours.message import Message, PlacedMessage, message
from secours.outside_text import plain

SHOWN = 60  # characters of a wrong value, quoted
MOST_MISTAKES = 100  # in one file
SMART_QUOTES = "\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019\u201a\u2039\u203a"
MOST_LISTED = 16
MOST_COMPARED = 2000  # names compared with a misspelt one
MOST_ALIKE = 3  # of which one may be an anagram


class BadConfig(Exception):
    """probes.yaml cannot be used; `mistakes` are all that is wrong with it.

    `language` is that of its site, None if unreadable; each mistake gets its line of
    `raw`, the content of the file.
    """

    def __init__(
        self,
        mistakes: Iterable[PlacedMessage],
        language: str | None = None,
        raw: bytes = b"",
    ) -> None:
        from secours.config.reader import source_lines  # for a mistake only

        found = source_lines.added(mistakes, raw) if raw else mistakes
        self.mistakes = tuple(sorted(found, key=lambda each: each.place))
        self.language = language
        super().__init__("\n".join(map(str, self.mistakes)))


class TooMany(Exception):
    """A file has more than `MOST_MISTAKES`; the rest is not read."""


class Remarks:
    """The mistakes so far in one file.

    A mistake that aliases repeat is noted once.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.count = 0  # grows with every mistake, also a repeated one
        self._mistakes: dict[tuple[int, int, Message], PlacedMessage] = {}

    def add(self, line: int, column: int, where: str, problem: Message) -> None:
        """Note a mistake; raise TooMany above `MOST_MISTAKES`."""
        self.count += 1
        mistake = PlacedMessage(self.file, line, column, where, problem)
        self._mistakes.setdefault((line, column, problem), mistake)
        if len(self._mistakes) > MOST_MISTAKES:
            raise TooMany

    def has_mistake(self, where: str) -> bool:
        """Tell whether a place, or one inside it, has a mistake."""
        return any(
            (mistake.where + ".").startswith((where + ".", where + "["))
            for mistake in self._mistakes.values()
        )

    def too_many(self) -> list[PlacedMessage]:
        """Return the mistakes so far, first that there are too many."""
        first = message("plan.too-many-mistakes", most=MOST_MISTAKES)
        return [PlacedMessage(self.file, 1, 1, "", first), *self.mistakes()]

    def mistakes(self) -> list[PlacedMessage]:
        """Return the mistakes."""
        return list(self._mistakes.values())


def shown(text: str) -> str:
    """Quote a wrong value on one line, cut if long."""
    return f"'{plain(text, SHOWN + 1, '…')}'"


def suggestion(
    wrong: str, valid: Iterable[str], of: str = "", *, listed_by: str = ""
) -> Message:
    """Suggest a valid name, or list them if few.

    `of` is the category of synonyms, if any; `listed_by` the command that lists the
    names.
    """
    names = sorted(valid) if isinstance(valid, set | frozenset) else list(valid)
    if found := guesses(wrong, names, of):
        return _did_you_mean(found)
    if not names:
        return message("plan.there-is-none")
    if listed_by and len(names) > MOST_LISTED:
        return message("plan.listed-by", command=f"'{listed_by}'")
    if len(names) > MOST_LISTED:
        return message("plan.such-as", names=", ".join(names[:8]))
    return message("plan.one-of", names=", ".join(names))


def nearest(wrong: str, valid: Iterable[str], of: str = "") -> Message | None:
    """Suggest a valid name, if one is near enough."""
    found = guesses(wrong, list(valid), of)
    return _did_you_mean(found) if found else None


def guesses(wrong: str, valid: Sequence[str], of: str = "") -> tuple[str, ...]:
    """Return the valid names probably meant, by synonym or spelling."""
    from secours.config.reader import synonyms  # only a mistake has to pay for it

    by_meaning = synonyms.meant(of, wrong, valid) if of and wrong else ()
    by_class = any(":" in name for name in valid)
    near = _in_class(wrong, valid) if by_class else None
    if not by_class or (near is None and len(valid) <= MOST_LISTED):
        near = _near(wrong, valid)
    return by_meaning or ((near,) if near else ())


def _did_you_mean(names: tuple[str, ...]) -> Message:
    if len(names) == 1:
        return message("plan.did-you-mean", name=names[0])
    return message("plan.did-you-mean.several", names=", ".join(names))


def _near(wrong: str, valid: Iterable[str], least: float = 0.6) -> str | None:
    """Return the name of the nearest spelling, an anagram first, if near enough."""
    import difflib
    import heapq

    by_lower = {name.lower(): name for name in valid}
    few = heapq.nsmallest(
        MOST_COMPARED, by_lower, key=lambda name: abs(len(name) - len(wrong))
    )
    written = wrong[:SHOWN].lower()
    near = difflib.get_close_matches(written, few, n=MOST_ALIKE, cutoff=least)
    swapped = (each for each in near if sorted(each) == sorted(written))
    found = next(swapped, near[0] if near else None)
    return by_lower[found] if found else None


def _in_class(wrong: str, valid: Sequence[str]) -> str | None:
    """Return the nearest `class:name` of the same class.

    Of another class, or without one, the spelling must be nearer.
    """
    written, colon, name = wrong.partition(":")
    by_class: dict[str, dict[str, str]] = {}
    for each in valid:
        class_, _, rest = each.partition(":")
        by_class.setdefault(class_, {})[rest] = each
    meant = _near(written, by_class, 0.7) if colon else None
    names = by_class[meant] if meant else {}
    if nearest_name := _near(name, names):
        return names[nearest_name]
    anywhere = {
        rest: each for rests in by_class.values() for rest, each in rests.items()
    }
    nearest_name = _near(name if colon else wrong, anywhere, 0.85)
    return anywhere[nearest_name] if nearest_name else None
