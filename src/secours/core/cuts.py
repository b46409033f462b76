"""Minimal cut sets: which components have to fail together to take a node down.

Exact up to a size, by combining the cut sets of what a node needs and absorbing those
that contain a smaller one.

Source: NUREG-0492, Fault Tree Handbook, chapter VII (minimal cut sets).
"""

from collections.abc import Iterable

Cut = frozenset[str]

LARGEST = 3  # failures at once that are looked for


def minimal(cuts: Iterable[Cut]) -> frozenset[Cut]:
    """Drop every set that contains another one of them, and those too large."""
    kept: list[Cut] = []
    for cut in sorted({c for c in cuts if len(c) <= LARGEST}, key=len):
        if not any(smaller <= cut for smaller in kept):
            kept.append(cut)
    return frozenset(kept)


def together(one: Iterable[Cut], other: Iterable[Cut]) -> frozenset[Cut]:
    """Return the sets that take both of two things down."""
    other = tuple(other)
    return minimal(a | b for a in one for b in other)


def either(families: Iterable[Iterable[Cut]]) -> frozenset[Cut]:
    """Return the sets that take at least one of several things down."""
    return minimal(cut for family in families for cut in family)
