"""Mistakes in a file, in words, each with its place."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from secours import texts
from secours.message import PlacedMessage
from secours.render import terminal

WIDTH = 76  # of a line of the file shown, with its number
BLANKS = {"\t": "→", "\u00a0": "·", "\u202f": "·", "\u2007": "·"}


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


def excerpt(mistake: PlacedMessage, width: int = WIDTH) -> Iterator[str]:
    """Show the line of a mistake, with a caret below the place.

    Tabs and no-break spaces are made visible. A long line is cut on both sides of the
    place.
    """
    if not mistake.source.strip():
        return
    margin = f"{mistake.line:>5} | "
    line = "".join(map(_visible, mistake.source))
    at = min(mistake.column - 1, len(line))
    before, behind = line[:at], line[at:].rstrip()
    room = width - len(margin)
    if terminal.columns(before + behind) > room:
        before = _end_of(before, room // 2)
        behind = _start_of(behind, room - terminal.columns(before))
    yield f"{margin}{before}{behind}"
    yield f"{' ' * (len(margin) - 2)}| {' ' * terminal.columns(before)}^"


def _visible(letter: str) -> str:
    if letter in BLANKS:
        return BLANKS[letter]
    return letter if letter.isprintable() else "?"


def _start_of(text: str, room: int) -> str:
    if terminal.columns(text) <= room:
        return text
    while terminal.columns(text) > room - 1:
        text = text[:-1]
    return f"{text}…"


def _end_of(text: str, room: int) -> str:
    if terminal.columns(text) <= room:
        return text
    while terminal.columns(text) > room - 1:
        text = text[1:]
    return f"…{text}"
