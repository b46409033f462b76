"""Syntax of an IMAP connection: status lines, lists, strings and literals.

Source: RFC 3501 sections 4 (formats), 5.1.3 (names of mailboxes), 7.1 (status), 9
(syntax); RFC 5530 (response codes).
"""

import base64
import re
from typing import NamedTuple

from msgspec import Struct, field

from secours.outside_text import plain

Token = bytes | str | list["Token"]
"""A literal or quoted string is bytes, an atom text, a parenthesised list a list."""

LITERAL = re.compile(rb"~?\{(\d+)\+?\}$")
STATUS = re.compile(
    rb"(OK|NO|BAD|BYE|PREAUTH)(?: \[([\w-]+)(?: ([^\]]*))?\])?(?: (.*))?", re.I | re.S
)
TOKENS = (b" ", b"(", b")", b'"')  # each token begins at one of these at least
DEEPEST = 32  # of lists in lists: no server nests as many
PIECE = re.compile(rb'"((?:[^"\\]|\\.?)*+)"?|([()])|([^\s()"]+)')  # linear


class ImapStatus(NamedTuple):
    """End of a command: OK, NO or BAD, with the code in brackets and the words."""

    kind: str
    code: str = ""
    value: str = ""  # what follows the code in the brackets
    said: str = ""


NO_STATUS = ImapStatus("")


class ImapResponse(Struct):
    """Response to one command."""

    status: ImapStatus = NO_STATUS
    told: list[tuple[bytes, list[bytes]]] = field(default_factory=list)

    def lines(self, word: str) -> list[list[Token]]:
        """Return the untagged lines of one kind, such as `* QUOTA ...`."""
        pattern = re.compile(rb"(?:(\d+) )?%s(?: |$)" % word.encode(), re.I)
        return [
            tokens(line[match.end() :], literals)
            for line, literals in self.told
            if (match := pattern.match(line))
        ]

    def codes(self, word: str) -> list[str]:
        """Return the values of a code in all status lines."""
        statuses = [status(line) for line, _ in self.told]
        return [s.value for s in [*statuses, self.status] if s and s.code == word]


def quoted(text: str) -> str:
    """Write a string between quotes; a mailbox is written in modified UTF-7."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def utf7(name: str) -> str:
    """Write the name of a mailbox as RFC 3501 section 5.1.3 wants it."""

    def shifted(found: "re.Match[str]") -> str:
        coded = base64.b64encode(found[0].encode("utf-16-be")).decode()
        return f"&{coded.rstrip('=').replace('/', ',')}-"

    return re.sub(r"[^\x20-\x7e]+", shifted, name.replace("&", "&-"))


def tokens(line: bytes, literals: list[bytes]) -> list[Token]:
    """Split a line into tokens; open lists are closed at its end.

    A bracket deeper than any opens no list.
    """
    waiting = iter(literals)
    root: list[Token] = []
    open_: list[list[Token]] = [root]
    for string, paren, atom in PIECE.findall(line):
        if paren == b"(" and len(open_) <= DEEPEST:
            inner: list[Token] = []
            open_[-1].append(inner)
            open_.append(inner)
        elif paren == b")":
            open_ = open_[:-1] or [root]
        elif paren:
            continue
        elif not atom:
            open_[-1].append(re.sub(rb"\\(.)", rb"\1", string))
        else:
            literal = next(waiting, b"") if LITERAL.search(atom) else None
            word = atom.decode("latin") if literal is None else literal
            open_[-1].append(word)
    return root


def status(line: bytes) -> ImapStatus | None:
    """Read a status line without its tag; None where it is another line."""
    if not (found := STATUS.fullmatch(line)):
        return None
    kind, code, value, said = (plain(part or b"") for part in found.groups())
    return ImapStatus(kind.upper(), code.upper(), value, said)
