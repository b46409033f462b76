"""Source lines of mistakes, read only if there is a mistake.

A line that may hold a secret is never shown: messages go into logs and mails.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from secours.message import PlacedMessage

NAMES = "pass|pwd|token|secret|key|pin|auth|community|cred|header|url|bearer"
SECRET = re.compile(
    rf"(?:^\s*|[{{,]\s*|-\s+)[\"']?(?:to|[\w-]*(?:{NAMES})[\w-]*)\b", re.IGNORECASE
)


def lines_of(text: str) -> list[str]:
    """Return the lines of a text as a YAML parser counts them."""
    return re.split(r"\r\n|[\n\r\x85\u2028\u2029]", text)


def added(mistakes: Iterable[PlacedMessage], raw: bytes) -> Iterator[PlacedMessage]:
    """Add the source lines."""
    lines = lines_of(_text(raw))
    for mistake in mistakes:
        row = mistake.line - 1
        if row >= len(lines) or _may_be_secret(lines, row):
            yield mistake
        else:
            yield replace(mistake, source=lines[row])


def _text(raw: bytes) -> str:
    """Decode a file in any encoding, for display only."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _may_be_secret(lines: Sequence[str], row: int) -> bool:
    """Tell whether a line, or its parent line, names a secret."""
    if SECRET.search(lines[row]):
        return True
    own = _indent(lines[row])
    for line in reversed(lines[:row]):
        if line.strip() and _indent(line) < own:
            return bool(SECRET.search(line))
    return False


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
