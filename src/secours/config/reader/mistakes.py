"""Mistakes in probes.yaml: collected, never one at a time, each with its place."""

from collections.abc import Iterable

from secours.message import Message, PlacedMessage, message
from secours.outside_text import plain

SHOWN = 60  # characters of a wrong value that are repeated
MOST_MISTAKES = 100  # in one file: who has so many corrects them first
MOST_COMPARED = 2000  # names among which the one that was meant is looked for


class BadConfig(Exception):
    """probes.yaml cannot be used; `mistakes` are all that is wrong with it.

    `language` is that of its site, None where that much of it could not be read.
    """

    def __init__(
        self, mistakes: Iterable[PlacedMessage], language: str | None = None
    ) -> None:
        self.mistakes = tuple(sorted(mistakes, key=_place))
        self.language = language
        super().__init__("\n".join(map(str, self.mistakes)))


def _place(mistake: PlacedMessage) -> tuple[str, int, int, str]:
    return mistake.file, mistake.line, mistake.column, mistake.where


class TooMany(Exception):
    """So much is wrong with a file that the rest of it is not looked at."""


class Remarks:
    """The mistakes found so far in one file.

    What an alias repeats is wrong in one place and is noted once.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.heard = 0  # grows with every mistake, also with one noted before
        self._found: dict[tuple[int, int, Message], PlacedMessage] = {}

    def add(self, line: int, column: int, where: str, said: Message) -> None:
        """Note a mistake.

        Raises:
            TooMany: it is one more than anybody reads.

        """
        self.heard += 1
        mistake = PlacedMessage(self.file, line, column, where, said)
        self._found.setdefault((line, column, said), mistake)
        if len(self._found) > MOST_MISTAKES:
            raise TooMany

    def told(self, where: str) -> bool:
        """Tell whether a mistake was noted at a place or inside it."""
        return any(
            (mistake.where + ".").startswith((where + ".", where + "["))
            for mistake in self._found.values()
        )

    def too_many(self) -> list[PlacedMessage]:
        """Return what was noted before there was too much, and say so first."""
        first = message("plan.too-many-mistakes", most=MOST_MISTAKES)
        return [PlacedMessage(self.file, 1, 1, "", first), *self.mistakes()]

    def mistakes(self) -> list[PlacedMessage]:
        """Return what was noted."""
        return list(self._found.values())


def shown(text: str) -> str:
    """Quote a wrong value on one line, cut where it is long."""
    return f"'{plain(text, SHOWN + 1, '…')}'"


def suggestion(wrong: str, valid: Iterable[str]) -> Message:
    """Say which valid name was probably meant, or list them where they are few."""
    names = sorted(valid) if isinstance(valid, set | frozenset) else list(valid)
    if near := nearest(wrong, names):
        return near
    if not names:
        return message("plan.there-is-none")
    if len(names) > 16:
        return message("plan.such-as", names=", ".join(names[:8]))
    return message("plan.one-of", names=", ".join(names))


def nearest(wrong: str, valid: Iterable[str]) -> Message | None:
    """Ask whether a valid name was meant, if one is near enough."""
    import difflib  # only a mistake has to pay for these
    import heapq

    by_lower = {name.lower(): name for name in valid}
    few = heapq.nsmallest(
        MOST_COMPARED, by_lower, key=lambda name: abs(len(name) - len(wrong))
    )
    near = difflib.get_close_matches(wrong[:SHOWN].lower(), few, n=1, cutoff=0.6)
    return message("plan.did-you-mean", name=by_lower[near[0]]) if near else None
