"""Text width at a terminal, and wrapping into rows.

Nothing is cut. Text behind a gap of two spaces is a column: it wraps below itself
where that leaves room, else further left.

Source: Unicode Standard Annex 11, East Asian Width.
"""

import re
import unicodedata
from collections.abc import Iterator

ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")  # ECMA-48 section 5.4, no width
GAP = re.compile(r"(?<=[^ ]) {2,}(?=[^ ])")
OURS = r"(?:uv run |[^ ']+ -m |[^ ']*/)?secours [a-z]"  # a command begins so
COMMAND = rf"'{OURS}[^']*'[^ ]*|(?<=: ){OURS}[^:]*(?::[^ ][^:]*)*$"
WORD = re.compile(  # signs stay with a word
    rf" *(?:{COMMAND}|(?:« )?[^ ]+(?: [:;?!»+|]+(?= |$))*)"
)
ROOM = 24  # columns that a part must have left to wrap below itself
NARROWEST = 20


def columns(text: str) -> int:
    """Return the width of a text in columns."""
    bare = ESCAPE.sub("", text) if "\x1b" in text else text
    return len(bare) if bare.isascii() else sum(map(_columns_of, bare))


def padded(text: str, width: int) -> str:
    """Return a text padded with spaces to a width."""
    return text + " " * (width - columns(text))


def wrapped(line: str, width: int) -> Iterator[str]:
    """Break a line between words into rows of at most so many columns.

    Text to be copied (an address, a command of ours) stays in one row, alone where it
    is wider.
    """
    width = max(width, NARROWEST)
    if columns(line) <= width:
        yield line
        return
    line, hang = _hanging(line, width)
    row, used = "", 0
    for part in WORD.findall(line):
        for piece in _pieces(part, width - hang):
            bare = piece.lstrip(" ")
            if row.strip() and used + columns(piece) > width:
                yield row
                row, used, piece = " " * hang, hang, bare
            row += piece
            used += columns(piece)
    yield row


def _columns_of(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def _hanging(line: str, width: int) -> tuple[str, int]:
    """Return a line and its hanging indent; gaps are closed if they leave no room."""
    indent = len(line) - len(line.lstrip(" "))
    ends = [columns(line[: gap.end()]) for gap in GAP.finditer(line)]
    fitting = [end for end in ends if end <= width - max(ROOM, width // 3)]
    if fitting:
        return line, fitting[-1]
    if ends:
        return GAP.sub("  ", line), indent + 4
    return line, indent + 2


def _pieces(part: str, room: int) -> Iterator[str]:
    """Break a word that is too wide beside a wide letter."""
    if columns(part) <= room or part.isascii():
        yield part
        return
    piece = ""
    for letter in part:
        wide = _columns_of(letter) == 2
        if piece.strip() and wide and columns(piece + letter) > room // 2:
            yield piece
            piece = ""
        piece += letter
    yield piece
