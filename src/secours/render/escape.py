"""Make words from outside safe to show: one line, printable, short, and no markup.

Every value that enters HTML goes through `esc`, the ones of our own texts too.
"""

import html
import re

from secours import outside_text
from secours.outside_text import LONGEST

# No more than what Markdown reads: a screen reader says each backslash aloud.
MARKDOWN = re.compile(r"^[#+-]|(?<=^\d)[.)]|(?<=^\d\d)[.)]|[\\`*_\[\]:$~|<>]")


def plain(text: object, longest: int = LONGEST) -> str:
    """Return one printable line of at most so many characters."""
    return outside_text.plain(text, longest, "…")


def esc(text: object, longest: int = LONGEST) -> str:
    """Return it safe for HTML, as text or as a quoted attribute."""
    return html.escape(plain(text, longest), quote=True)


def literal(text: object, longest: int = LONGEST) -> str:
    """Return it safe for the label of a widget, which reads Markdown."""
    return MARKDOWN.sub(r"\\\g<0>", plain(text, longest))
