"""What was meant by a word of the command line that is none of those expected."""

from collections.abc import Sequence

from secours import texts
from secours.config.reader.mistakes import nearest


def meant(written: str, valid: Sequence[str]) -> str | None:
    """Ask in the language of argparse which of the valid words was meant."""
    found = nearest(written, valid, "command")
    return texts.in_words("en", found) if found else None
