"""Make words from outside safe to show: one line, printable, short, and no markup.

What is markup is so by its type: a plain `str` that is put into it is escaped.
"""

import re

from markupsafe import Markup, escape

from secours import outside_text
from secours.outside_text import LONGEST

# No more than what Markdown reads: a screen reader says each backslash aloud.
MARKDOWN = re.compile(r"^[#+-]|(?<=^\d)[.)]|(?<=^\d\d)[.)]|[\\`*_\[\]:$~|<>]")


def plain(text: object, longest: int = LONGEST) -> str:
    """Return one printable line of at most so many characters."""
    return outside_text.plain(text, longest, "…")


def esc(text: object, longest: int = LONGEST) -> Markup:
    """Return it as markup, as text or as a quoted attribute."""
    return escape(plain(text, longest))


def literal(text: object, longest: int = LONGEST) -> str:
    """Return it safe for the label of a widget, which reads Markdown."""
    return MARKDOWN.sub(r"\\\g<0>", plain(text, longest))
