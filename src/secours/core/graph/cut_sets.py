"""Minimal cut sets: components that together take a node down.

Exact up to a size, by combining the cut sets of what a node needs and absorbing those
that contain a smaller one.

Source: NUREG-0492, Fault Tree Handbook, chapter VII (minimal cut sets).
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from itertools import chain, combinations
from typing import TypeVar

Cut = frozenset[str]
K = TypeVar("K", bound=Hashable)

LARGEST = 3  # failures at once that are looked for


def minimal(cuts: Iterable[Cut]) -> frozenset[Cut]:
    """Drop every set that contains another one of them, and those too large."""
    minima: set[Cut] = set()
    alone: set[str] = set()  # members of sets of one, which drop most others
    for cut in sorted({c for c in cuts if len(c) <= LARGEST}, key=len):
        if not cut:
            return frozenset({cut})
        if len(cut) == 1:
            alone |= cut
        elif not alone.isdisjoint(cut) or any(part in minima for part in _parts(cut)):
            continue
        minima.add(cut)
    return frozenset(minima)


def together(one: Iterable[Cut], other: Iterable[Cut]) -> frozenset[Cut]:
    """Return the sets that take both of two things down."""
    other = tuple(other)
    return minimal(both for cut in one for both in _also(cut, other))


def either(families: Iterable[Iterable[Cut]]) -> frozenset[Cut]:
    """Return the sets that take at least one of several things down."""
    return minimal(cut for family in families for cut in family)


def linked(families: Mapping[K, Iterable[Cut]]) -> list[list[K]]:
    """Group keys whose sets may have a component in common."""
    groups: list[tuple[set[str], list[K]]] = []
    for failure, family in families.items():
        names, members = set(chain.from_iterable(family)), [failure]
        apart = []
        for group in groups:
            if names.isdisjoint(group[0]):
                apart.append(group)
            else:
                group[0].update(names)
                group[1].extend(members)
                names, members = group
        groups = [*apart, (names, members)]
    return [members for _, members in groups]


def _also(cut: Cut, others: Iterable[Cut]) -> Iterator[Cut]:
    """Yield this set with each of the others; alone where it contains one of them."""
    if any(other <= cut for other in others):
        yield cut
    else:
        yield from (cut | other for other in others)


def _parts(cut: Cut) -> Iterator[Cut]:
    """Yield every smaller set of two or more that is in this one."""
    for size in range(2, len(cut)):
        yield from map(frozenset, combinations(cut, size))
