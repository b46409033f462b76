"""Sanitize words from outside for display: one printable short line, no markup.

Markup is a type of its own: a plain `str` put into it is escaped.
"""

import re

from markupsafe import Markup, escape

from secours import outside_text
from secours.outside_text import LONGEST

# Only what Markdown reads: a screen reader says each backslash aloud.
MARKDOWN = re.compile(r"^[#+-]|(?<=^\d)[.)]|(?<=^\d\d)[.)]|[\\`*_\[\]:$~|<>]")
# It makes links of addresses, escaped or not, unless a joiner of no width parts them.
LINKED = re.compile(r"(?<=:)(?=//)|(?i:(?<=www))(?=\.)|(?=@)")


def plain(text: object, longest: int = LONGEST) -> str:
    """Return one printable line of at most so many characters."""
    return outside_text.plain(text, longest, "…")


def esc(text: object, longest: int = LONGEST) -> Markup:
    """Return it as markup, as text or as a quoted attribute."""
    return escape(plain(text, longest))


def literal(text: object, longest: int = LONGEST) -> str:
    """Return it safe for the label of a widget, which reads Markdown."""
    parted = LINKED.sub("\u2060", plain(text, longest))
    return MARKDOWN.sub(r"\\\g<0>", parted)
