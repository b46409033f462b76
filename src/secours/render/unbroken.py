"""No line of a screen begins with a unit, or in French with a sign that has a space."""

import re

from markupsafe import Markup

UNITS = r"(?:ms|s|min|h|d|j|u|Std\.|Tg\.|km|kB|MB|%)"
BEFORE = re.compile(
    rf"(?<=\d) (?={UNITS}(?!\w))| (?=[:;!?»](?:\W|$))|(?<=«) "
    r"|(?<=\bil) (?=y a\b)|(?<=\bil y) (?=a\b)"
)
WORDS = re.compile(r">[^<]+<")
NO_BREAK = "\u00a0"


def unbroken(said: str) -> str:
    """Return a text with spaces at which no line ends, where none may end."""
    return BEFORE.sub(NO_BREAK, said)


def unbroken_html(drawn: str) -> Markup:
    """Return markup with its words so; what is in a tag stays as it is."""
    return Markup(WORDS.sub(lambda words: unbroken(words[0]), drawn))
