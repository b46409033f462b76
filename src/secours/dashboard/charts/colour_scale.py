"""Colours for values that are codes."""

from collections.abc import Sequence


def stepped(colours: Sequence[str]) -> list[tuple[float, str]]:
    """Return a scale with steps: each code has one colour, nothing in between."""
    n = len(colours)
    return [
        (place / n, colour)
        for code, colour in enumerate(colours)
        for place in (code, code + 1)
    ]
