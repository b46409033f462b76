"""No-break spaces before units, and in French before signs with a space."""

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
    """Return a text with no-break spaces where no line may end."""
    return BEFORE.sub(NO_BREAK, said)


def unbroken_html(drawn: str) -> Markup:
    """Return markup with such spaces in its text; tags stay as is."""
    return Markup(WORDS.sub(lambda words: unbroken(words[0]), drawn))
