"""Sanitizing of words from outside: one line, printable, short.

Imports nothing of ours: used for words of peers, files and people.
"""

import re

LONGEST = 200  # characters
SPACES_KEPT = "\u00a0\u202f"  # no-break spaces of French typography
AROUND_OPENSSL = re.compile(r"\[[^\]]*\] | \(_ssl\.c:\d+\)")  # "[SSL] … (_ssl.c:1006)"


def plain(outside: object, longest: int = LONGEST, more: str = "") -> str:
    """Return it on one clean line, cut to a length, then with `more` at its end."""
    text = (
        outside.decode("utf-8", "replace")
        if isinstance(outside, bytes)
        else str(outside)
    )
    raw = text[: 8 * max(longest, LONGEST)]
    shown = raw if raw.isprintable() else "".join(map(_shown, raw))
    line = " ".join(part for part in shown.split(" ") if part)
    return line if len(line) <= longest else line[: longest - len(more)].rstrip() + more


def openssl_words(error: OSError) -> str:
    """Return the words of OpenSSL for an error of TLS, such as the name of an alert.

    Python knows no `reason` for some alerts, no_application_protocol among them: the
    words then stand in its message alone.
    """
    reason = getattr(error, "reason", None)
    if reason:
        return plain(reason.replace("_", " ").lower())
    return plain(AROUND_OPENSSL.sub("", str(error.args[-1]))) if error.args else ""


def _shown(letter: str) -> str:
    return letter if letter.isprintable() or letter in SPACES_KEPT else " "
