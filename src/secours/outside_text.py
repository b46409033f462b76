"""Words from outside, made safe to keep and to show: one line, printable, short.

Imports nothing of ours: whatever takes in words of a peer, a file or a person uses it.
"""

LONGEST = 200  # characters
SPACES_KEPT = "\u00a0\u202f"  # no-break spaces of French typography


def plain(said: object, longest: int = LONGEST, more: str = "") -> str:
    """Return it on one line without control characters, cut to so many characters.

    Where it is cut, `more` stands at its end.
    """
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    raw = text[: 8 * max(longest, LONGEST)]
    shown = raw if raw.isprintable() else "".join(map(_shown, raw))
    line = " ".join(part for part in shown.split(" ") if part)
    return line if len(line) <= longest else line[: longest - len(more)].rstrip() + more


def _shown(letter: str) -> str:
    return letter if letter.isprintable() or letter in SPACES_KEPT else " "
