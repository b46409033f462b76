"""What is wrong with a file, in words: each mistake with its place in it."""

from collections.abc import Iterable

from msgspec import Struct

from secours import texts
from secours.message import PlacedMessage


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


def worded(mistakes: Iterable[PlacedMessage], language: str) -> tuple[Mistake, ...]:
    """Return mistakes in the words of a language, in the order of the file."""
    return tuple(sorted(_worded(each, language) for each in mistakes))


def _worded(mistake: PlacedMessage, language: str) -> Mistake:
    return Mistake(
        mistake.file,
        mistake.line,
        mistake.column,
        mistake.where,
        texts.in_words(language, mistake.message),
    )
