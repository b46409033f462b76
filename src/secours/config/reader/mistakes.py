"""Mistakes in probes.yaml: collected, never one at a time, each with its place."""

from collections.abc import Iterable

from msgspec import Struct

from secours.outside_text import plain

SHOWN = 60  # characters of a wrong value that are repeated
MOST_MISTAKES = 100  # in one file: who has so many corrects them first
MOST_COMPARED = 2000  # names among which the one that was meant is looked for


class Mistake(Struct, frozen=True, order=True):
    """One thing to correct, as `file:line:column: where: message`."""

    file: str
    line: int
    column: int
    where: str
    message: str

    def __str__(self) -> str:
        where = f"{self.where}: " if self.where else ""
        return f"{self.file}:{self.line}:{self.column}: {where}{self.message}"


class BadConfig(Exception):
    """probes.yaml cannot be used; `mistakes` are all that is wrong with it."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes))
        super().__init__("\n".join(map(str, self.mistakes)))


class TooMany(Exception):
    """So much is wrong with a file that the rest of it is not looked at."""


class Remarks:
    """The mistakes found so far in one file.

    What an alias repeats is wrong in one place and is noted once.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.heard = 0  # grows with every mistake, also with one noted before
        self._found: dict[tuple[int, int, str], Mistake] = {}

    def add(self, line: int, column: int, where: str, message: str) -> None:
        """Note a mistake.

        Raises:
            TooMany: it is one more than anybody reads.

        """
        self.heard += 1
        mistake = Mistake(self.file, line, column, where, message)
        self._found.setdefault((line, column, message), mistake)
        if len(self._found) > MOST_MISTAKES:
            raise TooMany

    def told(self, where: str) -> bool:
        """Tell whether a mistake was noted at a place or inside it."""
        return any(
            (mistake.where + ".").startswith((where + ".", where + "["))
            for mistake in self._found.values()
        )

    def mistakes(self) -> list[Mistake]:
        """Return what was noted."""
        return list(self._found.values())


def shown(text: str) -> str:
    """Quote a wrong value on one line, cut where it is long."""
    return f"'{plain(text, SHOWN + 1, '…')}'"


def suggestion(wrong: str, valid: Iterable[str]) -> str:
    """Say which valid name was probably meant, or list them where they are few."""
    import difflib  # only a mistake has to pay for these
    import heapq

    names = list(valid)
    by_lower = {name.lower(): name for name in names}
    few = heapq.nsmallest(
        MOST_COMPARED, by_lower, key=lambda name: abs(len(name) - len(wrong))
    )
    near = difflib.get_close_matches(wrong[:SHOWN].lower(), few, n=1, cutoff=0.6)
    if near:
        return f"did you mean '{by_lower[near[0]]}'?"
    if not names:
        return "there is none"
    if len(names) > 16:
        return f"such as {', '.join(names[:8])}…"
    return f"one of: {', '.join(names)}"
